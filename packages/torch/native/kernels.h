// Kernels on vectors: the same functions, compiled for several instruction sets. T is float, or uint16_t for bfloat16.
#pragma once
#include <cstdint>

namespace ragwright {

struct DropoutMask {
  uint32_t threshold;  // of 65536: the share that is dropped; 0 for none
  uint32_t key;
};

// One query head of one sequence. Steps are in elements, from token to token.
template <class T>
struct AttentionHead {
  const T *q, *k, *v;
  int64_t qStep, kStep, vStep;
  int64_t length, dim;
  float scale;
  bool causal;
  DropoutMask drop;
};

template <class T>
using AttentionForward = void (*)(const AttentionHead<T>&, T* out, int64_t outStep, float* sums, float* scratch);
template <class T>
using AttentionBackward = void (*)(const AttentionHead<T>&, const T* out, const T* gradient, int64_t outStep,
                                   const float* sums, T* dq, int64_t dqStep, float* dk, float* dv, float* scratch);
template <class T>
using AttentionFinish = void (*)(const float* sums, int64_t length, int64_t dim, float factor, T* to, int64_t step);

struct AttentionKernels {
  // floats of scratch memory for a length and a head's size
  int64_t (*forwardScratch)(int64_t, int64_t);
  int64_t (*backwardScratch)(int64_t, int64_t);
  AttentionForward<float> forward;
  AttentionBackward<float> backward;
  AttentionForward<uint16_t> forwardHalf;
  AttentionBackward<uint16_t> backwardHalf;
  AttentionFinish<float> finish;
  AttentionFinish<uint16_t> finishHalf;
};

// to[i] = from[i] · factor for what is kept, else 0; plus `added`, unless it is null.
template <class From, class Added, class To>
using DropoutKernel = void (*)(const From* from, const Added* added, To* to, int64_t count, DropoutMask mask, float factor);

struct DropoutKernels {
  DropoutKernel<float, float, float> floats;
  DropoutKernel<uint16_t, uint16_t, uint16_t> halves;
  DropoutKernel<uint16_t, float, float> halfIntoFloat;  // a branch under autocast onto a float32 stream
  DropoutKernel<float, float, uint16_t> floatIntoHalf;  // its gradient
};

struct Kernels {
  AttentionKernels attention;
  DropoutKernels dropout;
};

// Those for this processor, or null if there are none.
const Kernels* kernelsHere();

// Null where they are not compiled.
const Kernels* kernelsForAvx512();
const Kernels* kernelsForAvx2();  // or NEON

// A key for a part of a mask, from a seed and the part's place.
uint32_t maskKey(uint64_t seed, uint64_t place);

// From libtorch's default CPU generator.
uint64_t drawSeed();

}  // namespace ragwright
