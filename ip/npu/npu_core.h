// The NPU: command front end, scratchpad and DMA around a compute core. Runs the layer commands of npu_program.h.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "ip/npu/burst_dma.h"
#include "ip/npu/layer_plan.h"
#include "platform/contract/command_ring.h"

namespace visoc::npu {

struct NpuOptions {
  Clock clock{1'250};  ///< 800 MHz.
  Picos poll_interval = kPicosPerMicro;
  CoreOptions core;
  PlanLimits limits;
  std::uint32_t dma_bytes_per_cycle = 16;  ///< A 128-bit port each way.
  std::uint32_t dma_outstanding = 8;       ///< Bursts on the way each way.
};

/// Time of a layer: command fetch, then weights and the first tile's inputs; then for each tile max(compute, load of the next tile), with
/// stores running beside the next tile's compute (two output buffers). Weights of the next block of channels and the next layer's command
/// are fetched when the last tile before them has been stored.
///
/// A read fault ends the command when it is known, with nothing of the tile under way stored; a write fault stops at the failing byte.
/// detail of all errors inside a layer is layer_detail(layer, field): for faults the field of the tensor or table that was accessed.
class NpuCore : public RingCore {
 public:
  /// `core` may be given by a test; otherwise options.core makes one (its name was checked by the configuration).
  explicit NpuCore(const NpuOptions& options, std::unique_ptr<ComputeCore> core = nullptr);

  void reset() override;
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
  enum class Stage : std::uint8_t { kIdle, kTileReady, kComputing, kLayerEnd };

  /// Inputs of one tile.
  struct Slot {
    std::array<std::vector<std::uint8_t>, 2> in;
    std::vector<std::uint8_t> mask;
  };

  EngineProgress start_layer(Picos now, MemoryPort& memory);
  EngineProgress load_block(Picos at, MemoryPort& memory);
  MemoryReply load_tile(Picos at, std::uint32_t tile, Slot& slot, MemoryPort& memory);
  MemoryReply read_map(Picos at, const TensorRef& tensor, RowRange rows, std::vector<std::uint8_t>& to, MemoryPort& memory);
  EngineProgress run_tile(Picos now, MemoryPort& memory);
  EngineProgress store_tile(Picos now, MemoryPort& memory);
  EngineProgress end_layer(Picos now, MemoryPort& memory);
  EngineProgress read_failed(const MemoryReply& reply) const;
  EngineProgress refuse(Picos at, CommandStatus status, std::size_t field) const;

  Addr base_of(Base base) const;
  Addr address_of(const TensorRef& tensor, std::uint32_t row, std::uint32_t column, std::uint32_t channel) const;
  void show_counters();
  bool consistent() const;
  std::size_t slot_bytes(std::uint32_t tile, unsigned operand) const;

  const NpuOptions options_;
  const std::unique_ptr<ComputeCore> core_;

  // State of the command under way.
  Stage stage_ = Stage::kIdle;
  RunParameters run_{};
  LayerCommand layer_{};
  TilePlan plan_;  ///< Follows from layer_.
  std::uint32_t layer_index_ = 0, block_ = 0, tile_ = 0, slot_ = 0;
  std::array<Slot, 2> slots_;
  std::vector<std::uint8_t> weights_, channels_, lut_, side_;
  std::vector<std::uint8_t> out_, mask_out_;  ///< Of the tile that is being computed.
  Picos layer_begin_ = 0, next_ready_at_ = 0, stored_at_ = 0, stored_before_at_ = 0;
  Cycles layer_compute_cycles_ = 0;
  BurstDma reader_, writer_;

  // Counters.
  std::uint64_t compute_cycles_ = 0, stall_cycles_ = 0, layers_ = 0, tiles_ = 0, scratchpad_peak_ = 0;
  std::uint64_t perf_compute_base_ = 0, perf_stall_base_ = 0, perf_macs_base_ = 0;
  std::uint32_t tiles_of_layer_ = 0;
};

}  // namespace visoc::npu
