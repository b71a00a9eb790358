// What stands inside the NPU: an array that turns one tile of a layer into bytes, cycles and energy events. One implementation, one file.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ip/npu/conv_kernels.h"
#include "platform/base/state.h"
#include "platform/base/units.h"
#include "platform/contract/statistics.h"

namespace visoc::npu {

/// A map that a method keeps beside the activations (sensitive regions, token tags): mask row r belongs to map rows
/// [r * map_rows, (r + 1) * map_rows) and takes row_bytes bytes in Base::kAux. row_bytes 0: there is none.
struct MaskGeometry {
  std::uint32_t map_rows = 1;
  std::uint32_t row_bytes = 0;
};

/// One tile in the scratchpad: output rows x a slice of the output channels. All pointers are valid during the call only.
struct Tile {
  const LayerCommand* layer = nullptr;
  RowRange rows;
  FilterSlice filters;               ///< Convolutions; otherwise {0, out.c, null, null}.
  MapRows in[2];                     ///< The rows input_rows() names; in[1] for kAdd.
  const std::int8_t* lut = nullptr;  ///< 256 entries if the layer has a table.
  ConstBytes side;                   ///< The layer's side table, if the core asked for it.
  std::uint32_t mask_in_first = 0;   ///< Number of the first mask row in mask_in.
  ConstBytes mask_in;                ///< Mask rows that cover in[0].
  MutableBytes mask_out;             ///< To be filled: mask rows of the tile's output rows.
  std::int8_t* out = nullptr;        ///< To be filled: dense [rows.count][out.w][filters.count].
};

/// Contents and cost of a tile hang on the tile alone (and on state a core keeps in save/load); a call happens when the tile starts.
class ComputeCore {
 public:
  virtual ~ComputeCore() = default;

  virtual const char* name() const = 0;
  /// Size of the array, for the CORE registers.
  virtual std::uint32_t array_rows() const = 0;
  virtual std::uint32_t array_columns() const = 0;

  /// Byte offset in LayerCommand of the field that this core cannot do (the command ends with kUnsupported), or nothing if it accepts
  /// the layer. The command has passed check_layer().
  virtual std::optional<std::size_t> refuses(const LayerCommand& layer) const = 0;
  /// True if the layer's side table is to be loaded with its weights.
  virtual bool wants_side_table(const LayerCommand&) const { return false; }
  virtual MaskGeometry mask_in(const LayerCommand&) const { return {}; }
  virtual MaskGeometry mask_out(const LayerCommand&) const { return {}; }

  /// Fills tile.out (and mask_out) and returns the cycles the array is busy with it.
  virtual Cycles run(const Tile& tile) = 0;

  /// Useful multiply-accumulates since reset.
  virtual std::uint64_t macs() const = 0;
  virtual std::vector<Statistic> statistics() const { return {}; }
  virtual std::vector<EnergyEvent> energy_events() const = 0;

  virtual void reset() = 0;
  virtual void save(StateWriter& out) const = 0;
  virtual void load(StateReader& in) = 0;
};

/// What the configuration may say about a core.
struct CoreOptions {
  std::string core = "systolic";
  std::uint32_t rows = 32, columns = 32;  ///< Of the array, 1 to 1024.
  std::string dataflow = "ws";            ///< ws, os or is.
  std::uint32_t vector_lanes = 32;        ///< Elements a cycle of the vector unit, 1 to 4096.
};

/// The cores of this build by name; the first is the default.
std::vector<std::string> compute_core_names();
/// Null if there is no such core.
std::unique_ptr<ComputeCore> make_compute_core(const CoreOptions& options);

}  // namespace visoc::npu
