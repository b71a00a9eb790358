// Formatting, comparisons, and registers that survive an interrupt.
// SPDX-License-Identifier: Apache-2.0
#include "memory.h"
#include "print.h"
#include "selftest.h"
#include "timer.h"
#include "trap.h"

#define EXPECT_TEXT(expected, ...)                                                  \
  do {                                                                              \
    char text[64];                                                                  \
    const size_t length = format_text(text, sizeof text, __VA_ARGS__);              \
    if (strcmp(text, expected) != 0 || length != strlen(expected)) return expected; \
  } while (0)

static volatile unsigned ticks;

static void spoil_registers(void* argument) {
  (void)argument;
  __asm__ volatile("fmv.d.x ft0, zero\n fmv.d.x fa0, zero\n fmv.d.x ft11, zero\n li t0, -1\n li a5, -1\n li t6, -1" ::
                       : "ft0", "fa0", "ft11", "t0", "a5", "t6");
  timer_set(timer_ticks() + 5);
  ++ticks;
}

// Sums in integer and floating point while a timer interrupts; every partial sum is exact in both.
static const char* test_preemption(void) {
  double sum = 0;
  uint64_t whole = 0;
  ticks = 0;
  timer_connect(spoil_registers, 0);
  timer_set(timer_ticks() + 5);
  for (uint64_t i = 0; ticks < 20; ++i) {
    sum += (double)(i & 7) * 0.5;
    whole += i & 7;
  }
  timer_off();
  EXPECT(sum * 2 == (double)whole);
  return 0;
}

static const char* test_runtime(const selftest_device_t* device) {
  (void)device;
  EXPECT_TEXT("-5 5 ff FF", "%d %u %x %X", -5, 5u, 255u, 255u);
  EXPECT_TEXT("-9223372036854775808 18446744073709551615", "%ld %llu", INT64_MIN, ~0ull);
  EXPECT_TEXT("[   7|007|-07|7  |  abc|abc  |ab]", "[%4d|%03d|%03d|%-3d|%5s|%-5s|%.2s]", 7, 7, -7, 7, "abc", "abc", "abc");
  EXPECT_TEXT("0x80000000 x 100%", "%p %c 100%%", (void*)0x80000000ul, 'x');
  EXPECT_TEXT("00001234abcd|   z|zz", "%012lx|%*s|%.*s", 0x1234abcdul, 4, "z", 2, "zzz");
  char small[4];
  EXPECT(format_text(small, sizeof small, "%s", "abcdef") == 6);
  EXPECT(strcmp(small, "abc") == 0);
  EXPECT(memcmp("abcdefgh1", "abcdefgh2", 9) < 0 && memcmp("abcdefgi", "abcdefgh", 8) > 0);
  EXPECT(strncmp("abc", "abd", 2) == 0 && strncmp("abc", "abd", 3) < 0);
  return test_preemption();
}

SELFTEST(45_runtime, "runtime", 0, test_runtime);
