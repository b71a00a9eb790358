// Driver of the processing-in-memory tiles; ip/pim/README.md has the commands.
// SPDX-License-Identifier: Apache-2.0
#ifndef VISOC_DRIVERS_PIM_H
#define VISOC_DRIVERS_PIM_H

#include <stdbool.h>
#include <stdint.h>

#include "command_ring.h"

typedef enum {
  PIM_OK = 0,
  PIM_NO_DEVICE,     // Nothing was set up: no such block, or its registers are another block's.
  PIM_NO_MEMORY,     // Nothing was set up: the arena is used up.
  PIM_BAD_ARGUMENT,  // Nothing was submitted: the matrix does not fit the tiles.
  PIM_FULL,          // Nothing was submitted: as many commands are under way as the ring holds.
  PIM_FAILED,        // The command ended early; the completion record says why.
  PIM_STOPPED,       // The ring is disabled; whether the command was carried out is unknown.
} pim_status_t;

// Parameter blocks as they lie in memory, little endian.
typedef struct {
  uint64_t matrix;
  uint32_t tile, rows, cols, stride, flags, reserved;
} pim_matrix_parameters_t;
_Static_assert(sizeof(pim_matrix_parameters_t) == 32, "PROGRAM and READ take 32 bytes");

typedef struct {
  uint64_t input, output;
  uint32_t tile, rows, cols, vectors, in_stride, out_stride, flags, tiles_down, tiles_across;
  uint32_t reserved[3];
} pim_mvm_parameters_t;
_Static_assert(sizeof(pim_mvm_parameters_t) == 64, "MVM takes 64 bytes");

typedef union {
  pim_matrix_parameters_t matrix;
  pim_mvm_parameters_t mvm;
} pim_parameters_t;

typedef struct {
  command_ring_t ring;
  pim_parameters_t* parameters;
  uint32_t tiles, rows, cols;  // What one tile holds.
} pim_t;

// A matrix of `rows` inputs and `cols` outputs that may be larger than a tile: it lies over a grid of tiles from first_tile on.
typedef struct {
  uint32_t first_tile;
  uint32_t rows, cols;
} pim_placement_t;

// Sets the index-th block of the device tree up. `pim` stays where it is from now on.
pim_status_t pim_init(pim_t* pim, unsigned index, unsigned entries_log2);
// Tiles that a placement takes; 0 if it does not fit.
uint32_t pim_tiles_of(const pim_t* pim, const pim_placement_t* placement);

// One tile. Element (r, c) lies at matrix + r * stride + c, or, transposed, at matrix + c * stride + r. `order` (may be null) gives
// tag, waits, post and whether the command is silent; `index` (may be null) gets the number to wait for.
pim_status_t pim_submit_program(pim_t* pim, uint32_t tile, const int8_t* matrix, uint32_t rows, uint32_t cols, uint32_t stride,
                                bool transposed, const command_t* order, uint32_t* index);
pim_status_t pim_submit_read(pim_t* pim, uint32_t tile, int8_t* matrix, uint32_t rows, uint32_t cols, uint32_t stride,
                             const command_t* order, uint32_t* index);

typedef struct {
  pim_placement_t placement;
  const int8_t* input;  // Vector v: rows values at input + v * in_stride.
  int32_t* output;      // Result v: cols values at output + v * out_stride bytes.
  uint32_t vectors;
  uint32_t in_stride, out_stride;  // Bytes.
  bool accumulate;                 // Add to what lies at output.
} pim_mvm_t;
pim_status_t pim_submit_mvm(pim_t* pim, const pim_mvm_t* mvm, const command_t* order, uint32_t* index);

// Sleeps until the command has ended. `completion` may be null.
pim_status_t pim_wait(pim_t* pim, uint32_t index, command_completion_t* completion);

// Programs a whole placement, tile by tile, and waits. `cycles` (may be null) gets the sum of the commands' cycles.
pim_status_t pim_program(pim_t* pim, const pim_placement_t* placement, const int8_t* matrix, uint32_t stride, bool transposed,
                         uint64_t* cycles);
// Multiplies and waits.
pim_status_t pim_mvm(pim_t* pim, const pim_mvm_t* mvm, command_completion_t* completion);

// Rows of a tile that were ever programmed.
uint32_t pim_row_writes(const pim_t* pim, uint32_t tile);

#endif  // VISOC_DRIVERS_PIM_H
