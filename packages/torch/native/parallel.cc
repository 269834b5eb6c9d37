// at::parallel_for runs in one thread unless compiled with OpenMP, whose library would then have to be libtorch's own.
// Its entry point is resolved from whatever libtorch has loaded; without one, threads are started for each call.
#include "parallel.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>
#include <vector>

#if defined(__GNUC__) && !defined(__APPLE__)
extern "C" void GOMP_parallel(void (*body)(void*), void* data, unsigned threads, unsigned flags) __attribute__((weak));
#define RAGWRIGHT_GOMP (&GOMP_parallel != nullptr)
#endif

namespace ragwright {
namespace {

struct Job {
  int64_t tasks;
  void (*body)(void*, int64_t, int64_t);
  void* context;
  std::atomic<int64_t> next{0}, workers{0};
};

void work(void* data) {
  Job& job = *static_cast<Job*>(data);
  const int64_t worker = job.workers.fetch_add(1, std::memory_order_relaxed);
  for (int64_t task; (task = job.next.fetch_add(1, std::memory_order_relaxed)) < job.tasks;)
    job.body(job.context, task, worker);
}

}  // namespace

int64_t workersFor(int64_t tasks) {
  return at::in_parallel_region() ? 1 : std::max<int64_t>(1, std::min<int64_t>(at::get_num_threads(), tasks));
}

void forEachTask(int64_t tasks, void (*body)(void*, int64_t, int64_t), void* context) {
  Job job{tasks, body, context};
  const int64_t threads = workersFor(tasks);
  if (threads == 1) return work(&job);
#if defined(__GNUC__) && !defined(__APPLE__)
  if (RAGWRIGHT_GOMP) return GOMP_parallel(work, &job, static_cast<unsigned>(threads), 0);
#endif
  std::vector<std::thread> others;
  try {
    for (int64_t i = 1; i < threads; i++) others.emplace_back(work, &job);
  } catch (const std::system_error&) {  // no more threads: those that there are do it
  }
  work(&job);
  for (std::thread& other : others) other.join();
}

}  // namespace ragwright
