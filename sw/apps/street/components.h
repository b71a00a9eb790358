// People as connected components of a mask.
// SPDX-License-Identifier: Apache-2.0
#ifndef VISOC_STREET_COMPONENTS_H
#define VISOC_STREET_COMPONENTS_H

#include <stdint.h>

#define COMPONENTS_MAX_SIDE 1024
#define COMPONENTS_MAX 64

typedef struct {
  uint16_t left, top, right, bottom;  // Pixels of the mask, both ends inside.
  uint32_t area;
} component_t;

// Components of non-zero pixels that touch at an edge or a corner, of at least `min_area` pixels, in the order of their first pixel.
// Returns how many there are; the first COMPONENTS_MAX are written. `mask` has rows without gaps; sides from 1 to COMPONENTS_MAX_SIDE.
unsigned find_components(const uint8_t* mask, unsigned width, unsigned height, uint32_t min_area, component_t found[COMPONENTS_MAX]);

#endif  // VISOC_STREET_COMPONENTS_H
