// SPDX-License-Identifier: Apache-2.0
#include "ip/video_decoder/side_info.h"

#include <algorithm>

#include "platform/base/state.h"

namespace visoc::video {
namespace {

// A record a time through StateWriter would grow the bytes field by field; a frame has thousands.
void put_u16(std::uint8_t* out, std::uint16_t value) {
  out[0] = static_cast<std::uint8_t>(value);
  out[1] = static_cast<std::uint8_t>(value >> 8);
}

void put_u32(std::uint8_t* out, std::uint32_t value) {
  put_u16(out, static_cast<std::uint16_t>(value));
  put_u16(out + 2, static_cast<std::uint16_t>(value >> 16));
}

/// Bytes 14, 15 and 28 to 31 stay as they are.
void put_record(std::uint8_t* out, const MotionRecord& record) {
  put_u16(out, static_cast<std::uint16_t>(record.dst_x));
  put_u16(out + 2, static_cast<std::uint16_t>(record.dst_y));
  put_u16(out + 4, static_cast<std::uint16_t>(record.src_x));
  put_u16(out + 6, static_cast<std::uint16_t>(record.src_y));
  out[8] = record.width;
  out[9] = record.height;
  out[10] = record.frac_x;
  out[11] = record.frac_y;
  out[12] = static_cast<std::uint8_t>(record.direction);
  out[13] = record.qp;
  put_u32(out + 16, static_cast<std::uint32_t>(record.motion_x));
  put_u32(out + 20, static_cast<std::uint32_t>(record.motion_y));
  put_u32(out + 24, record.reference);
}

}  // namespace

std::vector<std::uint8_t> encode_side_info(const SideInfo& info, std::size_t capacity) {
  const std::size_t room = (capacity - kSideInfoHeaderBytes) / kMotionRecordBytes;
  const std::size_t count = std::min(room, info.records.size());
  const bool truncated = count < info.records.size();
  StateWriter out;
  out.u32(kSideInfoMagic);
  out.u32(static_cast<std::uint32_t>(kSideInfoHeaderBytes + count * kMotionRecordBytes));
  for (std::uint32_t word : {info.width_px, info.height_px, info.display_index, info.decode_index}) out.u32(word);
  out.u8(info.picture_type);
  out.u8(static_cast<std::uint8_t>(info.flags | (truncated ? kSideInfoTruncated : 0)));
  out.u8(static_cast<std::uint8_t>(info.vectors));
  out.u8(info.mean_qp);
  out.u32(static_cast<std::uint32_t>(info.records.size()));
  out.u32(static_cast<std::uint32_t>(count));
  for (std::uint32_t word : {info.earlier_reference, info.later_reference, info.coded_bytes, info.damaged_packets, 0u, 0u, 0u})
    out.u32(word);
  std::vector<std::uint8_t> bytes(kSideInfoHeaderBytes + count * kMotionRecordBytes, 0);
  std::copy(out.data().begin(), out.data().end(), bytes.begin());
  std::uint8_t* record = bytes.data() + kSideInfoHeaderBytes;
  for (std::size_t i = 0; i < count; ++i, record += kMotionRecordBytes) put_record(record, info.records[i]);
  return bytes;
}

}  // namespace visoc::video
