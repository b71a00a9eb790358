// Sparse matrix times vector, compressed rows, integers: indexed loads over 1 MiB. SPDX-License-Identifier: Apache-2.0
#include <stdint.h>

enum { ROWS = 16384, PER_ROW = 12, ROUNDS = 1400 };

static uint32_t row_start[ROWS + 1], column[ROWS * PER_ROW];
static int32_t weight[ROWS * PER_ROW];
static int64_t vector[ROWS], product[ROWS], column_sum[ROWS];

int main(void) {
  uint32_t state = 12345, used = 0;
  for (unsigned row = 0; row < ROWS; ++row) {
    row_start[row] = used;
    const unsigned entries = PER_ROW - row % 5;
    for (unsigned i = 0; i < entries; ++i) {
      state = state * 1664525u + 1013904223u;
      column[used] = (state >> 8) % ROWS;
      weight[used] = (int32_t)(state >> 28) - 8;
      column_sum[column[used]] += weight[used];
      ++used;
    }
    vector[row] = (int64_t)(row % 97) - 48;
  }
  row_start[ROWS] = used;
  for (unsigned round = 0; round < ROUNDS; ++round) {
    int64_t total = 0, expected = 0;
    for (unsigned row = 0; row < ROWS; ++row) {
      int64_t sum = 0;
      for (uint32_t i = row_start[row]; i < row_start[row + 1]; ++i) sum += weight[i] * vector[column[i]];
      product[row] = sum;
      total += sum;
    }
    // The sum of all products is the vector times the sums of the columns.
    for (unsigned i = 0; i < ROWS; ++i) {
      expected += column_sum[i] * vector[i];
      vector[i] = product[i] % 1000;
    }
    if (total != expected) return 1;
  }
  return 0;
}
