// Gradients: backward, grad, grad mode, autocast.
#include <ATen/autocast_mode.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/version.h>

#include "call.h"
#include "handles.h"
#include "values.h"

namespace ragwright {
namespace {

bool hasAnyDefined(const std::vector<at::Tensor>& tensors) {
  for (const at::Tensor& tensor : tensors)
    if (tensor.defined()) return true;
  return false;
}

void checkSameLength(size_t tensors, size_t gradients) {
  if (gradients != 0 && gradients != tensors)
    throw Failure{"argument", std::to_string(tensors) + " tensors but " + std::to_string(gradients) + " gradients"};
}

napi_value backward(Call& call) {
  const auto roots = call.tensors(0);
  auto gradients = call.optionalTensors(1);
  checkSameLength(roots.size(), gradients.size());
  if (!hasAnyDefined(gradients)) gradients.clear();
  torch::autograd::backward(roots, gradients, call.boolean(2), call.boolean(3));
  return nullptr;
}

napi_value grad(Call& call) {
  const auto outputs = call.tensors(0), inputs = call.tensors(1);
  auto gradOutputs = call.optionalTensors(2);
  checkSameLength(outputs.size(), gradOutputs.size());
  if (!hasAnyDefined(gradOutputs)) gradOutputs.clear();
  if (outputs.empty() || inputs.empty()) throw Failure{"argument", "grad() needs at least one output and one input"};
  const auto gradients = torch::autograd::grad(outputs, inputs, gradOutputs, call.boolean(3), call.boolean(4), call.boolean(5));
  napi_value result;
  js(napi_create_array_with_length(call.env->napi, gradients.size(), &result));
  for (size_t i = 0; i < gradients.size(); i++) js(napi_set_element(call.env->napi, result, i, call.fromTensor(gradients[i])));
  return result;
}

napi_value requiresGrad(Call& call) { return call.fromBoolean(call.tensor(0).requires_grad()); }
napi_value isLeaf(Call& call) { return call.fromBoolean(call.tensor(0).is_leaf()); }

napi_value setRequiresGrad(Call& call) {
  const at::Tensor tensor = call.tensor(0);
  const bool value = call.boolean(1);
  if (!tensor.is_leaf() && !value) throw Failure{"op", "only a leaf tensor can stop requiring a gradient; use detach()"};
  if (value && !at::isFloatingType(tensor.scalar_type()) && !at::isComplexType(tensor.scalar_type()))
    throw Failure{"dtype", "only floating point and complex tensors can require a gradient, got " + describeTensor(tensor)};
  tensor.set_requires_grad(value);
  return nullptr;
}

napi_value gradOf(Call& call) {
  const at::Tensor tensor = call.tensor(0);
  if (!tensor.is_leaf() && !tensor.retains_grad()) return call.null();
  return call.fromTensor(tensor.grad());
}

napi_value setGrad(Call& call) {
  const at::Tensor tensor = call.tensor(0);
  if (isNullish(call.env, call.argc > 1 ? call.argv[1] : nullptr)) {
    tensor.mutable_grad().reset();
    return nullptr;
  }
  const at::Tensor gradient = call.tensor(1);
  if (gradient.sizes() != tensor.sizes() || gradient.scalar_type() != tensor.scalar_type() || gradient.device() != tensor.device())
    throw Failure{"shape", "a gradient must match its tensor: " + describeTensor(tensor) + ", got " + describeTensor(gradient)};
  if (gradient.is_same(tensor)) throw Failure{"argument", "a tensor cannot be its own gradient"};
  tensor.mutable_grad() = gradient;
  return nullptr;
}

napi_value zeroGrad(Call& call) {
  for (const at::Tensor& tensor : call.tensors(0))
    if (tensor.is_leaf() && tensor.grad().defined()) tensor.mutable_grad().reset();
  return nullptr;
}

napi_value isGradEnabled(Call& call) { return call.fromBoolean(c10::GradMode::is_enabled()); }

napi_value setGradEnabled(Call& call) {
  c10::GradMode::set_enabled(call.boolean(0));
  return nullptr;
}

// One spelling for libtorch's two autocast interfaces (by device type from 2.4, by function name before).
struct Autocast {
  c10::DeviceType device;
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
  bool enabled() const { return at::autocast::is_autocast_enabled(device); }
  void enable(bool on) const { at::autocast::set_autocast_enabled(device, on); }
  at::ScalarType dtype() const { return at::autocast::get_autocast_dtype(device); }
  void setDtype(at::ScalarType type) const { at::autocast::set_autocast_dtype(device, type); }
#else
  bool cpu() const { return device == c10::DeviceType::CPU; }
  bool enabled() const { return cpu() ? at::autocast::is_cpu_enabled() : at::autocast::is_enabled(); }
  void enable(bool on) const { cpu() ? at::autocast::set_cpu_enabled(on) : at::autocast::set_enabled(on); }
  at::ScalarType dtype() const { return cpu() ? at::autocast::get_autocast_cpu_dtype() : at::autocast::get_autocast_gpu_dtype(); }
  void setDtype(at::ScalarType type) const { cpu() ? at::autocast::set_autocast_cpu_dtype(type) : at::autocast::set_autocast_gpu_dtype(type); }
#endif
};

napi_value setAutocast(Call& call) {
  const std::string name = call.string(0);
  const int64_t code = call.integer(1);
  if (name != "cpu" && name != "cuda") throw Failure{"device", "autocast knows 'cpu' and 'cuda', got '" + name + "'"};
  const auto type = static_cast<at::ScalarType>(code);
  if (code != -1 && type != at::kBFloat16 && type != at::kHalf)
    throw Failure{"dtype", "autocast computes in bfloat16 or float16"};
  const Autocast autocast{name == "cpu" ? c10::DeviceType::CPU : c10::DeviceType::CUDA};
  const double before = autocast.enabled() ? static_cast<double>(autocast.dtype()) : -1;
  if (code == -1) {
    autocast.enable(false);
    at::autocast::clear_cache();
  } else {
    autocast.setDtype(type);
    autocast.enable(true);
  }
  return call.fromNumber(before);
}

}  // namespace

void exportAutograd(Exports& exports) {
  exports.insert(exports.end(), {{"backward", backward}, {"grad", grad}, {"requiresGrad", requiresGrad},
                                 {"setRequiresGrad", setRequiresGrad}, {"isLeaf", isLeaf}, {"gradOf", gradOf},
                                 {"setGrad", setGrad}, {"zeroGrad", zeroGrad}, {"isGradEnabled", isGradEnabled},
                                 {"setGradEnabled", setGradEnabled}, {"setAutocast", setAutocast}});
}

}  // namespace ragwright
