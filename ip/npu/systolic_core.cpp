// SPDX-License-Identifier: Apache-2.0
#include "ip/npu/systolic_core.h"

#include <algorithm>

#include "platform/base/check.h"

namespace visoc::npu {
namespace {

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) { return a / b + (a % b != 0 ? 1 : 0); }

/// How many of [first, first + count) leave remainder `phase` when divided by `step`.
std::uint64_t count_phase(std::uint64_t first, std::uint64_t count, std::uint64_t step, std::uint64_t phase) {
  const auto below = [&](std::uint64_t end) { return end > phase ? (end - phase - 1) / step + 1 : 0; };
  return below(first + count) - below(first);
}

}  // namespace

Cycles gemm_cycles(Dataflow dataflow, std::uint64_t rows, std::uint64_t columns, const GemmShape& shape) {
  if (shape.m == 0 || shape.n == 0 || shape.k == 0) return 0;
  switch (dataflow) {
    case Dataflow::kWeightStationary:
      return ceil_div(shape.k, rows) * ceil_div(shape.n, columns) * (2 * rows + columns + shape.m - 2) - 1;
    case Dataflow::kInputStationary:
      return ceil_div(shape.k, rows) * ceil_div(shape.m, columns) * (2 * rows + columns + shape.n - 2) - 1;
    case Dataflow::kOutputStationary:
      return ceil_div(shape.m, rows) * ceil_div(shape.n, columns) * (shape.k + rows + columns - 2) - 1;
  }
  return 0;
}

SystolicCore::SystolicCore(std::uint32_t rows, std::uint32_t columns, Dataflow dataflow, std::uint32_t vector_lanes, HostIsa isa)
    : rows_(rows), columns_(columns), dataflow_(dataflow), vector_lanes_(vector_lanes), isa_(isa) {
  VISOC_CHECK(rows > 0 && columns > 0 && vector_lanes > 0, "an array needs cells");
}

std::optional<std::size_t> SystolicCore::refuses(const LayerCommand& layer) const {
  if (layer.in0.type != ElementType::kInt8) return offsetof(LayerCommand, in0) + offsetof(TensorRef, type);
  if (layer.op == Op::kAdd && layer.in1.type != ElementType::kInt8) return offsetof(LayerCommand, in1) + offsetof(TensorRef, type);
  if (layer.out.type != ElementType::kInt8) return offsetof(LayerCommand, out) + offsetof(TensorRef, type);
  if (layer.requant != RequantMode::kTflite) return offsetof(LayerCommand, requant);
  if (layer.weight_type != ElementType::kInt8) return offsetof(LayerCommand, weight_type);
  return std::nullopt;
}

Cycles SystolicCore::run(const Tile& tile) {
  const LayerCommand& layer = *tile.layer;
  Finish finish;
  finish.clamp_min = layer.clamp_min;
  finish.clamp_max = layer.clamp_max;
  finish.lut = (layer.flags & kLayerLut) != 0 ? tile.lut : nullptr;
  const bool convolution = layer.op == Op::kConv2d || layer.op == Op::kTransposedConv2d;
  sram_write_bytes_ += std::uint64_t{tile.rows.count} * layer.out.w * tile.filters.count;
  return convolution ? run_convolution(tile, finish) : run_vector(tile, finish);
}

Cycles SystolicCore::charge_gemm(const GemmShape& shape) {
  macs_ += shape.m * shape.n * shape.k;
  // Operands leave the scratchpad once a fold in which they are needed; pinned operands once altogether.
  const std::uint64_t weights = shape.n * shape.k, inputs = shape.m * shape.k;
  switch (dataflow_) {
    case Dataflow::kWeightStationary:
      sram_read_bytes_ += weights + inputs * ceil_div(shape.n, columns_);
      break;
    case Dataflow::kInputStationary:
      sram_read_bytes_ += inputs + weights * ceil_div(shape.m, columns_);
      break;
    case Dataflow::kOutputStationary:
      sram_read_bytes_ += inputs * ceil_div(shape.n, columns_) + weights * ceil_div(shape.m, rows_);
      break;
  }
  return gemm_cycles(dataflow_, rows_, columns_, shape);
}

Cycles SystolicCore::run_convolution(const Tile& tile, const Finish& finish) {
  const LayerCommand& layer = *tile.layer;
  convolve_rows(isa_, layer, tile.filters, cache_.get(layer, tile.filters), tile.rows, tile.in[0], finish, scratch_, tile.out);

  Cycles cycles = 0;
  if (layer.op == Op::kTransposedConv2d) {
    // One product a phase: the output pixels that see the same kernel taps.
    for (std::uint32_t py = 0; py < layer.stride_h; ++py) {
      for (std::uint32_t px = 0; px < layer.stride_w; ++px) {
        const std::uint64_t taps = count_phase(0, layer.kernel_h, layer.stride_h, (py + layer.pad_top) % layer.stride_h) *
                                   count_phase(0, layer.kernel_w, layer.stride_w, (px + layer.pad_left) % layer.stride_w);
        const std::uint64_t pixels =
            count_phase(tile.rows.first, tile.rows.count, layer.stride_h, py) * count_phase(0, layer.out.w, layer.stride_w, px);
        cycles += charge_gemm({pixels, tile.filters.count, taps * layer.in0.c});
      }
    }
  } else {
    // One product a group.
    const std::uint32_t per_group = layer.out.c / layer.groups;
    const std::uint64_t pixels = std::uint64_t{tile.rows.count} * layer.out.w;
    const std::uint64_t products = std::uint64_t{layer.kernel_h} * layer.kernel_w * (layer.in0.c / layer.groups);
    const std::uint32_t end = tile.filters.first + tile.filters.count;
    for (std::uint32_t channel = tile.filters.first; channel < end;) {
      const std::uint32_t stop = std::min(end, (channel / per_group + 1) * per_group);
      cycles += charge_gemm({pixels, stop - channel, products});
      channel = stop;
    }
  }
  array_cycles_ += cycles;
  return cycles;
}

Cycles SystolicCore::run_vector(const Tile& tile, const Finish& finish) {
  const LayerCommand& layer = *tile.layer;
  std::uint64_t reads = 1;  // Elements read, and lane operations, for each element written.
  switch (layer.op) {
    case Op::kAdd:
      add_rows(isa_, layer, tile.rows, tile.in[0], tile.in[1], finish, tile.out);
      reads = 2;
      break;
    case Op::kCopy:
      copy_rows(layer, tile.rows, tile.in[0], finish, tile.out);
      break;
    case Op::kLut:
      lut_rows(layer, tile.rows, tile.in[0], tile.lut, tile.out);
      break;
    case Op::kMaxPool:
      max_pool_rows(layer, tile.rows, tile.in[0], finish, tile.out);
      reads = std::uint64_t{layer.kernel_h} * layer.kernel_w;
      break;
    case Op::kAveragePool:
      average_pool_rows(layer, tile.rows, tile.in[0], finish, tile.out);
      reads = std::uint64_t{layer.kernel_h} * layer.kernel_w;
      break;
    case Op::kResizeNearest:
      resize_nearest_rows(layer, tile.rows, tile.in[0], finish, tile.out);
      break;
    case Op::kResizeBilinear:
      resize_bilinear_rows(layer, tile.rows, tile.in[0], finish, tile.out);
      reads = 4;
      break;
    case Op::kConv2d:
    case Op::kTransposedConv2d:
      break;
  }
  const std::uint64_t operations = std::uint64_t{tile.rows.count} * layer.out.w * layer.out.c * reads;
  vector_ops_ += operations;
  sram_read_bytes_ += operations;
  const Cycles cycles = ceil_div(operations, vector_lanes_);
  vector_cycles_ += cycles;
  return cycles;
}

std::vector<Statistic> SystolicCore::statistics() const {
  return {{"array_cycles", array_cycles_, "cycles the array was busy"},
          {"vector_cycles", vector_cycles_, "cycles the vector unit was busy"},
          {"array_mac_slots", array_cycles_ * rows_ * columns_, "array_cycles times cells: macs over this is the utilisation"}};
}

std::vector<EnergyEvent> SystolicCore::energy_events() const {
  return {
      {"mac_int8", macs_}, {"vector_op_int8", vector_ops_}, {"sram_read_bytes", sram_read_bytes_}, {"sram_write_bytes", sram_write_bytes_}};
}

void SystolicCore::reset() { macs_ = array_cycles_ = vector_cycles_ = vector_ops_ = sram_read_bytes_ = sram_write_bytes_ = 0; }

void SystolicCore::save(StateWriter& out) const {
  for (std::uint64_t value : {macs_, array_cycles_, vector_cycles_, vector_ops_, sram_read_bytes_, sram_write_bytes_}) out.u64(value);
}

void SystolicCore::load(StateReader& in) {
  for (std::uint64_t* value : {&macs_, &array_cycles_, &vector_cycles_, &vector_ops_, &sram_read_bytes_, &sram_write_bytes_})
    *value = in.u64();
}

std::unique_ptr<ComputeCore> make_systolic_core(const CoreOptions& options) {
  const Dataflow dataflow = options.dataflow == "os"   ? Dataflow::kOutputStationary
                            : options.dataflow == "is" ? Dataflow::kInputStationary
                                                       : Dataflow::kWeightStationary;
  return std::make_unique<SystolicCore>(options.rows, options.columns, dataflow, options.vector_lanes);
}

}  // namespace visoc::npu
