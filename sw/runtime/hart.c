// SPDX-License-Identifier: Apache-2.0
#include "hart.h"

#include "csr.h"
#include "finish.h"
#include "limits.h"
#include "machine.h"
#include "print.h"
#include "timer.h"
#include "trap.h"

// In .data: parked harts look here while hart 0 clears bss.
static struct {
  hart_work_t work;
  void* argument;
} mailboxes[MAX_HARTS] __attribute__((section(".data.mailboxes")));

int main(void);

// Hart 0, called by _start.
_Noreturn void runtime_start(unsigned long hart, const void* device_tree) {
  (void)hart;
  machine_init(device_tree);
  print_use_uart(machine.uart);
  trap_init();
  const int code = main();
  if (code == 0) finish_pass();
  finish_fail((unsigned)code);
}

// The others, called by _start with interrupts off: WFI wakes for a software interrupt, which is not taken here.
_Noreturn void hart_park(unsigned long hart) {
  for (;;) {
    hart_work_t work;
    CSR_WRITE(mie, MIE_SOFTWARE);
    while ((work = __atomic_load_n(&mailboxes[hart].work, __ATOMIC_ACQUIRE)) == 0) wfi();
    software_interrupt_clear();
    trap_init();
    work(mailboxes[hart].argument);
    interrupts_off();
    __atomic_store_n(&mailboxes[hart].work, 0, __ATOMIC_RELEASE);
  }
}

bool hart_start(unsigned hart, hart_work_t work, void* argument) {
  if (hart == 0 || hart >= MAX_HARTS || hart >= machine.harts || work == 0 || !hart_is_idle(hart)) return false;
  mailboxes[hart].argument = argument;
  __atomic_store_n(&mailboxes[hart].work, work, __ATOMIC_RELEASE);
  software_interrupt_raise(hart);
  return true;
}

bool hart_is_idle(unsigned hart) { return hart < MAX_HARTS && __atomic_load_n(&mailboxes[hart].work, __ATOMIC_ACQUIRE) == 0; }
