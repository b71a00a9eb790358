// Decodes a whole stream into one frame buffer and nothing else: what the video block costs, for measurements.
// SPDX-License-Identifier: Apache-2.0
#include "finish.h"
#include "machine.h"
#include "print.h"
#include "video_decoder.h"

enum { STRIDE_MULTIPLE = 64, SIDE_INFO_BYTES = 256 * 1024 };

int main(void) {
  static video_decoder_t decoder;
  uint64_t stream = 0, bytes = 0;
  FW_CHECK(dt_chosen_region(&machine.tree, "visoc-inputs", "stream", &stream, &bytes));
  FW_CHECK(video_decoder_init(&decoder, 0, 2) == VIDEO_DECODER_OK);
  FW_CHECK(video_decoder_open(&decoder, VIDEO_CODEC_H264, (const void*)stream, bytes) == VIDEO_DECODER_OK);
  uint32_t width = 0, height = 0;
  FW_CHECK(video_decoder_probe(&decoder, &width, &height) == VIDEO_DECODER_OK);
  const uint32_t stride = (width + STRIDE_MULTIPLE - 1) / STRIDE_MULTIPLE * STRIDE_MULTIPLE;
  const video_frame_t frame = {.luma = arena_alloc((size_t)stride * height, STRIDE_MULTIPLE),
                               .chroma = arena_alloc((size_t)stride * ((height + 1) / 2), STRIDE_MULTIPLE),
                               .stride = stride,
                               .rows = height,
                               .side_info = arena_alloc(SIDE_INFO_BYTES, STRIDE_MULTIPLE),
                               .side_info_bytes = SIDE_INFO_BYTES};
  FW_CHECK(frame.luma != 0 && frame.chroma != 0 && frame.side_info != 0);
  unsigned frames = 0;
  for (;; ++frames) {
    uint32_t index = 0;
    FW_CHECK(video_decoder_submit(&decoder, &frame, 0, &index) == VIDEO_DECODER_OK);
    const video_decoder_status_t status = video_decoder_wait(&decoder, index, 0);
    if (status == VIDEO_DECODER_END_OF_STREAM) break;
    FW_CHECK(status == VIDEO_DECODER_OK);
  }
  print("decode: %u frames of %u x %u\n", frames, width, height);
  return frames != 0 ? 0 : 1;
}
