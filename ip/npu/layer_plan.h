// Is a layer command sound, and how is it cut into tiles for the scratchpad?
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>

#include "ip/npu/compute_core.h"

namespace visoc::npu {

/// Byte offset in LayerCommand of the first field that is wrong by itself or against another, or nothing. Afterwards every size
/// computation on the layer stays far inside 64 bits.
std::optional<std::size_t> check_layer(const LayerCommand& layer);

/// How a layer goes through the scratchpad: blocks of output channels outermost (their weights stay), tiles of output rows inside.
struct TilePlan {
  std::uint32_t rows_per_tile = 0, tiles = 0;
  std::uint32_t channels_per_block = 0, blocks = 0;
  std::uint64_t scratchpad_bytes = 0;  ///< Peak: weights once, inputs and outputs twice.
};

struct PlanLimits {
  std::uint64_t scratchpad_bytes = 512 * 1024;
  std::uint64_t tile_bytes = 64 * 1024;  ///< Inputs and outputs of a tile stay below, if a tile of one row does.
};

/// Nothing if even the smallest tile does not fit.
std::optional<TilePlan> plan_tiles(const LayerCommand& layer, const ComputeCore& core, const PlanLimits& limits);

/// Rows of tile `tile`, and channels of block `block`.
RowRange tile_rows(const LayerCommand& layer, const TilePlan& plan, std::uint32_t tile);
RowRange block_channels(const LayerCommand& layer, const TilePlan& plan, std::uint32_t block);
/// Mask rows that cover the given map rows.
RowRange mask_rows(const MaskGeometry& mask, RowRange map_rows);

bool has_weights(const LayerCommand& layer);
bool has_lut(const LayerCommand& layer);
/// Bytes of one filter.
std::uint64_t filter_bytes(const LayerCommand& layer);

}  // namespace visoc::npu
