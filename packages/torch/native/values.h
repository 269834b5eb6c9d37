// JavaScript values to and from c10::IValue, by the argument types of an op's schema.
#pragma once
#include "env.h"

#include <ATen/core/function_schema.h>
#include <ATen/core/ivalue.h>

namespace ragwright {

enum class ArgKind {
  Tensor, TensorList, OptionalTensorList, Integer, IntegerList, Float, FloatList, Boolean, BooleanList, Scalar, String,
  Device, DType, Other  // a type that JavaScript never passes (Generator, Dimname, …): always the default
};

const char* expectedName(ArgKind kind);  // "a Tensor"

struct ArgSpec {
  std::string name;
  ArgKind kind = ArgKind::Other;
  bool optional = false;
  int32_t listSize = 0;  // int[2]: a single number stands for [n, n]
  bool hasDefault = false;
  c10::IValue defaultValue;
};

ArgSpec argSpec(const c10::Argument& argument);

// `value` is neither undefined nor (unless the argument is optional) null. Throws Failure.
c10::IValue toIValue(Env* env, napi_value value, const ArgSpec& spec);
napi_value fromIValue(Env* env, const c10::IValue& value);

// "cpu", "cuda", "cuda:1", "mps". Other devices of libtorch's (meta, xla, …) are not supported.
c10::Device parseDevice(const std::string& name);

// Throws Failure("dtype") for a code that this libtorch does not know, or whose type has no plain storage.
at::ScalarType scalarType(int64_t code);

bool readInteger(Env* env, napi_value value, int64_t* out);  // integral number, or bigint in 64 bits
bool readString(Env* env, napi_value value, std::string* out);
bool arrayLength(Env* env, napi_value value, uint32_t* length);  // false if it is not an array
napi_valuetype typeOf(Env* env, napi_value value);  // napi_undefined for a missing value
bool isNullish(Env* env, napi_value value);
bool isUndefined(Env* env, napi_value value);
bool isObject(Env* env, napi_value value);

// "float32[2, 3] cpu", "[1, 2]", "a string": for error messages.
std::string describeTensor(const at::Tensor& tensor);
std::string describeValue(Env* env, napi_value value);

}  // namespace ragwright
