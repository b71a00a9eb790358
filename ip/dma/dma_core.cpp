// SPDX-License-Identifier: Apache-2.0
#include "ip/dma/dma_core.h"

#include <algorithm>

#include "ip/dma/crc32.h"
#include "regs/dma_regs.h"

namespace visoc {
namespace {

using Reg = regs::dma::Reg;

// Offsets of fields in the parameter block and in a list entry, for the completion's detail.
constexpr std::uint64_t kAtRowBytes = 16, kAtRows = 20, kAtPeriod = 36, kAtOffset = 40, kAtOptions = 44, kAtReserved = 48;
constexpr std::uint64_t kAtEntryBytes = 16, kAtEntryReserved = 20;
constexpr std::uint16_t kFirstOpcode = 1, kLastOpcode = 5;

void write_fields(StateWriter& out, const DmaParameters& p) {
  out.u64(p.src);
  out.u64(p.dst);
  for (std::uint32_t word : {p.row_bytes, p.rows, p.src_stride, p.dst_stride, p.pattern, p.period, p.offset, p.options}) out.u32(word);
}

void read_fields(StateReader& in, DmaParameters& p) {
  p.src = in.u64();
  p.dst = in.u64();
  for (std::uint32_t* word : {&p.row_bytes, &p.rows, &p.src_stride, &p.dst_stride, &p.pattern, &p.period, &p.offset, &p.options})
    *word = in.u32();
}

void write_fields(StateWriter& out, const DmaListEntry& entry) {
  out.u64(entry.src);
  out.u64(entry.dst);
  out.u32(entry.bytes);
  out.u32(entry.reserved);
}

void read_fields(StateReader& in, DmaListEntry& entry) {
  entry.src = in.u64();
  entry.dst = in.u64();
  entry.bytes = in.u32();
  entry.reserved = in.u32();
}

}  // namespace

std::vector<std::uint8_t> DmaParameters::encode() const {
  StateWriter out;
  write_fields(out, *this);
  for (unsigned i = 0; i < 4; ++i) out.u32(0);
  return out.data();
}

std::vector<std::uint8_t> DmaListEntry::encode() const {
  StateWriter out;
  write_fields(out, *this);
  return out.data();
}

DmaCore::DmaCore(const DmaOptions& options) : RingCore(regs::dma::kTable, options.clock, options.poll_interval), options_(options) {}

void DmaCore::reset_engine() {
  cancel();
  set_bytes_done(0);
  set_crc(0);
}

void DmaCore::cancel() {
  parameters_ = {};
  opcode_ = DmaOpcode::kCopy2d;
  row_ = column_ = first_entry_ = 0;
  entries_.clear();
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

void DmaCore::set_crc(std::uint32_t crc) {
  crc_ = crc;
  registers_.set(Reg::kCrc, crc);
}

EngineProgress DmaCore::begin(Picos now, const Descriptor& descriptor, const std::vector<std::uint8_t>& parameters, MemoryPort& memory) {
  cancel();
  set_bytes_done(0);
  set_crc(0);
  const auto bad = [now](std::uint64_t field) { return EngineProgress::failed(now, CommandStatus::kBadParameter, field); };
  if (descriptor.opcode < kFirstOpcode || descriptor.opcode > kLastOpcode)
    return EngineProgress::failed(now, CommandStatus::kUnknownOpcode, descriptor.opcode);
  const auto opcode = static_cast<DmaOpcode>(descriptor.opcode);
  if (parameters.size() != DmaParameters::kBytes) return bad(DmaParameters::kBytes);
  StateReader in{ConstBytes(parameters)};
  DmaParameters p;
  read_fields(in, p);
  const bool gathers = opcode == DmaOpcode::kGatherRows;
  if (opcode != DmaOpcode::kCopyList && p.row_bytes > kMaxRowBytes) return bad(kAtRowBytes);
  if (p.rows > kMaxRows) return bad(kAtRows);
  if (gathers ? p.period == 0 : p.period != 0) return bad(kAtPeriod);
  if (gathers ? p.offset >= p.period : p.offset != 0) return bad(kAtOffset);
  if ((p.options & ~DmaParameters::kOptionCrc) != 0) return bad(kAtOptions);
  if (std::any_of(parameters.begin() + kAtReserved, parameters.end(), [](std::uint8_t byte) { return byte != 0; })) return bad(kAtReserved);
  opcode_ = opcode;
  parameters_ = p;
  row_ = p.offset;
  if (opcode != DmaOpcode::kCopyList && p.row_bytes == 0) row_ = p.rows;
  const Picos start = now + clock().to_picos(options_.start_cycles);
  return next_piece(start, start, memory);
}

DmaCore::Row DmaCore::present_row() const {
  if (is(DmaOpcode::kCopyList)) {
    const DmaListEntry& entry = entries_[row_ - first_entry_];
    return {entry.src, entry.dst, entry.bytes};
  }
  const std::uint32_t target_row = is(DmaOpcode::kGatherRows) ? row_ / parameters_.period : row_;
  return {parameters_.src + std::uint64_t{row_} * parameters_.src_stride,
          parameters_.dst + std::uint64_t{target_row} * parameters_.dst_stride, parameters_.row_bytes};
}

std::uint64_t& DmaCore::counter() {
  if (is(DmaOpcode::kFill2d)) return bytes_filled_;
  return is(DmaOpcode::kCrc2d) ? bytes_checked_ : bytes_copied_;
}

/// Writes a segment, as far as memory takes it, and counts it. False if a write failed.
bool DmaCore::publish(Picos now, const Segment& segment, const std::uint8_t* bytes, MemoryPort& memory, MemoryReply& reply) {
  reply = {MemoryStatus::kOk, now, segment.bytes, 0};
  if (!is(DmaOpcode::kCrc2d)) reply = memory.write(now, segment.dst, ConstBytes(bytes, segment.bytes));
  set_bytes_done(bytes_done_ + reply.bytes_done);
  counter() += reply.bytes_done;
  if (is(DmaOpcode::kCrc2d) || (parameters_.options & DmaParameters::kOptionCrc) != 0)
    set_crc(crc32(crc_, ConstBytes(bytes, static_cast<std::size_t>(reply.bytes_done))));
  return reply.ok();
}

EngineProgress DmaCore::advance(Picos now, MemoryPort& memory) {
  // Publish the piece whose time has come.
  Picos written_at = now;
  const std::uint8_t* from = data_.data();
  for (const Segment& segment : segments_) {
    MemoryReply reply;
    const bool written = publish(now, segment, from, memory, reply);
    written_at = std::max(written_at, reply.done_at);
    if (!written) {
      cancel();
      return EngineProgress::failed(written_at, CommandStatus::kWriteFault, bytes_done_, reply.fault_addr);
    }
    from += segment.bytes;
  }
  segments_.clear();
  data_.clear();
  // Entries before the first that could not be read are moved first.
  if (read_failed_ && !(is(DmaOpcode::kCopyList) && has_entry())) {
    const Addr fault_addr = read_fault_addr_;
    cancel();
    return EngineProgress::failed(written_at, CommandStatus::kReadFault, bytes_done_, fault_addr);
  }
  return next_piece(now, written_at, memory);
}

EngineProgress DmaCore::finish(Picos at) {
  // The record's last field is the fault address of a command that failed; one that ended well has its CRC there.
  EngineProgress progress = EngineProgress::finished(at, bytes_done_);
  progress.fault_addr = crc_;
  cancel();
  return progress;
}

/// The next entries of a list, or those of them that can be read; ends in a wake-up of its own.
EngineProgress DmaCore::fetch_entries(Picos at, MemoryPort& memory) {
  const std::uint32_t count = std::min(parameters_.rows - row_, kPieceRows);
  std::vector<std::uint8_t> bytes(std::size_t{count} * DmaListEntry::kBytes);
  const MemoryReply reply =
      memory.read(at, parameters_.src + std::uint64_t{row_} * DmaListEntry::kBytes, MutableBytes(bytes.data(), bytes.size()));
  StateReader in{ConstBytes(bytes)};
  first_entry_ = row_;
  entries_.assign(static_cast<std::size_t>(std::min<std::uint64_t>(reply.bytes_done / DmaListEntry::kBytes, count)), {});
  for (DmaListEntry& entry : entries_) read_fields(in, entry);
  if (!reply.ok()) {
    read_failed_ = true;
    read_fault_addr_ = reply.fault_addr;
  }
  return EngineProgress::again_at(std::max(at, reply.done_at));
}

/// Reads or makes `bytes` of the present row, from column_ on.
void DmaCore::gather(Picos now, const Row& row, std::uint32_t bytes, MemoryPort& memory, Picos& ready_at) {
  const std::size_t at = data_.size();
  std::uint32_t good = bytes;
  data_.resize(at + bytes);
  if (is(DmaOpcode::kFill2d)) {
    for (std::uint32_t i = 0; i < bytes; ++i) data_[at + i] = static_cast<std::uint8_t>(parameters_.pattern >> (8 * ((column_ + i) % 4)));
  } else {
    const MemoryReply reply = memory.read(now, row.src + column_, MutableBytes(data_.data() + at, bytes));
    ready_at = std::max(ready_at, reply.done_at);
    if (!reply.ok()) {
      read_failed_ = true;
      read_fault_addr_ = reply.fault_addr;
      entries_.clear();  // Nothing of the list comes after this.
      good = static_cast<std::uint32_t>(std::min<std::uint64_t>(reply.bytes_done, bytes));
      data_.resize(at + good);
    }
  }
  if (good != 0) segments_.push_back({row.dst + column_, good});
}

EngineProgress DmaCore::next_piece(Picos now, Picos not_before, MemoryPort& memory) {
  if (all_gathered()) return finish(not_before);
  const bool list = is(DmaOpcode::kCopyList);
  if (list && !has_entry()) return fetch_entries(std::max(now, not_before), memory);
  const bool list_ends_in_fault = read_failed_;
  Picos ready_at = std::max(now, not_before);
  std::uint32_t room = kPieceBytes;
  while (!all_gathered() && (!list || has_entry()) && room != 0 && segments_.size() < kPieceRows && read_failed_ == list_ends_in_fault) {
    if (list) {
      const DmaListEntry& entry = entries_[row_ - first_entry_];
      const bool too_long = entry.bytes > kMaxRowBytes;
      if (too_long || entry.reserved != 0) {
        if (!segments_.empty()) break;  // What is before it is moved first.
        const std::uint64_t field = std::uint64_t{row_} * DmaListEntry::kBytes + (too_long ? kAtEntryBytes : kAtEntryReserved);
        cancel();
        return EngineProgress::failed(not_before, CommandStatus::kBadParameter, DmaParameters::kBytes + field);
      }
    }
    const Row row = present_row();
    const std::uint32_t bytes = std::min(row.bytes - column_, room);
    if (bytes != 0) gather(now, row, bytes, memory, ready_at);
    room -= bytes;
    column_ += bytes;
    if (column_ == row.bytes) {
      column_ = 0;
      const std::uint64_t next = std::uint64_t{row_} + (is(DmaOpcode::kGatherRows) ? parameters_.period : 1);
      row_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(next, parameters_.rows));
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
    case DmaOpcode::kCopyList:
      return "copy list";
    case DmaOpcode::kGatherRows:
      return "gather rows";
    case DmaOpcode::kCrc2d:
      return "crc";
  }
  return "unknown";
}

std::vector<Statistic> DmaCore::statistics() const {
  std::vector<Statistic> all = RingCore::statistics();
  all.push_back({"bytes_copied", bytes_copied_, "bytes written by COPY2D, COPY_LIST and GATHER_ROWS"});
  all.push_back({"bytes_filled", bytes_filled_, "bytes written by FILL2D"});
  all.push_back({"bytes_checked", bytes_checked_, "bytes read by CRC2D"});
  return all;
}

std::vector<EnergyEvent> DmaCore::energy_events() const { return {{"dma_byte", bytes_copied_ + bytes_filled_ + bytes_checked_}}; }

void DmaCore::save_engine(StateWriter& out) const {
  out.u16(static_cast<std::uint16_t>(opcode_));
  write_fields(out, parameters_);
  out.u32(row_);
  out.u32(column_);
  out.u32(first_entry_);
  out.u32(static_cast<std::uint32_t>(entries_.size()));
  for (const DmaListEntry& entry : entries_) write_fields(out, entry);
  out.u32(static_cast<std::uint32_t>(segments_.size()));
  for (const Segment& segment : segments_) {
    out.u64(segment.dst);
    out.u32(segment.bytes);
  }
  out.blob(data_);
  out.boolean(read_failed_);
  out.u64(read_fault_addr_);
  out.u32(crc_);
  for (std::uint64_t value : {bytes_done_, bytes_copied_, bytes_filled_, bytes_checked_}) out.u64(value);
}

void DmaCore::load_engine(StateReader& in) {
  cancel();
  const std::uint16_t opcode = in.u16();
  opcode_ = static_cast<DmaOpcode>(opcode);
  read_fields(in, parameters_);
  row_ = in.u32();
  column_ = in.u32();
  first_entry_ = in.u32();
  const std::uint32_t entries = in.u32();
  for (std::uint32_t i = 0; i < entries && i < kPieceRows; ++i) {
    entries_.emplace_back();
    read_fields(in, entries_.back());
  }
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
  crc_ = in.u32();
  for (std::uint64_t* value : {&bytes_done_, &bytes_copied_, &bytes_filled_, &bytes_checked_}) *value = in.u64();
  // A damaged state must not lead outside the data.
  bool inside = in.ok() && entries <= kPieceRows && count <= kPieceRows && total == data_.size() && parameters_.rows <= kMaxRows &&
                opcode >= kFirstOpcode && opcode <= kLastOpcode;
  const bool list = is(DmaOpcode::kCopyList);
  if (is(DmaOpcode::kGatherRows)) inside = inside && parameters_.period != 0;
  if (!list) inside = inside && parameters_.row_bytes <= kMaxRowBytes;
  if (inside && !all_gathered()) inside = column_ <= (list && !has_entry() ? 0 : present_row().bytes);
  if (!inside) cancel();
}

}  // namespace visoc
