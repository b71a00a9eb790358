// Patterns in main memory at the start, middle and end of the free region, in every access size; atomics; the runtime's copies.
// SPDX-License-Identifier: Apache-2.0
#include "memory.h"
#include "selftest.h"

enum { PATCH_BYTES = 8192 };

static uint64_t pattern(uint64_t address) {
  uint64_t x = address * 0x9e3779b97f4a7c15ull;  // 2^64 divided by the golden ratio: all bits differ from word to word.
  return x ^ x >> 29;
}

static const char* check_patch(uintptr_t base) {
  for (uintptr_t at = base; at < base + PATCH_BYTES; at += 8) *(volatile uint64_t*)at = pattern(at);
  for (uintptr_t at = base; at < base + PATCH_BYTES; at += 8)
    if (*(volatile uint64_t*)at != pattern(at)) return "a 64-bit pattern did not come back";
  const uintptr_t last = base + PATCH_BYTES - 8;
  *(volatile uint64_t*)last = 0;
  *(volatile uint8_t*)(last + 1) = 0x12;
  *(volatile uint16_t*)(last + 2) = 0x3456;
  *(volatile uint32_t*)(last + 4) = 0x789abcde;
  EXPECT(*(volatile uint64_t*)last == 0x789abcde34561200ull);
  EXPECT(*(volatile uint64_t*)(last - 8) == pattern(last - 8));
  return 0;
}

static const char* check_atomics(uintptr_t base) {
  uint32_t* word = (uint32_t*)base;
  uint64_t* wide = (uint64_t*)(base + 8);
  *word = 5;
  *wide = 1ull << 40;
  EXPECT(__atomic_fetch_add(word, 3, __ATOMIC_SEQ_CST) == 5);
  EXPECT(__atomic_exchange_n(wide, 7, __ATOMIC_SEQ_CST) == 1ull << 40);
  uint32_t expected = 8;
  EXPECT(__atomic_compare_exchange_n(word, &expected, 9, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));  // LR and SC.
  EXPECT(*word == 9 && *wide == 7);
  return 0;
}

static const char* check_copies(uint8_t* base) {
  enum { SPAN = 300 };
  for (unsigned to = 0; to < 9; ++to) {
    for (unsigned from = 0; from < 9; ++from) {
      for (unsigned i = 0; i < SPAN; ++i) base[from + i] = (uint8_t)(i * 31 + from);
      memset(base + 1024, 0xee, 512);
      memcpy(base + 1024 + to, base + from, SPAN - 32);
      EXPECT(memcmp(base + 1024 + to, base + from, SPAN - 32) == 0);
      EXPECT(base[1024 + to + SPAN - 32] == 0xee);
      EXPECT(to == 0 || base[1024 + to - 1] == 0xee);
      memmove(base + from + 5, base + from, SPAN - 40);  // Overlaps, upwards.
      for (unsigned i = 0; i < SPAN - 40; ++i) EXPECT(base[from + 5 + i] == (uint8_t)(i * 31 + from));
    }
  }
  return 0;
}

static const char* test_memory(const selftest_device_t* device) {
  (void)device;
  const uint64_t size = arena_left() & ~0xfffull;
  EXPECT(size >= 4 * PATCH_BYTES);
  const uintptr_t base = (uintptr_t)((machine.free_base + machine.free_size - size + 0xfff) & ~0xfffull);
  const uintptr_t places[] = {base, (base + size / 2) & ~(uintptr_t)0xfff, base + size - 2 * PATCH_BYTES};
  for (unsigned i = 0; i < 3; ++i) {
    const char* wrong = check_patch(places[i]);
    if (wrong != 0) return wrong;
  }
  for (uintptr_t at = places[0] + 8; at < places[0] + 64; at += 8) EXPECT(*(volatile uint64_t*)at == pattern(at));  // No aliasing.
  const char* wrong = check_atomics(base);
  return wrong != 0 ? wrong : check_copies((uint8_t*)base);
}

SELFTEST(10_memory, "memory", 0, test_memory);
