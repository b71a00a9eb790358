// SPDX-License-Identifier: Apache-2.0
#include "trap.h"

#include "csr.h"
#include "finish.h"
#include "machine.h"
#include "mmio.h"
#include "plic_regs.h"
#include "print.h"

enum { CAUSE_SOFTWARE = 3, CAUSE_TIMER = 7, CAUSE_EXTERNAL = 11, X_RA = 1, X_SP = 2 };

typedef struct {
  interrupt_handler_t call;
  void* argument;
} handler_t;

static handler_t external[MAX_INTERRUPT_SOURCES];
static handler_t timer[MAX_HARTS], software[MAX_HARTS];
static struct {
  volatile bool armed;
  trap_record_t record;
} catches[MAX_HARTS];
static volatile bool reporting[MAX_HARTS];

static unsigned context(void) { return 2 * hart_id(); }  // M mode of this hart.

static uintptr_t claim_register(void) { return machine.plic + PLIC_CLAIM_OFFSET((uintptr_t)context()); }

static uintptr_t enable_register(unsigned source) { return machine.plic + PLIC_ENABLE_W0_OFFSET((uintptr_t)context()) + 4 * (source / 32); }

static void handle_external(void) {
  for (;;) {
    const uint32_t source = mmio_read32(claim_register());
    if (source == 0) return;
    if (source < MAX_INTERRUPT_SOURCES && external[source].call != 0) {
      external[source].call(external[source].argument);
    } else {
      interrupt_disconnect(source);  // Nobody would take its cause away.
    }
    fence();
    mmio_write32(claim_register(), source);
  }
}

static void call(const handler_t* handler, uint64_t mie_bit) {
  if (handler->call != 0) {
    handler->call(handler->argument);
  } else {
    CSR_CLEAR(mie, mie_bit);
  }
}

static void handle_interrupt(uint64_t cause) {
  const unsigned hart = hart_id();
  if (cause == CAUSE_EXTERNAL) {
    handle_external();
  } else if (cause == CAUSE_TIMER) {
    call(&timer[hart], MIE_TIMER);
  } else if (cause == CAUSE_SOFTWARE) {
    call(&software[hart], MIE_SOFTWARE);
  } else {
    CSR_CLEAR(mie, 1ull << (cause & 63));
  }
}

const char* trap_cause_text(uint64_t cause) {
  static const char* const texts[] = {"instruction address misaligned",
                                      "instruction access fault",
                                      "illegal instruction",
                                      "breakpoint",
                                      "load address misaligned",
                                      "load access fault",
                                      "store address misaligned",
                                      "store access fault",
                                      "environment call from U",
                                      "environment call from S",
                                      "reserved",
                                      "environment call from M",
                                      "instruction page fault",
                                      "load page fault",
                                      "reserved",
                                      "store page fault"};
  return cause < sizeof texts / sizeof texts[0] ? texts[cause] : "unknown";
}

static void report(const trap_frame_t* frame, uint64_t cause, uint64_t value) {
  const unsigned hart = hart_id();
  if (reporting[hart]) finish_fail(TRAP_FAIL_CODE + (unsigned)(cause & 63));  // The report itself trapped.
  reporting[hart] = true;
  print_break_lock();
  print("\ntrap: hart %u: %s, mcause %lu, mepc 0x%lx, mtval 0x%lx, ra 0x%lx, sp 0x%lx\n", hart, trap_cause_text(cause), cause, frame->pc,
        value, frame->x[X_RA], frame->x[X_SP]);
  finish_fail(TRAP_FAIL_CODE + (unsigned)(cause & 63));
}

// Called by trap_entry.
void trap_handler(trap_frame_t* frame) {
  const uint64_t cause = CSR_READ(mcause), value = CSR_READ(mtval);
  if ((cause & MCAUSE_INTERRUPT) != 0) {
    handle_interrupt(cause & ~MCAUSE_INTERRUPT);
    return;
  }
  const unsigned hart = hart_id();
  if (!catches[hart].armed) report(frame, cause, value);
  const trap_record_t record = {true, cause, frame->pc, value};
  if (!catches[hart].record.happened) catches[hart].record = record;
  if (cause == CAUSE_FETCH_ACCESS) {
    frame->pc = frame->x[X_RA];
  } else {
    // The two low bits of the first halfword tell a 4-byte instruction from a compressed one.
    frame->pc += (*(const uint16_t*)frame->pc & 3) == 3 ? 4 : 2;
  }
}

void trap_catch_begin(void) {
  const trap_record_t nothing = {false, 0, 0, 0};
  catches[hart_id()].record = nothing;
  catches[hart_id()].armed = true;
  __asm__ volatile("" ::: "memory");
}

trap_record_t trap_catch_end(void) {
  __asm__ volatile("" ::: "memory");
  catches[hart_id()].armed = false;
  return catches[hart_id()].record;
}

trap_record_t trap_probe_load(uintptr_t addr, unsigned bytes, uint64_t* value) {
  uint64_t result = 0;
  trap_catch_begin();
  switch (bytes) {
    case 1:
      __asm__ volatile("lbu %0, (%1)" : "+r"(result) : "r"(addr) : "memory");
      break;
    case 2:
      __asm__ volatile("lhu %0, (%1)" : "+r"(result) : "r"(addr) : "memory");
      break;
    case 4:
      __asm__ volatile("lwu %0, (%1)" : "+r"(result) : "r"(addr) : "memory");
      break;
    default:
      __asm__ volatile("ld %0, (%1)" : "+r"(result) : "r"(addr) : "memory");
  }
  const trap_record_t record = trap_catch_end();
  if (value != 0) *value = record.happened ? 0 : result;
  return record;
}

trap_record_t trap_probe_store(uintptr_t addr, unsigned bytes, uint64_t value) {
  trap_catch_begin();
  switch (bytes) {
    case 1:
      __asm__ volatile("sb %0, (%1)" ::"r"(value), "r"(addr) : "memory");
      break;
    case 2:
      __asm__ volatile("sh %0, (%1)" ::"r"(value), "r"(addr) : "memory");
      break;
    case 4:
      __asm__ volatile("sw %0, (%1)" ::"r"(value), "r"(addr) : "memory");
      break;
    default:
      __asm__ volatile("sd %0, (%1)" ::"r"(value), "r"(addr) : "memory");
  }
  return trap_catch_end();
}

trap_record_t trap_probe_fetch(uintptr_t addr) {
  trap_catch_begin();
  ((void (*)(void))addr)();
  return trap_catch_end();
}

bool interrupt_connect(unsigned source, unsigned priority, interrupt_handler_t handler, void* argument) {
  if (source == 0 || source >= MAX_INTERRUPT_SOURCES) return false;
  const uint64_t before = interrupts_off();
  external[source].call = handler;
  external[source].argument = argument;
  mmio_write32(machine.plic + PLIC_PRIORITY_OFFSET(source - 1), priority);
  mmio_write32(enable_register(source), mmio_read32(enable_register(source)) | 1u << (source % 32));
  interrupts_restore(before);
  return true;
}

void interrupt_disconnect(unsigned source) {
  if (source == 0 || source >= MAX_INTERRUPT_SOURCES) return;
  const uint64_t before = interrupts_off();
  // Not by the enable bit: a PLIC ignores the completion of a source that is not enabled, and a handler may call this.
  mmio_write32(machine.plic + PLIC_PRIORITY_OFFSET(source - 1), 0);
  external[source].call = 0;
  interrupts_restore(before);
}

void timer_connect(interrupt_handler_t handler, void* argument) {
  const uint64_t before = interrupts_off();
  timer[hart_id()].call = handler;
  timer[hart_id()].argument = argument;
  CSR_SET(mie, MIE_TIMER);
  interrupts_restore(before);
}

void software_interrupt_connect(interrupt_handler_t handler, void* argument) {
  const uint64_t before = interrupts_off();
  software[hart_id()].call = handler;
  software[hart_id()].argument = argument;
  CSR_SET(mie, MIE_SOFTWARE);
  interrupts_restore(before);
}

void interrupts_on(void) { CSR_SET(mstatus, MSTATUS_MIE); }

uint64_t interrupts_off(void) { return CSR_READ_CLEAR(mstatus, MSTATUS_MIE); }

void interrupts_restore(uint64_t before) { CSR_SET(mstatus, before & MSTATUS_MIE); }

static bool flag_is_set(void* flag) { return *(volatile bool*)flag; }

void wait_for_interrupt_until(volatile bool* flag) { wait_until(flag_is_set, (void*)(uintptr_t)flag); }

void wait_until(bool (*condition)(void* argument), void* argument) {
  const uint64_t before = interrupts_off();
  while (!condition(argument)) {
    wfi();
    interrupts_on();  // What woke the hart is handled between these two.
    interrupts_off();
  }
  interrupts_restore(before);
}

void trap_init(void) {
  for (unsigned word = 0; word < PLIC_PENDING_COUNT; ++word)
    mmio_write32(machine.plic + PLIC_ENABLE_W0_OFFSET((uintptr_t)context()) + 4 * word, 0);
  mmio_write32(machine.plic + PLIC_THRESHOLD_OFFSET((uintptr_t)context()), 0);
  CSR_WRITE(mie, MIE_EXTERNAL);
  interrupts_on();
}
