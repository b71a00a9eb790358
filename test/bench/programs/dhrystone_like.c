// Records, pointers to them, short strings, calls of small functions and switches: system programming of the eighties.
// SPDX-License-Identifier: Apache-2.0
#include <stddef.h>
#include <stdint.h>

enum { ROUNDS = 4200000, NAME_BYTES = 32, TABLE = 64 };

// Of `result` after all rounds, by the same source compiled for the host.
#define EXPECTED 0x8fd7cfeb6289597u

typedef enum { OPENED, ORDERED, PACKED, SENT, CLOSED, KINDS } kind_t;

typedef struct record {
  struct record* other;
  kind_t kind;
  int32_t count;
  int64_t price;
  char name[NAME_BYTES];
} record_t;

static record_t first, second, spare;
static int32_t row[TABLE], table[TABLE][TABLE];
static uint64_t result;

// The compiler copies records by calling it.
void* memcpy(void* restrict to, const void* restrict from, size_t bytes) {
  uint64_t* out = to;
  const uint64_t* in = from;
  for (; bytes >= 8; bytes -= 8) *out++ = *in++;
  for (size_t i = 0; i < bytes; ++i) ((uint8_t*)out)[i] = ((const uint8_t*)in)[i];
  return to;
}

static __attribute__((noinline)) void copy_text(char* to, const char* from) {
  while ((*to++ = *from++) != 0) {
  }
}

static __attribute__((noinline)) int compare_text(const char* a, const char* b) {
  while (*a != 0 && *a == *b) {
    ++a;
    ++b;
  }
  return (unsigned char)*a - (unsigned char)*b;
}

static __attribute__((noinline)) kind_t next_kind(kind_t kind, int32_t count) {
  switch (kind) {
    case OPENED: return count > 100 ? ORDERED : PACKED;
    case ORDERED: return PACKED;
    case PACKED: return (count & 1) != 0 ? SENT : CLOSED;
    case SENT: return CLOSED;
    default: return OPENED;
  }
}

static __attribute__((noinline)) int64_t add_price(int64_t price, int32_t count, int32_t step) { return price + (int64_t)count * step - 7; }

static __attribute__((noinline)) void update_table(int32_t* line, int32_t (*square)[TABLE], uint32_t at, int32_t value) {
  const uint32_t place = at % (TABLE - 2);
  line[place] = value;
  line[place + 1] = line[place];
  square[place][place] = (int32_t)at;
  square[place + 1][place] += line[place] & 15;
  square[(place + 20) % TABLE][place] = line[place];
}

static __attribute__((noinline)) void work(record_t* record, uint32_t round) {
  record_t* next = record->other;
  *next = *record;
  next->other = record;
  next->count = record->count + (int32_t)(round & 255);
  next->kind = next_kind(record->kind, next->count & 127);
  next->price = add_price(record->price, next->count & 1023, (int32_t)record->kind);
  copy_text(next->name, (round & 3) == 0 ? "PARCEL NUMBER ONE, FRAGILE" : "PARCEL NUMBER TWO, FRAGILE");
  if (compare_text(next->name, record->name) > 0) {
    ++next->count;
  } else {
    spare = *next;
  }
}

int main(void) {
  first.other = &second;
  first.count = 1;
  copy_text(first.name, "PARCEL NUMBER ONE, FRAGILE");
  record_t* at = &first;
  for (uint32_t round = 0; round < ROUNDS; ++round) {
    work(at, round);
    at = at->other;
    update_table(row, table, round, at->count);
    result = (result << 1 | result >> 63) ^ (uint64_t)(at->price + at->count) ^ (uint64_t)at->kind << 40;
  }
  for (unsigned i = 0; i < TABLE; ++i)
    for (unsigned j = 0; j < TABLE; ++j) result = result * 31 + (uint32_t)table[i][j];
  result ^= (uint64_t)spare.price;
  return result != EXPECTED;
}
