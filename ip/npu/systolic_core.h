// A systolic array of 8-bit multiply-accumulate cells with a vector unit beside it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "ip/npu/compute_core.h"
#include "ip/npu/weight_cache.h"

namespace visoc::npu {

enum class Dataflow : std::uint8_t { kWeightStationary, kOutputStationary, kInputStationary };

/// A matrix product on the array: M output pixels, N filters, K products a result.
struct GemmShape {
  std::uint64_t m, n, k;
};

/// Cycles of a product on a rows x columns array, without result drain for os (as SCALE-Sim counts; for a square array of side A its
/// closed forms are WS ceil(K/A) ceil(N/A) (3A + M - 2) - 1 and OS ceil(M/A) ceil(N/A) (K + 2A - 2) - 1).
///
/// Not square: in `ws` a fold pins K on rows and N on columns; loading the weights shifts them down all rows (rows cycles), then M inputs
/// pass, the last of them rows + columns - 2 cycles after it entered: 2*rows + columns + M - 2 a fold. `is` is the same with inputs pinned
/// (K on rows, M on columns) and N filters passing. `os` pins M on rows and N on columns: K operands pass, the last rows + columns - 2
/// cycles after it entered. The final -1 counts from cycle 0. Zero if any of m, n, k is zero.
Cycles gemm_cycles(Dataflow dataflow, std::uint64_t rows, std::uint64_t columns, const GemmShape& shape);

class SystolicCore : public ComputeCore {
 public:
  SystolicCore(std::uint32_t rows, std::uint32_t columns, Dataflow dataflow, std::uint32_t vector_lanes, HostIsa isa = detect_host_isa());

  const char* name() const override { return "systolic"; }
  std::uint32_t array_rows() const override { return rows_; }
  std::uint32_t array_columns() const override { return columns_; }
  std::optional<std::size_t> refuses(const LayerCommand& layer) const override;
  Cycles run(const Tile& tile) override;
  std::uint64_t macs() const override { return macs_; }
  std::vector<Statistic> statistics() const override;
  std::vector<EnergyEvent> energy_events() const override;
  void reset() override;
  void save(StateWriter& out) const override;
  void load(StateReader& in) override;

 private:
  Cycles run_convolution(const Tile& tile, const Finish& finish);
  Cycles run_vector(const Tile& tile, const Finish& finish);
  Cycles charge_gemm(const GemmShape& shape);

  const std::uint32_t rows_, columns_;
  const Dataflow dataflow_;
  const std::uint32_t vector_lanes_;
  const HostIsa isa_;

  // State.
  std::uint64_t macs_ = 0, array_cycles_ = 0, vector_cycles_ = 0, vector_ops_ = 0, sram_read_bytes_ = 0, sram_write_bytes_ = 0;

  // Derived, not part of the state.
  WeightCache cache_;
  ConvScratch scratch_;
};

}  // namespace visoc::npu
