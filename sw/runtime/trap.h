// Exceptions, interrupts and waiting for them.
// SPDX-License-Identifier: Apache-2.0
#ifndef VISOC_RUNTIME_TRAP_H
#define VISOC_RUNTIME_TRAP_H

#include <stdbool.h>
#include <stdint.h>

#include "limits.h"

// What trap_entry saved.
typedef struct {
  uint64_t x[32];
  uint64_t pc;
  uint64_t floats[20];
  uint64_t fcsr;
  uint64_t reserved[TRAP_FRAME_WORDS - 54];
} trap_frame_t;

// An exception that was expected.
typedef struct {
  bool happened;
  uint64_t cause, pc, value;  // mcause, mepc, mtval.
} trap_record_t;

// An unexpected exception is reported on the console and ends the run with this code plus mcause.
#define TRAP_FAIL_CODE 0x40

// Until trap_catch_end, an exception of this hart is recorded and its instruction skipped; a failing jump goes on at its return address.
void trap_catch_begin(void);
trap_record_t trap_catch_end(void);
// A load or store of 1, 2, 4 or 8 bytes that may fault. The value read is 0 after a fault.
trap_record_t trap_probe_load(uintptr_t addr, unsigned bytes, uint64_t* value);
trap_record_t trap_probe_store(uintptr_t addr, unsigned bytes, uint64_t value);
// Jumps to `addr`.
trap_record_t trap_probe_fetch(uintptr_t addr);

const char* trap_cause_text(uint64_t cause);

// Handlers run with interrupts off, on the stack of what they interrupt.
typedef void (*interrupt_handler_t)(void* argument);

// Routes PLIC source `source` to this hart's M mode with `priority` (1 to 7). The handler is called between claim and completion.
bool interrupt_connect(unsigned source, unsigned priority, interrupt_handler_t handler, void* argument);
void interrupt_disconnect(unsigned source);
// Called for this hart's timer and software interrupts; the handler takes the cause away (timer_set, software_interrupt_clear).
void timer_connect(interrupt_handler_t handler, void* argument);
void software_interrupt_connect(interrupt_handler_t handler, void* argument);

// mstatus.MIE. interrupts_off returns what interrupts_restore takes.
void interrupts_on(void);
uint64_t interrupts_off(void);
void interrupts_restore(uint64_t before);

// Sleeps until the flag, which a handler sets, is true. The flag is looked at with interrupts off, and WFI wakes for a pending
// interrupt even then, so one that comes in between is not lost.
void wait_for_interrupt_until(volatile bool* flag);
// The same for any condition, which is evaluated with interrupts off after each interrupt.
void wait_until(bool (*condition)(void* argument), void* argument);

// Before main: this hart's interrupts off at every device, then on at the hart.
void trap_init(void);

#endif  // VISOC_RUNTIME_TRAP_H
