// Control and status registers, fences and WFI. RISC-V privileged specification 1.12.
// SPDX-License-Identifier: Apache-2.0
#ifndef VISOC_RUNTIME_CSR_H
#define VISOC_RUNTIME_CSR_H

#include <stdint.h>

#define CSR_READ(name)                                               \
  ({                                                                 \
    uint64_t csr_value;                                              \
    __asm__ volatile("csrr %0, " #name : "=r"(csr_value)::"memory"); \
    csr_value;                                                       \
  })
#define CSR_WRITE(name, value) __asm__ volatile("csrw " #name ", %0" ::"r"((uint64_t)(value)) : "memory")
#define CSR_SET(name, bits) __asm__ volatile("csrs " #name ", %0" ::"r"((uint64_t)(bits)) : "memory")
#define CSR_CLEAR(name, bits) __asm__ volatile("csrc " #name ", %0" ::"r"((uint64_t)(bits)) : "memory")
// The old value; the bits are cleared.
#define CSR_READ_CLEAR(name, bits)                                                                    \
  ({                                                                                                  \
    uint64_t csr_value;                                                                               \
    __asm__ volatile("csrrc %0, " #name ", %1" : "=r"(csr_value) : "r"((uint64_t)(bits)) : "memory"); \
    csr_value;                                                                                        \
  })

#define MSTATUS_MIE (1ull << 3)
#define MIE_SOFTWARE (1ull << 3)
#define MIE_TIMER (1ull << 7)
#define MIE_EXTERNAL (1ull << 11)
#define MCAUSE_INTERRUPT (1ull << 63)

enum {
  CAUSE_FETCH_ACCESS = 1,
  CAUSE_ILLEGAL_INSTRUCTION = 2,
  CAUSE_BREAKPOINT = 3,
  CAUSE_LOAD_ACCESS = 5,
  CAUSE_STORE_ACCESS = 7,
};

static inline unsigned hart_id(void) { return (unsigned)CSR_READ(mhartid); }
static inline void wfi(void) { __asm__ volatile("wfi" ::: "memory"); }
// Orders memory and device accesses: what was written before is seen by an engine that is started after.
static inline void fence(void) { __asm__ volatile("fence iorw, iorw" ::: "memory"); }
// Instructions that were written before are fetched after.
static inline void fence_instructions(void) { __asm__ volatile("fence.i" ::: "memory"); }

#endif  // VISOC_RUNTIME_CSR_H
