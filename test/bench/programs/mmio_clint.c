// Reads mtime again and again: it never goes back. SPDX-License-Identifier: Apache-2.0
#include <stdint.h>

enum { POLLS = 8000000 };

int main(void) {
  uint64_t first = *(volatile uint64_t*)0x0200bff8, before = first;
  for (uint32_t i = 0; i < POLLS; ++i) {
    const uint64_t now = *(volatile uint64_t*)0x0200bff8;
    if (now < before) return 1;
    before = now;
  }
  return before == first;
}
