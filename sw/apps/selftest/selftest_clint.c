// mtime runs, the timer interrupt comes at its time, and the software interrupt comes; other harts work when they are given work.
// SPDX-License-Identifier: Apache-2.0
#include "csr.h"
#include "hart.h"
#include "selftest.h"
#include "timer.h"
#include "trap.h"

static volatile bool software_came;

static void on_software(void* argument) {
  (void)argument;
  software_interrupt_clear();
  software_came = true;
}

static void on_other_hart(void* argument) { *(volatile uint64_t*)argument = hart_id() + 1; }

static const char* test_other_harts(void) {
  for (unsigned hart = 1; hart < machine.harts && hart < MAX_HARTS; ++hart) {
    volatile uint64_t answer = 0;
    EXPECT(hart_start(hart, on_other_hart, (void*)(uintptr_t)&answer));
    const uint64_t limit = timer_ticks() + machine.timebase_hz;
    while (!hart_is_idle(hart) && timer_ticks() < limit) {
    }
    EXPECT(hart_is_idle(hart));
    EXPECT(answer == hart + 1);
  }
  return 0;
}

static const char* test_clint(const selftest_device_t* device) {
  (void)device;
  const uint64_t first = timer_ticks();
  uint64_t second = first;
  for (unsigned i = 0; i < 1000000 && second == first; ++i) second = timer_ticks();
  EXPECT(second > first);

  const uint64_t before = timer_nanoseconds();
  timer_sleep_nanoseconds(20000);
  EXPECT(timer_nanoseconds() - before >= 20000);

  software_interrupt_connect(on_software, 0);
  software_interrupt_raise(hart_id());
  wait_for_interrupt_until(&software_came);
  return test_other_harts();
}

SELFTEST(40_clint, "clint", "riscv,clint0", test_clint);
