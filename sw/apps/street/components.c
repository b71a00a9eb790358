// Runs of pixels, row by row, joined by union-find: the memory is a few runs a row, whatever the mask holds.
// SPDX-License-Identifier: Apache-2.0
#include "components.h"

#define MAX_SETS 8192  // Components open at the same time or found; a mask with more of them loses the smallest of the rest.

typedef struct {
  uint16_t first, last;
  uint16_t set;
} run_t;

static run_t runs[2][COMPONENTS_MAX_SIDE / 2 + 1];
static uint16_t parents[MAX_SETS];
static component_t sets[MAX_SETS];

static uint16_t root_of(uint16_t set) {
  while (parents[set] != set) {
    parents[set] = parents[parents[set]];
    set = parents[set];
  }
  return set;
}

// The older set stays, so that the order is that of the first pixels.
static uint16_t join(uint16_t a, uint16_t b) {
  a = root_of(a);
  b = root_of(b);
  if (a == b) return a;
  if (b < a) {
    const uint16_t swap = a;
    a = b;
    b = swap;
  }
  parents[b] = a;
  component_t *kept = &sets[a], *gone = &sets[b];
  kept->area += gone->area;
  if (gone->left < kept->left) kept->left = gone->left;
  if (gone->right > kept->right) kept->right = gone->right;
  if (gone->top < kept->top) kept->top = gone->top;
  if (gone->bottom > kept->bottom) kept->bottom = gone->bottom;
  return a;
}

unsigned find_components(const uint8_t* mask, unsigned width, unsigned height, uint32_t min_area, component_t found[COMPONENTS_MAX]) {
  unsigned set_count = 0, above_count = 0;
  if (width == 0 || height == 0 || width > COMPONENTS_MAX_SIDE || height > COMPONENTS_MAX_SIDE) return 0;
  for (unsigned y = 0; y < height; ++y) {
    const uint8_t* row = mask + (uint64_t)y * width;
    run_t* here = runs[y & 1];
    const run_t* above = runs[(y & 1) ^ 1];
    unsigned count = 0, candidate = 0;
    for (unsigned x = 0; x < width;) {
      if (row[x] == 0) {
        ++x;
        continue;
      }
      const unsigned first = x;
      while (x < width && row[x] != 0) ++x;
      const unsigned last = x - 1;
      if (set_count == MAX_SETS) continue;
      const uint16_t fresh = (uint16_t)set_count;
      component_t piece = {(uint16_t)first, (uint16_t)y, (uint16_t)last, (uint16_t)y, (uint32_t)(last - first + 1)};
      sets[fresh] = piece;
      parents[fresh] = fresh;
      uint16_t set = fresh;
      ++set_count;
      while (candidate < above_count && (unsigned)above[candidate].last + 1 < first) ++candidate;
      for (unsigned i = candidate; i < above_count && above[i].first <= last + 1; ++i) set = join(set, above[i].set);
      here[count].first = (uint16_t)first;
      here[count].last = (uint16_t)last;
      here[count].set = set;
      ++count;
    }
    above_count = count;
  }
  unsigned people = 0;
  for (unsigned i = 0; i < set_count; ++i)
    if (parents[i] == i && sets[i].area >= min_area) {
      if (people < COMPONENTS_MAX) found[people] = sets[i];
      ++people;
    }
  return people;
}
