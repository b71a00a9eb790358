// Copies, fills, gathers and checks of memory, command by command from a ring.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/contract/command_ring.h"

namespace visoc {

/// Opcodes of a descriptor.
enum class DmaOpcode : std::uint16_t {
  kCopy2d = 1,      ///< Row r from src + r * src_stride to dst + r * dst_stride.
  kFill2d = 2,      ///< Row r at dst + r * dst_stride from a pattern.
  kCopyList = 3,    ///< Each entry of a list in memory: DmaListEntry.
  kGatherRows = 4,  ///< Of the rows at src + i * src_stride those with i mod period == offset, side by side at dst + k * dst_stride.
  kCrc2d = 5,       ///< Reads rows as COPY2D and writes nothing.
};

/// 64 bytes in memory, little endian, in this order, then u32 reserved[4] (zero). Addresses are taken modulo 2^64.
struct DmaParameters {
  static constexpr std::uint32_t kBytes = 64;

  Addr src = 0;  ///< COPY_LIST: of the list.
  Addr dst = 0;
  std::uint32_t row_bytes = 0;
  std::uint32_t rows = 0;  ///< COPY_LIST: entries. GATHER_ROWS: rows of the source.
  std::uint32_t src_stride = 0, dst_stride = 0;
  std::uint32_t pattern = 0;             ///< FILL2D: byte i of each row is byte i mod 4 of the pattern, least significant first.
  std::uint32_t period = 0, offset = 0;  ///< GATHER_ROWS: offset < period. Else zero.
  std::uint32_t options = 0;             ///< kOptionCrc.

  static constexpr std::uint32_t kOptionCrc = 1;  ///< Give the CRC-32 of the moved bytes.

  std::vector<std::uint8_t> encode() const;
};

/// 24 bytes in memory, little endian: u64 src, u64 dst, u32 bytes, u32 reserved (zero).
struct DmaListEntry {
  static constexpr std::uint32_t kBytes = 24;

  Addr src = 0, dst = 0;
  std::uint32_t bytes = 0;
  std::uint32_t reserved = 0;

  std::vector<std::uint8_t> encode() const;
};

struct DmaOptions {
  Clock clock{1'250};
  Picos poll_interval = kPicosPerMicro;
  std::uint64_t bytes_per_cycle = 16;
  Cycles start_cycles = 8;
};

/// Works in pieces of at most kPieceBytes and kPieceRows. A piece is read at once, written at the wake-up after it, and only then the
/// next one is read; so equal commands give equal bytes whatever the timing. Lists are read kPieceRows entries at a time, before the
/// pieces they describe. On a fault, everything before the first failing byte that the memory reports is written, and the completion's
/// detail says how many bytes that was.
class DmaCore : public RingCore {
 public:
  static constexpr std::uint32_t kPieceBytes = 4096;
  static constexpr std::uint32_t kPieceRows = 16;
  static constexpr std::uint32_t kMaxRowBytes = 1u << 24;
  static constexpr std::uint32_t kMaxRows = 1u << 16;

  explicit DmaCore(const DmaOptions& options);

  std::vector<Statistic> statistics() const override;
  std::vector<EnergyEvent> energy_events() const override;

 protected:
  EngineProgress begin(Picos now, const Descriptor& descriptor, const std::vector<std::uint8_t>& parameters, MemoryPort& memory) override;
  EngineProgress advance(Picos now, MemoryPort& memory) override;
  void cancel() override;
  void save_engine(StateWriter& out) const override;
  void load_engine(StateReader& in) override;
  void reset_engine() override;
  std::string activity_name(const Descriptor& descriptor) const override;

 private:
  /// A stretch of one row that has been read and not yet written.
  struct Segment {
    Addr dst = 0;
    std::uint32_t bytes = 0;
  };
  /// Where the present row lies.
  struct Row {
    Addr src = 0, dst = 0;
    std::uint32_t bytes = 0;
  };

  EngineProgress next_piece(Picos now, Picos not_before, MemoryPort& memory);
  EngineProgress fetch_entries(Picos at, MemoryPort& memory);
  EngineProgress finish(Picos at);
  bool publish(Picos now, const Segment& segment, const std::uint8_t* bytes, MemoryPort& memory, MemoryReply& reply);
  void gather(Picos now, const Row& row, std::uint32_t bytes, MemoryPort& memory, Picos& ready_at);
  void set_bytes_done(std::uint64_t bytes);
  void set_crc(std::uint32_t crc);
  bool is(DmaOpcode opcode) const { return opcode_ == opcode; }
  bool all_gathered() const { return row_ >= parameters_.rows; }
  bool has_entry() const { return row_ >= first_entry_ && row_ - first_entry_ < entries_.size(); }
  Row present_row() const;
  std::uint64_t& counter();

  DmaOptions options_;

  // State.
  DmaOpcode opcode_ = DmaOpcode::kCopy2d;
  DmaParameters parameters_;
  std::uint32_t row_ = 0, column_ = 0;  ///< Where the next piece begins; row_ counts source rows or entries.
  std::uint32_t first_entry_ = 0;       ///< Index of entries_[0].
  std::vector<DmaListEntry> entries_;   ///< Those of the list that were read last.
  std::vector<Segment> segments_;
  std::vector<std::uint8_t> data_;  ///< Of all segments, in order.
  bool read_failed_ = false;
  Addr read_fault_addr_ = 0;
  std::uint64_t bytes_done_ = 0;
  std::uint32_t crc_ = 0;
  std::uint64_t bytes_copied_ = 0, bytes_filled_ = 0, bytes_checked_ = 0;
};

}  // namespace visoc
