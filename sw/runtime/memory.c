// Compiled with -fno-builtin, so that no loop here turns into a call of itself.
// SPDX-License-Identifier: Apache-2.0
#include "memory.h"

#include <stdint.h>

typedef uint64_t __attribute__((may_alias)) word_t;

enum { WORD = 8, BLOCK = 64 };

void* memcpy(void* restrict to, const void* restrict from, size_t bytes) {
  uint8_t* target = to;
  const uint8_t* source = from;
  if ((((uintptr_t)target ^ (uintptr_t)source) & (WORD - 1)) == 0) {
    for (; bytes != 0 && ((uintptr_t)target & (WORD - 1)) != 0; --bytes) *target++ = *source++;
    for (; bytes >= BLOCK; bytes -= BLOCK, target += BLOCK, source += BLOCK) {
      word_t* t = (word_t*)target;
      const word_t* s = (const word_t*)source;
      const uint64_t a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
      t[0] = a;
      t[1] = b;
      t[2] = c;
      t[3] = d;
      t[4] = e;
      t[5] = f;
      t[6] = g;
      t[7] = h;
    }
    for (; bytes >= WORD; bytes -= WORD, target += WORD, source += WORD) *(word_t*)target = *(const word_t*)source;
  }
  for (; bytes != 0; --bytes) *target++ = *source++;
  return to;
}

void* memmove(void* to, const void* from, size_t bytes) {
  uint8_t* target = to;
  const uint8_t* source = from;
  if ((uintptr_t)target - (uintptr_t)source >= bytes) return memcpy(to, from, bytes);  // Forward is safe.
  target += bytes;
  source += bytes;
  if ((((uintptr_t)target ^ (uintptr_t)source) & (WORD - 1)) == 0) {
    for (; bytes != 0 && ((uintptr_t)target & (WORD - 1)) != 0; --bytes) *--target = *--source;
    for (; bytes >= WORD; bytes -= WORD) {
      target -= WORD;
      source -= WORD;
      *(word_t*)target = *(const word_t*)source;
    }
  }
  for (; bytes != 0; --bytes) *--target = *--source;
  return to;
}

void* memset(void* to, int value, size_t bytes) {
  uint8_t* target = to;
  const uint64_t pattern = (uint8_t)value * 0x0101010101010101ull;
  for (; bytes != 0 && ((uintptr_t)target & (WORD - 1)) != 0; --bytes) *target++ = (uint8_t)value;
  for (; bytes >= BLOCK; bytes -= BLOCK, target += BLOCK) {
    word_t* t = (word_t*)target;
    t[0] = pattern;
    t[1] = pattern;
    t[2] = pattern;
    t[3] = pattern;
    t[4] = pattern;
    t[5] = pattern;
    t[6] = pattern;
    t[7] = pattern;
  }
  for (; bytes >= WORD; bytes -= WORD, target += WORD) *(word_t*)target = pattern;
  for (; bytes != 0; --bytes) *target++ = (uint8_t)value;
  return to;
}

int memcmp(const void* left, const void* right, size_t bytes) {
  const uint8_t* l = left;
  const uint8_t* r = right;
  if ((((uintptr_t)l ^ (uintptr_t)r) & (WORD - 1)) == 0) {
    for (; bytes != 0 && ((uintptr_t)l & (WORD - 1)) != 0; --bytes, ++l, ++r)
      if (*l != *r) return *l - *r;
    for (; bytes >= WORD && *(const word_t*)l == *(const word_t*)r; bytes -= WORD, l += WORD, r += WORD) {
    }
  }
  for (; bytes != 0; --bytes, ++l, ++r)
    if (*l != *r) return *l - *r;
  return 0;
}

size_t strlen(const char* text) {
  const char* end = text;
  while (*end != 0) ++end;
  return (size_t)(end - text);
}

int strcmp(const char* left, const char* right) {
  for (; *left != 0 && *left == *right; ++left, ++right) {
  }
  return (uint8_t)*left - (uint8_t)*right;
}

int strncmp(const char* left, const char* right, size_t max_bytes) {
  for (; max_bytes != 0; --max_bytes, ++left, ++right) {
    if (*left != *right) return (uint8_t)*left - (uint8_t)*right;
    if (*left == 0) return 0;
  }
  return 0;
}
