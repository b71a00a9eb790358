// SPDX-License-Identifier: Apache-2.0
#include "ip/npu/weight_cache.h"

#include <cstring>

namespace visoc::npu {
namespace {

void append(std::vector<std::uint8_t>& to, const void* data, std::size_t bytes) {
  const auto* first = static_cast<const std::uint8_t*>(data);
  to.insert(to.end(), first, first + bytes);
}

/// FNV-1a over 8-byte words; equal keys are confirmed by memcmp, so the quality matters little.
std::uint64_t hash_of(const std::vector<std::uint8_t>& key) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (std::size_t i = 0; i + 8 <= key.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, key.data() + i, 8);
    hash = (hash ^ word) * 0x100000001b3u;
    hash ^= hash >> 29;
  }
  return hash;
}

}  // namespace

const PackedLayer& WeightCache::get(const LayerCommand& layer, const FilterSlice& slice) {
  key_.clear();
  const std::uint32_t numbers[] = {static_cast<std::uint32_t>(layer.op),
                                   layer.in0.c,
                                   layer.out.c,
                                   layer.out.w,
                                   layer.kernel_h,
                                   layer.kernel_w,
                                   layer.stride_h,
                                   layer.stride_w,
                                   layer.dilation_h,
                                   layer.dilation_w,
                                   layer.pad_top,
                                   layer.pad_left,
                                   layer.groups,
                                   slice.first,
                                   slice.count};
  append(key_, numbers, sizeof numbers);
  append(key_, slice.channels, slice.count * sizeof(ChannelEntry));
  append(key_, slice.weights, std::size_t{slice.count} * layer.kernel_h * layer.kernel_w * (layer.in0.c / layer.groups));
  key_.resize((key_.size() + 7) / 8 * 8);

  if (!entries_.empty() && entries_.front().key == key_) return entries_.front().packed;
  const std::uint64_t hash = hash_of(key_);
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    if (entry->hash != hash || entry->key != key_) continue;
    entries_.splice(entries_.begin(), entries_, entry);
    return entry->packed;
  }
  while (!entries_.empty() && key_bytes_ + key_.size() > kMaxKeyBytes) {
    key_bytes_ -= entries_.back().key.size();
    entries_.pop_back();
  }
  key_bytes_ += key_.size();
  entries_.push_front({hash, key_, pack_layer(layer, slice)});
  return entries_.front().packed;
}

}  // namespace visoc::npu
