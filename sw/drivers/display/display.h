// Driver of the display, which shows pictures and what was found in them; ip/display/README.md has the command.
// SPDX-License-Identifier: Apache-2.0
#ifndef VISOC_DRIVERS_DISPLAY_H
#define VISOC_DRIVERS_DISPLAY_H

#include <stdint.h>

#include "command_ring.h"

typedef enum {
  DISPLAY_OK = 0,
  DISPLAY_NO_DEVICE,     // Nothing was set up: no such engine, or its registers are another block's.
  DISPLAY_NO_MEMORY,     // Nothing was set up: the arena is used up.
  DISPLAY_BAD_ARGUMENT,  // Nothing was submitted: a size, stride, threshold or number of boxes the engine does not take.
  DISPLAY_FULL,          // Nothing was submitted: as many commands are under way as the ring holds.
  DISPLAY_FAILED,        // The frame was not shown; the completion record says why.
  DISPLAY_STOPPED,       // The ring is disabled; whether the frame was shown is unknown.
} display_status_t;

typedef enum {
  DISPLAY_MASK_NONE = 0,
  DISPLAY_MASK_NONZERO = 1,   // A byte that is not zero was found.
  DISPLAY_MASK_AT_LEAST = 2,  // A signed byte of at least the threshold was found.
} display_mask_mode_t;

// The parameter block as it lies in memory, little endian.
typedef struct {
  uint64_t luma, chroma;
  uint32_t width_px, height_px;
  uint32_t luma_stride, chroma_stride;
  uint32_t frame_index;
  uint32_t mask_mode;
  uint64_t mask;
  uint32_t mask_width_px, mask_height_px;
  uint32_t mask_step, mask_stride;
  int32_t mask_threshold;
  uint32_t box_count;
  uint64_t boxes;
  uint32_t box_colour;
  uint32_t reserved[11];
} display_parameters_t;
_Static_assert(sizeof(display_parameters_t) == 128, "a parameter block has 128 bytes");

typedef struct {
  command_ring_t ring;
  display_parameters_t* parameters;
  uint32_t max_side, max_boxes;
} display_t;

// In pixels of the picture; drawn as a frame of two pixels inside these edges.
typedef struct {
  uint16_t x, y, width, height;
} display_box_t;

// Stretched over the picture. A step of 0 means 1, a stride of 0 rows without gaps.
typedef struct {
  display_mask_mode_t mode;
  const void* pixels;
  uint32_t width_px, height_px;
  uint32_t step, stride;  // Bytes from pixel to pixel, 1 to 64, and from row to row.
  int32_t threshold;      // -128 to 127.
} display_mask_t;

// A picture in NV12. A stride of 0 means width_px.
typedef struct {
  const uint8_t* luma;
  const uint8_t* chroma;         // height_px / 2 rows of width_px bytes.
  uint32_t width_px, height_px;  // Even.
  uint32_t luma_stride, chroma_stride;
  uint32_t frame_index;
  const display_mask_t* mask;  // May be null.
  const display_box_t* boxes;
  uint32_t box_count;
  uint32_t box_colour;  // Y, Cb, Cr from bit 0.
} display_frame_t;

// Sets the index-th engine of the device tree up. `display` stays where it is from now on.
display_status_t display_init(display_t* display, unsigned index, unsigned entries_log2);

// Queues a frame. `order` (may be null) gives the command's tag, waits, post and whether it is silent; its other fields are not looked
// at. `index` (may be null) gets the number to wait for.
display_status_t display_submit(display_t* display, const display_frame_t* frame, const command_t* order, uint32_t* index);
// Sleeps until the command has ended. `completion` may be null; its detail is the number of rows scanned out.
display_status_t display_wait(display_t* display, uint32_t index, command_completion_t* completion);
// Both.
display_status_t display_show(display_t* display, const display_frame_t* frame);

// Frames shown since display_init.
uint32_t display_frames_shown(const display_t* display);

#endif  // VISOC_DRIVERS_DISPLAY_H
