// What the decoder says of a frame besides its pixels; the C side of ip/video_decoder/side_info.h. Little endian.
// SPDX-License-Identifier: Apache-2.0
#ifndef VISOC_DRIVERS_SIDE_INFO_H
#define VISOC_DRIVERS_SIDE_INFO_H

#include <stdint.h>

#define SIDE_INFO_MAGIC 0x31495356u
#define SIDE_INFO_NO_REFERENCE 0xffffffffu

enum { SIDE_INFO_VECTORS_NONE = 0, SIDE_INFO_VECTORS_PRESENT = 1 };
enum { SIDE_INFO_KEY = 1, SIDE_INFO_DAMAGED = 2, SIDE_INFO_TRUNCATED = 4, SIDE_INFO_INFERRED = 8, SIDE_INFO_QP = 16 };

typedef struct {
  int16_t dst_x, dst_y;    // Top left of the block, pixels.
  int16_t src_x, src_y;    // Top left of its prediction, whole pixels; may lie outside.
  uint8_t width, height;   // 8 or 16 pixels.
  uint8_t frac_x, frac_y;  // Quarter pixels beyond src.
  int8_t direction;        // -1 earlier reference, +1 later one.
  uint8_t qp;              // 255 unknown.
  uint16_t reserved0;
  int32_t motion_x, motion_y;  // Quarter pixels.
  uint32_t reference;          // Display index.
  uint32_t reserved1;
} motion_record_t;
_Static_assert(sizeof(motion_record_t) == 32, "a motion record has 32 bytes");

typedef struct {
  uint32_t magic, bytes;
  uint32_t width_px, height_px;
  uint32_t display_index, decode_index;
  uint8_t picture_type, flags, vectors, mean_qp;  // 'I', 'P', 'B'; SIDE_INFO_*.
  uint32_t vector_count;                          // Of the frame.
  uint32_t records;                               // That follow this header.
  uint32_t earlier_reference, later_reference;
  uint32_t coded_bytes, damaged_packets;
  uint32_t reserved[3];
} side_info_t;
_Static_assert(sizeof(side_info_t) == 64, "the header has 64 bytes");

#endif  // VISOC_DRIVERS_SIDE_INFO_H
