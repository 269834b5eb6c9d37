#include "memory_guard.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/util/Exception.h>
#include <torch/version.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <fstream>
#include <limits>
#include <mutex>
#include <string>

namespace ragwright {
namespace {

constexpr size_t kCheckedFrom = size_t{256} << 20;
constexpr size_t kUnknown = std::numeric_limits<size_t>::max();

size_t readNumber(const char* path) {
  std::ifstream file(path);
  size_t value;
  return file >> value ? value : kUnknown;  // "max" does not parse: unlimited
}

size_t systemAvailable() {
  std::ifstream file("/proc/meminfo");
  std::string key, unit;
  size_t kilobytes;
  while (file >> key >> kilobytes) {
    if (key == "MemAvailable:") return kilobytes * 1024;
    std::getline(file, unit);
  }
  return kUnknown;
}

// Page cache counts as used by the control group, but the kernel drops it when memory is short.
size_t groupReclaimable() {
  std::ifstream file("/sys/fs/cgroup/memory.stat");
  std::string key;
  size_t bytes, sum = 0;
  while (file >> key >> bytes)
    if (key == "inactive_file" || key == "active_file" || key == "slab_reclaimable") sum += bytes;
  return sum;
}

size_t groupAvailable() {
  const size_t limit = readNumber("/sys/fs/cgroup/memory.max"), used = readNumber("/sys/fs/cgroup/memory.current");
  if (limit == kUnknown || used == kUnknown) return kUnknown;
  const size_t held = used - std::min(used, groupReclaimable());
  return limit > held ? limit - held : 0;
}

class GuardedAllocator final : public c10::Allocator {
 public:
  explicit GuardedAllocator(c10::Allocator* next) : next_(next) {}

#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 3)
  c10::DataPtr allocate(size_t bytes) override {
#else
  c10::DataPtr allocate(size_t bytes) const override {
#endif
    if (bytes >= kCheckedFrom) check(bytes);
    return next_->allocate(bytes);
  }

  c10::DeleterFnPtr raw_deleter() const override { return next_->raw_deleter(); }

#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 3)
  void copy_data(void* target, const void* source, std::size_t count) const override {
    next_->copy_data(target, source, count);
  }
#endif

 private:
  static void check(size_t bytes) {
    if (bytes <= std::min(systemAvailable(), groupAvailable())) return;
    returnFreedMemory();  // malloc may sit on freed memory
    const size_t available = std::min(systemAvailable(), groupAvailable());
    TORCH_CHECK_WITH(OutOfMemoryError, bytes <= available, "out of memory: ", bytes, " bytes requested, ", available,
                     " available");
  }

  c10::Allocator* next_;
};

}  // namespace

void returnFreedMemory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

void installMemoryGuard() {
  static std::once_flag once;
  std::call_once(once, [] {
    c10::SetCPUAllocator(new GuardedAllocator(c10::GetCPUAllocator()), /*priority=*/1);
  });
}

}  // namespace ragwright
