// Vectors of floats by the compiler's own vector types: the same code for every instruction set. For files that are
// compiled once per instruction set, which define RAGWRIGHT_LANES, the floats of a vector: 16 or 8. Nothing of the C++ library may be instantiated in them, or the linker might keep
// that copy for the whole addon.
#pragma once
#include <cstdint>

#define RAGWRIGHT_INLINE static inline __attribute__((always_inline))

namespace ragwright {
namespace {

constexpr int64_t kLanes = RAGWRIGHT_LANES;

typedef float Floats __attribute__((vector_size(4 * RAGWRIGHT_LANES)));
typedef int32_t Ints __attribute__((vector_size(4 * RAGWRIGHT_LANES)));
typedef uint32_t Words __attribute__((vector_size(4 * RAGWRIGHT_LANES)));
typedef uint16_t Halves __attribute__((vector_size(2 * RAGWRIGHT_LANES)));
typedef float FloatsAnywhere __attribute__((vector_size(4 * RAGWRIGHT_LANES), aligned(4), may_alias));
typedef uint16_t HalvesAnywhere __attribute__((vector_size(2 * RAGWRIGHT_LANES), aligned(2), may_alias));

RAGWRIGHT_INLINE Floats splat(float x) { return Floats{} + x; }
RAGWRIGHT_INLINE Floats load(const float* from) { return *reinterpret_cast<const FloatsAnywhere*>(from); }
RAGWRIGHT_INLINE void store(float* to, Floats x) { *reinterpret_cast<FloatsAnywhere*>(to) = x; }

// bfloat16 is the upper half of a float32.
RAGWRIGHT_INLINE Floats load(const uint16_t* from) {
  const Halves halves = *reinterpret_cast<const HalvesAnywhere*>(from);
  return (Floats)(__builtin_convertvector(halves, Words) << 16);
}

// Rounds to the nearest, ties to even; NaN stays NaN.
RAGWRIGHT_INLINE void store(uint16_t* to, Floats x) {
  const Words bits = (Words)x;
  const Words rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  const Words quiet = (bits >> 16) | 0x40u;
  const Words real = (Words)(x == x);
  const Words chosen = (real & rounded) | (~real & quiet);
  *reinterpret_cast<HalvesAnywhere*>(to) = __builtin_convertvector(chosen, Halves);
}

RAGWRIGHT_INLINE float widen(float x) { return x; }
RAGWRIGHT_INLINE float widen(uint16_t x) {
  const uint32_t bits = uint32_t{x} << 16;
  float result;
  __builtin_memcpy(&result, &bits, 4);
  return result;
}
RAGWRIGHT_INLINE void narrow(float* to, float x) { *to = x; }
RAGWRIGHT_INLINE void narrow(uint16_t* to, float x) {
  uint32_t bits;
  __builtin_memcpy(&bits, &x, 4);
  *to = x != x ? uint16_t(bits >> 16 | 0x40u) : uint16_t((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

RAGWRIGHT_INLINE Floats choose(Ints mask, Floats yes, Floats no) { return (Floats)((mask & (Ints)yes) | (~mask & (Ints)no)); }
RAGWRIGHT_INLINE Floats larger(Floats a, Floats b) { return choose(a > b, a, b); }

RAGWRIGHT_INLINE float sumOf(Floats x) {
  float sum = 0;
  for (int i = 0; i < kLanes; i++) sum += x[i];
  return sum;
}
RAGWRIGHT_INLINE float maxOf(Floats x) {
  float max = x[0];
  for (int i = 1; i < kLanes; i++) max = x[i] > max ? x[i] : max;
  return max;
}

// 2^x for x ≤ 0, to 2 ulp: 2^(whole part) by the exponent's bits, 2^(rest) by a polynomial on [-1/2, 1/2] (Taylor's,
// degree 6). What is below -126 becomes 0.
RAGWRIGHT_INLINE Floats exp2OfNegative(Floats x) {
  const Floats bounded = choose(x < -127.0f, splat(-127.0f), x);
  const Floats shifted = bounded + 12582912.0f;  // 1.5 · 2^23: the sum's last bits are the nearest whole number
  const Floats whole = shifted - 12582912.0f;
  const Floats f = bounded - whole;
  Floats y = splat(1.5403530e-4f);
  y = y * f + 1.3333558e-3f;
  y = y * f + 9.6181291e-3f;
  y = y * f + 5.5504109e-2f;
  y = y * f + 2.4022651e-1f;
  y = y * f + 6.9314718e-1f;
  y = y * f + 1.0f;
  const Ints exponent = __builtin_convertvector(whole, Ints) << 23;
  const Floats scaled = (Floats)((Ints)y + exponent);
  return choose(x < -126.0f, splat(0.0f), scaled);  // NaN stays NaN
}

// Random bits that depend on nothing but their key and place, so that a mask needs not be kept for the backward pass:
// the finaliser of MurmurHash3 (public domain) over counter and key.
RAGWRIGHT_INLINE Words hashed(Words x) {
  x ^= x >> 16;
  x *= 0x85ebca6bu;
  x ^= x >> 13;
  x *= 0xc2b2ae35u;
  x ^= x >> 16;
  return x;
}

// A hash of 32 bits decides on two elements; so 32 elements are a part of the mask, whatever a vector's size.
constexpr int64_t kPart = 32, kMasks = kPart / kLanes;

// For a part of the mask: which elements are kept, each with probability 1 - threshold / 65536.
RAGWRIGHT_INLINE void keepMasks(uint32_t key, int64_t part, uint32_t threshold, Ints masks[kMasks]) {
  Words lanes;
  for (int i = 0; i < kLanes; i++) lanes[i] = i;
#pragma GCC unroll 4
  for (int i = 0; i < kMasks / 2; i++) {
    const Words bits = hashed(hashed(lanes + uint32_t(part * 16 + i * kLanes) + 0x9e3779b9u) ^ key);
    masks[i] = (Ints)((bits & 0xffffu) >= threshold);
    masks[i + kMasks / 2] = (Ints)((bits >> 16) >= threshold);
  }
}

}  // namespace
}  // namespace ragwright
