// SPDX-License-Identifier: Apache-2.0
#include "timer.h"

#include "clint_regs.h"
#include "csr.h"
#include "machine.h"
#include "mmio.h"
#include "trap.h"

uint64_t timer_ticks(void) { return mmio_read64(machine.clint + CLINT_MTIME_LO_OFFSET); }

uint64_t timer_nanoseconds(void) {
  const uint64_t ticks = timer_ticks();
  const uint64_t seconds = ticks / machine.timebase_hz;
  return seconds * 1000000000ull + ticks % machine.timebase_hz * 1000000000ull / machine.timebase_hz;
}

void timer_set(uint64_t ticks) { mmio_write64(machine.clint + CLINT_MTIMECMP_OFFSET((uintptr_t)hart_id()), ticks); }

void timer_off(void) { timer_set(UINT64_MAX); }

static void wake(void* flag) {
  timer_off();
  *(volatile bool*)flag = true;
}

void timer_sleep_nanoseconds(uint64_t nanoseconds) {
  volatile bool over = false;
  const uint64_t seconds = nanoseconds / 1000000000ull;
  const uint64_t rest = nanoseconds % 1000000000ull * machine.timebase_hz;
  const uint64_t ticks = seconds * machine.timebase_hz + (rest + 999999999ull) / 1000000000ull;
  timer_connect(wake, (void*)(uintptr_t)&over);
  timer_set(timer_ticks() + ticks + 1);  // The tick under way has begun already.
  wait_for_interrupt_until(&over);
  timer_connect(0, 0);  // The flag is gone with this call.
}

void software_interrupt_raise(unsigned hart) { mmio_write32(machine.clint + CLINT_MSIP_OFFSET((uintptr_t)hart), CLINT_MSIP_PENDING_MASK); }

void software_interrupt_clear(void) { mmio_write32(machine.clint + CLINT_MSIP_OFFSET((uintptr_t)hart_id()), 0); }
