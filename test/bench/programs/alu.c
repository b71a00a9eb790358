// Register arithmetic in a loop. SPDX-License-Identifier: Apache-2.0
#include <stdint.h>

int main(void) {
  uint64_t a = 1, b = 0x9e3779b97f4a7c15u, c = 7;
  for (uint64_t i = 0; i < 40000000; ++i) {
    a = (a ^ b) + i;
    b = (b << 13) | (b >> 51);
    c += a & 0xff;
    a -= c;
    __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c));
  }
  return (a ^ b ^ c) == 0;
}
