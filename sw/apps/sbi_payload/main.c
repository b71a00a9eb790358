// What an operating system asks of its firmware, one line each: console, time, timers, interrupts, harts, remote fences, shutdown.
// Lines are the same whichever hart boots. SPDX-License-Identifier: Apache-2.0
#include <stdbool.h>
#include <stdint.h>

#include "payload.h"
#include "sbi.h"

#define CSR_READ(name)                                   \
  ({                                                     \
    uint64_t csr_value;                                  \
    __asm__ volatile("csrr %0, " #name : "=r"(csr_value)); \
    csr_value;                                           \
  })
#define CSR_WRITE(name, value) __asm__ volatile("csrw " #name ", %0" ::"r"((uint64_t)(value)) : "memory")
#define CSR_SET(name, value) __asm__ volatile("csrs " #name ", %0" ::"r"((uint64_t)(value)) : "memory")
#define CSR_CLEAR(name, value) __asm__ volatile("csrc " #name ", %0" ::"r"((uint64_t)(value)) : "memory")

// Privileged specification, sections 4.1.1 and 4.1.3.
enum { SSTATUS_SIE = 1 << 1, SOFTWARE = 1 << 1, TIMER = 1 << 5, EXTERNAL = 1 << 9 };

// Of QEMU's virt and visoc's platforms.
enum { UART_IER = 0x10000001, UART_IIR = 0x10000002, UART_SOURCE = 10, PLIC = 0x0c000000, TICKS_A_MILLISECOND = 10000 };

static volatile unsigned taken_software[MAX_HARTS], taken_timer, taken_external;
static volatile unsigned hart_count, failures;
static volatile bool may_stop[MAX_HARTS];
static unsigned boot_hart;
static uint64_t root_table[512] __attribute__((aligned(4096)));

void secondary_start(void);

static volatile uint32_t* plic(uint32_t offset) { return (volatile uint32_t*)(uintptr_t)(PLIC + offset); }
static volatile uint8_t* uart(uintptr_t address) { return (volatile uint8_t*)address; }

static void put(const char* text) {
  for (; *text != 0; ++text) sbi_legacy_putchar(*text);
}

static void put_number(unsigned long value) {
  char digits[24];
  unsigned at = sizeof digits;
  digits[--at] = 0;
  do {
    digits[--at] = (char)('0' + value % 10);
    value /= 10;
  } while (value != 0);
  put(digits + at);
}

static void put_hex(unsigned long value) {
  put("0x");
  int shift = 60;
  while (shift > 0 && value >> shift == 0) shift -= 4;
  for (; shift >= 0; shift -= 4) {
    const char digit[2] = {"0123456789abcdef"[value >> shift & 15], 0};
    put(digit);
  }
}

static void report(const char* what, bool ok) {
  put("payload: ");
  put(what);
  put(ok ? ": yes\n" : ": NO\n");
  if (!ok) ++failures;
}

static unsigned hart_of_stack(void) {
  extern char __stacks_end[];
  const uintptr_t here = (uintptr_t)__builtin_frame_address(0);
  return (unsigned)(((uintptr_t)__stacks_end - here) >> STACK_BYTES_LOG2);
}

void trap(uint64_t cause, uint64_t pc, uint64_t value) {
  switch (cause) {
    case 1ull << 63 | 1:
      CSR_CLEAR(sip, SOFTWARE);
      ++taken_software[hart_of_stack()];
      return;
    case 1ull << 63 | 5:
      CSR_CLEAR(sie, TIMER);
      ++taken_timer;
      return;
    case 1ull << 63 | 9: {
      const uint32_t context = 2 * hart_of_stack() + 1;
      const uint32_t source = *plic(0x200004 + 0x1000 * context);
      *uart(UART_IER) = 0;
      (void)*uart(UART_IIR);
      if (source == UART_SOURCE) ++taken_external;
      *plic(0x200004 + 0x1000 * context) = source;
      return;
    }
    default:
      put("payload: trap, scause ");
      put_hex(cause);
      put(", sepc ");
      put_hex(pc);
      put(", stval ");
      put_hex(value);
      put("\n");
      sbi_shutdown(1);
      for (;;) __asm__ volatile("wfi");
  }
}

// Sleeps with the interrupt enabled in sie; the check and the sleep are not torn apart because WFI wakes while SIE is off.
static void wait_for(volatile unsigned* taken, unsigned target) {
  for (;;) {
    CSR_CLEAR(sstatus, SSTATUS_SIE);
    if (*taken == target) break;
    __asm__ volatile("wfi");
    CSR_SET(sstatus, SSTATUS_SIE);
  }
}

static bool timer_fires(bool legacy) {
  const unsigned before = taken_timer;
  const uint64_t deadline = CSR_READ(time) + TICKS_A_MILLISECOND;
  if (legacy) {
    sbi_legacy_set_timer(deadline);
  } else if (sbi_set_timer(deadline) != SBI_SUCCESS) {
    return false;
  }
  CSR_SET(sie, TIMER);
  wait_for(&taken_timer, before + 1);
  const bool late_enough = CSR_READ(time) >= deadline;
  sbi_set_timer(~0ull);
  return late_enough && (CSR_READ(sip) & TIMER) == 0;
}

static bool external_interrupt_arrives(unsigned hart) {
  const uint32_t context = 2 * hart + 1;
  *plic(4 * UART_SOURCE) = 1;
  *plic(0x2000 + 0x80 * context) = 1u << UART_SOURCE;
  *plic(0x200000 + 0x1000 * context) = 0;
  CSR_SET(sie, EXTERNAL);
  *uart(UART_IER) = 2;  // The transmitter is empty: interrupts at once.
  wait_for(&taken_external, 1);
  CSR_CLEAR(sie, EXTERNAL);
  *plic(0x2000 + 0x80 * context) = 0;
  return taken_external == 1;
}

// Sv39 with pages of 1 GiB: everything below 4 GiB at its own address, DRAM also at 1 GiB times 256.
static bool paging_works(void) {
  enum { VALID_RWX_ACCESSED_DIRTY = 0xcf };
  for (uint64_t i = 0; i < 4; ++i) root_table[i] = i << 28 | VALID_RWX_ACCESSED_DIRTY;
  root_table[256] = root_table[2];
  static volatile uint64_t word = 0x1122334455667788;
  CSR_WRITE(satp, 8ull << 60 | (uintptr_t)root_table >> 12);
  __asm__ volatile("sfence.vma" ::: "memory");
  // Virtual addresses are sign-extended from bit 38.
  volatile uint64_t* alias = (volatile uint64_t*)(((uintptr_t)&word - 0x80000000) | 0xffffffc000000000);
  const bool seen = *alias == 0x1122334455667788;
  *alias = 0x99;
  const bool written = word == 0x99;
  put("payload: a line under Sv39\n");
  CSR_WRITE(satp, 0);
  __asm__ volatile("sfence.vma" ::: "memory");
  return seen && written;
}

// In hardware or by the firmware.
static bool misaligned_access_works(void) {
  static uint64_t words[2] = {0x8877665544332211, 0x00ffeeddccbbaa99};
  uint64_t value;
  __asm__ volatile("ld %0, 3(%1)" : "=r"(value) : "r"(words) : "memory");
  __asm__ volatile("sw %0, 6(%1)" ::"r"(0x01020304), "r"(words) : "memory");
  return value == 0xbbaa998877665544 && words[0] == 0x0304665544332211 && words[1] == 0x00ffeeddccbb0102;
}

static bool all_extensions(void) {
  return sbi_has(SBI_TIME) && sbi_has(SBI_IPI) && sbi_has(SBI_RFENCE) && sbi_has(SBI_HSM) && sbi_has(SBI_SRST);
}

static void put_hart(unsigned hart, const char* text) {
  put("payload: hart ");
  put_number(hart);
  put(text);
}

// The others: announce themselves, sleep until the software interrupt, say so, stop when told.
void secondary_main(unsigned long hart, unsigned long opaque) {
  put_hart((unsigned)hart, opaque == 0x5000 + hart ? ": started\n" : ": started with a wrong argument\n");
  CSR_SET(sie, SOFTWARE);
  __atomic_store_n(&hart_count, hart_count + 1, __ATOMIC_RELEASE);
  wait_for(&taken_software[hart], 1);
  put_hart((unsigned)hart, ": took an IPI\n");
  __atomic_store_n(&hart_count, hart_count + 1, __ATOMIC_RELEASE);
  while (!__atomic_load_n(&may_stop[hart], __ATOMIC_ACQUIRE)) {
  }
  sbi_hart_stop();
}

static void wait_for_count(unsigned count) {
  while (__atomic_load_n(&hart_count, __ATOMIC_ACQUIRE) != count) {
  }
}

// One after the other, so that lines come in the order of hart ids.
static void all_harts(unsigned harts) {
  unsigned count = 0;
  bool states = true, started = true, sent = true;
  for (unsigned hart = 0; hart < harts; ++hart) {
    if (hart == boot_hart) {
      put_hart(hart, ": started\n");
      states &= sbi_hart_status(hart).value == SBI_HSM_STARTED && sbi_hart_start(hart, secondary_start, 0) == SBI_ALREADY_AVAILABLE;
      continue;
    }
    states &= sbi_hart_status(hart).value == SBI_HSM_STOPPED;
    started &= sbi_hart_start(hart, secondary_start, 0x5000 + hart) == SBI_SUCCESS;
    wait_for_count(++count);
    states &= sbi_hart_status(hart).value == SBI_HSM_STARTED;
  }
  CSR_SET(sie, SOFTWARE);
  for (unsigned hart = 0; hart < harts; ++hart) {
    sent &= sbi_send_ipi(1, hart) == SBI_SUCCESS;
    if (hart == boot_hart) {
      wait_for(&taken_software[hart], 1);
      put_hart(hart, ": took an IPI\n");
    } else {
      wait_for_count(++count);
    }
  }
  const bool fenced = sbi_remote_fence_i((1ul << harts) - 1, 0) == SBI_SUCCESS;
  for (unsigned hart = 0; hart < harts; ++hart) {
    if (hart == boot_hart) continue;
    __atomic_store_n(&may_stop[hart], true, __ATOMIC_RELEASE);
    while (sbi_hart_status(hart).value != SBI_HSM_STOPPED) {
    }
  }
  report("states of the harts", states);
  report("harts started", started);
  report("IPIs sent", sent);
  report("remote fences", fenced);
  report("no such hart", sbi_hart_status(harts).error == SBI_INVALID_PARAM);
}

void boot_main(unsigned long hart, const uint32_t* device_tree) {
  boot_hart = (unsigned)hart;
  put("payload: SBI ");
  put_number(sbi_spec_version() >> 24);
  put(".");
  put_number(sbi_spec_version() & 0xffffff);
  put("\n");
  report("device tree", *device_tree == 0xedfe0dd0);  // Big endian d00dfeed.
  report("TIME, IPI, RFENCE, HSM, SRST", all_extensions());
  if (sbi_has(SBI_DBCN)) {
    static const char kText[] = "payload: a line by the debug console\n";
    sbi_call(SBI_DBCN, 0, sizeof kText - 1, (uintptr_t)kText, 0, 0);
  } else {
    put("payload: no debug console extension\n");
  }
  const uint64_t before = CSR_READ(time);
  while (CSR_READ(time) == before) {
  }
  report("time goes on", CSR_READ(time) > before);
  report("timer by TIME", timer_fires(false));
  report("timer by the legacy call", timer_fires(true));
  report("external interrupt", external_interrupt_arrives(boot_hart));
  report("Sv39", paging_works());
  report("misaligned accesses", misaligned_access_works());
  unsigned harts = 0;
  while (harts < MAX_HARTS && sbi_hart_status(harts).error == SBI_SUCCESS) ++harts;
  put("payload: harts ");
  put_number(harts);
  put("\n");
  all_harts(harts);
  put("payload: failures ");
  put_number(failures);
  put("\n");
  sbi_shutdown(failures == 0 ? 0 : 1);
  put("payload: still here after the shutdown\n");
}
