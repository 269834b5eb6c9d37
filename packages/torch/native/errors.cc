// C++ exceptions to typed JavaScript errors.
#include "env.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <new>

namespace ragwright {
namespace {

bool containsAny(const std::string& text, std::initializer_list<const char*> needles) {
  return std::any_of(needles.begin(), needles.end(),
                     [&](const char* needle) { return text.find(needle) != std::string::npos; });
}

// libtorch has few exception types, so its wording decides. Most specific first.
const char* classify(const std::string& message) {
  std::string text = message;
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  if (containsAny(text, {"out of memory", "can't allocate memory", "not enough memory", "size calculation overflowed",
                         "integer multiplication overflow", "invalid buffer size"}))
    return "memory";
  if (containsAny(text, {"not implemented for '", "dtype", "scalar type", "scalartype", "data type", "result type",
                         "can't be cast", "floating point", "floating-point", "integral", "complex", "same type",
                         "boolean", "bool tensor", "long or byte"}))
    return "dtype";
  if (containsAny(text, {"backend", "same device", "found at least two devices", "device", "cuda", "mps"})) return "device";
  if (containsAny(text, {"dimension out of range", "index out of range", "out of bounds", "out of range"})) return "index";
  if (containsAny(text, {"size", "shape", "dimension", "dim", "must match", "broadcast", "elements", "length", "1d",
                         "2d", "3d", "-d", "stride", "empty tensor", "matrices", "matrix", "vector"}))
    return "shape";
  return "op";
}

std::string firstLines(std::string message) {
  const auto trace = message.find("\nException raised from");
  if (trace != std::string::npos) message.resize(trace);
  while (!message.empty() && message.back() == '\n') message.pop_back();
  return message;
}

void raise(Env* env, const char* kind, const char* op, const std::string& message, const std::string& got) {
  napi_env napi = env->napi;
  bool pending = false;
  if (napi_is_exception_pending(napi, &pending) != napi_ok || pending) return;
  napi_value factory = nullptr, global = nullptr, error = nullptr, args[4];
  const auto text = [&](const std::string& s, napi_value* out) {
    return napi_create_string_utf8(napi, s.data(), s.size(), out) == napi_ok;
  };
  if (!text(kind, &args[0]) || !text(op, &args[1]) || !text(message, &args[2]) || !text(got, &args[3])) return;
  if (env->errorFactory && napi_get_reference_value(napi, env->errorFactory, &factory) == napi_ok && factory &&
      napi_get_global(napi, &global) == napi_ok && napi_call_function(napi, global, factory, 4, args, &error) == napi_ok) {
    napi_throw(napi, error);
    return;
  }
  if (napi_is_exception_pending(napi, &pending) == napi_ok && !pending) napi_throw_error(napi, kind, message.c_str());
}

}  // namespace

void raiseCurrentException(Env* env, const char* op, const std::string& got) {
  try {
    throw;
  } catch (const JsPending&) {
    raise(env, "argument", op, "an argument has the wrong type, or this thread is shutting down", got);
  } catch (const Failure& failure) {
    raise(env, failure.kind, op, failure.message, got);
  } catch (const c10::OutOfMemoryError& error) {
    raise(env, "memory", op, firstLines(error.what_without_backtrace()), got);
  } catch (const c10::IndexError& error) {
    raise(env, "index", op, firstLines(error.what_without_backtrace()), got);
  } catch (const c10::Error& error) {
    const std::string message = firstLines(error.what_without_backtrace());
    raise(env, classify(message), op, message, got);
  } catch (const std::bad_alloc&) {
    raise(env, "memory", op, "out of memory", got);
  } catch (const std::length_error&) {
    raise(env, "memory", op, "a list is too long", got);
  } catch (const std::exception& error) {
    const std::string message = firstLines(error.what());
    raise(env, classify(message), op, message, got);
  } catch (...) {
    raise(env, "op", op, "an unknown C++ exception", got);
  }
}

}  // namespace ragwright
