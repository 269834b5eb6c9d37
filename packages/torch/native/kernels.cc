// Which kernels this processor runs, and the keys of their random masks.
#include "kernels.h"

#include <ATen/CPUGeneratorImpl.h>

#include <cstdlib>
#include <mutex>
#include <string_view>

namespace ragwright {

const Kernels* kernelsHere() {
  static const Kernels* const kernels = []() -> const Kernels* {
#if defined(__x86_64__)
    const char* limit = std::getenv("ATEN_CPU_CAPABILITY");  // libtorch's own switch
    const std::string_view most = limit ? limit : "";
    if (most == "default") return nullptr;
    __builtin_cpu_init();
    if (most != "avx2" && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
      return kernelsForAvx512();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return nullptr;
#endif
    return kernelsForAvx2();
  }();
  return kernels;
}

uint32_t maskKey(uint64_t seed, uint64_t place) {
  uint64_t x = seed + (place + 1) * 0x9e3779b97f4a7c15u;  // splitmix64 (Steele et al. 2014)
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return static_cast<uint32_t>((x ^ (x >> 31)) >> 16);
}

uint64_t drawSeed() {
  at::Generator generator = at::detail::getDefaultCPUGenerator();
  const std::lock_guard<std::mutex> lock(generator.mutex());
  return at::check_generator<at::CPUGeneratorImpl>(generator)->random64();
}

}  // namespace ragwright
