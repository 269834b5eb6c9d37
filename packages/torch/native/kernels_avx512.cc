// The kernels for processors with AVX-512.
#if defined(__x86_64__)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma"))), apply_to = function)
#else
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,fma,prefer-vector-width=512")
#pragma GCC optimize("O3")
#endif
#define RAGWRIGHT_LANES 16
namespace ragwright {
namespace {
constexpr bool kManyRegisters = true;
}
}  // namespace ragwright
#include "attention_kernel.h"
#include "dropout_kernel.h"

static constexpr ragwright::Kernels kAll = {ragwright::kAttention, ragwright::kDropout};

const ragwright::Kernels* ragwright::kernelsForAvx512() { return &kAll; }
#if defined(__clang__)
#pragma clang attribute pop
#endif
#else
#include "kernels.h"
const ragwright::Kernels* ragwright::kernelsForAvx512() { return nullptr; }
#endif
