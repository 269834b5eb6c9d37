// Attention of one head over one sequence, forward and backward; see simd.h for how it is compiled. The including file
// defines kManyRegisters: whether there are 32 vector registers, or 16.
//
// Queries go in blocks of kRows: their scores lie in the cache, and are never written to memory. The backward pass
// computes them again from the logarithm of each row's sum, as FlashAttention (Dao et al., arXiv 2205.14135) does.
#pragma once
#include "kernels.h"
#include "simd.h"

namespace ragwright {
namespace {

constexpr int64_t kRows = 64;

RAGWRIGHT_INLINE int64_t roundUp(int64_t x) { return (x + kLanes - 1) / kLanes * kLanes; }

// c[m][n] (+)= sum over k of a(m, k) · b[k][n] for R rows of a and V vectors of columns of b
template <int R, int V, bool kAdd>
RAGWRIGHT_INLINE void product(const float* a, int64_t rowStep, int64_t kStep, const float* b, int64_t bStep, float* c,
                           int64_t cStep, int64_t depth) {
  Floats sum[R][V];
#pragma GCC unroll 16
  for (int r = 0; r < R; r++)
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) sum[r][v] = kAdd ? load(c + r * cStep + v * kLanes) : Floats{};
  for (int64_t k = 0; k < depth; k++) {
    Floats column[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) column[v] = load(b + k * bStep + v * kLanes);
#pragma GCC unroll 16
    for (int r = 0; r < R; r++) {
      const Floats x = splat(a[r * rowStep + k * kStep]);
#pragma GCC unroll 4
      for (int v = 0; v < V; v++) sum[r][v] += x * column[v];
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < R; r++)
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) store(c + r * cStep + v * kLanes, sum[r][v]);
}

template <int R, int V, bool kAdd>
static void rowsOf(int64_t rows, const float* a, int64_t rowStep, int64_t kStep, const float* b, int64_t bStep,
                   float* c, int64_t cStep, int64_t depth) {
  int64_t m = 0;
  for (; m + R <= rows; m += R) product<R, V, kAdd>(a + m * rowStep, rowStep, kStep, b, bStep, c + m * cStep, cStep, depth);
  for (; m < rows; m++) product<1, V, kAdd>(a + m * rowStep, rowStep, kStep, b, bStep, c + m * cStep, cStep, depth);
}

// c [rows, columns] (+)= a [rows, depth] · b [depth, columns]; columns is a multiple of kLanes
template <bool kAdd>
static void multiply(int64_t rows, int64_t columns, int64_t depth, const float* a, int64_t rowStep, int64_t kStep,
                     const float* b, int64_t bStep, float* c, int64_t cStep) {
  int64_t n = 0;
  if constexpr (kManyRegisters) {
    for (; n + 4 * kLanes <= columns; n += 4 * kLanes)
      rowsOf<6, 4, kAdd>(rows, a, rowStep, kStep, b + n, bStep, c + n, cStep, depth);
    for (; n + 2 * kLanes <= columns; n += 2 * kLanes)
      rowsOf<12, 2, kAdd>(rows, a, rowStep, kStep, b + n, bStep, c + n, cStep, depth);
  } else {
    for (; n + 2 * kLanes <= columns; n += 2 * kLanes)
      rowsOf<6, 2, kAdd>(rows, a, rowStep, kStep, b + n, bStep, c + n, cStep, depth);
  }
  for (; n < columns; n += kLanes) rowsOf<6, 1, kAdd>(rows, a, rowStep, kStep, b + n, bStep, c + n, cStep, depth);
}

// [length, dim] in rows that are `step` apart → rows of `width` floats, times `factor`, filled up with zeros
template <class T>
static void copyRows(const T* from, int64_t step, int64_t length, int64_t dim, int64_t width, float factor, float* to) {
  for (int64_t i = 0; i < length; i++, from += step, to += width) {
    int64_t d = 0;
    for (; d + kLanes <= dim; d += kLanes) store(to + d, load(from + d) * factor);
    for (; d < dim; d++) to[d] = widen(from[d]) * factor;
    for (; d < width; d++) to[d] = 0;
  }
}

// rows [length, width] → columns [width, lengthUp], filled up with zeros
static void transpose(const float* from, int64_t length, int64_t width, int64_t lengthUp, float* to) {
  for (int64_t i = 0; i < length; i += kLanes) {
    const int64_t rows = length - i < kLanes ? length - i : kLanes;
    for (int64_t d = 0; d < width; d++) {
      float* column = to + d * lengthUp + i;
      for (int64_t r = 0; r < rows; r++) column[r] = from[(i + r) * width + d];
      for (int64_t r = rows; r < kLanes; r++) column[r] = 0;
    }
  }
}

template <class T>
static void writeRows(const float* from, int64_t width, int64_t length, int64_t dim, float factor, T* to, int64_t step) {
  for (int64_t i = 0; i < length; i++, from += width, to += step) {
    int64_t d = 0;
    for (; d + kLanes <= dim; d += kLanes) store(to + d, load(from + d) * factor);
    for (; d < dim; d++) narrow(to + d, from[d] * factor);
  }
}

// Lanes of the last vector that are keys, for a row that may see `seen` of them.
RAGWRIGHT_INLINE Ints within(int64_t column, int64_t seen) {
  Ints lanes;
  for (int i = 0; i < kLanes; i++) lanes[i] = i;
  const int64_t left = seen - column;
  return lanes < (int32_t)(left > kLanes ? kLanes : left < 0 ? 0 : left);
}

// Scores of a row, base 2 → weights: 2^(score - shift), 0 beyond `seen`; returns their sum.
RAGWRIGHT_INLINE float weigh(float* scores, int64_t columns, int64_t seen, float shift) {
  Floats sum = {};
  for (int64_t n = 0; n < columns; n += kLanes) {
    Floats p = exp2OfNegative(load(scores + n) - shift);
    if (n + kLanes > seen) p = choose(within(n, seen), p, Floats{});
    store(scores + n, p);
    sum += p;
  }
  return sumOf(sum);
}

RAGWRIGHT_INLINE float largest(const float* scores, int64_t columns, int64_t seen) {
  Floats max = splat(-__builtin_inff());
  int64_t n = 0;
  for (; n + kLanes <= seen; n += kLanes) max = larger(max, load(scores + n));
  if (n < seen) max = larger(max, choose(within(n, seen), load(scores + n), max));
  (void)columns;
  return maxOf(max);
}

RAGWRIGHT_INLINE void dropWeights(float* weights, int64_t columns, DropoutMask drop, uint32_t row) {
  const uint32_t key = drop.key ^ (row * 0x9e3779b1u);
  for (int64_t n = 0; n < columns; n += kPart) {
    Ints kept[kMasks];
    keepMasks(key, n / kPart, drop.threshold, kept);
    for (int m = 0; m < kMasks && n + m * kLanes < columns; m++) {
      float* at = weights + n + m * kLanes;
      store(at, choose(kept[m], load(at), Floats{}));
    }
  }
}

// Floats of scratch memory that a head needs.
static int64_t forwardScratch(int64_t length, int64_t dim) {
  const int64_t up = roundUp(length), width = roundUp(dim);
  return 3 * up * width + kRows * up + kRows * width;
}

// out [length, dim] with `outStep`; sums [length]: log2 of each row's sum, for the backward pass, or null
template <class T>
static void forwardHead(const AttentionHead<T>& head, T* out, int64_t outStep, float* sums, float* scratch) {
  const int64_t length = head.length, dim = head.dim, up = roundUp(length), width = roundUp(dim);
  float *keys = scratch, *values = keys + up * width, *rows = values + up * width, *scores = rows + up * width,
        *mixed = scores + kRows * up;
  copyRows(head.k, head.kStep, length, dim, width, 1.0f, rows);
  transpose(rows, length, width, up, keys);
  copyRows(head.v, head.vStep, length, dim, width, 1.0f, values);
  copyRows(head.q, head.qStep, length, dim, width, head.scale * 1.44269504f, rows);
  const float kept = 65536.0f / (65536.0f - float(head.drop.threshold));
  for (int64_t start = 0; start < length; start += kRows) {
    const int64_t count = length - start < kRows ? length - start : kRows;
    const int64_t visible = head.causal ? start + count : length, columns = roundUp(visible);
    multiply<false>(count, columns, width, rows + start * width, width, 1, keys, up, scores, up);
    float inverse[kRows];
    for (int64_t r = 0; r < count; r++) {
      float* row = scores + r * up;
      const int64_t seen = head.causal ? start + r + 1 : length;
      const float shift = largest(row, columns, seen);
      const float sum = weigh(row, columns, seen, shift);
      if (head.drop.threshold) dropWeights(row, columns, head.drop, uint32_t(start + r));
      inverse[r] = kept / sum;
      if (sums) sums[start + r] = shift + __builtin_log2f(sum);
    }
    multiply<false>(count, width, visible, scores, up, 1, values, width, mixed, width);
    for (int64_t r = 0; r < count; r++)
      writeRows(mixed + r * width, width, 1, dim, inverse[r], out + (start + r) * outStep, outStep);
  }
}

static int64_t backwardScratch(int64_t length, int64_t dim) {
  const int64_t up = roundUp(length), width = roundUp(dim);
  return 8 * up * width + 2 * kRows * up + kRows * width;
}

// Gradients of a head; those of k and v are added to what `dk` and `dv` [up, width] hold, without the factors that
// writeRows applies at the end.
template <class T>
static void backwardHead(const AttentionHead<T>& head, const T* out, const T* gradient, int64_t outStep, const float* sums,
                         T* dq, int64_t dqStep, float* dk, float* dv, float* scratch) {
  const int64_t length = head.length, dim = head.dim, up = roundUp(length), width = roundUp(dim);
  float *keys = scratch, *keyRows = keys + up * width, *values = keyRows + up * width, *queries = values + up * width,
        *gradients = queries + up * width, *spare = gradients + up * width, *weights = spare + up * width,
        *changes = weights + kRows * up, *rows = changes + kRows * up;
  copyRows(head.k, head.kStep, length, dim, width, 1.0f, keyRows);
  transpose(keyRows, length, width, up, keys);
  copyRows(head.v, head.vStep, length, dim, width, 1.0f, spare);
  transpose(spare, length, width, up, values);
  copyRows(head.q, head.qStep, length, dim, width, head.scale * 1.44269504f, queries);
  const float kept = 65536.0f / (65536.0f - float(head.drop.threshold));
  copyRows(gradient, outStep, length, dim, width, kept, gradients);
  copyRows(out, outStep, length, dim, width, 1.0f, spare);
  for (int64_t start = 0; start < length; start += kRows) {
    const int64_t count = length - start < kRows ? length - start : kRows;
    const int64_t visible = head.causal ? start + count : length, columns = roundUp(visible);
    multiply<false>(count, columns, width, queries + start * width, width, 1, keys, up, weights, up);
    multiply<false>(count, columns, width, gradients + start * width, width, 1, values, up, changes, up);
    for (int64_t r = 0; r < count; r++) {
      const int64_t seen = head.causal ? start + r + 1 : length;
      const float *g = gradients + (start + r) * width, *o = spare + (start + r) * width;
      Floats dot = {};
      for (int64_t d = 0; d < width; d += kLanes) dot += load(g + d) * load(o + d);
      const float mean = sumOf(dot) / kept;
      float *w = weights + r * up, *c = changes + r * up;
      weigh(w, columns, seen, sums[start + r]);
      const uint32_t key = head.drop.key ^ (uint32_t(start + r) * 0x9e3779b1u);
      for (int64_t n = 0; n < columns; n += kPart) {
        Ints kept[kMasks];
        if (head.drop.threshold) keepMasks(key, n / kPart, head.drop.threshold, kept);
        else for (Ints& all : kept) all = Ints{} - 1;
        for (int m = 0; m < kMasks && n + m * kLanes < columns; m++) {
          const int64_t at = n + m * kLanes;
          const Floats p = load(w + at), change = choose(kept[m], load(c + at), Floats{});
          store(c + at, p * (change - mean));
          store(w + at, choose(kept[m], p, Floats{}));
        }
      }
    }
    // [visible, dim] += [count, visible]ᵀ · [count, dim]
    multiply<true>(visible, width, count, weights, 1, up, gradients + start * width, width, dv, width);
    multiply<true>(visible, width, count, changes, 1, up, queries + start * width, width, dk, width);
    multiply<false>(count, width, visible, changes, up, 1, keyRows, width, rows, width);
    writeRows(rows, width, count, dim, head.scale, dq + start * dqStep, dqStep);
  }
}

// Sums [up, width] of backwardHead → gradients
template <class T>
static void finishRows(const float* sums, int64_t length, int64_t dim, float factor, T* to, int64_t step) {
  writeRows(sums, roundUp(dim), length, dim, factor, to, step);
}

constexpr AttentionKernels kAttention = {forwardScratch, backwardScratch, forwardHead<float>, backwardHead<float>,
                                       forwardHead<uint16_t>, backwardHead<uint16_t>, finishRows<float>, finishRows<uint16_t>};

}  // namespace
}  // namespace ragwright
