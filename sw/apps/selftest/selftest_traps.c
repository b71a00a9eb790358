// Access faults with the right cause and address, and the illegal instruction.
// SPDX-License-Identifier: Apache-2.0
#include "csr.h"
#include "selftest.h"
#include "trap.h"

// Between the finisher and the CLINT, in QEMU's virt as here, nothing answers.
static const uintptr_t kNowhere = 0x00500000;

static const char* test_traps(const selftest_device_t* device) {
  (void)device;
  for (unsigned bytes = 1; bytes <= 8; bytes *= 2) {
    uint64_t value = 1;
    const trap_record_t load = trap_probe_load(kNowhere + 8 * bytes, bytes, &value);
    EXPECT(load.happened && load.cause == CAUSE_LOAD_ACCESS);
    EXPECT(load.value == kNowhere + 8 * bytes);
    const trap_record_t store = trap_probe_store(kNowhere + 16 * bytes, bytes, 1);
    EXPECT(store.happened && store.cause == CAUSE_STORE_ACCESS);
    EXPECT(store.value == kNowhere + 16 * bytes);
  }
  const trap_record_t fetch = trap_probe_fetch(kNowhere);
  EXPECT(fetch.happened && fetch.cause == CAUSE_FETCH_ACCESS);
  EXPECT(fetch.pc == kNowhere && fetch.value == kNowhere);
  trap_catch_begin();
  __asm__ volatile(".4byte 0xffffffff");  // All ones is illegal (RISC-V unprivileged specification, section 1.5).
  const trap_record_t illegal = trap_catch_end();
  EXPECT(illegal.happened && illegal.cause == CAUSE_ILLEGAL_INSTRUCTION);
  uint64_t value = 0;
  EXPECT(!trap_probe_load(machine.memory_base, 4, &value).happened);
  EXPECT(value == *(volatile uint32_t*)(uintptr_t)machine.memory_base);
  return 0;
}

SELFTEST(20_traps, "traps", 0, test_traps);
