// SPDX-License-Identifier: Apache-2.0
#include "video_decoder.h"

#include "machine.h"
#include "mmio.h"
#include "video_decoder_regs.h"

enum { OPCODE_OPEN = 1, OPCODE_DECODE = 2, OPCODE_CLOSE = 3 };
enum { EVENT_FRAME = 0, EVENT_END_OF_STREAM = 1, EVENT_NEW_SIZE = 2, EVENT_NO_FRAMES = 3 };
enum { BLOCK_BYTES = 64 };

typedef struct {
  uint64_t stream, bytes;
  uint32_t codec;
  uint32_t reserved[11];
} open_parameters_t;
_Static_assert(sizeof(open_parameters_t) == BLOCK_BYTES, "a parameter block has 64 bytes");

typedef struct {
  uint64_t luma, chroma;
  uint32_t stride, rows;
  uint64_t side_info;
  uint32_t side_info_bytes;
  uint32_t reserved[7];
} decode_parameters_t;
_Static_assert(sizeof(decode_parameters_t) == BLOCK_BYTES, "a parameter block has 64 bytes");

video_decoder_status_t video_decoder_init(video_decoder_t* decoder, unsigned index, unsigned entries_log2) {
  command_ring_config_t config;
  if (!command_ring_find("visoc,video-decoder", index, entries_log2, &config)) return VIDEO_DECODER_NO_DEVICE;
  if (mmio_read32(config.base + VIDEO_DECODER_ID_OFFSET) != VIDEO_DECODER_ID_RESET_VALUE) return VIDEO_DECODER_NO_DEVICE;
  const command_ring_status_t status = command_ring_init(&decoder->ring, config);
  if (status != COMMAND_RING_OK) return status == COMMAND_RING_NO_MEMORY ? VIDEO_DECODER_NO_MEMORY : VIDEO_DECODER_NO_DEVICE;
  // Twice as many blocks as commands can be under way, so that the next one's is never in use.
  decoder->parameters = arena_alloc((size_t)BLOCK_BYTES << (entries_log2 + 1), BLOCK_BYTES);
  return decoder->parameters != 0 ? VIDEO_DECODER_OK : VIDEO_DECODER_NO_MEMORY;
}

static video_decoder_status_t submit(video_decoder_t* decoder, uint16_t opcode, const void* parameters, const command_t* order,
                                     uint32_t* index) {
  switch (command_ring_submit_block(&decoder->ring, opcode, parameters, parameters != 0 ? BLOCK_BYTES : 0, decoder->parameters, BLOCK_BYTES,
                                    order, index)) {
    case COMMAND_RING_OK:
      return VIDEO_DECODER_OK;
    case COMMAND_RING_FULL:
      return VIDEO_DECODER_FULL;
    case COMMAND_RING_STOPPED:
      return VIDEO_DECODER_STOPPED;
    default:
      return VIDEO_DECODER_BAD_ARGUMENT;
  }
}

static video_decoder_status_t run(video_decoder_t* decoder, uint16_t opcode, const void* parameters) {
  uint32_t index = 0;
  const video_decoder_status_t status = submit(decoder, opcode, parameters, 0, &index);
  return status == VIDEO_DECODER_OK ? video_decoder_wait(decoder, index, 0) : status;
}

video_decoder_status_t video_decoder_open(video_decoder_t* decoder, video_codec_t codec, const void* stream, uint64_t bytes) {
  const open_parameters_t parameters = {.stream = (uintptr_t)stream, .bytes = bytes, .codec = codec};
  return run(decoder, OPCODE_OPEN, &parameters);
}

video_decoder_status_t video_decoder_close(video_decoder_t* decoder) { return run(decoder, OPCODE_CLOSE, 0); }

video_decoder_status_t video_decoder_probe(video_decoder_t* decoder, uint32_t* width_px, uint32_t* height_px) {
  // A buffer of one row is refused when the frame is there, and the frame is kept.
  const decode_parameters_t parameters = {.stride = 64, .rows = 1};
  uint32_t index = 0;
  video_decoder_status_t status = submit(decoder, OPCODE_DECODE, &parameters, 0, &index);
  if (status != VIDEO_DECODER_OK) return status;
  command_completion_t completion;
  status = video_decoder_wait(decoder, index, &completion);
  video_decoder_picture(decoder, width_px, height_px);
  if (status == VIDEO_DECODER_FAILED && completion.status == COMMAND_BAD_PARAMETER && *width_px != 0) return VIDEO_DECODER_OK;
  return status == VIDEO_DECODER_OK ? VIDEO_DECODER_FAILED : status;
}

video_decoder_status_t video_decoder_submit(video_decoder_t* decoder, const video_frame_t* frame, const command_t* order, uint32_t* index) {
  const decode_parameters_t parameters = {.luma = (uintptr_t)frame->luma,
                                          .chroma = (uintptr_t)frame->chroma,
                                          .stride = frame->stride,
                                          .rows = frame->rows,
                                          .side_info = (uintptr_t)frame->side_info,
                                          .side_info_bytes = frame->side_info != 0 ? frame->side_info_bytes : 0};
  return submit(decoder, OPCODE_DECODE, &parameters, order, index);
}

video_decoder_status_t video_decoder_wait(video_decoder_t* decoder, uint32_t index, command_completion_t* completion) {
  command_completion_t record;
  if (command_ring_wait(&decoder->ring, index, &record) != COMMAND_RING_OK) return VIDEO_DECODER_STOPPED;
  if (completion != 0) *completion = record;
  if (record.status == COMMAND_OK) return VIDEO_DECODER_OK;
  if (record.status != COMMAND_INPUT_ERROR) return VIDEO_DECODER_FAILED;
  switch (record.detail >> 32) {
    case EVENT_END_OF_STREAM:
      return VIDEO_DECODER_END_OF_STREAM;
    case EVENT_NEW_SIZE:
      return VIDEO_DECODER_NEW_SIZE;
    case EVENT_NO_FRAMES:
      return VIDEO_DECODER_NO_FRAMES;
    default:
      return VIDEO_DECODER_FAILED;
  }
}

void video_decoder_picture(const video_decoder_t* decoder, uint32_t* width_px, uint32_t* height_px) {
  const uint32_t picture = mmio_read32(decoder->ring.config.base + VIDEO_DECODER_PICTURE_OFFSET);
  *width_px = (picture & VIDEO_DECODER_PICTURE_WIDTH_MASK) >> VIDEO_DECODER_PICTURE_WIDTH_SHIFT;
  *height_px = (picture & VIDEO_DECODER_PICTURE_HEIGHT_MASK) >> VIDEO_DECODER_PICTURE_HEIGHT_SHIFT;
}
