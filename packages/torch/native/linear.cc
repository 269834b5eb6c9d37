// float32 linear() by oneDNN on x86 processors that are not Intel's: MKL's matrix product is 10 to 15 % slower
// there (bench/train-minilm). Registered for aten::linear above autograd, so every caller gets it.
#include <torch/version.h>

// The op below has this signature from 2.1 on.
#if defined(__x86_64__) && (TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 1))
#include <ATen/ATen.h>
#include <ATen/NativeFunctions.h>
#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

namespace ragwright {
namespace {

// Below this many multiply-adds, setting up oneDNN costs more than it saves.
constexpr int64_t kWorthwhile = int64_t{1} << 24;

using MaybeTensor = std::optional<at::Tensor>;

const c10::OperatorHandle* oneDnnProduct() {
  static const auto op = [] {
    auto found = c10::Dispatcher::singleton().findSchema({"mkldnn::_linear_pointwise", ""});
    return found && found->schema().arguments().size() == 6 ? found : std::nullopt;
  }();
  return op ? &*op : nullptr;
}

bool isFasterHere() {
  static const bool faster = [] {
    __builtin_cpu_init();
    return !__builtin_cpu_is("intel") && oneDnnProduct() != nullptr;
  }();
  return faster;
}

bool isPlain(const at::Tensor& tensor) {
  return tensor.scalar_type() == at::kFloat && tensor.device().is_cpu() && tensor.layout() == at::kStrided &&
         tensor.is_contiguous() && !tensor.is_inference() && !tensor._is_zerotensor();
}

bool takes(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  if (!isFasterHere() || x.dim() < 2 || weight.dim() != 2 || !isPlain(x) || !isPlain(weight)) return false;
  if (x.size(-1) != weight.size(1)) return false;  // libtorch's own error
  if (bias.defined() && !(isPlain(bias) && bias.dim() == 1 && bias.size(0) == weight.size(0))) return false;
  return x.numel() * weight.size(0) >= kWorthwhile;
}

// x·weightᵀ + bias, not recorded
at::Tensor product(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  at::AutoDispatchBelowADInplaceOrView guard;
  torch::jit::Stack stack{x, weight, bias.defined() ? c10::IValue(bias) : c10::IValue(), "none",
                          c10::List<std::optional<at::Scalar>>(), ""};
  oneDnnProduct()->callBoxed(stack);
  return stack[0].toTensor();
}

struct OneDnnLinear : torch::autograd::Function<OneDnnLinear> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const MaybeTensor& bias) {
    context->save_for_backward({x, weight});
    context->saved_data["bias"] = bias.has_value();
    return product(x, weight, bias.value_or(at::Tensor()));
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &weight = saved[1], &gradient = gradients[0];
    if (!gradient.defined()) return {{}, {}, {}};
    const at::Tensor rows = gradient.reshape({-1, weight.size(0)});
    at::Tensor dx, dweight, dbias;
    if (context->needs_input_grad(0)) {
      // product() cannot be differentiated again
      const bool plain = !c10::GradMode::is_enabled();
      dx = (plain ? product(rows.contiguous(), weight.t(), {}) : at::mm(rows, weight)).view(x.sizes());
    }
    if (context->needs_input_grad(1)) dweight = at::mm(rows.t(), x.reshape({-1, weight.size(1)}));
    if (context->saved_data["bias"].toBool() && context->needs_input_grad(2)) dbias = rows.sum(0);
    return {dx, dweight, dbias};
  }
};

at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const MaybeTensor& maybeBias) {
  const at::Tensor bias = maybeBias.value_or(at::Tensor());
  if (!takes(x, weight, bias)) return at::native::linear(x, weight, maybeBias);
  const bool recorded = c10::GradMode::is_enabled() &&
                        (x.requires_grad() || weight.requires_grad() || (bias.defined() && bias.requires_grad()));
  if (!recorded) return product(x, weight, bias);
  return OneDnnLinear::apply(x, weight, bias.defined() ? MaybeTensor(bias) : MaybeTensor());
}

}  // namespace

TORCH_LIBRARY_IMPL(aten, AutogradCPU, library) { library.impl("linear", linear); }

}  // namespace ragwright
#endif
