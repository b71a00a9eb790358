// SPDX-License-Identifier: Apache-2.0
#include "dma.h"

#include "dma_regs.h"
#include "machine.h"
#include "mmio.h"

enum { OPCODE_COPY2D = 1, OPCODE_FILL2D = 2, OPCODE_COPY_LIST = 3, OPCODE_GATHER_ROWS = 4, OPCODE_CRC2D = 5 };
enum { OPTION_CRC = 1 };

dma_status_t dma_init(dma_t* dma, unsigned index, unsigned entries_log2) {
  command_ring_config_t config;
  if (!command_ring_find("visoc,dma", index, entries_log2, &config)) return DMA_NO_DEVICE;
  if (mmio_read32(config.base + DMA_ID_OFFSET) != DMA_ID_RESET_VALUE) return DMA_NO_DEVICE;
  const command_ring_status_t status = command_ring_init(&dma->ring, config);
  if (status != COMMAND_RING_OK) return status == COMMAND_RING_NO_MEMORY ? DMA_NO_MEMORY : DMA_NO_DEVICE;
  // Twice as many blocks as commands can be under way, so that the next one's is never in use.
  dma->parameters = arena_alloc(sizeof(dma_parameters_t) << (entries_log2 + 1), sizeof(dma_parameters_t));
  if (dma->parameters == 0) return DMA_NO_MEMORY;
  const uint32_t capability = mmio_read32(config.base + DMA_CAPABILITY_OFFSET);
  dma->max_row_bytes = 1u << ((capability & DMA_CAPABILITY_MAX_ROW_BYTES_LOG2_MASK) >> DMA_CAPABILITY_MAX_ROW_BYTES_LOG2_SHIFT);
  dma->capability = capability;
  dma->max_rows = 1u << ((capability & DMA_CAPABILITY_MAX_ROWS_LOG2_MASK) >> DMA_CAPABILITY_MAX_ROWS_LOG2_SHIFT);
  return DMA_OK;
}

// The bit of CAPABILITY that offers a command.
static uint32_t capability_of(uint16_t opcode) {
  switch (opcode) {
    case OPCODE_COPY2D:
      return DMA_CAPABILITY_COPY2D_MASK;
    case OPCODE_FILL2D:
      return DMA_CAPABILITY_FILL2D_MASK;
    case OPCODE_COPY_LIST:
      return DMA_CAPABILITY_COPY_LIST_MASK;
    case OPCODE_GATHER_ROWS:
      return DMA_CAPABILITY_GATHER_ROWS_MASK;
    default:
      return DMA_CAPABILITY_CRC_MASK;
  }
}

static dma_status_t submit(dma_t* dma, uint16_t opcode, const dma_parameters_t* parameters, const command_t* order, uint32_t* index) {
  uint32_t needs = capability_of(opcode);
  if (parameters->options & OPTION_CRC) needs |= DMA_CAPABILITY_CRC_MASK;
  if ((dma->capability & needs) != needs) return DMA_UNSUPPORTED;
  if (parameters->row_bytes > dma->max_row_bytes || parameters->rows > dma->max_rows) return DMA_BAD_ARGUMENT;
  switch (command_ring_submit_block(&dma->ring, opcode, parameters, sizeof *dma->parameters, dma->parameters, sizeof *dma->parameters,
                                    order, index)) {
    case COMMAND_RING_OK:
      return DMA_OK;
    case COMMAND_RING_FULL:
      return DMA_FULL;
    case COMMAND_RING_STOPPED:
      return DMA_STOPPED;
    default:
      return DMA_BAD_ARGUMENT;
  }
}

dma_status_t dma_submit_copy(dma_t* dma, const dma_copy_t* copy, const command_t* order, uint32_t* index) {
  const dma_parameters_t parameters = {.src = (uintptr_t)copy->src,
                                       .dst = (uintptr_t)copy->dst,
                                       .row_bytes = copy->row_bytes,
                                       .rows = copy->rows,
                                       .src_stride = copy->src_stride,
                                       .dst_stride = copy->dst_stride,
                                       .options = copy->crc ? OPTION_CRC : 0};
  return submit(dma, OPCODE_COPY2D, &parameters, order, index);
}

dma_status_t dma_submit_fill(dma_t* dma, const dma_fill_t* fill, const command_t* order, uint32_t* index) {
  const dma_parameters_t parameters = {.dst = (uintptr_t)fill->dst,
                                       .row_bytes = fill->row_bytes,
                                       .rows = fill->rows,
                                       .dst_stride = fill->dst_stride,
                                       .pattern = fill->pattern,
                                       .options = fill->crc ? OPTION_CRC : 0};
  return submit(dma, OPCODE_FILL2D, &parameters, order, index);
}

dma_status_t dma_submit_list(dma_t* dma, const dma_list_entry_t* entries, uint32_t count, bool crc, const command_t* order,
                             uint32_t* index) {
  const dma_parameters_t parameters = {.src = (uintptr_t)entries, .rows = count, .options = crc ? OPTION_CRC : 0};
  return submit(dma, OPCODE_COPY_LIST, &parameters, order, index);
}

dma_status_t dma_submit_gather(dma_t* dma, const dma_gather_t* gather, const command_t* order, uint32_t* index) {
  if (gather->offset >= gather->period) return DMA_BAD_ARGUMENT;
  const dma_parameters_t parameters = {.src = (uintptr_t)gather->copy.src,
                                       .dst = (uintptr_t)gather->copy.dst,
                                       .row_bytes = gather->copy.row_bytes,
                                       .rows = gather->copy.rows,
                                       .src_stride = gather->copy.src_stride,
                                       .dst_stride = gather->copy.dst_stride,
                                       .period = gather->period,
                                       .offset = gather->offset,
                                       .options = gather->copy.crc ? OPTION_CRC : 0};
  return submit(dma, OPCODE_GATHER_ROWS, &parameters, order, index);
}

dma_status_t dma_submit_crc(dma_t* dma, const dma_copy_t* rows, const command_t* order, uint32_t* index) {
  const dma_parameters_t parameters = {
      .src = (uintptr_t)rows->src, .row_bytes = rows->row_bytes, .rows = rows->rows, .src_stride = rows->src_stride};
  return submit(dma, OPCODE_CRC2D, &parameters, order, index);
}

dma_status_t dma_wait(dma_t* dma, uint32_t index, command_completion_t* completion) {
  command_completion_t record;
  if (command_ring_wait(&dma->ring, index, &record) != COMMAND_RING_OK) return DMA_STOPPED;
  if (completion != 0) *completion = record;
  return record.status == COMMAND_OK ? DMA_OK : DMA_FAILED;
}

// One command a row of the greatest length.
static uint32_t next_length(const dma_t* dma, uint64_t left) { return left < dma->max_row_bytes ? (uint32_t)left : dma->max_row_bytes; }

dma_status_t dma_copy(dma_t* dma, void* dst, const void* src, uint64_t bytes) {
  for (uint64_t done = 0; done < bytes;) {
    const uint32_t length = next_length(dma, bytes - done);
    const dma_copy_t copy = {.src = (const char*)src + done, .dst = (char*)dst + done, .row_bytes = length, .rows = 1};
    uint32_t index = 0;
    dma_status_t status = dma_submit_copy(dma, &copy, 0, &index);
    if (status == DMA_OK) status = dma_wait(dma, index, 0);
    if (status != DMA_OK) return status;
    done += length;
  }
  return DMA_OK;
}

dma_status_t dma_set(dma_t* dma, void* dst, uint8_t value, uint64_t bytes) {
  for (uint64_t done = 0; done < bytes;) {
    const uint32_t length = next_length(dma, bytes - done);
    const dma_fill_t fill = {.dst = (char*)dst + done, .row_bytes = length, .rows = 1, .pattern = value * 0x01010101u};
    uint32_t index = 0;
    dma_status_t status = dma_submit_fill(dma, &fill, 0, &index);
    if (status == DMA_OK) status = dma_wait(dma, index, 0);
    if (status != DMA_OK) return status;
    done += length;
  }
  return DMA_OK;
}

dma_status_t dma_crc32(dma_t* dma, const void* src, uint64_t bytes, uint32_t* crc) {
  if (bytes > dma->max_row_bytes) return DMA_BAD_ARGUMENT;
  const dma_copy_t row = {.src = src, .row_bytes = (uint32_t)bytes, .rows = 1};
  uint32_t index = 0;
  command_completion_t completion;
  dma_status_t status = dma_submit_crc(dma, &row, 0, &index);
  if (status == DMA_OK) status = dma_wait(dma, index, &completion);
  if (status == DMA_OK) *crc = dma_crc_of(&completion);
  return status;
}

uint64_t dma_bytes_done(const dma_t* dma) {
  const uintptr_t base = dma->ring.config.base;
  uint32_t high = 0, low = 0;
  do {  // The engine counts meanwhile.
    high = mmio_read32(base + DMA_BYTES_DONE_HI_OFFSET);
    low = mmio_read32(base + DMA_BYTES_DONE_LO_OFFSET);
  } while (high != mmio_read32(base + DMA_BYTES_DONE_HI_OFFSET));
  return (uint64_t)high << 32 | low;
}
