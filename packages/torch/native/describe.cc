// Tensors, values and argument kinds in words, for error messages.
#include <sstream>

#include "values.h"

namespace ragwright {

const char* expectedName(ArgKind kind) {
  switch (kind) {
    case ArgKind::Tensor: return "a Tensor";
    case ArgKind::TensorList: return "an array of Tensors";
    case ArgKind::OptionalTensorList: return "an array of Tensors or nulls";
    case ArgKind::Integer: return "an integer";
    case ArgKind::IntegerList: return "an array of integers";
    case ArgKind::Float: return "a number";
    case ArgKind::FloatList: return "an array of numbers";
    case ArgKind::Boolean: return "a boolean";
    case ArgKind::BooleanList: return "an array of booleans";
    case ArgKind::Scalar: return "a number, bigint or boolean";
    case ArgKind::String: return "a string";
    case ArgKind::Device: return "a device name such as 'cpu' or 'cuda:0'";
    case ArgKind::DType: return "a dtype code";
    case ArgKind::Other: break;
  }
  return "nothing (this argument cannot be passed from JavaScript)";
}

namespace {
std::string dtypeName(at::ScalarType type) {
  switch (type) {
    case at::kByte: return "uint8";
    case at::kChar: return "int8";
    case at::kShort: return "int16";
    case at::kInt: return "int32";
    case at::kLong: return "int64";
    case at::kHalf: return "float16";
    case at::kFloat: return "float32";
    case at::kDouble: return "float64";
    case at::kBool: return "bool";
    case at::kBFloat16: return "bfloat16";
    case at::kComplexFloat: return "complex64";
    case at::kComplexDouble: return "complex128";
    default: return c10::toString(type);
  }
}
}  // namespace

std::string describeTensor(const at::Tensor& tensor) {
  std::ostringstream text;
  text << dtypeName(tensor.scalar_type()) << tensor.sizes() << ' ' << tensor.device();
  return text.str();
}

std::string describeValue(Env* env, napi_value value) {
  switch (typeOf(env, value)) {
    case napi_undefined: return "undefined";
    case napi_null: return "null";
    case napi_boolean: {
      bool flag = false;
      napi_get_value_bool(env->napi, value, &flag);
      return flag ? "true" : "false";
    }
    case napi_number: {
      double number = 0;
      napi_get_value_double(env->napi, value, &number);
      std::ostringstream text;
      text.precision(17);
      text << number;
      return text.str();
    }
    case napi_string: return "a string";
    case napi_symbol: return "a symbol";
    case napi_function: return "a function";
    case napi_bigint: return "a bigint";
    case napi_object: {
      uint32_t length;
      if (arrayLength(env, value, &length)) return "an array of " + std::to_string(length);
      return "an object";
    }
    default: return "a value of unknown type";
  }
}

}  // namespace ragwright
