// A small picture whose tensor the hart works out too, the packing of rows, and a picture from nowhere that says where it stopped.
// SPDX-License-Identifier: Apache-2.0
#include "memory.h"
#include "scaler.h"
#include "selftest.h"

enum { WIDTH = 24, HEIGHT = 18, LUMA_STRIDE = 32, CHROMA_STRIDE = 40, TENSOR_STRIDE = 28 };
static const uintptr_t kNowhere = 0x00500000;

static uint8_t luma[HEIGHT * LUMA_STRIDE] __attribute__((aligned(64)));
static uint8_t chroma[HEIGHT / 2 * CHROMA_STRIDE] __attribute__((aligned(64)));
static int8_t tensor[HEIGHT / 3 * TENSOR_STRIDE] __attribute__((aligned(64)));

// The average over the three by three luma pixels of a tensor pixel; a chroma sample covers two by two of them.
static int average(unsigned row, unsigned column, unsigned channel) {
  unsigned sum = 4;
  for (unsigned y = 3 * row; y < 3 * row + 3; ++y)
    for (unsigned x = 3 * column; x < 3 * column + 3; ++x)
      sum += channel == 0 ? luma[y * LUMA_STRIDE + x] : chroma[y / 2 * CHROMA_STRIDE + (x & ~1u) + channel - 1];
  return (int)(sum / 9) - 128;
}

static const char* test_scaler(const selftest_device_t* device) {
  static scaler_t scaler;
  EXPECT(scaler_init(&scaler, device->index, 2) == SCALER_OK);
  for (unsigned i = 0; i < sizeof luma; ++i) luma[i] = (uint8_t)(i * 37 + (i >> 3));
  for (unsigned i = 0; i < sizeof chroma; ++i) chroma[i] = (uint8_t)(i * 91 + 5);
  memset(tensor, 0x55, sizeof tensor);
  scaler_job_t job = {.luma = luma,
                      .chroma = chroma,
                      .tensor = tensor,
                      .width_px = WIDTH,
                      .height_px = HEIGHT,
                      .luma_stride = LUMA_STRIDE,
                      .chroma_stride = CHROMA_STRIDE,
                      .tensor_stride = TENSOR_STRIDE};
  EXPECT(scaler_scale(&scaler, &job) == SCALER_OK);
  EXPECT(scaler_rows_done(&scaler) == HEIGHT / 3);
  for (unsigned row = 0; row < HEIGHT / 3; ++row)
    for (unsigned i = 0; i < TENSOR_STRIDE; ++i) EXPECT(tensor[row * TENSOR_STRIDE + i] == (i < WIDTH ? average(row, i / 3, i % 3) : 0x55));

  job.width_px = WIDTH - 2;
  EXPECT(scaler_scale(&scaler, &job) == SCALER_BAD_ARGUMENT);
  job.width_px = WIDTH;
  job.chroma = (const uint8_t*)kNowhere;
  uint32_t index = 0;
  command_completion_t completion;
  EXPECT(scaler_submit(&scaler, &job, 0, &index) == SCALER_OK);
  EXPECT(scaler_wait(&scaler, index, &completion) == SCALER_FAILED);
  EXPECT(completion.status == COMMAND_READ_FAULT && completion.fault_addr == kNowhere && completion.detail == 0);
  return 0;
}

SELFTEST(84_scaler, "scaler", "visoc,scaler", test_scaler);
