// Put before every firmware source that is compiled for the host: registers lead to the cores, there is one hart without CSRs.
// SPDX-License-Identifier: Apache-2.0
#ifndef VISOC_TEST_HOST_SHIM_H
#define VISOC_TEST_HOST_SHIM_H

#include <stdint.h>

// The places of sw/runtime/mmio.h and csr.h are taken.
#define VISOC_RUNTIME_MMIO_H
#define VISOC_RUNTIME_CSR_H

uint32_t mmio_read32(uintptr_t addr);
uint64_t mmio_read64(uintptr_t addr);
void mmio_write32(uintptr_t addr, uint32_t value);

static inline void mmio_write_pair(uintptr_t addr, uint64_t value) {
  mmio_write32(addr, (uint32_t)value);
  mmio_write32(addr + 4, (uint32_t)(value >> 32));
}
static inline unsigned hart_id(void) { return 0; }
static inline void fence(void) {}

// Tests are found by name, not by the linker.
#include "selftest.h"
#undef SELFTEST
#define SELFTEST(order, name, compatible, run) \
  extern const selftest_t selftest_##order;    \
  const selftest_t selftest_##order = {name, compatible, run}

#endif  // VISOC_TEST_HOST_SHIM_H
