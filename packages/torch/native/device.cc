// The library itself, its threads and its devices.
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>
#include <torch/version.h>
#include <unistd.h>

#include <atomic>

#include "call.h"
#include "memory_guard.h"
#include "values.h"

#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 9)
#define RAGWRIGHT_DEVICE_ALLOCATOR 1
#include <c10/core/CachingDeviceAllocator.h>
#endif

namespace ragwright {
namespace {

std::atomic<int> wantedThreads{0};  // 0: never set

bool exists(const char* path) { return access(path, F_OK) == 0; }

// The addon links only libtorch_cpu; a CUDA build's kernels lie beside it and register themselves when loaded.
// They cost seconds and hundreds of megabytes, so without a driver (Linux, WSL) they stay out.
std::string loadCuda() {
  if (!exists("/dev/nvidiactl") && !exists("/dev/dxg")) return "";
  Dl_info info{};
  if (!dladdr(reinterpret_cast<const void*>(&at::get_num_threads), &info) || !info.dli_fname) return "";
  std::string path = info.dli_fname;
  path = path.substr(0, path.rfind('/') + 1) + "libtorch_cuda.so";
  if (!exists(path.c_str())) return "";
  if (dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL)) return "";
  const char* error = dlerror();
  return error ? error : "unknown error";
}

const std::string& cudaLoadError() {
  static const std::string error = loadCuda();
  return error;
}

int64_t cudaDevices() {
  return at::hasCUDA() ? static_cast<int64_t>(at::detail::getCUDAHooks().getNumGPUs()) : 0;
}

c10::Device deviceOf(const Call& call) {
  c10::Device device = parseDevice(call.string(0));
  if (device.is_cpu()) return device;
  if (!device.is_cuda() || !at::hasCUDA()) throw Failure{"device", "this libtorch has no device " + device.str()};
  if (!device.has_index()) device.set_index(0);
  if (device.index() >= cudaDevices())
    throw Failure{"device", "no device " + device.str() + "; there are " + std::to_string(cudaDevices())};
  return device;
}

napi_value libraryInfo(Call& call) {
  napi_env napi = call.env->napi;
  napi_value result;
  js(napi_create_object(napi, &result));
  const auto set = [&](const char* key, napi_value value) { js(napi_set_named_property(napi, result, key, value)); };
  set("version", call.fromString(TORCH_VERSION));
  set("cudaDevices", call.fromNumber(cudaDevices()));
  set("cudaLoadError", call.fromString(cudaLoadError()));
  set("mps", call.fromBoolean(at::hasMPS()));
  set("build", call.fromString(at::show_config()));
  return result;
}

napi_value getNumThreads(Call& call) { return call.fromNumber(at::get_num_threads()); }

napi_value setNumThreads(Call& call) {
  const int64_t threads = call.integer(0);
  if (threads < 1 || threads > 4096) throw Failure{"argument", "the number of threads must be 1 to 4096, got " + std::to_string(threads)};
  wantedThreads.store(static_cast<int>(threads), std::memory_order_relaxed);
  followThreads(call.env);
  return nullptr;
}

napi_value synchronize(Call& call) {
  const c10::Device device = deviceOf(call);
  if (!device.is_cpu()) c10::impl::VirtualGuardImpl(device.type()).getStream(device).synchronize();
  return nullptr;
}

napi_value emptyCache(Call&) {
  returnFreedMemory();
#ifdef RAGWRIGHT_DEVICE_ALLOCATOR
  if (cudaDevices() > 0) c10::getDeviceAllocator(c10::DeviceType::CUDA)->emptyCache();
#endif
  return nullptr;
}

napi_value deviceMemory(Call& call) {
  [[maybe_unused]] const c10::Device device = deviceOf(call);
#ifdef RAGWRIGHT_DEVICE_ALLOCATOR
  if (device.is_cuda()) {
    const auto stats = c10::getDeviceAllocator(device.type())->getDeviceStats(device.index());
    constexpr size_t kAggregate = 0;
    napi_value result;
    js(napi_create_object(call.env->napi, &result));
    js(napi_set_named_property(call.env->napi, result, "allocated", call.fromNumber(stats.allocated_bytes[kAggregate].current)));
    js(napi_set_named_property(call.env->napi, result, "reserved", call.fromNumber(stats.reserved_bytes[kAggregate].current)));
    return result;
  }
#endif
  return call.null();
}

}  // namespace

void followThreads(Env* env) {
  const int wanted = wantedThreads.load(std::memory_order_relaxed);
  if (wanted == env->appliedThreads) return;
  at::set_num_threads(wanted);
  env->appliedThreads = wanted;
}

void exportDevice(Exports& exports) {
  cudaLoadError();  // before the first op, so that CUDA tensors exist from the start
  exports.insert(exports.end(), {{"libraryInfo", libraryInfo}, {"getNumThreads", getNumThreads},
                                 {"setNumThreads", setNumThreads}, {"synchronize", synchronize},
                                 {"emptyCache", emptyCache}, {"deviceMemory", deviceMemory}});
}

}  // namespace ragwright
