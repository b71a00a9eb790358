// Calls of the RISC-V Supervisor Binary Interface 1.0, with the chapters of its specification.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdint.h>

// Errors (chapter 3).
enum { SBI_SUCCESS = 0, SBI_NOT_SUPPORTED = -2, SBI_INVALID_PARAM = -3, SBI_ALREADY_AVAILABLE = -6 };

// Extension ids.
enum {
  SBI_LEGACY_SET_TIMER = 0x00,
  SBI_LEGACY_PUTCHAR = 0x01,
  SBI_BASE = 0x10,
  SBI_TIME = 0x54494d45,
  SBI_IPI = 0x735049,
  SBI_RFENCE = 0x52464e43,
  SBI_HSM = 0x48534d,
  SBI_SRST = 0x53525354,
  SBI_DBCN = 0x4442434e,
};

// States of a hart (chapter 9).
enum { SBI_HSM_STARTED = 0, SBI_HSM_STOPPED = 1 };

typedef struct {
  long error, value;
} sbi_result_t;

static inline sbi_result_t sbi_call(long extension, long function, unsigned long first, unsigned long second, unsigned long third,
                                    unsigned long fourth) {
  register unsigned long a0 __asm__("a0") = first;
  register unsigned long a1 __asm__("a1") = second;
  register unsigned long a2 __asm__("a2") = third;
  register unsigned long a3 __asm__("a3") = fourth;
  register long a6 __asm__("a6") = function;
  register long a7 __asm__("a7") = extension;
  __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a3), "r"(a6), "r"(a7) : "memory");
  return (sbi_result_t){(long)a0, (long)a1};
}

// Chapter 4.
static inline unsigned long sbi_spec_version(void) { return (unsigned long)sbi_call(SBI_BASE, 0, 0, 0, 0, 0).value; }
static inline int sbi_has(long extension) { return sbi_call(SBI_BASE, 3, (unsigned long)extension, 0, 0, 0).value != 0; }
// Chapter 5; one word of error only.
static inline void sbi_legacy_putchar(char c) { sbi_call(SBI_LEGACY_PUTCHAR, 0, (unsigned char)c, 0, 0, 0); }
static inline void sbi_legacy_set_timer(uint64_t time) { sbi_call(SBI_LEGACY_SET_TIMER, 0, time, 0, 0, 0); }
// Chapter 6. Masks hold one bit a hart, from hart `base` on.
static inline long sbi_set_timer(uint64_t time) { return sbi_call(SBI_TIME, 0, time, 0, 0, 0).error; }
// Chapter 7.
static inline long sbi_send_ipi(unsigned long mask, unsigned long base) { return sbi_call(SBI_IPI, 0, mask, base, 0, 0).error; }
// Chapter 8.
static inline long sbi_remote_fence_i(unsigned long mask, unsigned long base) { return sbi_call(SBI_RFENCE, 0, mask, base, 0, 0).error; }
// Chapter 9.
static inline long sbi_hart_start(unsigned long hart, void (*entry)(void), unsigned long opaque) {
  return sbi_call(SBI_HSM, 0, hart, (unsigned long)entry, opaque, 0).error;
}
static inline long sbi_hart_stop(void) { return sbi_call(SBI_HSM, 1, 0, 0, 0, 0).error; }
static inline sbi_result_t sbi_hart_status(unsigned long hart) { return sbi_call(SBI_HSM, 2, hart, 0, 0, 0); }
// Chapter 10: type 0 is shutdown; reason 0 none, 1 system failure.
static inline long sbi_shutdown(unsigned long reason) { return sbi_call(SBI_SRST, 0, 0, reason, 0, 0).error; }
