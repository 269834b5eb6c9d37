// Work on libtorch's own threads.
#pragma once
#include <cstdint>

namespace ragwright {

// How many workers forEachTask will have for so many tasks.
int64_t workersFor(int64_t tasks);

// Runs body(context, task, worker) for each task in [0, tasks), in order but at once on several threads: each worker
// takes the next task when it is done with one. The body must not throw.
void forEachTask(int64_t tasks, void (*body)(void*, int64_t task, int64_t worker), void* context);

template <class F>
void parallelTasks(int64_t tasks, const F& function) {
  const auto body = [](void* context, int64_t task, int64_t worker) { (*static_cast<const F*>(context))(task, worker); };
  forEachTask(tasks, body, const_cast<void*>(static_cast<const void*>(&function)));
}

}  // namespace ragwright
