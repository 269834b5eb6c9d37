// Optimizer steps and gradient clipping over whole lists of parameters in one call.
#include <c10/core/GradMode.h>
#include <torch/version.h>

#include <cmath>

#include "call.h"
#include "values.h"

#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
#define RAGWRIGHT_FUSED_ADAMW 1  // the fused kernel has a CPU version from 2.4
#endif

namespace ragwright {
namespace {

using Tensors = std::vector<at::Tensor>;

// One entry per parameter. Fetch it last: reading options may run JavaScript that detaches the array's buffer.
double* stepsOf(const Call& call, size_t i, size_t count) {
  napi_typedarray_type type;
  size_t length = 0;
  void* data = nullptr;
  bool is = false;
  if (i >= call.argc || napi_is_typedarray(call.env->napi, call.argv[i], &is) != napi_ok || !is ||
      napi_get_typedarray_info(call.env->napi, call.argv[i], &type, &length, &data, nullptr, nullptr) != napi_ok ||
      type != napi_float64_array || length != count)
    throw Failure{"argument", "steps must be a Float64Array with one entry per parameter"};
  return static_cast<double*>(data);
}

void checkLike(const at::Tensor& parameter, const at::Tensor& other, const char* what) {
  if (other.sizes() != parameter.sizes() || other.scalar_type() != parameter.scalar_type() || other.device() != parameter.device())
    throw Failure{"shape", std::string(what) + " must match its parameter: " + describeTensor(parameter) + ", got " + describeTensor(other)};
}

void checkParameter(const at::Tensor& parameter) {
  if (!parameter.is_leaf() || !at::isFloatingType(parameter.scalar_type()) || !parameter.is_non_overlapping_and_dense())
    throw Failure{"argument", "a parameter must be a dense floating-point leaf tensor, got " + describeTensor(parameter)};
}

void checkCount(size_t parameters, size_t states, const char* what) {
  if (parameters != states)
    throw Failure{"argument", std::to_string(parameters) + " parameters but " + std::to_string(states) + " " + what};
}

// The kernels walk parameter, gradient and state in memory order, so their layouts must agree.
at::Tensor laidOutLike(const at::Tensor& tensor, const at::Tensor& parameter) {
  if (tensor.strides() == parameter.strides()) return tensor;
  return at::empty_like(parameter).copy_(tensor);
}

at::Tensor gradientOf(const at::Tensor& parameter) {
  const at::Tensor& gradient = parameter.grad();
  if (!gradient.defined()) return {};
  if (gradient.is_sparse()) throw Failure{"argument", "sparse gradients are not supported"};
  checkLike(parameter, gradient, "a gradient");
  return laidOutLike(gradient, parameter);
}

struct AdamW {
  double lr, beta1, beta2, eps, weightDecay;
};

#ifndef RAGWRIGHT_FUSED_ADAMW
// Loshchilov & Hutter, arXiv 1711.05101, in the order of operations of torch.optim.AdamW's single-tensor form.
void adamwReference(const at::Tensor& p, const at::Tensor& g, const at::Tensor& m, const at::Tensor& v, double step, const AdamW& o) {
  p.mul_(1 - o.lr * o.weightDecay);
  m.lerp_(g, 1 - o.beta1);
  v.mul_(o.beta2).addcmul_(g, g, 1 - o.beta2);
  const double correction1 = 1 - std::pow(o.beta1, step), correction2 = 1 - std::pow(o.beta2, step);
  const at::Tensor denominator = (v.sqrt() / std::sqrt(correction2)).add_(o.eps);
  p.addcdiv_(m, denominator, -o.lr / correction1);
}
#endif

napi_value adamwStep(Call& call) {
  const Tensors parameters = call.tensors(0), averages = call.tensors(1), squares = call.tensors(2);
  checkCount(parameters.size(), averages.size(), "first moments");
  checkCount(parameters.size(), squares.size(), "second moments");
  const AdamW o{call.field(4, "lr"), call.field(4, "beta1"), call.field(4, "beta2"), call.field(4, "eps"), call.field(4, "weightDecay")};
  double* steps = stepsOf(call, 3, parameters.size());
  c10::NoGradGuard guard;
  Tensors p, g, m, v, t;
  std::vector<size_t> stepped;
  for (size_t i = 0; i < parameters.size(); i++) {
    checkParameter(parameters[i]);
    const at::Tensor gradient = gradientOf(parameters[i]);
    if (!gradient.defined()) continue;
    checkLike(parameters[i], averages[i], "a first moment");
    checkLike(parameters[i], squares[i], "a second moment");
    if (averages[i].strides() != parameters[i].strides() || squares[i].strides() != parameters[i].strides())
      throw Failure{"shape", "a moment must have its parameter's memory layout"};
    p.push_back(parameters[i]), g.push_back(gradient), m.push_back(averages[i]), v.push_back(squares[i]);
    stepped.push_back(i);
  }
  if (stepped.empty()) return nullptr;
#ifdef RAGWRIGHT_FUSED_ADAMW
  // One kernel call for each group of equal dtype and device.
  std::vector<bool> done(p.size(), false);
  for (size_t first = 0; first < p.size(); first++) {
    if (done[first]) continue;
    Tensors gp, gg, gm, gv, gt;
    for (size_t i = first; i < p.size(); i++) {
      if (done[i] || p[i].scalar_type() != p[first].scalar_type() || p[i].device() != p[first].device()) continue;
      done[i] = true;
      gp.push_back(p[i]), gg.push_back(g[i]), gm.push_back(m[i]), gv.push_back(v[i]);
      gt.push_back(at::scalar_tensor(steps[stepped[i]] + 1, at::TensorOptions().dtype(at::kFloat).device(p[i].device())));
    }
    at::_fused_adamw_(gp, gg, gm, gv, {}, gt, o.lr, o.beta1, o.beta2, o.weightDecay, o.eps, /*amsgrad=*/false, /*maximize=*/false);
  }
#else
  for (size_t i = 0; i < p.size(); i++) adamwReference(p[i], g[i], m[i], v[i], steps[stepped[i]] + 1, o);
#endif
  for (const size_t i : stepped) steps[i] += 1;
  return nullptr;
}

napi_value sgdStep(Call& call) {
  const Tensors parameters = call.tensors(0), momenta = call.tensors(1);
  if (!momenta.empty()) checkCount(parameters.size(), momenta.size(), "momentum buffers");
  const double lr = call.field(3, "lr"), momentum = call.field(3, "momentum"), dampening = call.field(3, "dampening");
  const double weightDecay = call.field(3, "weightDecay");
  const bool nesterov = call.flag(3, "nesterov");
  double* steps = stepsOf(call, 2, parameters.size());
  c10::NoGradGuard guard;
  for (size_t i = 0; i < parameters.size(); i++) {
    const at::Tensor& p = parameters[i];
    checkParameter(p);
    at::Tensor g = gradientOf(p);
    if (!g.defined()) continue;
    if (weightDecay != 0) g = g.add(p, weightDecay);
    if (momentum != 0 && !momenta.empty()) {
      const at::Tensor& buffer = momenta[i];
      checkLike(p, buffer, "a momentum buffer");
      if (steps[i] == 0) buffer.copy_(g);
      else buffer.mul_(momentum).add_(g, 1 - dampening);
      g = nesterov ? g.add(buffer, momentum) : buffer;
    }
    p.add_(g, -lr);
    steps[i] += 1;
  }
  return nullptr;
}

Tensors gradients(const Call& call) {
  Tensors result;
  for (const at::Tensor& parameter : call.tensors(0))
    if (parameter.is_leaf() && parameter.grad().defined()) result.push_back(parameter.grad());
  return result;
}

napi_value scaleGrad(Call& call) {
  const double factor = call.number(1);
  c10::NoGradGuard guard;
  for (const at::Tensor& gradient : gradients(call)) gradient.mul_(factor);
  return nullptr;
}

// As torch.nn.utils.clip_grad_norm_: factor = min(1, maxNorm / (norm + 1e-6)).
napi_value clipGradNorm(Call& call) {
  const double maxNorm = call.number(1);
  if (!(maxNorm >= 0)) throw Failure{"argument", "maxNorm must not be negative or NaN"};
  c10::NoGradGuard guard;
  const Tensors all = gradients(call);
  if (all.empty()) return call.fromNumber(0.0);
  // Each norm in at least float32, as a float16 one would overflow; in float64 if any gradient is that.
  bool anyDouble = false;
  for (const at::Tensor& gradient : all) anyDouble = anyDouble || gradient.scalar_type() == at::kDouble;
  Tensors norms;
  for (const at::Tensor& gradient : all) {
    const at::ScalarType own = gradient.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
    const at::Tensor norm = at::linalg_vector_norm(gradient, 2, at::OptionalIntArrayRef(), /*keepdim=*/false, own);
    norms.push_back(norm.to(all[0].device(), anyDouble ? at::kDouble : at::kFloat));
  }
  const double total = at::linalg_vector_norm(at::stack(norms), 2).item<double>();
  if (std::isfinite(maxNorm)) {
    const double factor = maxNorm / (total + 1e-6);
    if (factor < 1 || std::isnan(factor))
      for (const at::Tensor& gradient : all) gradient.mul_(factor);
  }
  return call.fromNumber(total);
}

}  // namespace

void exportOptim(Exports& exports) {
  exports.insert(exports.end(), {{"adamwStep", adamwStep}, {"sgdStep", sgdStep}, {"scaleGrad", scaleGrad},
                                 {"clipGradNorm", clipGradNorm}});
}

}  // namespace ragwright
