// Fills and copies blocks of 64 KiB to 1 MiB by loads and stores of 8 bytes. SPDX-License-Identifier: Apache-2.0
#include <stddef.h>
#include <stdint.h>

enum { SMALLEST = 64 << 10, LARGEST = 1 << 20, ROUNDS = 440 };

static uint64_t from[LARGEST / 8], to[LARGEST / 8];

static __attribute__((noinline)) void fill(uint64_t* at, uint64_t value, size_t words) {
  for (size_t i = 0; i < words; i += 8) {
    at[i] = value;
    at[i + 1] = value;
    at[i + 2] = value;
    at[i + 3] = value;
    at[i + 4] = value;
    at[i + 5] = value;
    at[i + 6] = value;
    at[i + 7] = value;
  }
}

static __attribute__((noinline)) void copy(uint64_t* restrict out, const uint64_t* restrict in, size_t words) {
  for (size_t i = 0; i < words; i += 8) {
    const uint64_t a = in[i], b = in[i + 1], c = in[i + 2], d = in[i + 3];
    const uint64_t e = in[i + 4], f = in[i + 5], g = in[i + 6], h = in[i + 7];
    out[i] = a;
    out[i + 1] = b;
    out[i + 2] = c;
    out[i + 3] = d;
    out[i + 4] = e;
    out[i + 5] = f;
    out[i + 6] = g;
    out[i + 7] = h;
  }
}

int main(void) {
  for (uint64_t round = 1; round <= ROUNDS; ++round)
    for (size_t bytes = SMALLEST; bytes <= LARGEST; bytes *= 2) {
      const size_t words = bytes / 8;
      fill(from, round * 0x0101010101010101u, words);
      from[round] = round;
      from[words - 1] = ~round;
      fill(to, 0, words);
      copy(to, from, words);
      if (to[0] != round * 0x0101010101010101u || to[round] != round || to[words - 1] != ~round || to[words - 2] != to[0]) return 1;
    }
  // Every word of the last round.
  uint64_t sum = 0;
  for (size_t i = 0; i < LARGEST / 8; ++i) sum += to[i] ^ from[i];
  return sum != 0;
}
