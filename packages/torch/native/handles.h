// The process-wide table of tensors. A handle is slot + generation * 2^24; the generation is odd while live.
#pragma once
#include "env.h"

namespace ragwright {

// New handle in the thread's current scope.
Handle addHandle(Env* env, at::Tensor tensor);

// Throws Failure("disposed") for a stale or invalid handle.
at::Tensor getTensor(Handle handle);

// Empty tensor if the handle is not live.
at::Tensor findTensor(Handle handle);

bool releaseHandle(Env* env, Handle handle);
bool isLive(Handle handle);

// A handle, owned by no thread yet, on a detached alias: the same memory, but a gradient of its own, since libtorch
// lets only one thread at a time touch a tensor's gradient. adoptHandle makes a thread its owner.
Handle shareHandle(Env* env, Handle handle);
void adoptHandle(Env* env, Handle handle);

// Moves a handle that is in scope `from` (or in any, if from is -1) to scope `to`, which must be open or 0.
void moveToScope(Env* env, Handle handle, int64_t from, uint32_t to);

// Frees the handle if it still is in that scope.
void releaseFromScope(Env* env, Handle handle, uint32_t scope);

// Frees everything a thread owns, when it ends.
void releaseThread(Env* env);

struct MemoryUse {
  int64_t liveTensors = 0;
  int64_t bytes = 0;
};
// Gradients are counted for the tensors of `owner`, which must be the calling thread.
MemoryUse memoryUse(uint32_t owner, bool everyOwner);

}  // namespace ragwright
