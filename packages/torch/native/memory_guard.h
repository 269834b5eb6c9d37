#pragma once

namespace ragwright {

// Puts a check before libtorch's CPU allocator: a large request that the machine (or its control group) cannot
// serve becomes an OutOfMemoryError. Without it Linux overcommits and later kills the process. Idempotent.
void installMemoryGuard();

// Gives memory that malloc keeps for reuse back to the system.
void returnFreedMemory();

}  // namespace ragwright
