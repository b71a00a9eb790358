// A frame with a mask and a box, frames counted in their order, and a picture from nowhere that is not shown. What was shown is for the
// run to look at; the hart sees only that it was.
// SPDX-License-Identifier: Apache-2.0
#include "display.h"
#include "memory.h"
#include "selftest.h"

enum { WIDTH = 96, HEIGHT = 64, MASK_WIDTH = 24, MASK_HEIGHT = 16, WHITE = 0x8080eb };
static const uintptr_t kNowhere = 0x00500000;

static uint8_t luma[WIDTH * HEIGHT] __attribute__((aligned(64)));
static uint8_t chroma[WIDTH * HEIGHT / 2] __attribute__((aligned(64)));
static int8_t found[MASK_WIDTH * MASK_HEIGHT] __attribute__((aligned(64)));

static const char* test_display(const selftest_device_t* device) {
  static display_t display;
  EXPECT(display_init(&display, device->index, 2) == DISPLAY_OK);
  EXPECT(display_frames_shown(&display) == 0);
  for (unsigned i = 0; i < sizeof luma; ++i) luma[i] = (uint8_t)(32 + 2 * (i % WIDTH));
  memset(chroma, 128, sizeof chroma);
  for (unsigned i = 0; i < sizeof found; ++i) {
    const unsigned x = i % MASK_WIDTH, y = i / MASK_WIDTH;
    found[i] = x > 4 && x < 12 && y > 3 && y < 13 ? 20 : -20;
  }
  static const display_box_t box = {60, 10, 24, 40};
  const display_mask_t mask = {.mode = DISPLAY_MASK_AT_LEAST, .pixels = found, .width_px = MASK_WIDTH, .height_px = MASK_HEIGHT};
  display_frame_t frame = {.luma = luma,
                           .chroma = chroma,
                           .width_px = WIDTH,
                           .height_px = HEIGHT,
                           .mask = &mask,
                           .boxes = &box,
                           .box_count = 1,
                           .box_colour = WHITE};
  EXPECT(display_show(&display, &frame) == DISPLAY_OK);
  EXPECT(display_frames_shown(&display) == 1);

  uint32_t index = 0;
  command_completion_t completion;
  frame.mask = 0;
  frame.box_count = 0;
  for (frame.frame_index = 1; frame.frame_index < 3; ++frame.frame_index) EXPECT(display_submit(&display, &frame, 0, &index) == DISPLAY_OK);
  EXPECT(display_wait(&display, index, &completion) == DISPLAY_OK);
  EXPECT(completion.detail == HEIGHT);
  EXPECT(display_frames_shown(&display) == 3);

  frame.height_px = HEIGHT - 1;
  EXPECT(display_show(&display, &frame) == DISPLAY_BAD_ARGUMENT);
  frame.height_px = HEIGHT;
  frame.luma = (const uint8_t*)kNowhere;
  EXPECT(display_submit(&display, &frame, 0, &index) == DISPLAY_OK);
  EXPECT(display_wait(&display, index, &completion) == DISPLAY_FAILED);
  EXPECT(completion.status == COMMAND_READ_FAULT && completion.fault_addr == kNowhere);
  EXPECT(display_frames_shown(&display) == 3);
  return 0;
}

SELFTEST(85_display, "display", "visoc,display", test_display);
