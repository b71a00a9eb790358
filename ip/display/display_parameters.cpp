// SPDX-License-Identifier: Apache-2.0
#include "ip/display/display_parameters.h"

namespace visoc {
namespace {

constexpr std::uint32_t kReservedWords = 11;

/// Offsets, in the order of the fields.
enum : std::uint32_t {
  kAtWidth = 16,
  kAtHeight = 20,
  kAtLumaStride = 24,
  kAtChromaStride = 28,
  kAtMaskMode = 36,
  kAtMaskWidth = 48,
  kAtMaskHeight = 52,
  kAtMaskStep = 56,
  kAtMaskStride = 60,
  kAtMaskThreshold = 64,
  kAtBoxCount = 68,
  kAtBoxColour = 80,
};

bool picture_side(std::uint32_t side) { return side >= 2 && side <= DisplayParameters::kMaxSide && side % 2 == 0; }
bool mask_side(std::uint32_t side) { return side >= 1 && side <= DisplayParameters::kMaxSide; }

}  // namespace

std::vector<std::uint8_t> DisplayParameters::encode() const {
  StateWriter out;
  out.u64(luma);
  out.u64(chroma);
  for (std::uint32_t word : {width_px, height_px, luma_stride, chroma_stride, frame_index, mask_mode}) out.u32(word);
  out.u64(mask);
  for (std::uint32_t word : {mask_width_px, mask_height_px, mask_step, mask_stride, static_cast<std::uint32_t>(mask_threshold), box_count})
    out.u32(word);
  out.u64(boxes);
  out.u32(box_colour);
  for (unsigned i = 0; i < kReservedWords; ++i) out.u32(0);
  return out.data();
}

DisplayParameters DisplayParameters::decode(StateReader& in) {
  DisplayParameters p;
  p.luma = in.u64();
  p.chroma = in.u64();
  for (std::uint32_t* word : {&p.width_px, &p.height_px, &p.luma_stride, &p.chroma_stride, &p.frame_index, &p.mask_mode}) *word = in.u32();
  p.mask = in.u64();
  for (std::uint32_t* word : {&p.mask_width_px, &p.mask_height_px, &p.mask_step, &p.mask_stride}) *word = in.u32();
  p.mask_threshold = static_cast<std::int32_t>(in.u32());
  p.box_count = in.u32();
  p.boxes = in.u64();
  p.box_colour = in.u32();
  return p;
}

std::uint32_t DisplayParameters::first_bad_field() const {
  if (!picture_side(width_px)) return kAtWidth;
  if (!picture_side(height_px)) return kAtHeight;
  if (luma_stride < width_px) return kAtLumaStride;
  if (chroma_stride < width_px) return kAtChromaStride;
  if (mask_mode > static_cast<std::uint32_t>(MaskMode::kAtLeast)) return kAtMaskMode;
  if (mode() != MaskMode::kNone) {
    if (!mask_side(mask_width_px)) return kAtMaskWidth;
    if (!mask_side(mask_height_px)) return kAtMaskHeight;
    if (mask_step < 1 || mask_step > kMaxMaskStep) return kAtMaskStep;
    if (mask_stride < mask_row_bytes()) return kAtMaskStride;
    if (mode() == MaskMode::kAtLeast && (mask_threshold < -128 || mask_threshold > 127)) return kAtMaskThreshold;
  }
  if (box_count > kMaxBoxes) return kAtBoxCount;
  if (box_colour > 0xff'ffff) return kAtBoxColour;
  return kBytes;
}

}  // namespace visoc
