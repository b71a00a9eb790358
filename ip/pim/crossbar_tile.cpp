// SPDX-License-Identifier: Apache-2.0
#include "ip/pim/crossbar_tile.h"

#include <algorithm>
#include <cstring>

namespace visoc {
namespace {

/// The low `bits` of a value as two's complement.
std::int32_t low_bits(std::int8_t value, std::uint32_t bits) {
  const std::uint32_t sign = 1u << (bits - 1);
  const std::uint32_t low = static_cast<std::uint8_t>(value) & ((1u << bits) - 1);
  return static_cast<std::int32_t>(low ^ sign) - static_cast<std::int32_t>(sign);
}

}  // namespace

void CrossbarTile::program_row(std::uint32_t row, const std::int8_t* weights, std::uint32_t cols) {
  std::copy(weights, weights + cols, &weights_[std::size_t{row} * g_.cols]);
  ++row_writes_;
}

std::uint64_t CrossbarTile::multiply(const std::int8_t* inputs, std::uint32_t rows, std::uint32_t cols, std::uint32_t* sums) const {
  if (!g_.adc_is_lossless()) return multiply_bit_sliced(inputs, rows, cols, sums);
  multiply_exact(inputs, rows, cols, sums);
  return 0;
}

void CrossbarTile::multiply_exact(const std::int8_t* inputs, std::uint32_t rows, std::uint32_t cols, std::uint32_t* sums) const {
  for (std::uint32_t r = 0; r < rows; ++r) {
    const std::int32_t input = low_bits(inputs[r], g_.input_bits);
    if (input == 0) continue;
    const std::int8_t* weights = row(r);
    for (std::uint32_t c = 0; c < cols; ++c) sums[c] += static_cast<std::uint32_t>(input * weights[c]);
  }
}

std::uint64_t CrossbarTile::multiply_bit_sliced(const std::int8_t* inputs, std::uint32_t rows, std::uint32_t cols,
                                                std::uint32_t* sums) const {
  std::uint64_t clipped = 0;
  const std::uint32_t cell_mask = (1u << g_.cell_bits) - 1;
  std::vector<std::uint32_t> positive(cols), negative(cols);
  for (std::uint32_t bit = 0; bit < g_.input_bits; ++bit) {
    for (std::uint32_t slice = 0; slice < g_.slices(); ++slice) {
      // The currents of all bit lines in this phase.
      std::fill(positive.begin(), positive.end(), 0);
      std::fill(negative.begin(), negative.end(), 0);
      for (std::uint32_t r = 0; r < rows; ++r) {
        if ((static_cast<std::uint8_t>(inputs[r]) >> bit & 1) == 0) continue;
        const std::int8_t* weights = row(r);
        for (std::uint32_t c = 0; c < cols; ++c) {
          const std::int32_t weight = weights[c];
          const auto magnitude = static_cast<std::uint32_t>(weight < 0 ? -weight : weight);
          const std::uint32_t cell = magnitude >> (slice * g_.cell_bits) & cell_mask;
          (weight < 0 ? negative[c] : positive[c]) += cell;
        }
      }
      // Convert, shift and add; the input's top bit counts negative.
      for (std::uint32_t c = 0; c < cols; ++c) {
        clipped += (positive[c] > g_.adc_max()) + (negative[c] > g_.adc_max());
        const std::uint32_t difference = std::min(positive[c], g_.adc_max()) - std::min(negative[c], g_.adc_max());
        const std::uint32_t shifted = difference << (slice * g_.cell_bits + bit);
        sums[c] += bit + 1 == g_.input_bits ? 0u - shifted : shifted;
      }
    }
  }
  return clipped;
}

void CrossbarTile::clear() {
  std::fill(weights_.begin(), weights_.end(), std::int8_t{0});
  row_writes_ = 0;
}

void CrossbarTile::save(StateWriter& out) const {
  out.u64(row_writes_);
  const bool blank = std::all_of(weights_.begin(), weights_.end(), [](std::int8_t weight) { return weight == 0; });
  out.boolean(blank);
  if (!blank) out.bytes(weights_.data(), weights_.size());
}

void CrossbarTile::load(StateReader& in) {
  clear();
  row_writes_ = in.u64();
  if (!in.boolean()) in.bytes(weights_.data(), weights_.size());
  if (!in.ok()) clear();
}

}  // namespace visoc
