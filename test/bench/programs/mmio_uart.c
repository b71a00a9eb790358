// Polls the line status of an idle 16550, as drivers do before each character. SPDX-License-Identifier: Apache-2.0
#include <stdint.h>

enum { POLLS = 8000000, THR_EMPTY = 0x20 };

int main(void) {
  uint32_t ready = 0;
  for (uint32_t i = 0; i < POLLS; ++i)
    if ((*(volatile uint8_t*)0x10000005 & THR_EMPTY) != 0) ++ready;
  return ready != POLLS;
}
