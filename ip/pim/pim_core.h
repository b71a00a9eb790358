// Processing in memory: programs ReRAM tiles and multiplies vectors by them, command by command from a ring.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ip/pim/crossbar_tile.h"
#include "platform/contract/command_ring.h"

namespace visoc {

enum class PimOpcode : std::uint16_t { kProgram = 1, kMvm = 2, kRead = 3 };

/// PROGRAM and READ, 32 bytes little endian: u64 matrix, u32 tile, u32 rows, u32 cols, u32 stride, u32 flags, u32 reserved (zero).
/// The matrix is int8; element (r, c) lies at matrix + r * stride + c, or, with kTransposed, at matrix + c * stride + r.
struct PimMatrix {
  static constexpr std::uint32_t kBytes = 32;
  static constexpr std::uint32_t kTransposed = 1u << 0;  ///< PROGRAM only.

  Addr matrix = 0;
  std::uint32_t tile = 0, rows = 0, cols = 0, stride = 0, flags = 0;

  std::vector<std::uint8_t> encode() const;
};

/// MVM, 64 bytes little endian: u64 input, u64 output, u32 tile, u32 rows, u32 cols, u32 vectors, u32 in_stride, u32 out_stride,
/// u32 flags, u32 tiles_down, u32 tiles_across, u32 reserved[3] (zero). Vector v is rows x int8 at input + v * in_stride; its result is
/// cols x int32 at output + v * out_stride. The matrix lies over tiles_down x tiles_across tiles from `tile` on, row of tiles by row.
struct PimMvm {
  static constexpr std::uint32_t kBytes = 64;
  static constexpr std::uint32_t kAccumulate = 1u << 0;  ///< Adds to what lies at output, modulo 2^32.

  Addr input = 0, output = 0;
  std::uint32_t tile = 0, rows = 0, cols = 0, vectors = 0, in_stride = 0, out_stride = 0, flags = 0, tiles_down = 1, tiles_across = 1;

  std::vector<std::uint8_t> encode() const;
};

struct PimOptions {
  PimGeometry geometry;
  Clock clock{1'250};
  Picos poll_interval = kPicosPerMicro;
  Picos crossbar_read_time = 100'000;  ///< A phase: one input bit through a crossbar.
  Picos adc_sample_time = 781;         ///< A conversion.
  Picos row_write_time = 1'000'000;    ///< Program and verify one word line, all slices at once.
  Cycles shift_add_cycles = 1;         ///< After the last conversion, and for each further tile that is added.
};

class PimCore : public RingCore {
 public:
  static constexpr std::uint32_t kRowsAStep = 16;
  static constexpr std::uint32_t kMaxTiles = 64;
  static constexpr std::uint32_t kMaxVectors = 1u << 20;
  static constexpr std::uint32_t kStepBytes = 4096;  ///< Inputs and outputs of the vectors of one step, unless one vector has more.

  explicit PimCore(const PimOptions& options);

  std::vector<Statistic> statistics() const override;
  std::vector<EnergyEvent> energy_events() const override;
  const CrossbarTile& tile(std::uint32_t number) const { return tiles_[number]; }
  /// Time of one vector through tiles of `cols` used bit lines, `tiles_down` of them added up.
  Picos vector_time(std::uint32_t cols, std::uint32_t tiles_down) const;

 protected:
  EngineProgress begin(Picos now, const Descriptor& descriptor, const std::vector<std::uint8_t>& parameters, MemoryPort& memory) override;
  EngineProgress advance(Picos now, MemoryPort& memory) override;
  void cancel() override;
  void save_engine(StateWriter& out) const override;
  void load_engine(StateReader& in) override;
  void reset_engine() override;
  std::string activity_name(const Descriptor& descriptor) const override;

 private:
  enum class Work : std::uint8_t { kNone, kLoad, kProgram, kRead, kMvm };

  EngineProgress begin_matrix(Picos now, PimOpcode opcode, const std::vector<std::uint8_t>& parameters, MemoryPort& memory);
  EngineProgress begin_mvm(Picos now, const std::vector<std::uint8_t>& parameters, MemoryPort& memory);
  EngineProgress load_rows(Picos now, MemoryPort& memory);
  EngineProgress program_rows(Picos now);
  EngineProgress read_rows(Picos now, MemoryPort& memory);
  EngineProgress next_vectors(Picos now, Picos not_before, MemoryPort& memory);
  EngineProgress publish_vectors(Picos now, MemoryPort& memory);
  void multiply(const std::int8_t* input, std::uint32_t* sums);
  EngineProgress end(EngineProgress progress);
  std::uint32_t memory_rows() const;  ///< Of the matrix as it lies in memory.
  std::uint32_t memory_row_bytes() const;
  bool valid_state() const;

  PimOptions options_;
  const PimGeometry& g_;

  // State.
  std::vector<CrossbarTile> tiles_;  ///< Survives resets: the cells are not volatile.
  Work work_ = Work::kNone;
  PimMatrix matrix_;
  PimMvm mvm_;
  std::uint32_t next_ = 0;             ///< Row or vector that comes next.
  std::uint32_t under_way_ = 0;        ///< Rows or vectors that the present step works on.
  std::vector<std::uint8_t> staging_;  ///< Matrix as loaded, or results of the vectors under way.
  bool read_failed_ = false;
  Addr read_fault_addr_ = 0;
  std::uint64_t bytes_done_ = 0;
  std::uint64_t vectors_ = 0, macs_ = 0, dac_conversions_ = 0, adc_conversions_ = 0, crossbar_reads_ = 0, cell_writes_ = 0, clipped_ = 0;
};

}  // namespace visoc
