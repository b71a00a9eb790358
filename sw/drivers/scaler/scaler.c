// SPDX-License-Identifier: Apache-2.0
#include "scaler.h"

#include "machine.h"
#include "mmio.h"
#include "scaler_regs.h"

enum { OPCODE_SCALE = 1 };

scaler_status_t scaler_init(scaler_t* scaler, unsigned index, unsigned entries_log2) {
  command_ring_config_t config;
  if (!command_ring_find("visoc,scaler", index, entries_log2, &config)) return SCALER_NO_DEVICE;
  if (mmio_read32(config.base + SCALER_ID_OFFSET) != SCALER_ID_RESET_VALUE) return SCALER_NO_DEVICE;
  const command_ring_status_t status = command_ring_init(&scaler->ring, config);
  if (status != COMMAND_RING_OK) return status == COMMAND_RING_NO_MEMORY ? SCALER_NO_MEMORY : SCALER_NO_DEVICE;
  // Twice as many blocks as commands can be under way, so that the next one's is never in use.
  scaler->parameters = arena_alloc(sizeof(scaler_parameters_t) << (entries_log2 + 1), sizeof(scaler_parameters_t));
  if (scaler->parameters == 0) return SCALER_NO_MEMORY;
  const uint32_t capability = mmio_read32(config.base + SCALER_CAPABILITY_OFFSET);
  scaler->max_side = 1u << ((capability & SCALER_CAPABILITY_MAX_SIDE_LOG2_MASK) >> SCALER_CAPABILITY_MAX_SIDE_LOG2_SHIFT);
  scaler->side_multiple = (capability & SCALER_CAPABILITY_SIDE_MULTIPLE_MASK) >> SCALER_CAPABILITY_SIDE_MULTIPLE_SHIFT;
  return scaler->side_multiple != 0 ? SCALER_OK : SCALER_NO_DEVICE;
}

static bool side_fits(const scaler_t* scaler, uint32_t side) {
  return side != 0 && side <= scaler->max_side && side % scaler->side_multiple == 0;
}

scaler_status_t scaler_submit(scaler_t* scaler, const scaler_job_t* job, const command_t* order, uint32_t* index) {
  const uint32_t width = job->width_px;
  if (!side_fits(scaler, width) || !side_fits(scaler, job->height_px)) return SCALER_BAD_ARGUMENT;
  const scaler_parameters_t parameters = {.luma = (uintptr_t)job->luma,
                                          .chroma = (uintptr_t)job->chroma,
                                          .dst = (uintptr_t)job->tensor,
                                          .width_px = width,
                                          .height_px = job->height_px,
                                          .luma_stride = job->luma_stride != 0 ? job->luma_stride : width,
                                          .chroma_stride = job->chroma_stride != 0 ? job->chroma_stride : width,
                                          .dst_stride = job->tensor_stride != 0 ? job->tensor_stride : width};
  if (parameters.luma_stride < width || parameters.chroma_stride < width || parameters.dst_stride < width) return SCALER_BAD_ARGUMENT;
  switch (command_ring_submit_block(&scaler->ring, OPCODE_SCALE, &parameters, sizeof *scaler->parameters, scaler->parameters,
                                    sizeof *scaler->parameters, order, index)) {
    case COMMAND_RING_OK:
      return SCALER_OK;
    case COMMAND_RING_FULL:
      return SCALER_FULL;
    case COMMAND_RING_STOPPED:
      return SCALER_STOPPED;
    default:
      return SCALER_BAD_ARGUMENT;
  }
}

scaler_status_t scaler_wait(scaler_t* scaler, uint32_t index, command_completion_t* completion) {
  command_completion_t record;
  if (command_ring_wait(&scaler->ring, index, &record) != COMMAND_RING_OK) return SCALER_STOPPED;
  if (completion != 0) *completion = record;
  return record.status == COMMAND_OK ? SCALER_OK : SCALER_FAILED;
}

scaler_status_t scaler_scale(scaler_t* scaler, const scaler_job_t* job) {
  uint32_t index = 0;
  const scaler_status_t status = scaler_submit(scaler, job, 0, &index);
  return status == SCALER_OK ? scaler_wait(scaler, index, 0) : status;
}

uint32_t scaler_rows_done(const scaler_t* scaler) { return mmio_read32(scaler->ring.config.base + SCALER_ROWS_DONE_OFFSET); }
