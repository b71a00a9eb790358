// Loads and stores over 256 KiB. SPDX-License-Identifier: Apache-2.0
#include <stdint.h>

static uint64_t table[32768];

int main(void) {
  uint64_t sum = 0;
  for (unsigned round = 0; round < 1500; ++round)
    for (unsigned i = 0; i < 32768; i += 2) {
      const uint64_t x = table[i], y = table[i + 1];
      table[i] = x + round;
      table[i + 1] = y ^ x;
      sum += y;
    }
  return sum == 1;
}
