// A 256 x 256 int8 matrix over the tiles of the PIM block, times several vectors, compared with the hart's own result. The hart sleeps
// while the tiles work.
// SPDX-License-Identifier: Apache-2.0
#include "csr.h"
#include "finish.h"
#include "pim.h"
#include "print.h"

enum { OUTPUTS = 256, INPUTS = 256, VECTORS = 8 };

static int8_t weights[OUTPUTS][INPUTS];  // y = W x: one row an output.
static int8_t inputs[VECTORS][INPUTS];
static int32_t results[VECTORS][OUTPUTS];
static int8_t read_back[INPUTS];

static uint32_t random_state = 1;

// xorshift32 (Marsaglia, "Xorshift RNGs", 2003).
static int8_t random_value(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 17;
  random_state ^= random_state << 5;
  return (int8_t)(random_state >> 24);
}

static int32_t expected(unsigned vector, unsigned output) {
  int32_t sum = 0;
  for (unsigned i = 0; i < INPUTS; ++i) sum += weights[output][i] * inputs[vector][i];
  return sum;
}

static unsigned count_wrong(int32_t factor) {
  unsigned wrong = 0;
  for (unsigned v = 0; v < VECTORS; ++v)
    for (unsigned o = 0; o < OUTPUTS; ++o) wrong += results[v][o] != factor * expected(v, o);
  return wrong;
}

int main(void) {
  pim_t pim;
  FW_CHECK(pim_init(&pim, 0, 3) == PIM_OK);
  const pim_placement_t placement = {.first_tile = 0, .rows = INPUTS, .cols = OUTPUTS};
  print("pim: %u tiles of %u x %u; the matrix takes %u\n", pim.tiles, pim.rows, pim.cols, pim_tiles_of(&pim, &placement));
  FW_CHECK(pim_tiles_of(&pim, &placement) != 0);

  for (unsigned o = 0; o < OUTPUTS; ++o)
    for (unsigned i = 0; i < INPUTS; ++i) weights[o][i] = random_value();
  for (unsigned v = 0; v < VECTORS; ++v)
    for (unsigned i = 0; i < INPUTS; ++i) inputs[v][i] = random_value();

  // In memory one row is an output, so the tiles, whose rows are inputs, take it transposed.
  uint64_t program_cycles = 0;
  FW_CHECK(pim_program(&pim, &placement, &weights[0][0], INPUTS, true, &program_cycles) == PIM_OK);
  print("program: %lu cycles, %u rows of tile 0 written\n", program_cycles, pim_row_writes(&pim, 0));

  pim_mvm_t mvm = {.placement = placement,
                   .input = &inputs[0][0],
                   .output = &results[0][0],
                   .vectors = VECTORS,
                   .in_stride = sizeof inputs[0],
                   .out_stride = sizeof results[0]};
  command_completion_t completion = {0};
  FW_CHECK(pim_mvm(&pim, &mvm, &completion) == PIM_OK);
  const uint64_t hart_begin = CSR_READ(mcycle);
  const unsigned wrong = count_wrong(1);
  const uint64_t hart_cycles = CSR_READ(mcycle) - hart_begin;
  print("mvm: %u vectors in %lu cycles of the tiles; the hart needs %lu of its own\n", (unsigned)VECTORS, completion.cycles, hart_cycles);
  FW_CHECK(wrong == 0);

  // Once more on top: twice the result.
  mvm.accumulate = true;
  FW_CHECK(pim_mvm(&pim, &mvm, &completion) == PIM_OK);
  FW_CHECK(count_wrong(2) == 0);

  // The first word line of the first tile holds input 0's weights of the first outputs.
  uint32_t index = 0;
  const uint32_t cols = pim.cols < OUTPUTS ? pim.cols : OUTPUTS;
  FW_CHECK(cols <= sizeof read_back);
  FW_CHECK(pim_submit_read(&pim, 0, read_back, 1, cols, cols, 0, &index) == PIM_OK);
  FW_CHECK(pim_wait(&pim, index, &completion) == PIM_OK);
  for (uint32_t c = 0; c < cols; ++c) FW_CHECK(read_back[c] == weights[c][0]);

  // What does not fit is refused, before and by the block.
  const pim_placement_t too_large = {.first_tile = pim.tiles - 1, .rows = INPUTS, .cols = pim.cols + 1};
  FW_CHECK(pim_tiles_of(&pim, &too_large) == 0);
  FW_CHECK(pim_submit_program(&pim, pim.tiles, &weights[0][0], 1, 1, 1, false, 0, &index) == PIM_BAD_ARGUMENT);
  print("mvm: all %u results right\n", (unsigned)(VECTORS * OUTPUTS));
  return 0;
}
