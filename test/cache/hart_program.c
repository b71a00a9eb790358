// What the hart's caches see in the test: a sort, a list in scrambled order, words in two lines and two pages, atomics, fences, code of many lines.
// No trap is taken, so the commit log names every access. SPDX-License-Identifier: Apache-2.0
#include <stdint.h>

#define FINISHER ((volatile uint32_t*)0x100000)

static unsigned char stack[8192] __attribute__((aligned(64), used));
static uint32_t numbers[700];
static struct Node {
  struct Node* next;
  uint64_t value[5];
} nodes[300];
static unsigned char bytes[9000] __attribute__((aligned(4096)));
static uint32_t counter[64];
static double reals[200];
volatile uint64_t result;

__asm__(
    ".section .text.start, \"ax\"\n"
    ".globl _start\n"
    "_start:\n"
    "  la sp, stack + 8192\n"
    "  li t0, 0x2000\n"
    "  csrs mstatus, t0\n"  // Floating point on.
    "  call work\n"
    "1: j 1b\n"
    // Forty pieces of code of 96 bytes, so that instructions of four bytes lie in two lines.
    ".text\n"
    ".balign 64\n"
    "pieces:\n"
    ".rept 40\n"
    "  c.nop\n"
    ".rept 22\n"
    "  .option push\n  .option norvc\n"
    "  addi a0, a0, 3\n"
    "  .option pop\n"
    ".endr\n"
    "  c.nop\n"
    "  c.jr ra\n"
    "  c.nop\n"
    ".endr\n");
extern char pieces[];

static uint64_t state = 88172645463325252ul;
static uint64_t next_random(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

static void sort(uint32_t* first, uint32_t* last) {
  while (last - first > 1) {
    const uint32_t pivot = first[(last - first) / 2];
    uint32_t *low = first, *high = last - 1;
    while (low <= high) {
      while (*low < pivot) ++low;
      while (*high > pivot) --high;
      if (low <= high) {
        const uint32_t swapped = *low;
        *low++ = *high;
        *high-- = swapped;
      }
    }
    if (high + 1 - first > 1) sort(first, high + 1);
    first = low;
  }
}

void work(void) {
  for (unsigned i = 0; i < 700; ++i) numbers[i] = (uint32_t)next_random();
  sort(numbers, numbers + 700);
  uint64_t sum = numbers[7];
  for (unsigned i = 0; i < 300; ++i) nodes[i].next = &nodes[(i * 97 + 1) % 300];
  const struct Node* at = nodes;
  for (unsigned i = 0; i < 900; ++i, at = at->next) sum += at->value[i % 5];
  __asm__ volatile("fence iorw, iorw" ::: "memory");
  for (unsigned i = 1; i + 8 < sizeof bytes; i += 13) {  // Some lie in two lines, some in two pages.
    uint64_t word;
    __asm__ volatile("ld %0, 0(%1)" : "=r"(word) : "r"(bytes + i) : "memory");
    __asm__ volatile("sd %0, 0(%1)" ::"r"(word + sum), "r"(bytes + i) : "memory");
  }
  for (unsigned i = 0; i < 300; ++i) {
    uint32_t* const one = counter + next_random() % 64;
    uint32_t old, failed;
    __asm__ volatile("amoadd.w %0, %1, (%2)" : "=r"(old) : "r"(1), "r"(one) : "memory");
    __asm__ volatile("lr.w %0, (%2)\n addi %0, %0, 1\n sc.w %1, %0, (%2)" : "=&r"(old), "=&r"(failed) : "r"(one) : "memory");
    sum += old + failed;
    __asm__ volatile("sc.w %0, %1, (%2)" : "=&r"(failed) : "r"(old), "r"(one) : "memory");  // Without a reservation: stores nothing.
    sum += failed;
  }
  __asm__ volatile("fence w, o" ::: "memory");
  __asm__ volatile("fence rw, rw" ::: "memory");
  for (unsigned i = 0; i < 200; ++i) reals[i] = reals[(i * 7) % 200] + (double)i;
  for (unsigned i = 0; i < 600; ++i) {
    register char* code __asm__("t1") = pieces + 96 * (next_random() % 4 != 0 ? next_random() % 6 : next_random() % 40);
    __asm__ volatile("jalr ra, 0(%0)" ::"r"(code) : "ra", "a0", "memory");
    if (i == 300) __asm__ volatile("fence.i" ::: "memory");
    if (i == 400) __asm__ volatile("fence i, r" ::: "memory");
    numbers[next_random() % 700] += (uint32_t)i;
  }
  result = sum + (uint64_t)reals[3];
  *FINISHER = 0x5555;
}
