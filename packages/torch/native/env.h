// One Env per JavaScript thread: its scopes, its share of free slots, and its error factory.
#pragma once
#include <ATen/ATen.h>
#include <node_api.h>

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace ragwright {

using Handle = double;

struct Env {
  napi_env napi = nullptr;
  uint32_t id = 0;  // 0 is "no thread": the owner of a handle that is being posted
  napi_ref errorFactory = nullptr;

  uint32_t nextScope = 1;
  uint32_t currentScope = 0;                    // 0 is "no scope"
  std::vector<Handle>* currentList = nullptr;  // what currentScope owns
  std::unordered_map<uint32_t, std::vector<Handle>> scopes;

  int appliedThreads = 0;  // what followThreads() last set in this thread

  std::vector<uint32_t> freeSlots;
  std::vector<std::shared_ptr<void>> ops;  // the bindings behind the functions made by op()
};

// OpenMP's thread count is one per thread; setNumThreads means the process. So each thread follows the last value
// before it computes.
void followThreads(Env* env);

// A failure of ours with its kind (NativeErrorKind in src/native/addon.ts).
struct Failure {
  const char* kind;
  std::string message;
};

// A JavaScript exception is pending, or the thread is shutting down: unwind and return.
struct JsPending {};

inline void js(napi_status status) {
  if (status != napi_ok) throw JsPending{};
}

// Turns the exception in flight into a pending JavaScript exception. Call it only inside `catch (...)`.
// `got` describes the arguments.
void raiseCurrentException(Env* env, const char* op, const std::string& got);

}  // namespace ragwright
