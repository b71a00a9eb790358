// A drawn clip whose pictures are known by their hashes, its vectors, its end, and a stream from nowhere that says where it stopped.
// SPDX-License-Identifier: Apache-2.0
#include "memory.h"
#include "selftest.h"
#include "selftest_video_stream.h"
#include "video_decoder.h"

enum { STRIDE = 128, ROWS = VIDEO_STREAM_HEIGHT, SIDE_INFO_BYTES = 8192, SQUARE_STEP_QUARTERS = 16 };
static const uintptr_t kNowhere = 0x00500000;

static uint8_t luma[ROWS * STRIDE] __attribute__((aligned(64)));
static uint8_t chroma[ROWS / 2 * STRIDE] __attribute__((aligned(64)));
static uint8_t side_info_bytes[SIDE_INFO_BYTES] __attribute__((aligned(64)));

static uint32_t hash_rows(uint32_t hash, const uint8_t* rows, unsigned count) {
  for (unsigned row = 0; row < count; ++row)
    for (unsigned i = 0; i < VIDEO_STREAM_WIDTH; ++i) hash = 31 * hash + rows[row * STRIDE + i];
  return hash;
}

// Whether a block was found that moved with the square: to the right and down, by its step times the frames in between.
static bool follows_square(const side_info_t* info) {
  const motion_record_t* records = (const motion_record_t*)(info + 1);
  for (uint32_t i = 0; i < info->records; ++i) {
    const int frames = (int)info->display_index - (int)records[i].reference;
    if (records[i].motion_x == -SQUARE_STEP_QUARTERS * frames && records[i].motion_y == -SQUARE_STEP_QUARTERS / 2 * frames) return true;
  }
  return false;
}

static const char* check_frame(const side_info_t* info, uint32_t frame) {
  EXPECT(hash_rows(hash_rows(0, luma, ROWS), chroma, ROWS / 2) == video_stream_hashes[frame]);
  for (unsigned row = 0; row < ROWS; ++row)
    for (unsigned i = VIDEO_STREAM_WIDTH; i < STRIDE; ++i) EXPECT(luma[row * STRIDE + i] == 0x55);
  EXPECT(info->magic == SIDE_INFO_MAGIC && info->display_index == frame);
  EXPECT(info->width_px == VIDEO_STREAM_WIDTH && info->height_px == VIDEO_STREAM_HEIGHT);
  EXPECT(info->vectors == SIDE_INFO_VECTORS_PRESENT && (info->flags & (SIDE_INFO_DAMAGED | SIDE_INFO_TRUNCATED)) == 0);
  EXPECT(info->bytes == sizeof *info + info->records * sizeof(motion_record_t));
  EXPECT((frame == 0) == (info->picture_type == 'I'));
  EXPECT(frame == 0 ? info->records == 0 : follows_square(info));
  return 0;
}

static const char* test_video_decoder(const selftest_device_t* device) {
  static video_decoder_t decoder;
  EXPECT(video_decoder_init(&decoder, device->index, 2) == VIDEO_DECODER_OK);
  EXPECT(video_decoder_open(&decoder, VIDEO_CODEC_H264, video_stream, sizeof video_stream) == VIDEO_DECODER_OK);
  uint32_t width = 0, height = 0;
  EXPECT(video_decoder_probe(&decoder, &width, &height) == VIDEO_DECODER_OK);
  EXPECT(width == VIDEO_STREAM_WIDTH && height == VIDEO_STREAM_HEIGHT);

  memset(luma, 0x55, sizeof luma);
  const side_info_t* info = (const side_info_t*)side_info_bytes;
  video_frame_t frame = {
      .luma = luma, .chroma = chroma, .stride = STRIDE, .rows = ROWS, .side_info = side_info_bytes, .side_info_bytes = SIDE_INFO_BYTES};
  uint32_t index = 0;
  command_completion_t completion;
  for (uint32_t i = 0; i < VIDEO_STREAM_FRAMES; ++i) {
    EXPECT(video_decoder_submit(&decoder, &frame, 0, &index) == VIDEO_DECODER_OK);
    EXPECT(video_decoder_wait(&decoder, index, &completion) == VIDEO_DECODER_OK);
    EXPECT(completion.detail == i);
    const char* wrong = check_frame(info, i);
    if (wrong != 0) return wrong;
  }
  EXPECT(video_decoder_submit(&decoder, &frame, 0, &index) == VIDEO_DECODER_OK);
  EXPECT(video_decoder_wait(&decoder, index, 0) == VIDEO_DECODER_END_OF_STREAM);

  EXPECT(video_decoder_open(&decoder, VIDEO_CODEC_H264, (const void*)kNowhere, 100) == VIDEO_DECODER_OK);
  EXPECT(video_decoder_submit(&decoder, &frame, 0, &index) == VIDEO_DECODER_OK);
  EXPECT(video_decoder_wait(&decoder, index, &completion) == VIDEO_DECODER_FAILED);
  EXPECT(completion.status == COMMAND_READ_FAULT && completion.fault_addr == kNowhere);
  EXPECT(video_decoder_close(&decoder) == VIDEO_DECODER_OK);
  return 0;
}

SELFTEST(83_video_decoder, "video_decoder", "visoc,video-decoder", test_video_decoder);
