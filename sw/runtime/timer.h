// The machine's real-time counter, this hart's timer, and software interrupts between harts.
// SPDX-License-Identifier: Apache-2.0
#ifndef VISOC_RUNTIME_TIMER_H
#define VISOC_RUNTIME_TIMER_H

#include <stdint.h>

// Ticks of mtime; machine.timebase_hz of them a second.
uint64_t timer_ticks(void);
// Nanoseconds since mtime was zero; exact for a timebase that divides 10^9.
uint64_t timer_nanoseconds(void);
// This hart's timer interrupt from mtime = `ticks` on. timer_off takes it away.
void timer_set(uint64_t ticks);
void timer_off(void);
// Sleeps in WFI for at least that long. Uses this hart's timer; a handler connected by timer_connect is gone afterwards.
void timer_sleep_nanoseconds(uint64_t nanoseconds);

void software_interrupt_raise(unsigned hart);
void software_interrupt_clear(void);

#endif  // VISOC_RUNTIME_TIMER_H
