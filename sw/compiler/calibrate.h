// Ranges of every tensor over a folder of example inputs.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "platform/base/result.h"
#include "sw/compiler/graph.h"

namespace visoc::compiler {

struct Range {
  double low = 0, high = 0;
};

struct Calibration {
  std::vector<Range> ranges;  ///< By tensor; each includes 0.
  bool input_is_s8 = false;   ///< All examples are *.s8: the input is exact with scale 1/128, zero point 0.
  std::size_t examples = 0;
};

/// How ranges are taken. min-max: nothing seen is cut. Percentile: each end may cut up to (100 - percentile) % of a tensor's values.
struct CalibrationMethod {
  bool use_percentile = false;
  double percentile = 99.99;  ///< Above 50, up to 100.
};

/// Reads `folder`/*.s8 (int8, rows x columns x channels as the scaler block writes them, value = s8 / 128) and *.f32 (little-endian
/// float32, channels x rows x columns), in the order of their names, one image a file, and runs the float graph on each.
Result<Calibration> calibrate(const Graph& graph, const std::string& folder, const CalibrationMethod& method);

}  // namespace visoc::compiler
