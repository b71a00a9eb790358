// Device registers.
// SPDX-License-Identifier: Apache-2.0
#ifndef VISOC_RUNTIME_MMIO_H
#define VISOC_RUNTIME_MMIO_H

#include <stdint.h>

static inline uint8_t mmio_read8(uintptr_t addr) { return *(volatile uint8_t*)addr; }
static inline uint32_t mmio_read32(uintptr_t addr) { return *(volatile uint32_t*)addr; }
static inline uint64_t mmio_read64(uintptr_t addr) { return *(volatile uint64_t*)addr; }
static inline void mmio_write8(uintptr_t addr, uint8_t value) { *(volatile uint8_t*)addr = value; }
static inline void mmio_write32(uintptr_t addr, uint32_t value) { *(volatile uint32_t*)addr = value; }
static inline void mmio_write64(uintptr_t addr, uint64_t value) { *(volatile uint64_t*)addr = value; }
// An address split over two 32-bit registers, low half first.
static inline void mmio_write_pair(uintptr_t addr, uint64_t value) {
  mmio_write32(addr, (uint32_t)value);
  mmio_write32(addr + 4, (uint32_t)(value >> 32));
}

#endif  // VISOC_RUNTIME_MMIO_H
