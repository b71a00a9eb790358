// Quicksort and heap sort of 64-bit numbers, quicksort of strings by pointer. SPDX-License-Identifier: Apache-2.0
#include <stdint.h>

enum { COUNT = 8192, STRINGS = 2048, LENGTH = 12, ROUNDS = 360 };

static uint64_t values[COUNT], copy[COUNT];
static char letters[STRINGS][LENGTH];
static const char* strings[STRINGS];
static uint64_t random_state = 88172645463325252u;

static uint64_t next_random(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return random_state;
}

static void quick(uint64_t* data, long low, long high) {
  while (low < high) {
    const uint64_t pivot = data[low + (high - low) / 2];
    long i = low, j = high;
    while (i <= j) {
      while (data[i] < pivot) ++i;
      while (data[j] > pivot) --j;
      if (i <= j) {
        const uint64_t swap = data[i];
        data[i++] = data[j];
        data[j--] = swap;
      }
    }
    // The smaller part by recursion, so that the stack stays shallow.
    if (j - low < high - i) {
      quick(data, low, j);
      low = i;
    } else {
      quick(data, i, high);
      high = j;
    }
  }
}

static void sink(uint64_t* data, long root, long count) {
  const uint64_t value = data[root];
  for (long child = 2 * root + 1; child < count; child = 2 * root + 1) {
    if (child + 1 < count && data[child + 1] > data[child]) ++child;
    if (value >= data[child]) break;
    data[root] = data[child];
    root = child;
  }
  data[root] = value;
}

static void heap(uint64_t* data, long count) {
  for (long i = count / 2; i-- > 0;) sink(data, i, count);
  for (long end = count; end-- > 1;) {
    const uint64_t swap = data[0];
    data[0] = data[end];
    data[end] = swap;
    sink(data, 0, end);
  }
}

static int compare(const char* a, const char* b) {
  for (; *a != 0 && *a == *b; ++a, ++b) {
  }
  return (unsigned char)*a - (unsigned char)*b;
}

static void quick_strings(const char** data, long low, long high) {
  while (low < high) {
    const char* pivot = data[low + (high - low) / 2];
    long i = low, j = high;
    while (i <= j) {
      while (compare(data[i], pivot) < 0) ++i;
      while (compare(data[j], pivot) > 0) --j;
      if (i <= j) {
        const char* swap = data[i];
        data[i++] = data[j];
        data[j--] = swap;
      }
    }
    if (j - low < high - i) {
      quick_strings(data, low, j);
      low = i;
    } else {
      quick_strings(data, i, high);
      high = j;
    }
  }
}

int main(void) {
  for (unsigned round = 0; round < ROUNDS; ++round) {
    uint64_t sum = 0, bits = 0, letters_sum = 0;
    for (unsigned i = 0; i < COUNT; ++i) {
      values[i] = copy[i] = next_random();
      sum += values[i];
      bits ^= values[i];
    }
    for (unsigned i = 0; i < STRINGS; ++i) {
      // A common beginning makes comparisons long.
      for (unsigned j = 0; j + 1 < LENGTH; ++j) letters_sum += (uint8_t)(letters[i][j] = j < 4 ? 'a' : (char)('a' + next_random() % 6));
      strings[i] = letters[i];
    }
    quick(values, 0, COUNT - 1);
    heap(copy, COUNT);
    quick_strings(strings, 0, STRINGS - 1);
    // In order, and still the same numbers and letters.
    for (unsigned i = 0; i < COUNT; ++i) {
      if (values[i] != copy[i] || (i > 0 && values[i - 1] > values[i])) return 1;
      sum -= values[i];
      bits ^= values[i];
    }
    for (unsigned i = 0; i < STRINGS; ++i) {
      if (i > 0 && compare(strings[i - 1], strings[i]) > 0) return 2;
      for (const char* at = strings[i]; *at != 0; ++at) letters_sum -= (uint8_t)*at;
    }
    if (sum != 0 || bits != 0 || letters_sum != 0) return 3;
  }
  return 0;
}
