#include "handles.h"

#include <array>
#include <atomic>
#include <cmath>
#include <mutex>
#include <unordered_set>

namespace ragwright {
namespace {

constexpr uint32_t kSlotBits = 24, kChunkBits = 12, kChunk = 1u << kChunkBits;
constexpr uint32_t kMaxSlots = 1u << kSlotBits, kGenerationMask = (1u << 29) - 1;
constexpr size_t kMaxFreeSlotsPerThread = 16384;

struct Slot {
  std::atomic_flag lock = ATOMIC_FLAG_INIT;
  uint32_t generation = 0;  // odd: live
  uint32_t owner = 0;       // Env::id
  uint32_t scope = 0;
  int64_t external = 0;  // bytes reported to the garbage collector
  at::Tensor tensor;
};

class SlotLock {
 public:
  explicit SlotLock(Slot& slot) : slot_(slot) {
    while (slot_.lock.test_and_set(std::memory_order_acquire)) {
    }
  }
  ~SlotLock() { slot_.lock.clear(std::memory_order_release); }
  SlotLock(const SlotLock&) = delete;
  SlotLock& operator=(const SlotLock&) = delete;

 private:
  Slot& slot_;
};

// Never destroyed: tensors must not outlive libtorch's own statics at process exit.
struct Table {
  std::array<std::atomic<Slot*>, kMaxSlots / kChunk> chunks{};
  std::atomic<uint32_t> used{0};
  std::mutex mutex;  // guards growth and freeSlots
  std::vector<uint32_t> freeSlots;
};

Table& table() {
  static Table* instance = new Table();
  return *instance;
}

Slot& slotAt(uint32_t index) {
  return table().chunks[index >> kChunkBits].load(std::memory_order_acquire)[index & (kChunk - 1)];
}

struct Key {
  uint32_t index, generation;
};

bool parse(Handle handle, Key* key) {
  if (!(handle >= 0 && handle < 9007199254740992.0) || handle != std::floor(handle)) return false;
  const auto bits = static_cast<uint64_t>(handle);
  key->index = static_cast<uint32_t>(bits & (kMaxSlots - 1));
  key->generation = static_cast<uint32_t>(bits >> kSlotBits);
  return (key->generation & 1) && key->index < table().used.load(std::memory_order_acquire);
}

Handle toHandle(uint32_t index, uint32_t generation) {
  return static_cast<Handle>((static_cast<uint64_t>(generation) << kSlotBits) | index);
}

uint32_t takeSlot(Env* env) {
  if (!env->freeSlots.empty()) {
    const uint32_t index = env->freeSlots.back();
    env->freeSlots.pop_back();
    return index;
  }
  Table& t = table();
  std::lock_guard<std::mutex> guard(t.mutex);
  const size_t refill = std::min<size_t>(t.freeSlots.size(), 256);
  env->freeSlots.insert(env->freeSlots.end(), t.freeSlots.end() - refill, t.freeSlots.end());
  t.freeSlots.resize(t.freeSlots.size() - refill);
  if (!env->freeSlots.empty()) {
    const uint32_t index = env->freeSlots.back();
    env->freeSlots.pop_back();
    return index;
  }
  const uint32_t index = t.used.load(std::memory_order_relaxed);
  if (index >= kMaxSlots) throw Failure{"memory", "more than 16,777,216 live tensors; release some, or work inside scope()"};
  if ((index & (kChunk - 1)) == 0) t.chunks[index >> kChunkBits].store(new Slot[kChunk], std::memory_order_release);
  t.used.store(index + 1, std::memory_order_release);
  return index;
}

void giveSlot(Env* env, uint32_t index) {
  env->freeSlots.push_back(index);
  if (env->freeSlots.size() <= kMaxFreeSlotsPerThread) return;
  Table& t = table();
  std::lock_guard<std::mutex> guard(t.mutex);
  const auto middle = env->freeSlots.begin() + kMaxFreeSlotsPerThread / 2;
  t.freeSlots.insert(t.freeSlots.end(), middle, env->freeSlots.end());
  env->freeSlots.erase(middle, env->freeSlots.end());
}

// A storage that others share was counted when its first handle was made.
int64_t externalBytes(const at::Tensor& tensor) {
  if (!tensor.has_storage() || tensor.storage().use_count() != 1) return 0;
  return static_cast<int64_t>(tensor.storage().nbytes());
}

void adjustExternal(Env* env, int64_t bytes) {
  int64_t ignored = 0;
  if (bytes != 0) napi_adjust_external_memory(env->napi, bytes, &ignored);
}

std::vector<Handle>* scopeList(Env* env, uint32_t scope) {
  if (scope == 0) return nullptr;
  if (scope == env->currentScope) return env->currentList;
  const auto found = env->scopes.find(scope);
  if (found == env->scopes.end()) throw Failure{"argument", "scope " + std::to_string(scope) + " is not open"};
  return &found->second;
}

[[noreturn]] void throwDisposed() {
  throw Failure{"disposed", "a tensor argument was already released (by dispose(), by its scope, or in another thread)"};
}

}  // namespace

Handle addHandle(Env* env, at::Tensor tensor) {
  const int64_t external = env->currentList ? 0 : externalBytes(tensor);
  const uint32_t index = takeSlot(env);
  Slot& slot = slotAt(index);
  uint32_t generation;
  {
    SlotLock lock(slot);
    generation = slot.generation = (slot.generation + 1) & kGenerationMask;
    slot.owner = env->id;
    slot.scope = env->currentScope;
    slot.external = external;
    slot.tensor = std::move(tensor);
  }
  const Handle handle = toHandle(index, generation);
  if (env->currentList) env->currentList->push_back(handle);
  adjustExternal(env, external);
  return handle;
}

at::Tensor findTensor(Handle handle) {
  Key key;
  if (!parse(handle, &key)) return {};
  Slot& slot = slotAt(key.index);
  SlotLock lock(slot);
  if (slot.generation != key.generation) return {};
  return slot.tensor;
}

at::Tensor getTensor(Handle handle) {
  at::Tensor tensor = findTensor(handle);
  if (!tensor.defined()) throwDisposed();
  return tensor;
}

bool isLive(Handle handle) { return findTensor(handle).defined(); }

namespace {

// Frees the handle if it is live and, unless scope is negative, in that scope.
bool releaseIf(Env* env, Handle handle, int64_t scope) {
  Key key;
  if (!parse(handle, &key)) return false;
  Slot& slot = slotAt(key.index);
  at::Tensor dropped;  // destroyed after the lock
  int64_t external = 0;
  {
    SlotLock lock(slot);
    if (slot.generation != key.generation) return false;
    if (scope >= 0 && (slot.scope != scope || slot.owner != env->id)) return false;
    dropped = std::move(slot.tensor);
    slot.tensor.reset();
    slot.generation = (slot.generation + 1) & kGenerationMask;
    if (slot.owner == env->id) external = slot.external;
    slot.external = 0;
  }
  giveSlot(env, key.index);
  adjustExternal(env, -external);
  return true;
}

}  // namespace

bool releaseHandle(Env* env, Handle handle) { return releaseIf(env, handle, -1); }

void releaseFromScope(Env* env, Handle handle, uint32_t scope) { releaseIf(env, handle, scope); }

void moveToScope(Env* env, Handle handle, int64_t from, uint32_t to) {
  Key key;
  if (!parse(handle, &key)) throwDisposed();
  std::vector<Handle>* list = scopeList(env, to);
  Slot& slot = slotAt(key.index);
  int64_t change = 0;
  {
    SlotLock lock(slot);
    if (slot.generation != key.generation) throwDisposed();
    if (from >= 0 && (slot.scope != from || slot.owner != env->id)) return;
    if (slot.owner != env->id) throw Failure{"argument", "the tensor belongs to another thread; adopt() it first"};
    if (slot.scope == to) return;
    slot.scope = to;
    const int64_t external = to == 0 ? externalBytes(slot.tensor) : 0;
    change = external - slot.external;
    slot.external = external;
  }
  if (list) list->push_back(handle);
  adjustExternal(env, change);
}

Handle shareHandle(Env* env, Handle handle) {
  const at::Tensor tensor = getTensor(handle);
  at::Tensor alias = tensor.detach();
  if (tensor.is_leaf() && tensor.requires_grad()) alias.set_requires_grad(true);
  const Handle copy = addHandle(env, std::move(alias));
  Key key;
  parse(copy, &key);
  Slot& slot = slotAt(key.index);
  int64_t external;
  {
    SlotLock lock(slot);
    slot.owner = 0;
    slot.scope = 0;
    external = slot.external;
    slot.external = 0;
  }
  adjustExternal(env, -external);
  return copy;
}

void adoptHandle(Env* env, Handle handle) {
  Key key;
  if (!parse(handle, &key)) throwDisposed();
  Slot& slot = slotAt(key.index);
  int64_t external = 0;
  {
    SlotLock lock(slot);
    if (slot.generation != key.generation) throwDisposed();
    if (slot.owner != 0) throw Failure{"argument", "this ticket was already adopted, or is not from share()"};
    slot.owner = env->id;
    slot.scope = env->currentScope;
    if (!env->currentList) external = slot.external = externalBytes(slot.tensor);
  }
  if (env->currentList) env->currentList->push_back(handle);
  adjustExternal(env, external);
}

void releaseThread(Env* env) {
  const uint32_t used = table().used.load(std::memory_order_acquire);
  for (uint32_t index = 0; index < used; index++) {
    Slot& slot = slotAt(index);
    at::Tensor dropped;
    {
      SlotLock lock(slot);
      if (slot.owner != env->id || !(slot.generation & 1)) continue;
      dropped = std::move(slot.tensor);
      slot.tensor.reset();
      slot.generation = (slot.generation + 1) & kGenerationMask;
      slot.external = 0;
    }
    env->freeSlots.push_back(index);
  }
  std::lock_guard<std::mutex> guard(table().mutex);
  auto& free = table().freeSlots;
  free.insert(free.end(), env->freeSlots.begin(), env->freeSlots.end());
  env->freeSlots.clear();
}

MemoryUse memoryUse(uint32_t owner, bool everyOwner) {
  MemoryUse use;
  std::unordered_set<const void*> seen;
  const auto count = [&](const at::Tensor& tensor) {
    if (!tensor.defined() || !tensor.has_storage()) return;
    if (seen.insert(tensor.storage().unsafeGetStorageImpl()).second) use.bytes += tensor.storage().nbytes();
  };
  const uint32_t used = table().used.load(std::memory_order_acquire);
  for (uint32_t index = 0; index < used; index++) {
    Slot& slot = slotAt(index);
    at::Tensor tensor;
    bool ownedHere;
    {
      SlotLock lock(slot);
      if (!(slot.generation & 1) || !(everyOwner || slot.owner == owner)) continue;
      tensor = slot.tensor;
      ownedHere = slot.owner == owner;
    }
    use.liveTensors++;
    count(tensor);
    // Another thread's backward pass may be writing its tensors' gradients at this moment: those are left out.
    if (ownedHere && tensor.requires_grad() && tensor.is_leaf()) count(tensor.grad());
  }
  return use;
}

}  // namespace ragwright
