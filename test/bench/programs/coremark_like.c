// Linked lists, small integer matrices, a text scanner and a bitwise CRC: the kinds of work of a microcontroller, on 2 KiB of data.
// SPDX-License-Identifier: Apache-2.0
#include <stdint.h>

enum { NODES = 48, SIDE = 12, TEXT = 640, ROUNDS = 24000 };

// Of `result` after all rounds, by the same source compiled for the host.
#define EXPECTED 0xffce8d297a802c10u

typedef struct node {
  struct node* next;
  int16_t key, value;
} node_t;

static node_t nodes[NODES];
static int16_t left[SIDE][SIDE], right[SIDE][SIDE];
static int32_t product[SIDE][SIDE];
static char text[TEXT + 1];
static uint32_t random_state = 0x1234567;
static uint64_t result;

static uint32_t next_random(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 17;
  random_state ^= random_state << 5;
  return random_state;
}

// CRC-16 with the reversed polynomial 0xa001, a bit at a time.
static uint16_t crc16(uint16_t crc, uint32_t value, unsigned bits) {
  for (unsigned i = 0; i < bits; ++i) {
    const unsigned carry = (crc ^ value) & 1;
    crc >>= 1;
    value >>= 1;
    if (carry) crc ^= 0xa001;
  }
  return crc;
}

static int by_key(const node_t* a, const node_t* b) { return a->key - b->key; }
static int by_value(const node_t* a, const node_t* b) { return a->value != b->value ? a->value - b->value : a->key - b->key; }

static node_t* merge(node_t* a, node_t* b, int (*order)(const node_t*, const node_t*)) {
  node_t* first = 0;
  node_t** end = &first;
  while (a != 0 && b != 0) {
    node_t** smaller = order(a, b) <= 0 ? &a : &b;
    *end = *smaller;
    end = &(*smaller)->next;
    *smaller = (*smaller)->next;
  }
  *end = a != 0 ? a : b;
  return first;
}

static node_t* sort_list(node_t* list, int (*order)(const node_t*, const node_t*)) {
  if (list == 0 || list->next == 0) return list;
  node_t *middle = list, *fast = list->next;
  while (fast != 0 && fast->next != 0) {
    middle = middle->next;
    fast = fast->next->next;
  }
  node_t* second = middle->next;
  middle->next = 0;
  return merge(sort_list(list, order), sort_list(second, order), order);
}

static node_t* reverse(node_t* list) {
  node_t* done = 0;
  while (list != 0) {
    node_t* next = list->next;
    list->next = done;
    done = list;
    list = next;
  }
  return done;
}

static uint16_t list_work(unsigned round, uint16_t crc) {
  for (unsigned i = 0; i < NODES; ++i) {
    nodes[i].next = i + 1 < NODES ? &nodes[i + 1] : 0;
    nodes[i].key = (int16_t)i;
    nodes[i].value = (int16_t)(next_random() >> 20);
  }
  node_t* list = sort_list(nodes, by_value);
  for (unsigned wanted = round % 5; wanted < NODES; wanted += 5) {
    unsigned place = 0;
    for (const node_t* at = list; at != 0 && at->key != (int16_t)wanted; at = at->next) ++place;
    crc = crc16(crc, place, 8);
  }
  list = reverse(list);
  for (const node_t* at = list; at != 0; at = at->next) crc = crc16(crc, (uint16_t)at->value, 16);
  list = sort_list(list, by_key);
  for (const node_t* at = list; at != 0 && at->next != 0; at = at->next)
    if (at->key + 1 != at->next->key) ++result;  // Never.
  return crc;
}

static uint16_t matrix_work(unsigned round, uint16_t crc) {
  for (unsigned i = 0; i < SIDE; ++i)
    for (unsigned j = 0; j < SIDE; ++j) {
      left[i][j] = (int16_t)(next_random() >> 18);
      right[i][j] = (int16_t)(left[i][j] + (int16_t)(round & 31));
    }
  for (unsigned i = 0; i < SIDE; ++i)
    for (unsigned j = 0; j < SIDE; ++j) {
      int32_t sum = 0;
      for (unsigned k = 0; k < SIDE; ++k) sum += left[i][k] * right[k][j] >> 4;
      product[i][j] = sum;
    }
  int32_t above = 0;
  for (unsigned i = 0; i < SIDE; ++i)
    for (unsigned j = 0; j < SIDE; ++j) above += product[i][j] > product[j][i] ? 3 : -1;
  for (unsigned i = 0; i < SIDE; ++i) crc = crc16(crc, (uint32_t)product[i][(i + round) % SIDE], 32);
  return crc16(crc, (uint32_t)above, 16);
}

enum { START, SIGN, INTEGER, POINT, FRACTION, EXPONENT, EXPONENT_SIGN, POWER, WRONG, STATES };

static unsigned next_state(unsigned state, char c) {
  const int digit = c >= '0' && c <= '9';
  switch (state) {
    case START: return digit ? INTEGER : c == '+' || c == '-' ? SIGN : c == '.' ? POINT : WRONG;
    case SIGN: return digit ? INTEGER : c == '.' ? POINT : WRONG;
    case INTEGER: return digit ? INTEGER : c == '.' ? POINT : c == 'e' ? EXPONENT : WRONG;
    case POINT: return digit ? FRACTION : WRONG;
    case FRACTION: return digit ? FRACTION : c == 'e' ? EXPONENT : WRONG;
    case EXPONENT: return digit ? POWER : c == '+' || c == '-' ? EXPONENT_SIGN : WRONG;
    case EXPONENT_SIGN: return digit ? POWER : WRONG;
    case POWER: return digit ? POWER : WRONG;
    default: return WRONG;
  }
}

static uint16_t text_work(uint16_t crc) {
  static const char kAlphabet[] = "0123456789012345.+-e,,,x";
  unsigned ends[STATES] = {0};
  for (unsigned i = 0; i < TEXT; ++i) text[i] = kAlphabet[next_random() % (sizeof kAlphabet - 1)];
  unsigned state = START;
  for (const char* at = text; *at != 0; ++at) {
    if (*at == ',') {
      ++ends[state];
      state = START;
    } else {
      state = next_state(state, *at);
    }
  }
  for (unsigned i = 0; i < STATES; ++i) crc = crc16(crc, ends[i], 16);
  return crc;
}

int main(void) {
  uint16_t crc = 0xffff;
  for (unsigned round = 0; round < ROUNDS; ++round) {
    crc = list_work(round, crc);
    crc = matrix_work(round, crc);
    crc = text_work(crc);
    result = (result << 7 | result >> 57) ^ crc;
  }
  return result != EXPECTED;
}
