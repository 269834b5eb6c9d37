// Tensor data in and out of JavaScript, and tensor metadata.
#include <c10/core/GradMode.h>
#include <cstring>

#include "call.h"
#include "values.h"

namespace ragwright {
namespace {

constexpr int kUInt64 = 29;  // its name is younger (libtorch 2.3) than the oldest that we build against
constexpr uint64_t kMaxSafeInteger = (uint64_t{1} << 53) - 1;

struct Bytes {
  void* data;
  size_t length;
};

size_t elementSize(napi_typedarray_type type) {
  switch (type) {
    case napi_int8_array: case napi_uint8_array: case napi_uint8_clamped_array: return 1;
    case napi_int16_array: case napi_uint16_array: return 2;
    case napi_int32_array: case napi_uint32_array: case napi_float32_array: return 4;
    case napi_float64_array: case napi_bigint64_array: case napi_biguint64_array: return 8;
    default: return 0;
  }
}

Bytes bytesOf(const Call& call, size_t i) {
  napi_env napi = call.env->napi;
  napi_value value = i < call.argc ? call.argv[i] : nullptr;
  bool is = false;
  Bytes bytes{};
  if (value && napi_is_typedarray(napi, value, &is) == napi_ok && is) {
    napi_typedarray_type type;
    js(napi_get_typedarray_info(napi, value, &type, &bytes.length, &bytes.data, nullptr, nullptr));
    const size_t size = elementSize(type);
    if (size == 0) throw Failure{"argument", "this typed array class is not supported"};
    bytes.length *= size;
    return bytes;
  }
  if (value && napi_is_dataview(napi, value, &is) == napi_ok && is) {
    js(napi_get_dataview_info(napi, value, &bytes.length, &bytes.data, nullptr, nullptr));
    return bytes;
  }
  throw Failure{"argument", "argument " + std::to_string(i + 1) + " must be a typed array or DataView, got " +
                                describeValue(call.env, value)};
}

void checkByteLength(size_t expected, size_t got) {
  if (expected != got)
    throw Failure{"shape", "shape and dtype need " + std::to_string(expected) + " bytes, the array has " + std::to_string(got)};
}

napi_value fromTypedArray(Call& call) {
  const at::ScalarType type = scalarType(call.integer(1));
  const std::vector<int64_t> shape = call.integers(2);
  size_t expected = c10::elementSize(type);
  for (const int64_t size : shape) {
    if (size < 0) throw Failure{"shape", "a size must not be negative, got " + std::to_string(size)};
    if (__builtin_mul_overflow(expected, static_cast<size_t>(size), &expected)) throw Failure{"memory", "the shape's size overflows"};
  }
  const Bytes bytes = bytesOf(call, 0);  // last: reading the shape may run JavaScript that detaches the buffer
  checkByteLength(expected, bytes.length);
  at::Tensor tensor = at::empty(shape, at::TensorOptions().dtype(type));
  if (bytes.length > 0) std::memcpy(tensor.data_ptr(), bytes.data, bytes.length);
  return call.fromTensor(std::move(tensor));
}

napi_value toTypedArray(Call& call) {
  at::Tensor tensor = call.tensor(0).detach();
  c10::NoGradGuard guard;
  tensor = tensor.cpu().resolve_conj().resolve_neg().contiguous();
  const Bytes bytes = bytesOf(call, 1);
  checkByteLength(tensor.numel() * tensor.element_size(), bytes.length);
  if (bytes.length > 0) std::memcpy(bytes.data, tensor.data_ptr(), bytes.length);
  return nullptr;
}

napi_value item(Call& call) {
  const at::Tensor tensor = call.tensor(0);
  if (tensor.numel() != 1)
    throw Failure{"shape", "item() needs a tensor with one element, got " + describeTensor(tensor)};
  if (tensor.is_complex()) throw Failure{"dtype", "item() has no complex form; take real() and imag() apart"};
  if (static_cast<int>(tensor.scalar_type()) == kUInt64) {
    uint64_t value;
    std::memcpy(&value, tensor.detach().cpu().contiguous().data_ptr(), sizeof value);
    napi_value result;
    if (value <= kMaxSafeInteger) return call.fromNumber(static_cast<double>(value));
    js(napi_create_bigint_uint64(call.env->napi, value, &result));
    return result;
  }
  const at::Scalar scalar = tensor.item();
  return fromIValue(call.env, scalar);
}

napi_value shape(Call& call) { return call.fromIntegers(call.tensor(0).sizes()); }
napi_value strides(Call& call) { return call.fromIntegers(call.tensor(0).strides()); }
napi_value dtype(Call& call) { return call.fromNumber(static_cast<int>(call.tensor(0).scalar_type())); }
napi_value device(Call& call) { return call.fromString(call.tensor(0).device().str()); }
napi_value numel(Call& call) { return call.fromNumber(call.tensor(0).numel()); }
napi_value isContiguous(Call& call) { return call.fromBoolean(call.tensor(0).is_contiguous()); }

}  // namespace

void exportData(Exports& exports) {
  exports.insert(exports.end(), {{"fromTypedArray", fromTypedArray}, {"toTypedArray", toTypedArray}, {"item", item},
                                 {"shape", shape}, {"strides", strides}, {"dtype", dtype}, {"device", device},
                                 {"numel", numel}, {"isContiguous", isContiguous}});
}

}  // namespace ragwright
