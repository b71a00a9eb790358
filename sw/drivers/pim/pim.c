// SPDX-License-Identifier: Apache-2.0
#include "pim.h"

#include "machine.h"
#include "mmio.h"
#include "pim_regs.h"

enum { OPCODE_PROGRAM = 1, OPCODE_MVM = 2, OPCODE_READ = 3 };
enum { FLAG_TRANSPOSED = 1, FLAG_ACCUMULATE = 1 };

static uint32_t field(uint32_t value, uint32_t mask, unsigned shift) { return (value & mask) >> shift; }
static uint32_t ceil_div(uint32_t value, uint32_t by) { return value / by + (value % by != 0); }
static uint32_t lesser(uint32_t a, uint32_t b) { return a < b ? a : b; }

pim_status_t pim_init(pim_t* pim, unsigned index, unsigned entries_log2) {
  command_ring_config_t config;
  if (!command_ring_find("visoc,pim", index, entries_log2, &config)) return PIM_NO_DEVICE;
  if (mmio_read32(config.base + PIM_ID_OFFSET) != PIM_ID_RESET_VALUE) return PIM_NO_DEVICE;
  const command_ring_status_t status = command_ring_init(&pim->ring, config);
  if (status != COMMAND_RING_OK) return status == COMMAND_RING_NO_MEMORY ? PIM_NO_MEMORY : PIM_NO_DEVICE;
  // Twice as many blocks as commands can be under way, so that the next one's is never in use.
  pim->parameters = arena_alloc(sizeof(pim_parameters_t) << (entries_log2 + 1), sizeof(pim_parameters_t));
  if (pim->parameters == 0) return PIM_NO_MEMORY;
  const uint32_t capability = mmio_read32(config.base + PIM_CAPABILITY_OFFSET);
  pim->tiles = field(capability, PIM_CAPABILITY_TILES_MASK, PIM_CAPABILITY_TILES_SHIFT);
  pim->rows = field(capability, PIM_CAPABILITY_ROWS_MASK, PIM_CAPABILITY_ROWS_SHIFT);
  pim->cols = field(capability, PIM_CAPABILITY_COLS_MASK, PIM_CAPABILITY_COLS_SHIFT);
  return pim->tiles != 0 && pim->rows != 0 && pim->cols != 0 ? PIM_OK : PIM_NO_DEVICE;
}

uint32_t pim_tiles_of(const pim_t* pim, const pim_placement_t* placement) {
  if (placement->rows == 0 || placement->cols == 0 || placement->first_tile >= pim->tiles) return 0;
  const uint32_t down = ceil_div(placement->rows, pim->rows), across = ceil_div(placement->cols, pim->cols);
  const uint32_t left = pim->tiles - placement->first_tile;
  return down <= left && across <= left / down ? down * across : 0;
}

static pim_status_t submit(pim_t* pim, uint16_t opcode, const pim_parameters_t* parameters, uint32_t bytes, const command_t* order,
                           uint32_t* index) {
  switch (command_ring_submit_block(&pim->ring, opcode, parameters, bytes, pim->parameters, sizeof *pim->parameters, order, index)) {
    case COMMAND_RING_OK:
      return PIM_OK;
    case COMMAND_RING_FULL:
      return PIM_FULL;
    case COMMAND_RING_STOPPED:
      return PIM_STOPPED;
    default:
      return PIM_BAD_ARGUMENT;
  }
}

static pim_status_t submit_matrix(pim_t* pim, uint16_t opcode, const pim_matrix_parameters_t* matrix, const command_t* order,
                                  uint32_t* index) {
  const bool fits = matrix->tile < pim->tiles && matrix->rows - 1 < pim->rows && matrix->cols - 1 < pim->cols;
  if (!fits) return PIM_BAD_ARGUMENT;
  const pim_parameters_t parameters = {.matrix = *matrix};
  return submit(pim, opcode, &parameters, sizeof parameters.matrix, order, index);
}

pim_status_t pim_submit_program(pim_t* pim, uint32_t tile, const int8_t* matrix, uint32_t rows, uint32_t cols, uint32_t stride,
                                bool transposed, const command_t* order, uint32_t* index) {
  const pim_matrix_parameters_t parameters = {
      .matrix = (uintptr_t)matrix, .tile = tile, .rows = rows, .cols = cols, .stride = stride, .flags = transposed ? FLAG_TRANSPOSED : 0};
  return submit_matrix(pim, OPCODE_PROGRAM, &parameters, order, index);
}

pim_status_t pim_submit_read(pim_t* pim, uint32_t tile, int8_t* matrix, uint32_t rows, uint32_t cols, uint32_t stride,
                             const command_t* order, uint32_t* index) {
  const pim_matrix_parameters_t parameters = {.matrix = (uintptr_t)matrix, .tile = tile, .rows = rows, .cols = cols, .stride = stride};
  return submit_matrix(pim, OPCODE_READ, &parameters, order, index);
}

pim_status_t pim_submit_mvm(pim_t* pim, const pim_mvm_t* mvm, const command_t* order, uint32_t* index) {
  if (pim_tiles_of(pim, &mvm->placement) == 0) return PIM_BAD_ARGUMENT;
  const pim_parameters_t parameters = {.mvm = {.input = (uintptr_t)mvm->input,
                                               .output = (uintptr_t)mvm->output,
                                               .tile = mvm->placement.first_tile,
                                               .rows = mvm->placement.rows,
                                               .cols = mvm->placement.cols,
                                               .vectors = mvm->vectors,
                                               .in_stride = mvm->in_stride,
                                               .out_stride = mvm->out_stride,
                                               .flags = mvm->accumulate ? FLAG_ACCUMULATE : 0,
                                               .tiles_down = ceil_div(mvm->placement.rows, pim->rows),
                                               .tiles_across = ceil_div(mvm->placement.cols, pim->cols)}};
  return submit(pim, OPCODE_MVM, &parameters, sizeof parameters.mvm, order, index);
}

pim_status_t pim_wait(pim_t* pim, uint32_t index, command_completion_t* completion) {
  command_completion_t record;
  if (command_ring_wait(&pim->ring, index, &record) != COMMAND_RING_OK) return PIM_STOPPED;
  if (completion != 0) *completion = record;
  return record.status == COMMAND_OK ? PIM_OK : PIM_FAILED;
}

pim_status_t pim_program(pim_t* pim, const pim_placement_t* placement, const int8_t* matrix, uint32_t stride, bool transposed,
                         uint64_t* cycles) {
  if (pim_tiles_of(pim, placement) == 0) return PIM_BAD_ARGUMENT;
  uint64_t sum = 0;
  uint32_t tile = placement->first_tile;
  for (uint32_t row = 0; row < placement->rows; row += pim->rows) {
    for (uint32_t col = 0; col < placement->cols; col += pim->cols, ++tile) {
      const int8_t* from = matrix + (transposed ? (uint64_t)col * stride + row : (uint64_t)row * stride + col);
      uint32_t index = 0;
      command_completion_t completion = {0};
      pim_status_t status = pim_submit_program(pim, tile, from, lesser(pim->rows, placement->rows - row),
                                               lesser(pim->cols, placement->cols - col), stride, transposed, 0, &index);
      if (status == PIM_OK) status = pim_wait(pim, index, &completion);
      if (status != PIM_OK) return status;
      sum += completion.cycles;
    }
  }
  if (cycles != 0) *cycles = sum;
  return PIM_OK;
}

pim_status_t pim_mvm(pim_t* pim, const pim_mvm_t* mvm, command_completion_t* completion) {
  uint32_t index = 0;
  const pim_status_t status = pim_submit_mvm(pim, mvm, 0, &index);
  return status == PIM_OK ? pim_wait(pim, index, completion) : status;
}

uint32_t pim_row_writes(const pim_t* pim, uint32_t tile) {
  return tile < PIM_ROW_WRITES_COUNT ? mmio_read32(pim->ring.config.base + PIM_ROW_WRITES_OFFSET(tile)) : 0;
}
