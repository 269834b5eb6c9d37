// Dropout, with or without the addition that follows it; see simd.h for how it is compiled.
#pragma once
#include "kernels.h"
#include "simd.h"

namespace ragwright {
namespace {

template <class From, class Added, class To>
static void dropoutOf(const From* from, const Added* added, To* to, int64_t count, DropoutMask mask, float factor) {
  for (int64_t i = 0; i < count; i += kPart) {
    Ints kept[kMasks];
    keepMasks(mask.key, i / kPart, mask.threshold, kept);
    if (i + kPart <= count) {
      for (int m = 0; m < kMasks; m++) {
        const int64_t at = i + m * kLanes;
        Floats x = choose(kept[m], load(from + at) * factor, Floats{});
        if (added) x += load(added + at);
        store(to + at, x);
      }
    } else {
      for (int64_t at = i; at < count; at++) {
        const int64_t place = at - i;
        float x = kept[place / kLanes][place % kLanes] ? widen(from[at]) * factor : 0.0f;
        if (added) x += widen(added[at]);
        narrow(to + at, x);
      }
    }
  }
}

constexpr DropoutKernels kDropout = {dropoutOf<float, float, float>, dropoutOf<uint16_t, uint16_t, uint16_t>,
                                     dropoutOf<uint16_t, float, float>, dropoutOf<float, float, uint16_t>};

}  // namespace
}  // namespace ragwright
