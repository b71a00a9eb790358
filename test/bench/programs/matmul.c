// Products of double matrices, 64 x 64 to 128 x 128, in two orders of the loops. SPDX-License-Identifier: Apache-2.0
#include <stdint.h>

enum { LARGEST = 128, ROUNDS = 4 };

static double left[LARGEST * LARGEST], right[LARGEST * LARGEST], first[LARGEST * LARGEST], second[LARGEST * LARGEST];

// Rows times columns.
static __attribute__((noinline)) void dot_order(unsigned side, double* product) {
  for (unsigned i = 0; i < side; ++i)
    for (unsigned j = 0; j < side; ++j) {
      double sum = 0;
      for (unsigned k = 0; k < side; ++k) sum += left[i * side + k] * right[k * side + j];
      product[i * side + j] = sum;
    }
}

// A row of the right side at a time.
static __attribute__((noinline)) void row_order(unsigned side, double* product) {
  for (unsigned i = 0; i < side; ++i) {
    for (unsigned j = 0; j < side; ++j) product[i * side + j] = 0;
    for (unsigned k = 0; k < side; ++k) {
      const double factor = left[i * side + k];
      for (unsigned j = 0; j < side; ++j) product[i * side + j] += factor * right[k * side + j];
    }
  }
}

int main(void) {
  uint32_t state = 99;
  for (unsigned round = 0; round < ROUNDS; ++round)
    for (unsigned side = 64; side <= LARGEST; side += 32) {
      for (unsigned i = 0; i < side * side; ++i) {
        state = state * 1664525u + 1013904223u;
        // Small integers: every sum is exact, so both orders give the same bits.
        left[i] = (double)(int)(state >> 24) - 128;
        right[i] = (double)(int)(state >> 16 & 255) - 128;
      }
      dot_order(side, first);
      row_order(side, second);
      for (unsigned i = 0; i < side * side; ++i)
        if (first[i] != second[i]) return 1;
      // One element in integers.
      const unsigned at = state % side;
      int64_t sum = 0;
      for (unsigned k = 0; k < side; ++k) sum += (int64_t)left[at * side + k] * (int64_t)right[k * side + at];
      if (first[at * side + at] != (double)sum) return 2;
    }
  return 0;
}
