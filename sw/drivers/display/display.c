// SPDX-License-Identifier: Apache-2.0
#include "display.h"

#include "display_regs.h"
#include "machine.h"
#include "mmio.h"

enum { OPCODE_SHOW = 1, MAX_MASK_STEP = 64 };

display_status_t display_init(display_t* display, unsigned index, unsigned entries_log2) {
  command_ring_config_t config;
  if (!command_ring_find("visoc,display", index, entries_log2, &config)) return DISPLAY_NO_DEVICE;
  if (mmio_read32(config.base + DISPLAY_ID_OFFSET) != DISPLAY_ID_RESET_VALUE) return DISPLAY_NO_DEVICE;
  const command_ring_status_t status = command_ring_init(&display->ring, config);
  if (status != COMMAND_RING_OK) return status == COMMAND_RING_NO_MEMORY ? DISPLAY_NO_MEMORY : DISPLAY_NO_DEVICE;
  // Twice as many blocks as commands can be under way, so that the next one's is never in use.
  display->parameters = arena_alloc(sizeof(display_parameters_t) << (entries_log2 + 1), sizeof(display_parameters_t));
  if (display->parameters == 0) return DISPLAY_NO_MEMORY;
  const uint32_t capability = mmio_read32(config.base + DISPLAY_CAPABILITY_OFFSET);
  display->max_side = 1u << ((capability & DISPLAY_CAPABILITY_MAX_SIDE_LOG2_MASK) >> DISPLAY_CAPABILITY_MAX_SIDE_LOG2_SHIFT);
  display->max_boxes = (capability & DISPLAY_CAPABILITY_MAX_BOXES_MASK) >> DISPLAY_CAPABILITY_MAX_BOXES_SHIFT;
  return DISPLAY_OK;
}

static bool side_fits(const display_t* display, uint32_t side) { return side != 0 && side <= display->max_side; }

// False if the engine would not take the mask.
static bool add_mask(const display_t* display, const display_mask_t* mask, display_parameters_t* parameters) {
  if (mask == 0 || mask->mode == DISPLAY_MASK_NONE) return true;
  if (!side_fits(display, mask->width_px) || !side_fits(display, mask->height_px)) return false;
  const uint32_t step = mask->step != 0 ? mask->step : 1;
  if (step > MAX_MASK_STEP) return false;
  const uint32_t row_bytes = (mask->width_px - 1) * step + 1;
  const uint32_t stride = mask->stride != 0 ? mask->stride : mask->width_px * step;
  if (stride < row_bytes || mask->threshold < -128 || mask->threshold > 127) return false;
  parameters->mask_mode = mask->mode;
  parameters->mask = (uintptr_t)mask->pixels;
  parameters->mask_width_px = mask->width_px;
  parameters->mask_height_px = mask->height_px;
  parameters->mask_step = step;
  parameters->mask_stride = stride;
  parameters->mask_threshold = mask->threshold;
  return true;
}

display_status_t display_submit(display_t* display, const display_frame_t* frame, const command_t* order, uint32_t* index) {
  const uint32_t width = frame->width_px, height = frame->height_px;
  if (!side_fits(display, width) || !side_fits(display, height) || width % 2 != 0 || height % 2 != 0) return DISPLAY_BAD_ARGUMENT;
  if (frame->box_count > display->max_boxes || frame->box_colour > 0xffffff) return DISPLAY_BAD_ARGUMENT;
  display_parameters_t parameters = {.luma = (uintptr_t)frame->luma,
                                     .chroma = (uintptr_t)frame->chroma,
                                     .width_px = width,
                                     .height_px = height,
                                     .luma_stride = frame->luma_stride != 0 ? frame->luma_stride : width,
                                     .chroma_stride = frame->chroma_stride != 0 ? frame->chroma_stride : width,
                                     .frame_index = frame->frame_index,
                                     .box_count = frame->box_count,
                                     .boxes = (uintptr_t)frame->boxes,
                                     .box_colour = frame->box_colour};
  if (parameters.luma_stride < width || parameters.chroma_stride < width) return DISPLAY_BAD_ARGUMENT;
  if (!add_mask(display, frame->mask, &parameters)) return DISPLAY_BAD_ARGUMENT;
  switch (command_ring_submit_block(&display->ring, OPCODE_SHOW, &parameters, sizeof *display->parameters, display->parameters,
                                    sizeof *display->parameters, order, index)) {
    case COMMAND_RING_OK:
      return DISPLAY_OK;
    case COMMAND_RING_FULL:
      return DISPLAY_FULL;
    case COMMAND_RING_STOPPED:
      return DISPLAY_STOPPED;
    default:
      return DISPLAY_BAD_ARGUMENT;
  }
}

display_status_t display_wait(display_t* display, uint32_t index, command_completion_t* completion) {
  command_completion_t record;
  if (command_ring_wait(&display->ring, index, &record) != COMMAND_RING_OK) return DISPLAY_STOPPED;
  if (completion != 0) *completion = record;
  return record.status == COMMAND_OK ? DISPLAY_OK : DISPLAY_FAILED;
}

display_status_t display_show(display_t* display, const display_frame_t* frame) {
  uint32_t index = 0;
  const display_status_t status = display_submit(display, frame, 0, &index);
  return status == DISPLAY_OK ? display_wait(display, index, 0) : status;
}

uint32_t display_frames_shown(const display_t* display) { return mmio_read32(display->ring.config.base + DISPLAY_FRAMES_SHOWN_OFFSET); }
