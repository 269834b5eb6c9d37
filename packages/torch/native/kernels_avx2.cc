// The kernels for processors with AVX2 and FMA, and for ARM's NEON, which is always there.
#include "kernels.h"
#if defined(__x86_64__) || defined(__aarch64__)
#if defined(__x86_64__) && defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#elif defined(__x86_64__)
#pragma GCC target("avx2,fma")
#pragma GCC optimize("O3")
#endif
#define RAGWRIGHT_LANES 8
namespace ragwright {
namespace {
constexpr bool kManyRegisters = false;
}
}  // namespace ragwright
#include "attention_kernel.h"
#include "dropout_kernel.h"

static constexpr ragwright::Kernels kAll = {ragwright::kAttention, ragwright::kDropout};

const ragwright::Kernels* ragwright::kernelsForAvx2() { return &kAll; }
#if defined(__x86_64__) && defined(__clang__)
#pragma clang attribute pop
#endif
#else
const ragwright::Kernels* ragwright::kernelsForAvx2() { return nullptr; }
#endif
