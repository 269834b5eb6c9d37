#include "values.h"

#include <cmath>

#include "handles.h"

namespace ragwright {
namespace {

constexpr double kMaxSafeInteger = 9007199254740991.0;
constexpr uint32_t kMaxListLength = 1u << 24;

ArgKind scalarKind(const c10::Type& type) {
  switch (type.kind()) {
    case c10::TypeKind::TensorType: return ArgKind::Tensor;
    case c10::TypeKind::IntType: return ArgKind::Integer;
    case c10::TypeKind::FloatType: return ArgKind::Float;
    case c10::TypeKind::BoolType: return ArgKind::Boolean;
    case c10::TypeKind::NumberType: return ArgKind::Scalar;
    case c10::TypeKind::StringType: return ArgKind::String;
    case c10::TypeKind::DeviceObjType: return ArgKind::Device;
    default: return ArgKind::Other;
  }
}

ArgKind listKind(const c10::Type& element) {
  if (element.kind() == c10::TypeKind::OptionalType) {
    const auto& inner = *element.castRaw<c10::OptionalType>()->getElementType();
    return inner.kind() == c10::TypeKind::TensorType ? ArgKind::OptionalTensorList : ArgKind::Other;
  }
  switch (scalarKind(element)) {
    case ArgKind::Tensor: return ArgKind::TensorList;
    case ArgKind::Integer: return ArgKind::IntegerList;
    case ArgKind::Float: return ArgKind::FloatList;
    case ArgKind::Boolean: return ArgKind::BooleanList;
    default: return ArgKind::Other;
  }
}

[[noreturn]] void wrongType(Env* env, napi_value value, const ArgSpec& spec) {
  throw Failure{"argument", "argument '" + spec.name + "' must be " + expectedName(spec.kind) + ", got " +
                                describeValue(env, value)};
}

template <typename Visit>
void eachItem(Env* env, napi_value value, const ArgSpec& spec, Visit visit) {
  uint32_t length;
  if (!arrayLength(env, value, &length)) wrongType(env, value, spec);
  if (length > kMaxListLength) throw Failure{"argument", "argument '" + spec.name + "' is too long a list"};
  for (uint32_t i = 0; i < length; i++) {
    napi_value item;
    js(napi_get_element(env->napi, value, i, &item));
    visit(item);
  }
}

at::Tensor readTensor(Env* env, napi_value value, const ArgSpec& spec) {
  double handle;
  if (napi_get_value_double(env->napi, value, &handle) != napi_ok) wrongType(env, value, spec);
  at::Tensor tensor = findTensor(handle);
  if (!tensor.defined())
    throw Failure{"disposed", "argument '" + spec.name + "' was already released (by dispose(), by its scope, or in another thread)"};
  return tensor;
}

double readFloat(Env* env, napi_value value, const ArgSpec& spec) {
  double number;
  if (napi_get_value_double(env->napi, value, &number) != napi_ok) wrongType(env, value, spec);
  return number;
}

bool readBoolean(Env* env, napi_value value, const ArgSpec& spec) {
  bool flag;
  if (napi_get_value_bool(env->napi, value, &flag) != napi_ok) wrongType(env, value, spec);
  return flag;
}

int64_t readIntegerArg(Env* env, napi_value value, const ArgSpec& spec) {
  int64_t number;
  if (!readInteger(env, value, &number)) wrongType(env, value, spec);
  return number;
}

// A JavaScript integer is an integer Scalar, so that type promotion works as in Python.
c10::IValue readScalar(Env* env, napi_value value, const ArgSpec& spec) {
  int64_t integer;
  if (readInteger(env, value, &integer)) return at::Scalar(integer);
  double number;
  if (napi_get_value_double(env->napi, value, &number) == napi_ok) return at::Scalar(number);
  bool flag;
  if (napi_get_value_bool(env->napi, value, &flag) == napi_ok) return at::Scalar(flag);
  wrongType(env, value, spec);
}

c10::IValue readIntegerList(Env* env, napi_value value, const ArgSpec& spec) {
  int64_t single;
  if (spec.listSize > 0 && readInteger(env, value, &single)) return std::vector<int64_t>(spec.listSize, single);
  std::vector<int64_t> list;
  eachItem(env, value, spec, [&](napi_value item) { list.push_back(readIntegerArg(env, item, spec)); });
  return list;
}

napi_value number(Env* env, double value) {
  napi_value result;
  js(napi_create_double(env->napi, value, &result));
  return result;
}

napi_value integer(Env* env, int64_t value) {
  napi_value result;
  if (std::abs(static_cast<double>(value)) <= kMaxSafeInteger) return number(env, static_cast<double>(value));
  js(napi_create_bigint_int64(env->napi, value, &result));
  return result;
}

template <typename List, typename Convert>
napi_value array(Env* env, const List& list, Convert convert) {
  napi_value result;
  js(napi_create_array_with_length(env->napi, list.size(), &result));
  for (size_t i = 0; i < list.size(); i++) js(napi_set_element(env->napi, result, i, convert(list[i])));
  return result;
}

napi_value nullValue(Env* env) {
  napi_value result;
  js(napi_get_null(env->napi, &result));
  return result;
}

}  // namespace

ArgSpec argSpec(const c10::Argument& argument) {
  ArgSpec spec;
  spec.name = argument.name();
  const c10::Type* type = argument.type().get();
  if (type->kind() == c10::TypeKind::OptionalType) {
    spec.optional = true;
    type = type->castRaw<c10::OptionalType>()->getElementType().get();
  }
  spec.kind = type->kind() == c10::TypeKind::ListType ? listKind(*type->castRaw<c10::ListType>()->getElementType())
                                                      : scalarKind(*type);
  // A schema's dtype is an integer to c10, which does not check its range everywhere.
  const bool namesDtype = spec.name.size() >= 5 && spec.name.compare(spec.name.size() - 5, 5, "dtype") == 0;
  if (spec.kind == ArgKind::Integer && namesDtype) spec.kind = ArgKind::DType;
  if (spec.name == "memory_format" || spec.name == "layout") spec.kind = ArgKind::Other;  // integers too, unchecked
  if (argument.N()) spec.listSize = *argument.N();
  if (argument.default_value()) {
    spec.hasDefault = true;
    spec.defaultValue = *argument.default_value();
  } else if (spec.optional) {
    spec.hasDefault = true;
  }
  return spec;
}

c10::IValue toIValue(Env* env, napi_value value, const ArgSpec& spec) {
  switch (spec.kind) {
    case ArgKind::Tensor: return readTensor(env, value, spec);
    case ArgKind::Integer: return readIntegerArg(env, value, spec);
    case ArgKind::DType: return static_cast<int64_t>(scalarType(readIntegerArg(env, value, spec)));
    case ArgKind::Float: return readFloat(env, value, spec);
    case ArgKind::Boolean: return readBoolean(env, value, spec);
    case ArgKind::Scalar: return readScalar(env, value, spec);
    case ArgKind::IntegerList: return readIntegerList(env, value, spec);
    case ArgKind::String: {
      std::string text;
      if (!readString(env, value, &text)) wrongType(env, value, spec);
      return text;
    }
    case ArgKind::Device: {
      std::string text;
      if (!readString(env, value, &text)) wrongType(env, value, spec);
      return parseDevice(text);
    }
    case ArgKind::TensorList: {
      c10::List<at::Tensor> list;
      eachItem(env, value, spec, [&](napi_value item) { list.push_back(readTensor(env, item, spec)); });
      return list;
    }
    case ArgKind::OptionalTensorList: {
      c10::impl::GenericList list(c10::OptionalType::create(c10::TensorType::get()));
      eachItem(env, value, spec, [&](napi_value item) {
        list.push_back(isNullish(env, item) ? c10::IValue() : c10::IValue(readTensor(env, item, spec)));
      });
      return list;
    }
    case ArgKind::FloatList: {
      std::vector<double> list;
      eachItem(env, value, spec, [&](napi_value item) { list.push_back(readFloat(env, item, spec)); });
      return list;
    }
    case ArgKind::BooleanList: {
      c10::List<bool> list;
      eachItem(env, value, spec, [&](napi_value item) { list.push_back(readBoolean(env, item, spec)); });
      return list;
    }
    case ArgKind::Other: break;
  }
  wrongType(env, value, spec);
}

napi_value fromIValue(Env* env, const c10::IValue& value) {
  if (value.isTensor()) {
    const at::Tensor& tensor = value.toTensor();
    return tensor.defined() ? number(env, addHandle(env, tensor)) : nullValue(env);
  }
  if (value.isInt()) return integer(env, value.toInt());
  if (value.isDouble()) return number(env, value.toDouble());
  if (value.isBool()) {
    napi_value result;
    js(napi_get_boolean(env->napi, value.toBool(), &result));
    return result;
  }
  if (value.isTensorList()) {
    return array(env, value.toTensorVector(), [&](const at::Tensor& t) { return number(env, addHandle(env, t)); });
  }
  if (value.isIntList()) return array(env, value.toIntVector(), [&](int64_t i) { return integer(env, i); });
  if (value.isDoubleList()) return array(env, value.toDoubleVector(), [&](double d) { return number(env, d); });
  if (value.isString()) {
    napi_value result;
    const std::string& text = value.toStringRef();
    js(napi_create_string_utf8(env->napi, text.data(), text.size(), &result));
    return result;
  }
  if (value.isNone()) return nullValue(env);
  throw Failure{"unsupported", "the result type " + value.tagKind() + " has no JavaScript form"};
}

c10::Device parseDevice(const std::string& name) {
  const c10::Device device(name);
  if (device.is_cpu()) return c10::Device(c10::DeviceType::CPU);
  if (device.is_cuda() || device.is_mps()) return device;
  throw Failure{"device", "devices are 'cpu', 'cuda', 'cuda:N' and 'mps', got '" + name + "'"};
}

at::ScalarType scalarType(int64_t code) {
  // Quantised and bit types (qint8 … bits16) have no plain storage.
  const bool plain = (code >= 0 && code <= 11) || code == 15 || (code >= 23 && code < static_cast<int64_t>(at::ScalarType::NumOptions));
  if (!plain || static_cast<at::ScalarType>(code) == at::ScalarType::Undefined)
    throw Failure{"dtype", "this libtorch has no dtype with code " + std::to_string(code)};
  return static_cast<at::ScalarType>(code);
}

bool readInteger(Env* env, napi_value value, int64_t* out) {
  double number;
  if (napi_get_value_double(env->napi, value, &number) == napi_ok) {
    if (number != std::floor(number) || std::abs(number) > kMaxSafeInteger) return false;  // NaN fails the first
    *out = static_cast<int64_t>(number);
    return true;
  }
  bool lossless = false;
  return napi_get_value_bigint_int64(env->napi, value, out, &lossless) == napi_ok && lossless;
}

bool readString(Env* env, napi_value value, std::string* out) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env->napi, value, nullptr, 0, &length) != napi_ok) return false;
  out->resize(length + 1);
  js(napi_get_value_string_utf8(env->napi, value, out->data(), length + 1, &length));
  out->resize(length);
  return true;
}

bool arrayLength(Env* env, napi_value value, uint32_t* length) {
  bool isArray = false;
  return value && napi_is_array(env->napi, value, &isArray) == napi_ok && isArray &&
         napi_get_array_length(env->napi, value, length) == napi_ok;
}

napi_valuetype typeOf(Env* env, napi_value value) {
  napi_valuetype type = napi_undefined;
  if (value) js(napi_typeof(env->napi, value, &type));
  return type;
}

bool isNullish(Env* env, napi_value value) {
  const napi_valuetype type = typeOf(env, value);
  return type == napi_undefined || type == napi_null;
}

bool isUndefined(Env* env, napi_value value) { return typeOf(env, value) == napi_undefined; }
bool isObject(Env* env, napi_value value) { return typeOf(env, value) == napi_object; }

}  // namespace ragwright
