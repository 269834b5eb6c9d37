// Attention over packed sequences on the CPU, with dropout: ragwright::packed_attention. libtorch's fused kernel has no
// dropout on the CPU and is slow in bfloat16; from parts, the weights go through memory several times, and their
// random numbers are drawn one by one (bench/train-dropout).
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <algorithm>
#include <numeric>

#include "kernels.h"
#include "parallel.h"

namespace ragwright {
namespace {

// Sequences of a stream and what is done to their scores.
struct Plan {
  std::vector<int64_t> lengths, starts;
  int64_t tokens = 0, heads = 0, kvHeads = 0, dim = 0, longest = 0;
  float scale = 1;
  bool causal = false;
  uint32_t threshold = 0;
  uint64_t seed = 0;
};

bool isHalf(const at::Tensor& x) { return x.scalar_type() == at::kBFloat16; }

template <class T>
T* dataOf(const at::Tensor& x) {
  return static_cast<T*>(x.data_ptr());
}

template <class T>
AttentionHead<T> headOf(const Plan& plan, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                        int64_t sequence, int64_t head) {
  const int64_t kvHead = head / (plan.heads / plan.kvHeads), start = plan.starts[sequence];
  const auto at = [start](const at::Tensor& x, int64_t of) { return dataOf<T>(x) + start * x.stride(0) + of * x.stride(1); };
  const DropoutMask drop{plan.threshold, maskKey(plan.seed, uint64_t(sequence) * plan.heads + head)};
  return {at(q, head),  at(k, kvHead),          at(v, kvHead), q.stride(0), k.stride(0), v.stride(0),
          plan.lengths[sequence], plan.dim, plan.scale,    plan.causal, drop};
}

// Sequences from the longest on, so that no thread is left with a long one at the end.
std::vector<int64_t> longestFirst(const Plan& plan) {
  std::vector<int64_t> order(plan.lengths.size());
  std::iota(order.begin(), order.end(), int64_t{0});
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return plan.lengths[a] > plan.lengths[b]; });
  return order;
}

// function(sequence, head, scratch), on all threads, with so many floats of scratch memory for each
template <class F>
void forEachHead(const Plan& plan, int64_t heads, int64_t floats, const F& function) {
  const std::vector<int64_t> order = longestFirst(plan);
  const int64_t tasks = static_cast<int64_t>(order.size()) * heads;
  const at::Tensor memory = at::empty({workersFor(tasks), floats}, at::kFloat);
  float* scratch = memory.data_ptr<float>();
  parallelTasks(tasks, [&](int64_t task, int64_t worker) {
    function(order[task / heads], task % heads, scratch + worker * floats);
  });
}

template <class T>
void forward(const Plan& plan, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& out,
             const at::Tensor& sums, AttentionForward<T> kernel) {
  forEachHead(plan, plan.heads, kernelsHere()->attention.forwardScratch(plan.longest, plan.dim),
              [&](int64_t sequence, int64_t head, float* scratch) {
                const int64_t start = plan.starts[sequence];
                float* ownSums = sums.defined() ? sums.data_ptr<float>() + head * plan.tokens + start : nullptr;
                kernel(headOf<T>(plan, q, k, v, sequence, head), dataOf<T>(out) + (start * plan.heads + head) * plan.dim,
                       plan.heads * plan.dim, ownSums, scratch);
              });
}

std::pair<at::Tensor, at::Tensor> run(const Plan& plan, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                      bool keepSums) {
  at::AutoDispatchBelowADInplaceOrView guard;
  const at::Tensor out = at::empty({plan.tokens, plan.heads, plan.dim}, q.options());
  const at::Tensor sums = keepSums ? at::empty({plan.heads, plan.tokens}, q.options().dtype(at::kFloat)) : at::Tensor();
  if (isHalf(q)) forward<uint16_t>(plan, q, k, v, out, sums, kernelsHere()->attention.forwardHalf);
  else forward<float>(plan, q, k, v, out, sums, kernelsHere()->attention.forward);
  return {out, sums};
}

struct Gradients {
  at::Tensor q, k, v;
};

template <class T>
void backward(const Plan& plan, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& out,
              const at::Tensor& sums, const at::Tensor& gradient, const Gradients& to, AttentionBackward<T> kernel,
              AttentionFinish<T> finish) {
  const AttentionKernels& kernels = kernelsHere()->attention;
  const int64_t group = plan.heads / plan.kvHeads, step = plan.heads * plan.dim, kvStep = plan.kvHeads * plan.dim;
  const int64_t own = (plan.longest + 15) / 16 * 16 * ((plan.dim + 15) / 16 * 16);
  forEachHead(plan, plan.kvHeads, kernels.backwardScratch(plan.longest, plan.dim) + 2 * own,
              [&](int64_t sequence, int64_t kvHead, float* scratch) {
                const int64_t start = plan.starts[sequence], length = plan.lengths[sequence];
                float *dk = scratch, *dv = dk + own, *rest = dv + own;
                std::fill(dk, rest, 0.0f);
                for (int64_t head = kvHead * group; head < (kvHead + 1) * group; head++) {
                  const int64_t at = start * step + head * plan.dim;
                  kernel(headOf<T>(plan, q, k, v, sequence, head), dataOf<T>(out) + at, dataOf<T>(gradient) + at, step,
                         sums.data_ptr<float>() + head * plan.tokens + start, dataOf<T>(to.q) + at, step, dk, dv, rest);
                }
                const int64_t at = start * kvStep + kvHead * plan.dim;
                // The queries in dk's product carry scale · log2(e).
                finish(dk, length, plan.dim, 0.69314718f, dataOf<T>(to.k) + at, kvStep);
                finish(dv, length, plan.dim, 1.0f, dataOf<T>(to.v) + at, kvStep);
              });
}

struct PackedAttention : torch::autograd::Function<PackedAttention> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& q, const at::Tensor& k,
                            const at::Tensor& v, const std::shared_ptr<const Plan>& plan) {
    const auto [out, sums] = run(*plan, q, k, v, true);
    context->save_for_backward({q, k, v, out, sums});
    auto& data = context->saved_data;
    data["lengths"] = plan->lengths;
    data["numbers"] = std::vector<int64_t>{plan->causal, plan->threshold, static_cast<int64_t>(plan->seed)};
    data["scale"] = double{plan->scale};
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients);
};

Plan planOf(const at::Tensor& q, const at::Tensor& k, std::vector<int64_t> lengths, double scale, bool causal) {
  Plan plan;
  plan.tokens = q.size(0);
  plan.heads = q.size(1);
  plan.kvHeads = k.size(1);
  plan.dim = q.size(2);
  plan.scale = static_cast<float>(scale);
  plan.causal = causal;
  int64_t sum = 0;
  for (const int64_t length : lengths) {
    TORCH_CHECK(length >= 1 && length <= plan.tokens - sum, "packed_attention: the lengths do not fit the tokens");
    plan.starts.push_back(sum);
    sum += length;
    plan.longest = std::max(plan.longest, length);
  }
  TORCH_CHECK(sum == plan.tokens && sum > 0, "packed_attention: the lengths do not sum up to the tokens");
  plan.lengths = std::move(lengths);
  return plan;
}

torch::autograd::variable_list PackedAttention::backward(torch::autograd::AutogradContext* context,
                                                         torch::autograd::variable_list gradients) {
  TORCH_CHECK_NOT_IMPLEMENTED(!c10::GradMode::is_enabled(), "packed_attention: its gradient cannot be differentiated again");
  if (!gradients[0].defined()) return {{}, {}, {}, {}};
  const auto saved = context->get_saved_variables();
  const at::Tensor &q = saved[0], &k = saved[1], &v = saved[2], &out = saved[3], &sums = saved[4];
  auto& data = context->saved_data;
  const auto numbers = data["numbers"].toIntVector();
  Plan plan = planOf(q, k, data["lengths"].toIntVector(), data["scale"].toDouble(), numbers[0] != 0);
  plan.threshold = static_cast<uint32_t>(numbers[1]);
  plan.seed = static_cast<uint64_t>(numbers[2]);
  const at::Tensor gradient = gradients[0].to(q.scalar_type()).contiguous();
  const auto like = [](const at::Tensor& x) { return at::empty(x.sizes(), x.options()); };
  const Gradients to{like(q), like(k), like(v)};
  const AttentionKernels& kernels = kernelsHere()->attention;
  if (isHalf(q)) ragwright::backward<uint16_t>(plan, q, k, v, out, sums, gradient, to, kernels.backwardHalf, kernels.finishHalf);
  else ragwright::backward<float>(plan, q, k, v, out, sums, gradient, to, kernels.backward, kernels.finish);
  return {to.q, to.k, to.v, {}};
}

at::Tensor packedAttention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, at::IntArrayRef lengths,
                           double scale, double dropout, bool causal) {
  for (const at::Tensor& x : {q, k, v}) {
    TORCH_CHECK(x.dim() == 3 && x.device().is_cpu() && x.layout() == at::kStrided && x.scalar_type() == q.scalar_type() &&
                    (x.scalar_type() == at::kFloat || isHalf(x)),
                "packed_attention: needs [tokens, heads, headDim] of one dtype, float32 or bfloat16, on the CPU");
  }
  TORCH_CHECK(k.sizes() == v.sizes() && k.size(0) == q.size(0) && k.size(2) == q.size(2) && q.size(2) > 0 &&
                  k.size(1) > 0 && q.size(1) % k.size(1) == 0,
              "packed_attention: the shapes of q, k and v do not fit each other");
  TORCH_CHECK(dropout >= 0 && dropout < 1, "packed_attention: dropout must be at least 0 and below 1");
  const auto plan = std::make_shared<Plan>(planOf(q, k, lengths.vec(), scale, causal));
  plan->threshold = static_cast<uint32_t>(std::min(65535.0, dropout * 65536 + 0.5));
  if (plan->threshold) plan->seed = drawSeed();
  const auto dense = [](const at::Tensor& x) { return x.stride(2) == 1 || x.size(2) == 1 ? x : x.contiguous(); };
  const at::Tensor q0 = dense(q), k0 = dense(k), v0 = dense(v);
  if (c10::GradMode::is_enabled() && (q.requires_grad() || k.requires_grad() || v.requires_grad()))
    return PackedAttention::apply(q0, k0, v0, std::shared_ptr<const Plan>(plan));
  return run(*plan, q0, k0, v0, false).first;
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(ragwright, library) {
  if (!kernelsHere()) return;  // packedAttention then goes by libtorch's ops
  library.def("packed_attention(Tensor q, Tensor k, Tensor v, int[] lengths, float scale, float dropout, bool causal) -> Tensor");
  library.impl("packed_attention", torch::dispatch(c10::DispatchKey::CompositeImplicitAutograd, TORCH_FN(packedAttention)));
}

}  // namespace ragwright
