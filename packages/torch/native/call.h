// One call of an exported function: its arguments, read with checks, and its result.
#pragma once
#include "env.h"

namespace ragwright {

struct Call {
  static constexpr size_t kMaxArgs = 10;
  Env* env;
  const char* name;
  size_t argc;
  napi_value argv[kMaxArgs];

  double number(size_t i) const;
  int64_t integer(size_t i) const;
  bool boolean(size_t i) const;
  std::string string(size_t i) const;
  Handle handle(size_t i) const;
  at::Tensor tensor(size_t i) const;
  std::vector<Handle> handles(size_t i) const;
  std::vector<at::Tensor> tensors(size_t i) const;
  // null entries become undefined tensors
  std::vector<at::Tensor> optionalTensors(size_t i) const;
  std::vector<int64_t> integers(size_t i) const;
  // A number in the object at argument i.
  double field(size_t i, const char* key) const;
  bool flag(size_t i, const char* key) const;

  napi_value undefined() const;
  napi_value null() const;
  napi_value fromNumber(double value) const;
  napi_value fromBoolean(bool value) const;
  napi_value fromString(const std::string& value) const;
  // A new handle, or null for an undefined tensor.
  napi_value fromTensor(at::Tensor value) const;
  napi_value fromIntegers(at::IntArrayRef values) const;
};

struct Export {
  const char* name;
  napi_value (*body)(Call&);
};

using Exports = std::vector<Export>;

// One per topic, each in its own file.
void exportHandles(Exports&);
void exportData(Exports&);
void exportFiles(Exports&);
void exportAutograd(Exports&);
void exportRandom(Exports&);
void exportDevice(Exports&);
void exportOptim(Exports&);
void exportDispatch(Exports&);

}  // namespace ragwright
