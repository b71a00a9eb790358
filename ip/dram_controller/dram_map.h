// From an offset in the memory to channel, rank, bank, row and column: bits of the address, some of them XORed with bits of the row.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ip/dram_controller/dram_device.h"

namespace visoc {

/// Where a column burst lies.
struct DramPlace {
  unsigned channel = 0, rank = 0, group = 0, bank = 0;  ///< `bank` counts within the group.
  std::uint64_t row = 0, column = 0;
};

/// The mapping of a device as shifts and masks. A burst is an offset divided by the device's burst_bytes. Hashing is linear over bits: the
/// bank of (a ^ b) is the bank of a XOR the bank of b.
class DramMap {
 public:
  explicit DramMap(const DramDevice& device);

  std::uint64_t burst_of(Offset offset) const { return offset >> burst_bits_; }
  unsigned burst_bits() const { return burst_bits_; }
  /// Lowest address bit of the row if the row is all bits from there on; 64 if the mapping places rows elsewhere.
  unsigned row_bit() const { return row_pieces_.empty() ? row_bit_ : 64; }

  DramPlace place_of(Offset offset) const;
  std::uint64_t row_of(std::uint64_t burst) const {
    std::uint64_t row = burst >> (row_bit_ - burst_bits_) << row_low_bits_;
    for (const Piece& piece : row_pieces_) row |= (burst >> piece.from_bit & piece.mask) << piece.to_bit;
    return row;
  }
  /// Number of the bank among all: by channel, rank, group, bank.
  std::size_t bank_of(std::uint64_t burst) const {
    std::size_t index = 0;
    for (const Piece& piece : bank_pieces_) index ^= (burst >> piece.from_bit & piece.mask) << piece.to_bit;
    return index;
  }

 private:
  struct Piece {
    unsigned from_bit = 0;  ///< Of the burst's number.
    std::uint64_t mask = 0;
    unsigned to_bit = 0;  ///< Of the bank's number, the row or the column.
  };

  unsigned burst_bits_ = 0, row_bit_ = 0, row_low_bits_ = 0;
  unsigned shift_[kDramFields] = {};  ///< Of each field within the bank's number.
  std::uint64_t mask_[kDramFields] = {};
  std::vector<Piece> bank_pieces_, row_pieces_, column_pieces_;
};

}  // namespace visoc
