// Any ATen op, called by its schema through the dispatcher.
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/version.h>

#include <algorithm>
#include <sstream>

#include "call.h"
#include "handles.h"
#include "values.h"

namespace ragwright {

namespace {

// An op bound to one thread. `source[i]` is the JavaScript argument for schema argument i, or -1.
struct OpBinding {
  Env* env;
  std::string name;
  bool known = false;
  std::string missing;
  std::vector<std::string> argNames;
  std::vector<ArgSpec> specs;
  std::vector<int> source;
  std::vector<int> surplus;  // arguments that this libtorch's schema lacks
  bool inPlace = false;
  decltype(std::declval<c10::Dispatcher>().findSchema({"", ""})) op;  // c10::optional before 2.1, then std::optional
};

constexpr size_t kMaxOpArgs = 24;

// The stack's memory is kept from call to call; a nested call (a getter on a Proxy) finds it taken and makes its own.
struct StackLease {
  static std::vector<c10::IValue>& cache() {
    thread_local std::vector<c10::IValue> stack;
    return stack;
  }
  std::vector<c10::IValue> stack = std::move(cache());
  StackLease() { stack.clear(); }
  ~StackLease() {
    stack.clear();
    cache() = std::move(stack);
  }
};

std::string describeArguments(const OpBinding& binding, size_t argc, const napi_value* argv) {
  std::string text;
  for (size_t i = 0; i < binding.specs.size(); i++) {
    const int from = binding.source[i];
    if (from < 0 || static_cast<size_t>(from) >= argc) continue;
    napi_value value = argv[from];
    if (isUndefined(binding.env, value)) continue;
    std::string description;
    double handle;
    if (binding.specs[i].kind == ArgKind::Tensor && napi_get_value_double(binding.env->napi, value, &handle) == napi_ok) {
      const at::Tensor tensor = findTensor(handle);
      description = tensor.defined() ? describeTensor(tensor) : "a released tensor";
    } else {
      description = describeValue(binding.env, value);
    }
    text += (text.empty() ? "" : ", ") + binding.specs[i].name + ": " + description;
  }
  return text;
}

napi_value results(Env* env, const OpBinding& binding, const std::vector<c10::IValue>& stack) {
  if (binding.inPlace || stack.empty()) return nullptr;
  if (stack.size() == 1) return fromIValue(env, stack[0]);
  napi_value list;
  js(napi_create_array_with_length(env->napi, stack.size(), &list));
  for (size_t i = 0; i < stack.size(); i++) js(napi_set_element(env->napi, list, i, fromIValue(env, stack[i])));
  return list;
}

napi_value callOp(const OpBinding& binding, size_t argc, const napi_value* argv) {
  Env* env = binding.env;
  followThreads(env);
  if (!binding.known) throw Failure{"unsupported", binding.missing};
  for (const int i : binding.surplus)
    if (static_cast<size_t>(i) < argc && !isUndefined(env, argv[i]))
      throw Failure{"unsupported", "this libtorch's schema has no argument '" + binding.argNames[i] + "'"};
  StackLease lease;
  for (size_t i = 0; i < binding.specs.size(); i++) {
    const ArgSpec& spec = binding.specs[i];
    const int from = binding.source[i];
    napi_value value = from >= 0 && static_cast<size_t>(from) < argc ? argv[from] : nullptr;
    napi_valuetype type = napi_undefined;
    if (value) js(napi_typeof(env->napi, value, &type));
    if (type == napi_undefined) {
      if (!spec.hasDefault) throw Failure{"argument", "argument '" + spec.name + "' is missing or not " + expectedName(spec.kind)};
      lease.stack.push_back(spec.defaultValue);
    } else if (type == napi_null && spec.optional) {
      lease.stack.emplace_back();
    } else {
      lease.stack.push_back(toIValue(env, value, spec));
    }
  }
  binding.op->callBoxed(&lease.stack);
  return results(env, binding, lease.stack);
}

napi_value invoke(napi_env napi, napi_callback_info info) {
  size_t argc = kMaxOpArgs;
  napi_value argv[kMaxOpArgs];
  void* data = nullptr;
  if (napi_get_cb_info(napi, info, &argc, argv, nullptr, &data) != napi_ok) return nullptr;
  const auto& binding = *static_cast<OpBinding*>(data);
  argc = std::min(argc, kMaxOpArgs);
  try {
    return callOp(binding, argc, argv);
  } catch (...) {
    std::string got;
    try {
      got = describeArguments(binding, argc, argv);
    } catch (...) {  // the description is a courtesy
    }
    raiseCurrentException(binding.env, binding.name.c_str(), got);
    return nullptr;
  }
}

void resolve(OpBinding& binding, const std::string& name, const std::string& overload) {
  binding.op = c10::Dispatcher::singleton().findSchema(c10::OperatorName(name, overload));
  if (!binding.op) {
    binding.missing = "this libtorch (" TORCH_VERSION ") has no " + name + (overload.empty() ? "" : "." + overload);
    return;
  }
  binding.known = true;
  const c10::FunctionSchema& schema = binding.op->schema();
  std::vector<bool> used(binding.argNames.size(), false);
  for (const c10::Argument& argument : schema.arguments()) {
    const auto found = std::find(binding.argNames.begin(), binding.argNames.end(), argument.name());
    binding.specs.push_back(argSpec(argument));
    binding.source.push_back(found == binding.argNames.end() ? -1 : found - binding.argNames.begin());
    if (found != binding.argNames.end()) used[found - binding.argNames.begin()] = true;
  }
  for (size_t i = 0; i < used.size(); i++)
    if (!used[i]) binding.surplus.push_back(i);
  binding.inPlace = !schema.returns().empty() && std::all_of(schema.returns().begin(), schema.returns().end(), [](const c10::Argument& r) {
    return r.alias_info() && r.alias_info()->isWrite();
  });
}

napi_value op(Call& call) {
  auto binding = std::make_shared<OpBinding>();
  binding->env = call.env;
  const std::string name = call.string(0), overload = call.string(1);
  uint32_t count;
  if (!arrayLength(call.env, call.argc > 2 ? call.argv[2] : nullptr, &count) || count > kMaxOpArgs)
    throw Failure{"argument", "argument 3 must be an array of at most 24 argument names"};
  for (uint32_t i = 0; i < count; i++) {
    napi_value item;
    std::string text;
    js(napi_get_element(call.env->napi, call.argv[2], i, &item));
    if (!readString(call.env, item, &text)) throw Failure{"argument", "argument names must be strings"};
    binding->argNames.push_back(text);
  }
  binding->name = name.rfind("aten::", 0) == 0 ? name.substr(6) : name;
  resolve(*binding, name, overload);
  napi_value function;
  js(napi_create_function(call.env->napi, binding->name.c_str(), NAPI_AUTO_LENGTH, invoke, binding.get(), &function));
  call.env->ops.push_back(binding);
  return function;
}

napi_value opSchemas(Call& call) {
  const std::string given = call.string(0);
  const std::string name = given.find("::") == std::string::npos ? "aten::" + given : given;
  auto& dispatcher = c10::Dispatcher::singleton();
  std::vector<std::string> schemas;
  for (const c10::OperatorName& candidate : dispatcher.getAllOpNames()) {
    if (candidate.name != name) continue;
    const auto handle = dispatcher.findSchema(candidate);
    if (!handle) continue;
    std::ostringstream text;
    text << handle->schema();
    schemas.push_back(text.str());
  }
  std::sort(schemas.begin(), schemas.end());
  napi_value result;
  js(napi_create_array_with_length(call.env->napi, schemas.size(), &result));
  for (size_t i = 0; i < schemas.size(); i++) js(napi_set_element(call.env->napi, result, i, call.fromString(schemas[i])));
  return result;
}

}  // namespace

void exportDispatch(Exports& exports) {
  exports.push_back({"op", op});
  exports.push_back({"opSchemas", opSchemas});
}

}  // namespace ragwright
