#include "call.h"

#include "handles.h"
#include "values.h"

namespace ragwright {
namespace {

[[noreturn]] void wrongType(const Call& call, size_t i, const char* expected) {
  napi_value value = i < call.argc ? call.argv[i] : nullptr;
  throw Failure{"argument", "argument " + std::to_string(i + 1) + " must be " + expected + ", got " +
                                describeValue(call.env, value)};
}

constexpr uint32_t kMaxListLength = 1u << 24;

napi_value at(const Call& call, size_t i) { return i < call.argc ? call.argv[i] : nullptr; }

template <typename Result, typename Convert>
std::vector<Result> list(const Call& call, size_t i, Convert convert) {
  uint32_t length = 0;
  if (!arrayLength(call.env, at(call, i), &length)) wrongType(call, i, "an array");
  if (length > kMaxListLength) wrongType(call, i, "an array of at most 16,777,216 items");
  std::vector<Result> result;
  result.reserve(length);
  for (uint32_t k = 0; k < length; k++) {
    napi_value item;
    js(napi_get_element(call.env->napi, call.argv[i], k, &item));
    result.push_back(convert(item));
  }
  return result;
}

}  // namespace

double Call::number(size_t i) const {
  double value;
  if (!at(*this, i) || napi_get_value_double(env->napi, argv[i], &value) != napi_ok) wrongType(*this, i, "a number");
  return value;
}

int64_t Call::integer(size_t i) const {
  int64_t value;
  if (!at(*this, i) || !readInteger(env, argv[i], &value)) wrongType(*this, i, "an integer");
  return value;
}

bool Call::boolean(size_t i) const {
  bool value;
  if (!at(*this, i) || napi_get_value_bool(env->napi, argv[i], &value) != napi_ok) wrongType(*this, i, "a boolean");
  return value;
}

std::string Call::string(size_t i) const {
  std::string value;
  if (!at(*this, i) || !readString(env, argv[i], &value)) wrongType(*this, i, "a string");
  return value;
}

Handle Call::handle(size_t i) const {
  double value;
  if (!at(*this, i) || napi_get_value_double(env->napi, argv[i], &value) != napi_ok) wrongType(*this, i, "a tensor");
  return value;
}

at::Tensor Call::tensor(size_t i) const { return getTensor(handle(i)); }

std::vector<Handle> Call::handles(size_t i) const {
  return list<Handle>(*this, i, [&](napi_value item) {
    double value;
    if (napi_get_value_double(env->napi, item, &value) != napi_ok) wrongType(*this, i, "an array of tensors");
    return value;
  });
}

std::vector<at::Tensor> Call::tensors(size_t i) const {
  std::vector<at::Tensor> result;
  for (const Handle h : handles(i)) result.push_back(getTensor(h));
  return result;
}

std::vector<at::Tensor> Call::optionalTensors(size_t i) const {
  return list<at::Tensor>(*this, i, [&](napi_value item) {
    if (isNullish(env, item)) return at::Tensor();
    double value;
    if (napi_get_value_double(env->napi, item, &value) != napi_ok) wrongType(*this, i, "an array of tensors or nulls");
    return getTensor(value);
  });
}

std::vector<int64_t> Call::integers(size_t i) const {
  return list<int64_t>(*this, i, [&](napi_value item) {
    int64_t value;
    if (!readInteger(env, item, &value)) wrongType(*this, i, "an array of integers");
    return value;
  });
}

double Call::field(size_t i, const char* key) const {
  napi_value item;
  double value;
  if (!at(*this, i) || !isObject(env, argv[i])) wrongType(*this, i, "an object");
  js(napi_get_named_property(env->napi, argv[i], key, &item));
  if (napi_get_value_double(env->napi, item, &value) != napi_ok)
    throw Failure{"argument", std::string("option '") + key + "' must be a number, got " + describeValue(env, item)};
  return value;
}

bool Call::flag(size_t i, const char* key) const {
  napi_value item;
  bool value;
  if (!at(*this, i) || !isObject(env, argv[i])) wrongType(*this, i, "an object");
  js(napi_get_named_property(env->napi, argv[i], key, &item));
  if (napi_get_value_bool(env->napi, item, &value) != napi_ok)
    throw Failure{"argument", std::string("option '") + key + "' must be a boolean, got " + describeValue(env, item)};
  return value;
}

napi_value Call::undefined() const {
  napi_value result;
  js(napi_get_undefined(env->napi, &result));
  return result;
}

napi_value Call::null() const {
  napi_value result;
  js(napi_get_null(env->napi, &result));
  return result;
}

napi_value Call::fromNumber(double value) const {
  napi_value result;
  js(napi_create_double(env->napi, value, &result));
  return result;
}

napi_value Call::fromBoolean(bool value) const {
  napi_value result;
  js(napi_get_boolean(env->napi, value, &result));
  return result;
}

napi_value Call::fromString(const std::string& value) const {
  napi_value result;
  js(napi_create_string_utf8(env->napi, value.data(), value.size(), &result));
  return result;
}

napi_value Call::fromTensor(at::Tensor value) const {
  if (!value.defined()) return null();
  return fromNumber(addHandle(env, std::move(value)));
}

napi_value Call::fromIntegers(at::IntArrayRef values) const {
  napi_value result;
  js(napi_create_array_with_length(env->napi, values.size(), &result));
  for (size_t i = 0; i < values.size(); i++)
    js(napi_set_element(env->napi, result, i, fromNumber(static_cast<double>(values[i]))));
  return result;
}

}  // namespace ragwright
