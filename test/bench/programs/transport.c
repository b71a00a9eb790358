// Register reads: each is a transaction over the bus. SPDX-License-Identifier: Apache-2.0
#include <stdint.h>

int main(void) {
  uint64_t sum = 0;
  for (unsigned i = 0; i < 3000000; ++i) sum += *(volatile uint32_t*)0x12010000;  // dma0.ID
  return sum == 0;
}
