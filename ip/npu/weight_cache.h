// Packed weights by content: the bytes are fetched over the bus each time, but packed again only if they changed.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <vector>

#include "ip/npu/conv_kernels.h"

namespace visoc::npu {

/// A host-side shortcut that no result hangs on.
class WeightCache {
 public:
  /// The packed form of the slice, valid until the next call.
  const PackedLayer& get(const LayerCommand& layer, const FilterSlice& slice);

 private:
  struct Entry {
    std::uint64_t hash;
    std::vector<std::uint8_t> key;  ///< Everything that packing hangs on: geometry, weights, channel table.
    PackedLayer packed;
  };
  static constexpr std::size_t kMaxKeyBytes = std::size_t{64} << 20;

  std::list<Entry> entries_;  ///< Last used first.
  std::size_t key_bytes_ = 0;
  std::vector<std::uint8_t> key_;
};

}  // namespace visoc::npu
