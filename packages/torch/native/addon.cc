// The module: makes one Env per JavaScript thread and exports every topic's functions.
#include <c10/util/Logging.h>
#include <torch/version.h>

#include <atomic>
#include <mutex>

#include "call.h"
#include "handles.h"
#include "memory_guard.h"

namespace ragwright {

namespace {

struct Bound {
  Env* env;
  Export entry;
};

struct Thread {
  Env env;
  std::vector<std::unique_ptr<Bound>> functions;
};

napi_value invoke(napi_env napi, napi_callback_info info) {
  Call call{};
  void* data = nullptr;
  call.argc = Call::kMaxArgs;
  if (napi_get_cb_info(napi, info, &call.argc, call.argv, nullptr, &data) != napi_ok) return nullptr;
  const Bound& bound = *static_cast<Bound*>(data);
  call.argc = std::min(call.argc, Call::kMaxArgs);
  call.env = bound.env;
  call.name = bound.entry.name;
  try {
    followThreads(call.env);
    return bound.entry.body(call);
  } catch (...) {
    raiseCurrentException(bound.env, bound.entry.name, "");
    return nullptr;
  }
}

napi_value setErrorFactory(Call& call) {
  napi_valuetype type = napi_undefined;
  if (call.argc > 0) js(napi_typeof(call.env->napi, call.argv[0], &type));
  if (type != napi_function) throw Failure{"argument", "argument 1 must be a function"};
  if (call.env->errorFactory) js(napi_delete_reference(call.env->napi, call.env->errorFactory));
  call.env->errorFactory = nullptr;
  js(napi_create_reference(call.env->napi, call.argv[0], 1, &call.env->errorFactory));
  return nullptr;
}

uint32_t nextThreadId() {
  static std::atomic<uint32_t> counter{1};
  return counter.fetch_add(1);
}

const Exports& allExports() {
  static const Exports exports = [] {
    Exports list{{"setErrorFactory", setErrorFactory}};
    exportDispatch(list);
    exportHandles(list);
    exportData(list);
    exportFiles(list);
    exportAutograd(list);
    exportRandom(list);
    exportDevice(list);
    exportOptim(list);
    return list;
  }();
  return exports;
}

// Old libtorch symbolises a back-trace for each error when it is thrown (4 ms); nobody gets to see it.
void dropBackTraces() {
#if TORCH_VERSION_MAJOR < 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR < 3)
  static std::once_flag once;
  std::call_once(once, [] { c10::SetStackTraceFetcher([] { return std::string(); }); });
#endif
}

napi_value init(napi_env napi, napi_value exports) {
  installMemoryGuard();
  dropBackTraces();
  auto* thread = new Thread();
  thread->env.napi = napi;
  thread->env.id = nextThreadId();
  const auto cleanup = [](void* data) {
    auto* ended = static_cast<Thread*>(data);
    releaseThread(&ended->env);
    delete ended;
  };
  if (napi_add_env_cleanup_hook(napi, cleanup, thread) != napi_ok) return nullptr;
  for (const Export& entry : allExports()) {
    auto bound = std::make_unique<Bound>(Bound{&thread->env, entry});
    napi_value function;
    if (napi_create_function(napi, entry.name, NAPI_AUTO_LENGTH, invoke, bound.get(), &function) != napi_ok ||
        napi_set_named_property(napi, exports, entry.name, function) != napi_ok)
      return nullptr;
    thread->functions.push_back(std::move(bound));
  }
  return exports;
}

}  // namespace
}  // namespace ragwright

NAPI_MODULE_INIT() { return ragwright::init(env, exports); }
