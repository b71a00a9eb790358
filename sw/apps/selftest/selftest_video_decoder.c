// A few coded frames with B pictures: every picture has the checksum that ffmpeg's has; then the end, a damaged stream, a small buffer.
// SPDX-License-Identifier: Apache-2.0
#include "memory.h"
#include "selftest.h"
#include "selftest_video_stream.h"
#include "video_decoder.h"

enum { STRIDE = 64, SIDE_INFO_BYTES = 4096 };

static uint8_t luma[VIDEO_HEIGHT * STRIDE] __attribute__((aligned(64)));
static uint8_t chroma[VIDEO_HEIGHT / 2 * STRIDE] __attribute__((aligned(64)));
static uint8_t side_bytes[SIDE_INFO_BYTES] __attribute__((aligned(64)));

static uint32_t crc_rows(uint32_t crc, const uint8_t* rows, unsigned count) {
  for (unsigned y = 0; y < count; ++y)
    for (unsigned x = 0; x < VIDEO_WIDTH; ++x) {
      crc ^= rows[y * STRIDE + x];
      for (unsigned bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320u : 0);
    }
  return crc;
}

static const char* test_video_decoder(const selftest_device_t* device) {
  static video_decoder_t decoder;
  EXPECT(video_decoder_init(&decoder, device->index, 2) == VIDEO_DECODER_OK);
  EXPECT(video_decoder_open(&decoder, VIDEO_CODEC_H264, video_stream, sizeof video_stream) == VIDEO_DECODER_OK);
  uint32_t width = 0, height = 0, index = 0;
  EXPECT(video_decoder_probe(&decoder, &width, &height) == VIDEO_DECODER_OK);
  EXPECT(width == VIDEO_WIDTH && height == VIDEO_HEIGHT);

  const video_frame_t frame = {
      .luma = luma, .chroma = chroma, .stride = STRIDE, .rows = VIDEO_HEIGHT, .side_info = side_bytes, .side_info_bytes = SIDE_INFO_BYTES};
  const side_info_t* info = (const side_info_t*)side_bytes;
  unsigned vectors = 0;
  for (unsigned i = 0; i < VIDEO_FRAMES; ++i) {
    command_completion_t completion;
    EXPECT(video_decoder_submit(&decoder, &frame, 0, &index) == VIDEO_DECODER_OK);
    EXPECT(video_decoder_wait(&decoder, index, &completion) == VIDEO_DECODER_OK);
    EXPECT(completion.detail == i);
    EXPECT(~crc_rows(crc_rows(0xffffffffu, luma, VIDEO_HEIGHT), chroma, VIDEO_HEIGHT / 2) == video_crcs[i]);
    EXPECT(info->magic == SIDE_INFO_MAGIC && info->display_index == i && info->vectors == SIDE_INFO_VECTORS_PRESENT);
    EXPECT(i != 0 || info->picture_type == 'I');
    vectors += info->vector_count;
  }
  EXPECT(vectors != 0);
  EXPECT(video_decoder_submit(&decoder, &frame, 0, &index) == VIDEO_DECODER_OK);
  EXPECT(video_decoder_wait(&decoder, index, 0) == VIDEO_DECODER_END_OF_STREAM);

  // Zeros are no stream; a stream from nowhere is a read fault.
  memset(luma, 0, sizeof luma);
  EXPECT(video_decoder_open(&decoder, VIDEO_CODEC_HEVC, luma, sizeof luma) == VIDEO_DECODER_OK);
  EXPECT(video_decoder_submit(&decoder, &frame, 0, &index) == VIDEO_DECODER_OK);
  EXPECT(video_decoder_wait(&decoder, index, 0) == VIDEO_DECODER_NO_FRAMES);
  command_completion_t completion;
  EXPECT(video_decoder_open(&decoder, VIDEO_CODEC_H264, (const void*)0x00500000, 64) == VIDEO_DECODER_OK);
  EXPECT(video_decoder_submit(&decoder, &frame, 0, &index) == VIDEO_DECODER_OK);
  EXPECT(video_decoder_wait(&decoder, index, &completion) == VIDEO_DECODER_FAILED);
  EXPECT(completion.status == COMMAND_READ_FAULT && completion.fault_addr == 0x00500000);
  EXPECT(video_decoder_close(&decoder) == VIDEO_DECODER_OK);
  return 0;
}

SELFTEST(83_video_decoder, "video_decoder", "visoc,video-decoder", test_video_decoder);
