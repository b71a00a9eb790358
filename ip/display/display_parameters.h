// A SHOW command as it lies in memory.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "platform/base/state.h"
#include "platform/base/units.h"

namespace visoc {

enum class DisplayOpcode : std::uint16_t { kShow = 1 };

enum class MaskMode : std::uint32_t {
  kNone = 0,
  kNonZero = 1,  ///< A byte that is not zero was found.
  kAtLeast = 2,  ///< A signed byte of at least mask_threshold was found.
};

/// 128 bytes in memory, little endian, fields in this order without gaps, then u32 reserved[11] (zero).
struct DisplayParameters {
  static constexpr std::uint32_t kBytes = 128;
  static constexpr std::uint32_t kMaxSide = 4096;
  static constexpr std::uint32_t kMaxMaskStep = 64;
  static constexpr std::uint32_t kMaxBoxes = 64;

  Addr luma = 0;                                     ///< height_px rows of width_px bytes.
  Addr chroma = 0;                                   ///< height_px / 2 rows of width_px / 2 pairs Cb Cr.
  std::uint32_t width_px = 0, height_px = 0;         ///< Even, 2 to kMaxSide.
  std::uint32_t luma_stride = 0, chroma_stride = 0;  ///< Bytes from row to row, at least width_px.
  std::uint32_t frame_index = 0;
  std::uint32_t mask_mode = 0;                          ///< MaskMode. kNone: the other mask fields are not looked at.
  Addr mask = 0;                                        ///< mask_height_px rows.
  std::uint32_t mask_width_px = 0, mask_height_px = 0;  ///< 1 to kMaxSide; need not fit the picture's.
  std::uint32_t mask_step = 0;                          ///< Bytes from pixel to pixel in a row, 1 to kMaxMaskStep.
  std::uint32_t mask_stride = 0;                        ///< Bytes from row to row, at least mask_row_bytes().
  std::int32_t mask_threshold = 0;                      ///< -128 to 127; kAtLeast only.
  std::uint32_t box_count = 0;                          ///< 0 to kMaxBoxes.
  Addr boxes = 0;                                       ///< box_count times u16 x, y, width, height, in pixels of the picture.
  std::uint32_t box_colour = 0;                         ///< Y, Cb, Cr from bit 0; bits 31:24 zero.

  std::vector<std::uint8_t> encode() const;
  static DisplayParameters decode(StateReader& in);
  /// Offset of the first field that is out of range, or kBytes if all are good.
  std::uint32_t first_bad_field() const;
  MaskMode mode() const { return static_cast<MaskMode>(mask_mode); }
  /// Bytes from the first to the last mask pixel of a row.
  std::uint32_t mask_row_bytes() const { return (mask_width_px - 1) * mask_step + 1; }
};

}  // namespace visoc
