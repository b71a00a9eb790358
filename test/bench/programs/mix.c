// Sorting, checksums and a matrix product: branches, loads, multiplications. SPDX-License-Identifier: Apache-2.0
#include <stdint.h>

enum { COUNT = 4096, SIDE = 64 };
static uint32_t values[COUNT], crc_table[256];
static int32_t left[SIDE][SIDE], right[SIDE][SIDE], product[SIDE][SIDE];
static double weights[256];

static void heap_down(unsigned root, unsigned count) {
  for (unsigned child = 2 * root + 1; child < count; child = 2 * root + 1) {
    if (child + 1 < count && values[child + 1] > values[child]) ++child;
    if (values[root] >= values[child]) return;
    const uint32_t swap = values[root];
    values[root] = values[child];
    values[child] = swap;
    root = child;
  }
}

static void sort(void) {
  for (unsigned i = COUNT / 2; i-- > 0;) heap_down(i, COUNT);
  for (unsigned end = COUNT; end-- > 1;) {
    const uint32_t swap = values[0];
    values[0] = values[end];
    values[end] = swap;
    heap_down(0, end);
  }
}

int main(void) {
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (unsigned bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) ? 0xedb88320u : 0);
    crc_table[i] = value;
    weights[i] = i * 0.5;
  }
  uint32_t state = 1, crc = 0xffffffffu;
  double energy = 0;
  for (unsigned round = 0; round < 400; ++round) {
    for (unsigned i = 0; i < COUNT; ++i) {
      state = state * 1664525u + 1013904223u;
      values[i] = state >> 4;
    }
    sort();
    const uint8_t* bytes = (const uint8_t*)values;
    for (unsigned i = 0; i < sizeof values; ++i) crc = (crc >> 8) ^ crc_table[(crc ^ bytes[i]) & 255];
    for (unsigned i = 0; i < SIDE * SIDE; ++i) {
      (&left[0][0])[i] = (int32_t)(values[i] & 1023);
      (&right[0][0])[i] = (int32_t)(values[COUNT - 1 - i] & 1023);
    }
    for (unsigned i = 0; i < SIDE; ++i)
      for (unsigned j = 0; j < SIDE; ++j) {
        int32_t sum = 0;
        for (unsigned k = 0; k < SIDE; ++k) sum += left[i][k] * right[k][j];
        product[i][j] = sum;
      }
    for (unsigned i = 0; i < COUNT; ++i) energy += weights[values[i] & 255] * (double)product[i / SIDE][i % SIDE];
  }
  for (unsigned i = 1; i < COUNT; ++i)
    if (values[i - 1] > values[i]) return 1;
  return crc == 0 || energy == 0.0;
}
