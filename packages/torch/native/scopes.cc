// Exports for handles and scopes. A scope is a list of handles; closing it frees all that did not move out.
#include "call.h"
#include "handles.h"

namespace ragwright {
namespace {

void select(Env* env, uint32_t scope) {
  if (scope == 0) {
    env->currentScope = 0;
    env->currentList = nullptr;
    return;
  }
  const auto found = env->scopes.find(scope);
  if (found == env->scopes.end()) throw Failure{"argument", "scope " + std::to_string(scope) + " is not open"};
  env->currentScope = scope;
  env->currentList = &found->second;
}

uint32_t scopeId(const Call& call, size_t i) {
  const int64_t id = call.integer(i);
  if (id < 0 || id > UINT32_MAX) throw Failure{"argument", "a scope is a non-negative number, got " + std::to_string(id)};
  return static_cast<uint32_t>(id);
}

napi_value scopeOpen(Call& call) {
  Env* env = call.env;
  do {
    if (++env->nextScope == 0) env->nextScope = 1;
  } while (env->scopes.count(env->nextScope));
  env->scopes[env->nextScope].reserve(32);
  select(env, env->nextScope);
  return call.fromNumber(env->nextScope);
}

napi_value scopeSelect(Call& call) {
  select(call.env, scopeId(call, 0));
  return nullptr;
}

napi_value scopeClose(Call& call) {
  Env* env = call.env;
  const uint32_t scope = scopeId(call, 0), target = scopeId(call, 2);
  const std::vector<Handle> survivors = call.handles(1);
  if (scope == target || !env->scopes.count(scope)) throw Failure{"argument", "scope " + std::to_string(scope) + " is not open"};
  select(env, target);
  for (const Handle survivor : survivors)
    if (isLive(survivor)) moveToScope(env, survivor, scope, target);
  const std::vector<Handle> owned = std::move(env->scopes[scope]);
  env->scopes.erase(scope);
  for (const Handle handle : owned) releaseFromScope(env, handle, scope);
  return nullptr;
}

napi_value scopeMove(Call& call) {
  moveToScope(call.env, call.handle(0), -1, scopeId(call, 1));
  return nullptr;
}

napi_value release(Call& call) { return call.fromBoolean(releaseHandle(call.env, call.handle(0))); }
napi_value live(Call& call) { return call.fromBoolean(isLive(call.handle(0))); }
napi_value share(Call& call) { return call.fromNumber(shareHandle(call.env, call.handle(0))); }

napi_value adopt(Call& call) {
  adoptHandle(call.env, call.handle(0));
  return nullptr;
}

napi_value memory(Call& call) {
  const std::string which = call.string(0);
  if (which != "process" && which != "thread") throw Failure{"argument", "argument 1 must be 'process' or 'thread'"};
  const MemoryUse use = memoryUse(call.env->id, which == "process");
  napi_value result;
  js(napi_create_object(call.env->napi, &result));
  js(napi_set_named_property(call.env->napi, result, "liveTensors", call.fromNumber(use.liveTensors)));
  js(napi_set_named_property(call.env->napi, result, "bytes", call.fromNumber(use.bytes)));
  return result;
}

}  // namespace

void exportHandles(Exports& exports) {
  exports.insert(exports.end(), {{"release", release}, {"isLive", live}, {"scopeOpen", scopeOpen},
                                 {"scopeSelect", scopeSelect}, {"scopeClose", scopeClose}, {"scopeMove", scopeMove},
                                 {"share", share}, {"adopt", adopt}, {"memory", memory}});
}

}  // namespace ragwright
