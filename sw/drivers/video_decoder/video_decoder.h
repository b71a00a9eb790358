// Driver of the video decoder; ip/video_decoder/README.md has the commands.
// SPDX-License-Identifier: Apache-2.0
#ifndef VISOC_DRIVERS_VIDEO_DECODER_H
#define VISOC_DRIVERS_VIDEO_DECODER_H

#include <stdint.h>

#include "command_ring.h"
#include "side_info.h"

typedef enum {
  VIDEO_DECODER_OK = 0,
  VIDEO_DECODER_NO_DEVICE,      // Nothing was set up: no such engine, or its registers are another block's.
  VIDEO_DECODER_NO_MEMORY,      // Nothing was set up: the arena is used up.
  VIDEO_DECODER_BAD_ARGUMENT,   // Nothing was submitted.
  VIDEO_DECODER_FULL,           // Nothing was submitted: as many commands are under way as the ring holds.
  VIDEO_DECODER_END_OF_STREAM,  // There are no more frames; nothing was written.
  VIDEO_DECODER_NEW_SIZE,       // The next frame has another size (video_decoder_picture); nothing was written.
  VIDEO_DECODER_NO_FRAMES,      // The stream holds no frame at all.
  VIDEO_DECODER_FAILED,         // The completion record says why.
  VIDEO_DECODER_STOPPED,        // The ring is disabled.
} video_decoder_status_t;

typedef enum { VIDEO_CODEC_H264 = 1, VIDEO_CODEC_HEVC = 2 } video_codec_t;

typedef struct {
  command_ring_t ring;
  uint8_t* parameters;  // One block of 64 bytes a command.
} video_decoder_t;

// Where a frame goes. NV12.
typedef struct {
  uint8_t* luma;
  uint8_t* chroma;  // rows / 2 rows of pairs Cb Cr.
  uint32_t stride;  // A multiple of 64, at least the width.
  uint32_t rows;    // Luma rows that fit.
  void* side_info;  // side_info_t and records; may be null.
  uint32_t side_info_bytes;
} video_frame_t;

// Sets the index-th engine of the device tree up. `decoder` stays where it is from now on.
video_decoder_status_t video_decoder_init(video_decoder_t* decoder, unsigned index, unsigned entries_log2);

// Opens an elementary stream with start codes; one stream at a time.
video_decoder_status_t video_decoder_open(video_decoder_t* decoder, video_codec_t codec, const void* stream, uint64_t bytes);
// Decodes up to the first frame and gives its size; the frame is the next one that a DECODE writes.
video_decoder_status_t video_decoder_probe(video_decoder_t* decoder, uint32_t* width_px, uint32_t* height_px);
video_decoder_status_t video_decoder_close(video_decoder_t* decoder);

// Queues the next frame in display order. `order` (may be null) gives the command's tag, waits, post and whether it is silent.
// `index` (may be null) gets the number to wait for.
video_decoder_status_t video_decoder_submit(video_decoder_t* decoder, const video_frame_t* frame, const command_t* order, uint32_t* index);
// Sleeps until the command has ended. `completion` may be null; bits 31:0 of its detail are the frame's display index.
video_decoder_status_t video_decoder_wait(video_decoder_t* decoder, uint32_t index, command_completion_t* completion);

// Size of the frame that was given or refused last.
void video_decoder_picture(const video_decoder_t* decoder, uint32_t* width_px, uint32_t* height_px);

#endif  // VISOC_DRIVERS_VIDEO_DECODER_H
