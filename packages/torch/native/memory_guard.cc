#include "memory_guard.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/util/Exception.h>
#include <torch/version.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <cstdlib>
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

// Page cache counts as used here, so this errs on the careful side inside containers.
size_t groupAvailable() {
  const size_t limit = readNumber("/sys/fs/cgroup/memory.max"), used = readNumber("/sys/fs/cgroup/memory.current");
  if (limit == kUnknown || used == kUnknown) return kUnknown;
  return limit > used ? limit - used : 0;
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
    const size_t available = std::min(systemAvailable(), groupAvailable());
    TORCH_CHECK_WITH(OutOfMemoryError, bytes <= available, "out of memory: ", bytes, " bytes requested, ", available,
                     " available");
  }

  c10::Allocator* next_;
};

// A training step frees and takes the same activations again and again. Kept by malloc, they cost no page faults
// (40,000 to 110,000 a step of MiniLM's shape). emptyCache() gives them back; glibc's own variables win.
void keepFreedMemory() {
#ifdef __GLIBC__
  if (!std::getenv("MALLOC_MMAP_THRESHOLD_")) mallopt(M_MMAP_THRESHOLD, 32 << 20);
  if (!std::getenv("MALLOC_TRIM_THRESHOLD_")) mallopt(M_TRIM_THRESHOLD, 2000 << 20);
#endif
}

}  // namespace

void returnFreedMemory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

void installMemoryGuard() {
  static std::once_flag once;
  std::call_once(once, [] {
    keepFreedMemory();
    c10::SetCPUAllocator(new GuardedAllocator(c10::GetCPUAllocator()), /*priority=*/1);
  });
}

}  // namespace ragwright
