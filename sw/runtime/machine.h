// What the firmware found in the device tree, and memory to work in.
// SPDX-License-Identifier: Apache-2.0
#ifndef VISOC_RUNTIME_MACHINE_H
#define VISOC_RUNTIME_MACHINE_H

#include <stddef.h>
#include <stdint.h>

#include "device_tree.h"

typedef struct {
  dt_t tree;
  const void* tree_blob;
  unsigned harts;
  uint64_t timebase_hz;
  uintptr_t uart, clint, plic, finisher;  // Bases; where the tree says nothing, QEMU's virt's.
  uint64_t memory_base, memory_size;
  uint64_t free_base, free_size;  // Memory that neither the firmware nor the loader uses.
} machine_t;

// Filled before main.
extern machine_t machine;

void machine_init(const void* device_tree);

// Takes memory from the free region for good; null if it is used up. `alignment` is a power of two; the memory is not cleared.
void* arena_alloc(size_t bytes, size_t alignment);
size_t arena_left(void);

// Base of the index-th node with that compatible string; 0 if there is none.
uintptr_t machine_device(const char* compatible, unsigned index);
// Its first interrupt source; 0 if there is none.
unsigned machine_interrupt(const char* compatible, unsigned index);

#endif  // VISOC_RUNTIME_MACHINE_H
