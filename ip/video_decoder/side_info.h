// What the decoder knows of a frame besides its pixels, as it lies in guest memory. The C side is sw/drivers/video_decoder/side_info.h.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace visoc::video {

inline constexpr std::uint32_t kSideInfoMagic = 0x31495356;  ///< The bytes 'V' 'S' 'I' '1'.
inline constexpr std::uint32_t kSideInfoHeaderBytes = 64;
inline constexpr std::uint32_t kMotionRecordBytes = 32;
inline constexpr std::uint32_t kNoReference = 0xffffffff;

enum class VectorState : std::uint8_t {
  kNone = 0,     ///< The codec's decoder exports none (HEVC).
  kPresent = 1,  ///< As listed; an intra picture has an empty list.
};

enum SideInfoFlag : std::uint8_t {
  kSideInfoKey = 1,        ///< Decoding can start here.
  kSideInfoDamaged = 2,    ///< Parts were concealed.
  kSideInfoTruncated = 4,  ///< The buffer did not hold all vectors; the first ones are there.
  kSideInfoInferred = 8,   ///< References were inferred: right for streams with one reference a direction and no B pyramid.
  kSideInfoQp = 16,        ///< mean_qp and the records' qp are there.
};

/// One block's motion. 32 bytes: i16 dst_x, dst_y, src_x, src_y, u8 width, height, frac_x, frac_y, i8 direction, u8 qp, u16 zero,
/// i32 motion_x, motion_y, u32 reference, u32 zero.
struct MotionRecord {
  std::int16_t dst_x = 0, dst_y = 0;        ///< Top left of the block, pixels.
  std::int16_t src_x = 0, src_y = 0;        ///< Top left of its prediction, whole pixels rounded down; may lie outside the picture.
  std::uint8_t width = 0, height = 0;       ///< 8 or 16 pixels; smaller partitions come merged to 8x8.
  std::uint8_t frac_x = 0, frac_y = 0;      ///< Quarter pixels beyond src, 0 to 3.
  std::int8_t direction = 0;                ///< -1 earlier reference, +1 later one, in display order.
  std::uint8_t qp = 255;                    ///< Of the macroblock; 255 unknown.
  std::int32_t motion_x = 0, motion_y = 0;  ///< Quarter pixels.
  std::uint32_t reference = kNoReference;   ///< Display index of the reference.
};

/// 64 bytes: u32 magic, bytes (header and records), width_px, height_px, display_index, decode_index, u8 picture_type ('I', 'P', 'B'),
/// flags, vectors, mean_qp, u32 vector_count (of the frame), records (that follow), earlier_reference, later_reference, coded_bytes,
/// u32 damaged_packets, u32 zero[3]. Then the records.
struct SideInfo {
  std::uint32_t width_px = 0, height_px = 0;
  std::uint32_t display_index = 0, decode_index = 0;
  std::uint8_t picture_type = '?';
  std::uint8_t flags = 0;
  VectorState vectors = VectorState::kNone;
  std::uint8_t mean_qp = 0;
  std::uint32_t earlier_reference = kNoReference, later_reference = kNoReference;
  std::uint32_t coded_bytes = 0;
  std::uint32_t damaged_packets = 0;  ///< Refused since the frame before.
  std::vector<MotionRecord> records;
};

/// The bytes that fit `capacity`, which is at least kSideInfoHeaderBytes.
std::vector<std::uint8_t> encode_side_info(const SideInfo& info, std::size_t capacity);

}  // namespace visoc::video
