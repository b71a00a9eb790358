// SPDX-License-Identifier: Apache-2.0
#include "ip/dram_controller/dram_map.h"

namespace visoc {

namespace {

unsigned log2_of(std::uint64_t value) {
  unsigned log2 = 0;
  while ((std::uint64_t{1} << log2) < value) ++log2;
  return log2;
}

constexpr unsigned index_of(DramField field) { return static_cast<unsigned>(field); }

}  // namespace

DramMap::DramMap(const DramDevice& device) : burst_bits_(log2_of(device.burst_bytes)) {
  const std::uint64_t counts[] = {device.channels, device.ranks, device.bank_groups, device.banks_per_group};
  unsigned shift = 0;
  for (const DramField field : {DramField::kBank, DramField::kBankGroup, DramField::kRank, DramField::kChannel}) {
    shift_[index_of(field)] = shift;
    mask_[index_of(field)] = counts[index_of(field)] - 1;
    shift += log2_of(counts[index_of(field)]);
  }

  unsigned used[kDramFields] = {};
  unsigned bit = 0;
  std::vector<Piece> row;  // Row bit n comes from address bit from_bit + n - to_bit.
  for (const DramMapping& piece : device.mapping) {
    const unsigned field = index_of(piece.field);
    const Piece made{bit, (std::uint64_t{1} << piece.bits) - 1, used[field]};
    if (piece.field == DramField::kRow)
      row_pieces_.push_back(made);
    else if (piece.field == DramField::kColumn)
      column_pieces_.push_back(made);
    else
      bank_pieces_.push_back({made.from_bit, made.mask, made.to_bit + shift_[field]});
    used[field] += piece.bits;
    bit += piece.bits;
  }
  row_bit_ = bit + burst_bits_;
  row_low_bits_ = used[index_of(DramField::kRow)];
  row = row_pieces_;
  row.push_back({bit, ~std::uint64_t{0}, row_low_bits_});

  // Hashing: the same bits of a bank's number once more, from where the row has them.
  unsigned taken[kDramFields] = {};
  for (const DramMapping& piece : device.mapping) {
    const unsigned field = index_of(piece.field);
    for (unsigned b = 0; piece.hashed && b < piece.bits; ++b) {
      const unsigned row_bit = piece.row_bit + b;
      const Piece* source = &row.back();
      for (const Piece& each : row)
        if (row_bit >= each.to_bit && row_bit - each.to_bit < static_cast<unsigned>(__builtin_popcountll(each.mask))) source = &each;
      bank_pieces_.push_back({source->from_bit + row_bit - source->to_bit, 1, shift_[field] + taken[field] + b});
    }
    taken[field] += piece.bits;
  }
}

DramPlace DramMap::place_of(Offset offset) const {
  const std::uint64_t burst = burst_of(offset);
  const std::size_t index = bank_of(burst);
  const auto part = [&](DramField field) { return static_cast<unsigned>(index >> shift_[index_of(field)] & mask_[index_of(field)]); };
  DramPlace place{part(DramField::kChannel), part(DramField::kRank), part(DramField::kBankGroup), part(DramField::kBank), row_of(burst), 0};
  for (const Piece& piece : column_pieces_) place.column |= (burst >> piece.from_bit & piece.mask) << piece.to_bit;
  return place;
}

}  // namespace visoc
