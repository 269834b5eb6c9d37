// Dropout on the CPU, with the addition of a residual if there is one: ragwright::dropout_add. libtorch draws a random
// number per element in one thread, and keeps the mask; here the backward pass makes it again from the seed.
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>
#include <torch/version.h>

#include <algorithm>

#include "kernels.h"
#include "parallel.h"

namespace ragwright {
namespace {

#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 1)
using MaybeTensor = std::optional<at::Tensor>;
#else
using MaybeTensor = c10::optional<at::Tensor>;
#endif

constexpr int64_t kPart = 1 << 15;  // elements of a task; each has a key of its own

struct Drop {
  uint32_t threshold;
  uint64_t seed;
  float factor() const { return 65536.0f / (65536.0f - static_cast<float>(threshold)); }
};

bool isHalf(const at::Tensor& x) { return x.scalar_type() == at::kBFloat16; }

template <class From, class Added, class To>
void inParts(const at::Tensor& from, const at::Tensor& added, const at::Tensor& to, const Drop& drop,
             DropoutKernel<From, Added, To> kernel) {
  const int64_t count = from.numel();
  const auto* x = static_cast<const From*>(from.data_ptr());
  const auto* a = added.defined() ? static_cast<const Added*>(added.data_ptr()) : nullptr;
  auto* y = static_cast<To*>(to.data_ptr());
  parallelTasks((count + kPart - 1) / kPart, [&](int64_t task, int64_t) {
    const int64_t start = task * kPart, part = std::min(kPart, count - start);
    const DropoutMask mask{drop.threshold, maskKey(drop.seed, static_cast<uint64_t>(task))};
    kernel(x + start, a ? a + start : nullptr, y + start, part, mask, drop.factor());
  });
}

// x and added are contiguous; the sum has the wider type of the two.
at::Tensor dropAndAdd(const at::Tensor& x, const at::Tensor& added, const Drop& drop) {
  at::AutoDispatchBelowADInplaceOrView guard;
  const DropoutKernels& kernels = kernelsHere()->dropout;
  const bool wide = added.defined() && !isHalf(added);
  const at::Tensor out = at::empty(x.sizes(), wide ? added.options() : x.options());
  if (!isHalf(x)) inParts<float, float, float>(x, added, out, drop, kernels.floats);
  else if (wide) inParts<uint16_t, float, float>(x, added, out, drop, kernels.halfIntoFloat);
  else inParts<uint16_t, uint16_t, uint16_t>(x, added, out, drop, kernels.halves);
  return out;
}

struct DropoutAdd : torch::autograd::Function<DropoutAdd> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x,
                            const MaybeTensor& added, int64_t threshold, int64_t seed) {
    context->saved_data["threshold"] = threshold;
    context->saved_data["seed"] = seed;
    context->saved_data["half"] = isHalf(x);
    context->saved_data["added"] = added.has_value();
    return dropAndAdd(x, added.value_or(at::Tensor()), {static_cast<uint32_t>(threshold), static_cast<uint64_t>(seed)});
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    if (!gradients[0].defined()) return {{}, {}, {}, {}};
    auto& data = context->saved_data;
    const at::Tensor gradient = gradients[0].contiguous();
    const bool half = data["half"].toBool();
    at::Tensor dx;
    if (context->needs_input_grad(0)) {
      // Linear in the gradient: with createGraph, the same function differentiates it again.
      if (c10::GradMode::is_enabled() && gradient.requires_grad()) {
        dx = DropoutAdd::apply(gradient, MaybeTensor(), data["threshold"].toInt(), data["seed"].toInt());
        if (half) dx = dx.to(at::kBFloat16);
      } else {
        const Drop drop{static_cast<uint32_t>(data["threshold"].toInt()), static_cast<uint64_t>(data["seed"].toInt())};
        if (half && !isHalf(gradient)) {
          dx = at::empty(gradient.sizes(), gradient.options().dtype(at::kBFloat16));
          inParts<float, float, uint16_t>(gradient, {}, dx, drop, kernelsHere()->dropout.floatIntoHalf);
        } else {
          dx = dropAndAdd(gradient, {}, drop);
        }
      }
    }
    return {dx, data["added"].toBool() ? gradient : at::Tensor(), {}, {}};
  }
};

bool fits(const at::Tensor& x) {
  return x.device().is_cpu() && x.layout() == at::kStrided && (x.scalar_type() == at::kFloat || isHalf(x));
}

at::Tensor dropoutAdd(const at::Tensor& x, const MaybeTensor& maybeAdded, double p) {
  const at::Tensor added = maybeAdded.value_or(at::Tensor());
  TORCH_CHECK(p >= 0 && p < 1, "dropout_add: the probability must be at least 0 and below 1");
  TORCH_CHECK(fits(x) && (!added.defined() || fits(added)), "dropout_add: needs float32 or bfloat16 on the CPU");
  TORCH_CHECK(!added.defined() || added.sizes() == x.sizes(), "dropout_add: the shapes must be the same");
  const auto threshold = static_cast<int64_t>(std::min(65535.0, p * 65536 + 0.5));
  const at::Tensor x0 = x.contiguous();
  at::Tensor added0 = added.defined() ? added.contiguous() : added;
  if (added.defined() && isHalf(added) && !isHalf(x)) added0 = added0.to(at::kFloat);
  const auto seed = static_cast<int64_t>(drawSeed());
  if (c10::GradMode::is_enabled() && (x.requires_grad() || (added.defined() && added.requires_grad())))
    return DropoutAdd::apply(x0, added.defined() ? MaybeTensor(added0) : MaybeTensor(), threshold, seed);
  return dropAndAdd(x0, added0, {static_cast<uint32_t>(threshold), static_cast<uint64_t>(seed)});
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(ragwright, library) {
  if (!kernelsHere()) return;
  library.def("dropout_add(Tensor x, Tensor? added, float p) -> Tensor");
  library.impl("dropout_add", torch::dispatch(c10::DispatchKey::CompositeImplicitAutograd, TORCH_FN(dropoutAdd)));
}

}  // namespace ragwright
