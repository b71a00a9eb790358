// One tile: a matrix of signed 8-bit weights in slices of few-bit cells, positive and negative parts in crossbars of their own.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "platform/base/state.h"

namespace visoc {

/// What all tiles of a block have in common.
struct PimGeometry {
  std::uint32_t tiles = 16;
  std::uint32_t rows = 128;     ///< Word lines: inputs of a tile.
  std::uint32_t cols = 128;     ///< Bit lines: outputs of a tile.
  std::uint32_t cell_bits = 2;  ///< 1, 2 or 4.
  std::uint32_t adc_bits = 9;
  std::uint32_t input_bits = 8;  ///< 1 to 8: an input's low bits, two's complement, one a phase.
  std::uint32_t adcs_per_crossbar = 1;

  /// Cells that hold the magnitude of a weight (0 to 128, 8 bits).
  std::uint32_t slices() const { return 8 / cell_bits; }
  /// Physical crossbars of a tile: each slice once for positive, once for negative weights.
  std::uint32_t crossbars() const { return 2 * slices(); }
  std::uint32_t adc_max() const { return (1u << adc_bits) - 1; }
  /// No sum of a column can exceed the converter's range: results are exact.
  bool adc_is_lossless() const { return adc_max() >= rows * ((1u << cell_bits) - 1); }
};

class CrossbarTile {
 public:
  explicit CrossbarTile(const PimGeometry& geometry) : g_(geometry), weights_(std::size_t{geometry.rows} * geometry.cols, 0) {}

  /// Programs cells [0, cols) of one word line; counts one write of the row.
  void program_row(std::uint32_t row, const std::int8_t* weights, std::uint32_t cols);
  /// What the cells hold, put together again.
  const std::int8_t* row(std::uint32_t row) const { return &weights_[std::size_t{row} * g_.cols]; }

  /// Adds to sums[0..cols) what the tile gives for inputs[0..rows). Wraps modulo 2^32. Returns how many conversions were clipped.
  /// Exact integer arithmetic when the converters lose nothing, the bit-sliced way otherwise.
  std::uint64_t multiply(const std::int8_t* inputs, std::uint32_t rows, std::uint32_t cols, std::uint32_t* sums) const;
  /// Both ways by name, for tests: equal where the converters lose nothing.
  void multiply_exact(const std::int8_t* inputs, std::uint32_t rows, std::uint32_t cols, std::uint32_t* sums) const;
  std::uint64_t multiply_bit_sliced(const std::int8_t* inputs, std::uint32_t rows, std::uint32_t cols, std::uint32_t* sums) const;

  std::uint64_t row_writes() const { return row_writes_; }

  void save(StateWriter& out) const;
  void load(StateReader& in);
  void clear();

 private:
  const PimGeometry& g_;
  std::vector<std::int8_t> weights_;  ///< rows x cols.
  std::uint64_t row_writes_ = 0;
};

}  // namespace visoc
