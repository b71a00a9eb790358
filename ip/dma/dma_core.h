// Copies and fills of rows in memory, command by command from a ring.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/contract/command_ring.h"

namespace visoc {

/// Opcodes of a descriptor.
enum class DmaOpcode : std::uint16_t { kCopy2d = 1, kFill2d = 2 };

/// 64 bytes in memory, little endian: u64 src, u64 dst, u32 row_bytes, u32 rows, u32 src_stride, u32 dst_stride, u32 pattern,
/// u32 reserved[7] (zero). Row r is row_bytes long at src + r * src_stride and dst + r * dst_stride, modulo 2^64.
struct DmaParameters {
  static constexpr std::uint32_t kBytes = 64;

  Addr src = 0, dst = 0;
  std::uint32_t row_bytes = 0;
  std::uint32_t rows = 0;
  std::uint32_t src_stride = 0, dst_stride = 0;
  std::uint32_t pattern = 0;  ///< FILL2D: byte i of each row is byte i mod 4 of the pattern, least significant first.

  std::vector<std::uint8_t> encode() const;
};

struct DmaOptions {
  Clock clock{1'250};
  Picos poll_interval = kPicosPerMicro;
  std::uint64_t bytes_per_cycle = 16;
  Cycles start_cycles = 8;
};

/// Works in pieces of at most kPieceBytes and kPieceRows. A piece is read at once, written at the wake-up after it, and only then the
/// next one is read; so equal commands give equal bytes whatever the timing. On a fault, everything before the first failing byte that
/// the memory reports is written, and the completion's detail says how many bytes of the destination that was.
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

  EngineProgress next_piece(Picos now, Picos not_before, MemoryPort& memory);
  void set_bytes_done(std::uint64_t bytes);
  bool all_gathered() const { return parameters_.row_bytes == 0 || row_ >= parameters_.rows; }

  DmaOptions options_;

  // State.
  bool fill_ = false;
  DmaParameters parameters_;
  std::uint32_t row_ = 0, column_ = 0;  ///< Where the next piece begins.
  std::vector<Segment> segments_;
  std::vector<std::uint8_t> data_;  ///< Of all segments, in order.
  bool read_failed_ = false;
  Addr read_fault_addr_ = 0;
  std::uint64_t bytes_done_ = 0;
  std::uint64_t bytes_copied_ = 0, bytes_filled_ = 0;
};

}  // namespace visoc
