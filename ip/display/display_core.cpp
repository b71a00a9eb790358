// SPDX-License-Identifier: Apache-2.0
#include "ip/display/display_core.h"

#include <algorithm>
#include <utility>

#include "regs/display_regs.h"

namespace visoc {
namespace {

using Reg = regs::display::Reg;

constexpr std::uint32_t kAtReserved = 84;
constexpr std::uint32_t kBoxLinePixels = 2;

std::uint32_t half_word(const std::uint8_t* bytes) { return bytes[0] | std::uint32_t{bytes[1]} << 8; }

}  // namespace

void draw_box(std::vector<std::uint8_t>& nv12, std::uint32_t width_px, std::uint32_t height_px, const std::uint8_t (&box)[8],
              std::uint32_t colour) {
  // All below 2^17: four half words.
  const std::uint32_t left = half_word(box), top = half_word(box + 2);
  const std::uint32_t right = left + half_word(box + 4), bottom = top + half_word(box + 6);
  std::uint8_t* const luma = nv12.data();
  std::uint8_t* const chroma = luma + std::size_t{width_px} * height_px;
  const auto fill = [&](std::uint32_t x0, std::uint32_t y0, std::uint32_t x1, std::uint32_t y1) {
    for (std::uint32_t y = y0; y < std::min({y1, bottom, height_px}); ++y)
      for (std::uint32_t x = x0; x < std::min({x1, right, width_px}); ++x) {
        luma[std::size_t{y} * width_px + x] = static_cast<std::uint8_t>(colour);
        std::uint8_t* const pair = chroma + std::size_t{y / 2} * width_px + (x & ~1u);
        pair[0] = static_cast<std::uint8_t>(colour >> 8);
        pair[1] = static_cast<std::uint8_t>(colour >> 16);
      }
  };
  fill(left, top, right, top + kBoxLinePixels);
  fill(left, top, left + kBoxLinePixels, bottom);
  fill(left, std::max(top + kBoxLinePixels, bottom) - kBoxLinePixels, right, bottom);
  fill(std::max(left + kBoxLinePixels, right) - kBoxLinePixels, top, right, bottom);
}

DisplayCore::DisplayCore(const DisplayOptions& options)
    : RingCore(regs::display::kTable, options.clock, options.poll_interval), options_(options) {}

void DisplayCore::reset_engine() {
  cancel();
  for (Reg reg : {Reg::kRowsDone, Reg::kFramesShown, Reg::kLastIndex}) registers_.set(reg, 0);
}

void DisplayCore::cancel() {
  parameters_ = {};
  row_ = mask_row_ = 0;
  for (std::vector<std::uint8_t>* read : {&boxes_, &mask_, &luma_, &chroma_}) read->clear();
}

EngineProgress DisplayCore::begin(Picos now, const Descriptor& descriptor, const std::vector<std::uint8_t>& parameters,
                                  MemoryPort& memory) {
  cancel();
  registers_.set(Reg::kRowsDone, 0);
  if (static_cast<DisplayOpcode>(descriptor.opcode) != DisplayOpcode::kShow)
    return EngineProgress::failed(now, CommandStatus::kUnknownOpcode, descriptor.opcode);
  if (parameters.size() != DisplayParameters::kBytes)
    return EngineProgress::failed(now, CommandStatus::kBadParameter, DisplayParameters::kBytes);
  StateReader in{ConstBytes(parameters)};
  const DisplayParameters wanted = DisplayParameters::decode(in);
  const std::uint32_t bad = wanted.first_bad_field();
  if (bad != DisplayParameters::kBytes) return EngineProgress::failed(now, CommandStatus::kBadParameter, bad);
  const bool reserved_is_zero =
      std::all_of(parameters.begin() + kAtReserved, parameters.end(), [](std::uint8_t byte) { return byte == 0; });
  if (!reserved_is_zero) return EngineProgress::failed(now, CommandStatus::kBadParameter, kAtReserved);
  parameters_ = wanted;
  return next_stretch(now + clock().to_picos(options_.start_cycles), memory);
}

EngineProgress DisplayCore::advance(Picos now, MemoryPort& memory) {
  registers_.set(Reg::kRowsDone, row_);
  if (row_ < parameters_.height_px) return next_stretch(now, memory);
  const std::uint32_t rows = row_;
  if (rows != 0) show();
  cancel();
  return EngineProgress::finished(now, rows);
}

EngineProgress DisplayCore::next_stretch(Picos now, MemoryPort& memory) {
  Picos ready_at = now;
  std::uint64_t bytes = 0, pixels = 0;
  MemoryReply reply;
  const auto take = [&](const MemoryReply& got) {
    reply = got;
    ready_at = std::max(ready_at, got.done_at);
    bytes += got.bytes_done;
    return got.ok();
  };
  bool good = true;
  if (boxes_.size() != std::size_t{parameters_.box_count} * kBoxBytes) {
    boxes_.resize(std::size_t{parameters_.box_count} * kBoxBytes);
    good = take(memory.read(now, parameters_.boxes, MutableBytes(boxes_)));
  }
  while (good && mask_row_ < mask_rows() && bytes < kStretchBytes) good = take(read_mask_row(now, memory));
  while (good && row_ < parameters_.height_px && bytes < kStretchBytes) {
    good = take(read_row_pair(now, memory));
    if (good) pixels += std::uint64_t{2} * parameters_.width_px;
  }
  bytes_scanned_ += bytes;
  pixels_scanned_ += pixels;
  if (!good) {
    cancel();
    return EngineProgress::failed(ready_at, CommandStatus::kReadFault, registers_.get(Reg::kRowsDone), reply.fault_addr);
  }
  const Cycles cycles = (pixels + options_.pixels_per_cycle - 1) / options_.pixels_per_cycle;
  return EngineProgress::again_at(std::max(ready_at, now + clock().to_picos(cycles)));
}

MemoryReply DisplayCore::read_mask_row(Picos now, MemoryPort& memory) {
  std::vector<std::uint8_t> row(parameters_.mask_row_bytes());
  const MemoryReply reply = memory.read(now, parameters_.mask + std::uint64_t{mask_row_} * parameters_.mask_stride, MutableBytes(row));
  if (!reply.ok()) return reply;
  const bool by_threshold = parameters_.mode() == MaskMode::kAtLeast;
  for (std::size_t at = 0; at < row.size(); at += parameters_.mask_step) {
    const bool found = by_threshold ? static_cast<std::int8_t>(row[at]) >= parameters_.mask_threshold : row[at] != 0;
    mask_.push_back(found ? 1 : 0);
  }
  ++mask_row_;
  return reply;
}

MemoryReply DisplayCore::read_row_pair(Picos now, MemoryPort& memory) {
  const std::uint32_t width = parameters_.width_px;
  MemoryReply all;
  all.done_at = now;
  const auto read_row = [&](std::vector<std::uint8_t>& plane, Addr addr) {
    const std::size_t at = plane.size();
    plane.resize(at + width);
    const MemoryReply reply = memory.read(now, addr, MutableBytes(&plane[at], width));
    all.done_at = std::max(all.done_at, reply.done_at);
    all.bytes_done += reply.bytes_done;
    all.status = reply.status;
    all.fault_addr = reply.fault_addr;
    return reply.ok();
  };
  const bool good = read_row(luma_, parameters_.luma + std::uint64_t{row_} * parameters_.luma_stride) &&
                    read_row(luma_, parameters_.luma + std::uint64_t{row_ + 1} * parameters_.luma_stride) &&
                    read_row(chroma_, parameters_.chroma + std::uint64_t{row_ / 2} * parameters_.chroma_stride);
  if (good) row_ += 2;
  return all;
}

void DisplayCore::show() {
  ShownFrame frame;
  frame.index = parameters_.frame_index;
  frame.width_px = parameters_.width_px;
  frame.height_px = parameters_.height_px;
  frame.nv12 = std::move(luma_);
  frame.nv12.insert(frame.nv12.end(), chroma_.begin(), chroma_.end());
  for (std::size_t at = 0; at < boxes_.size(); at += kBoxBytes) {
    std::uint8_t box[kBoxBytes];
    std::copy_n(boxes_.begin() + static_cast<std::ptrdiff_t>(at), kBoxBytes, box);
    draw_box(frame.nv12, frame.width_px, frame.height_px, box, parameters_.box_colour);
  }
  if (parameters_.mode() != MaskMode::kNone) {
    frame.mask_width_px = parameters_.mask_width_px;
    frame.mask_height_px = parameters_.mask_height_px;
    frame.mask = std::move(mask_);
  }
  ++frames_shown_;
  registers_.set(Reg::kFramesShown, static_cast<std::uint32_t>(registers_.get(Reg::kFramesShown) + 1));
  registers_.set(Reg::kLastIndex, parameters_.frame_index);
  if (services() != nullptr) services()->show_frame(instance(), std::move(frame));
}

std::string DisplayCore::activity_name(const Descriptor& descriptor) const {
  return static_cast<DisplayOpcode>(descriptor.opcode) == DisplayOpcode::kShow ? "show" : "unknown";
}

std::vector<Statistic> DisplayCore::statistics() const {
  std::vector<Statistic> all = RingCore::statistics();
  all.push_back({"frames_shown", frames_shown_, "pictures shown"});
  all.push_back({"pixels_scanned", pixels_scanned_, "pixels of pictures scanned out"});
  all.push_back({"bytes_scanned", bytes_scanned_, "bytes of pictures, masks and boxes read"});
  return all;
}

std::vector<EnergyEvent> DisplayCore::energy_events() const { return {{"display_pixels", pixels_scanned_}}; }

void DisplayCore::save_engine(StateWriter& out) const {
  out.bytes(parameters_.encode().data(), kAtReserved);
  out.u32(row_);
  out.u32(mask_row_);
  for (const std::vector<std::uint8_t>* read : {&boxes_, &mask_, &luma_, &chroma_}) out.blob(*read);
  for (std::uint64_t value : {frames_shown_, pixels_scanned_, bytes_scanned_}) out.u64(value);
}

void DisplayCore::load_engine(StateReader& in) {
  cancel();
  parameters_ = DisplayParameters::decode(in);
  row_ = in.u32();
  mask_row_ = in.u32();
  for (std::vector<std::uint8_t>* read : {&boxes_, &mask_, &luma_, &chroma_}) *read = in.blob();
  for (std::uint64_t* value : {&frames_shown_, &pixels_scanned_, &bytes_scanned_}) *value = in.u64();
  if (!in.ok() || !state_is_sound()) cancel();
}

// A damaged state must not lead outside the data; an idle engine's parameters are all zero and end here too.
bool DisplayCore::state_is_sound() const {
  if (parameters_.first_bad_field() != DisplayParameters::kBytes) return false;
  const std::size_t width = parameters_.width_px, mask_width = parameters_.mask_width_px;
  return row_ % 2 == 0 && row_ <= parameters_.height_px && mask_row_ <= mask_rows() && (row_ == 0 || mask_row_ == mask_rows()) &&
         boxes_.size() == std::size_t{parameters_.box_count} * kBoxBytes && luma_.size() == row_ * width &&
         chroma_.size() == row_ / 2 * width && mask_.size() == mask_row_ * mask_width;
}

}  // namespace visoc
