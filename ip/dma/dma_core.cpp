// SPDX-License-Identifier: Apache-2.0
#include "ip/dma/dma_core.h"

#include <algorithm>

#include "regs/dma_regs.h"

namespace visoc {
namespace {

using Reg = regs::dma::Reg;

// Offsets of fields in the parameter block, for the completion's detail.
constexpr std::uint64_t kAtRowBytes = 16, kAtRows = 20, kAtReserved = 36;

}  // namespace

std::vector<std::uint8_t> DmaParameters::encode() const {
  StateWriter out;
  out.u64(src);
  out.u64(dst);
  for (std::uint32_t word : {row_bytes, rows, src_stride, dst_stride, pattern}) out.u32(word);
  for (unsigned i = 0; i < 7; ++i) out.u32(0);
  return out.data();
}

DmaCore::DmaCore(const DmaOptions& options) : RingCore(regs::dma::kTable, options.clock, options.poll_interval), options_(options) {}

void DmaCore::reset_engine() {
  cancel();
  set_bytes_done(0);
}

void DmaCore::cancel() {
  parameters_ = {};
  fill_ = false;
  row_ = column_ = 0;
  segments_.clear();
  data_.clear();
  read_failed_ = false;
  read_fault_addr_ = 0;
}

void DmaCore::set_bytes_done(std::uint64_t bytes) {
  bytes_done_ = bytes;
  registers_.set(Reg::kBytesDoneLo, static_cast<std::uint32_t>(bytes));
  registers_.set(Reg::kBytesDoneHi, static_cast<std::uint32_t>(bytes >> 32));
}

EngineProgress DmaCore::begin(Picos now, const Descriptor& descriptor, const std::vector<std::uint8_t>& parameters, MemoryPort& memory) {
  cancel();
  set_bytes_done(0);
  const auto opcode = static_cast<DmaOpcode>(descriptor.opcode);
  if (opcode != DmaOpcode::kCopy2d && opcode != DmaOpcode::kFill2d)
    return EngineProgress::failed(now, CommandStatus::kUnknownOpcode, descriptor.opcode);
  if (parameters.size() != DmaParameters::kBytes) return EngineProgress::failed(now, CommandStatus::kBadParameter, DmaParameters::kBytes);
  StateReader in{ConstBytes(parameters)};
  DmaParameters p;
  p.src = in.u64();
  p.dst = in.u64();
  for (std::uint32_t* word : {&p.row_bytes, &p.rows, &p.src_stride, &p.dst_stride, &p.pattern}) *word = in.u32();
  if (p.row_bytes > kMaxRowBytes) return EngineProgress::failed(now, CommandStatus::kBadParameter, kAtRowBytes);
  if (p.rows > kMaxRows) return EngineProgress::failed(now, CommandStatus::kBadParameter, kAtRows);
  const bool reserved_is_zero =
      std::all_of(parameters.begin() + kAtReserved, parameters.end(), [](std::uint8_t byte) { return byte == 0; });
  if (!reserved_is_zero) return EngineProgress::failed(now, CommandStatus::kBadParameter, kAtReserved);
  fill_ = opcode == DmaOpcode::kFill2d;
  parameters_ = p;
  const Picos start = now + clock().to_picos(options_.start_cycles);
  return next_piece(start, start, memory);
}

EngineProgress DmaCore::advance(Picos now, MemoryPort& memory) {
  // Publish the piece whose time has come.
  Picos written_at = now;
  const std::uint8_t* from = data_.data();
  for (const Segment& segment : segments_) {
    const MemoryReply reply = memory.write(now, segment.dst, ConstBytes(from, segment.bytes));
    written_at = std::max(written_at, reply.done_at);
    set_bytes_done(bytes_done_ + reply.bytes_done);
    (fill_ ? bytes_filled_ : bytes_copied_) += reply.bytes_done;
    if (!reply.ok()) {
      const std::uint64_t done = bytes_done_;
      cancel();
      return EngineProgress::failed(written_at, CommandStatus::kWriteFault, done, reply.fault_addr);
    }
    from += segment.bytes;
  }
  segments_.clear();
  data_.clear();
  if (read_failed_) {
    const Addr fault_addr = read_fault_addr_;
    cancel();
    return EngineProgress::failed(written_at, CommandStatus::kReadFault, bytes_done_, fault_addr);
  }
  return next_piece(now, written_at, memory);
}

EngineProgress DmaCore::next_piece(Picos now, Picos not_before, MemoryPort& memory) {
  if (all_gathered()) {
    cancel();
    return EngineProgress::finished(not_before, bytes_done_);
  }
  Picos ready_at = std::max(now, not_before);
  std::uint32_t room = kPieceBytes;
  while (!all_gathered() && room != 0 && segments_.size() < kPieceRows && !read_failed_) {
    const std::uint32_t bytes = std::min(parameters_.row_bytes - column_, room);
    const std::size_t at = data_.size();
    std::uint32_t good = bytes;
    data_.resize(at + bytes);
    if (fill_) {
      for (std::uint32_t i = 0; i < bytes; ++i) data_[at + i] = static_cast<std::uint8_t>(parameters_.pattern >> (8 * ((column_ + i) % 4)));
    } else {
      const Addr src = parameters_.src + std::uint64_t{row_} * parameters_.src_stride + column_;
      const MemoryReply reply = memory.read(now, src, MutableBytes(data_.data() + at, bytes));
      ready_at = std::max(ready_at, reply.done_at);
      if (!reply.ok()) {
        read_failed_ = true;
        read_fault_addr_ = reply.fault_addr;
        good = static_cast<std::uint32_t>(std::min<std::uint64_t>(reply.bytes_done, bytes));
        data_.resize(at + good);
      }
    }
    if (good != 0) segments_.push_back({parameters_.dst + std::uint64_t{row_} * parameters_.dst_stride + column_, good});
    room -= bytes;
    column_ += bytes;
    if (column_ == parameters_.row_bytes) {
      column_ = 0;
      ++row_;
    }
  }
  const Cycles cycles = (data_.size() + options_.bytes_per_cycle - 1) / options_.bytes_per_cycle;
  return EngineProgress::again_at(std::max(ready_at, now + clock().to_picos(cycles)));
}

std::string DmaCore::activity_name(const Descriptor& descriptor) const {
  switch (static_cast<DmaOpcode>(descriptor.opcode)) {
    case DmaOpcode::kCopy2d:
      return "copy";
    case DmaOpcode::kFill2d:
      return "fill";
  }
  return "unknown";
}

std::vector<Statistic> DmaCore::statistics() const {
  std::vector<Statistic> all = RingCore::statistics();
  all.push_back({"bytes_copied", bytes_copied_, "bytes written by COPY2D"});
  all.push_back({"bytes_filled", bytes_filled_, "bytes written by FILL2D"});
  return all;
}

std::vector<EnergyEvent> DmaCore::energy_events() const { return {{"dma_byte", bytes_copied_ + bytes_filled_}}; }

void DmaCore::save_engine(StateWriter& out) const {
  out.boolean(fill_);
  out.bytes(parameters_.encode().data(), DmaParameters::kBytes);
  out.u32(row_);
  out.u32(column_);
  out.u32(static_cast<std::uint32_t>(segments_.size()));
  for (const Segment& segment : segments_) {
    out.u64(segment.dst);
    out.u32(segment.bytes);
  }
  out.blob(data_);
  out.boolean(read_failed_);
  out.u64(read_fault_addr_);
  for (std::uint64_t value : {bytes_done_, bytes_copied_, bytes_filled_}) out.u64(value);
}

void DmaCore::load_engine(StateReader& in) {
  cancel();
  fill_ = in.boolean();
  parameters_.src = in.u64();
  parameters_.dst = in.u64();
  for (std::uint32_t* word :
       {&parameters_.row_bytes, &parameters_.rows, &parameters_.src_stride, &parameters_.dst_stride, &parameters_.pattern})
    *word = in.u32();
  for (unsigned i = 0; i < 7; ++i) in.u32();
  row_ = in.u32();
  column_ = in.u32();
  const std::uint32_t count = in.u32();
  std::uint64_t total = 0;
  for (std::uint32_t i = 0; i < count && i < kPieceRows; ++i) {
    const Addr dst = in.u64();
    segments_.push_back({dst, in.u32()});
    total += segments_.back().bytes;
  }
  data_ = in.blob();
  read_failed_ = in.boolean();
  read_fault_addr_ = in.u64();
  for (std::uint64_t* value : {&bytes_done_, &bytes_copied_, &bytes_filled_}) *value = in.u64();
  // A damaged state must not lead outside the data.
  const bool inside =
      in.ok() && count <= kPieceRows && total == data_.size() && column_ <= parameters_.row_bytes && parameters_.row_bytes <= kMaxRowBytes;
  if (!inside) cancel();
}

}  // namespace visoc
