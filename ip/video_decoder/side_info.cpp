// SPDX-License-Identifier: Apache-2.0
#include "ip/video_decoder/side_info.h"

#include <algorithm>

#include "platform/base/state.h"

namespace visoc::video {

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
  for (std::size_t i = 0; i < count; ++i) {
    const MotionRecord& record = info.records[i];
    for (std::int16_t value : {record.dst_x, record.dst_y, record.src_x, record.src_y}) out.u16(static_cast<std::uint16_t>(value));
    for (std::uint8_t value : {record.width, record.height, record.frac_x, record.frac_y}) out.u8(value);
    out.u8(static_cast<std::uint8_t>(record.direction));
    out.u8(record.qp);
    out.u16(0);
    out.u32(static_cast<std::uint32_t>(record.motion_x));
    out.u32(static_cast<std::uint32_t>(record.motion_y));
    out.u32(record.reference);
    out.u32(0);
  }
  return out.data();
}

}  // namespace visoc::video
