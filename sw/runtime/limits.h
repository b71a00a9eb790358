// Sizes that C and assembly share.
// SPDX-License-Identifier: Apache-2.0
#ifndef VISOC_RUNTIME_LIMITS_H
#define VISOC_RUNTIME_LIMITS_H

#define MAX_HARTS 8
#define STACK_BYTES_LOG2 16  // 64 KiB a hart.
#define MAX_INTERRUPT_SOURCES 128

// Layout of what trap_entry saves, in 8-byte words; trap_frame_t is its C side.
#define TRAP_FRAME_WORDS 56

#endif  // VISOC_RUNTIME_LIMITS_H
