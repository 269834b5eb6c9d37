// The default generators' seed and state.
#include <ATen/CPUGeneratorImpl.h>

#include <mutex>

#include "call.h"
#include "values.h"

namespace ragwright {
namespace {

at::Generator generatorOf(const Call& call) {
  const c10::Device device = parseDevice(call.string(0));
  if (device.is_cpu()) return at::detail::getDefaultCPUGenerator();
  if (device.is_cuda() && at::hasCUDA()) return at::globalContext().defaultGenerator(device);
  throw Failure{"device", "no random generator for " + device.str() + " here"};
}

napi_value manualSeed(Call& call) {
  napi_valuetype type = napi_undefined;
  if (call.argc > 0) js(napi_typeof(call.env->napi, call.argv[0], &type));
  uint64_t seed = 0;
  bool lossless = true;
  if (type == napi_bigint) {
    js(napi_get_value_bigint_uint64(call.env->napi, call.argv[0], &seed, &lossless));
    int64_t negative = 0;
    if (!lossless) {  // a negative seed wraps around, as in Python
      js(napi_get_value_bigint_int64(call.env->napi, call.argv[0], &negative, &lossless));
      seed = static_cast<uint64_t>(negative);
    }
    if (!lossless) throw Failure{"argument", "a seed must fit in 64 bits"};
  } else {
    seed = static_cast<uint64_t>(call.integer(0));
  }
  at::manual_seed(seed);
  return nullptr;
}

napi_value getRngState(Call& call) {
  at::Generator generator = generatorOf(call);
  std::lock_guard<std::mutex> lock(generator.mutex());
  return call.fromTensor(generator.get_state());
}

napi_value setRngState(Call& call) {
  at::Generator generator = generatorOf(call);
  const at::Tensor state = call.tensor(1);
  if (state.scalar_type() != at::kByte || !state.device().is_cpu() || !state.is_contiguous())
    throw Failure{"dtype", "a generator state is a contiguous uint8 CPU tensor, got " + describeTensor(state)};
  std::lock_guard<std::mutex> lock(generator.mutex());
  generator.set_state(state);
  return nullptr;
}

}  // namespace

void exportRandom(Exports& exports) {
  exports.insert(exports.end(), {{"manualSeed", manualSeed}, {"getRngState", getRngState}, {"setRngState", setRngState}});
}

}  // namespace ragwright
