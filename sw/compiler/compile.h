// `visoc compile`: from an ONNX file and example inputs to a .vnet file.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "platform/base/exit_codes.h"
#include "platform/base/result.h"
#include "sw/compiler/calibrate.h"
#include "sw/compiler/memory_plan.h"
#include "sw/compiler/quant_graph.h"

namespace visoc::compiler {

struct CompileOptions {
  std::string model;               ///< ONNX file.
  std::string calibration_folder;  ///< *.s8 and *.f32 inputs; see calibrate.h.
  std::string output;              ///< .vnet file to write.
  CalibrationMethod calibration;   ///< --percentile P sets use_percentile and percentile.
  std::string dump;                ///< Text file, empty: none.
  std::string dump_json;           ///< JSON file, empty: none.
};

struct CompiledNetwork {
  QuantGraph graph;
  MemoryPlan plan;
  std::vector<std::uint8_t> vnet;
  std::size_t examples = 0;  ///< Calibrated with.
};

/// Everything but writing files. `model` is the ONNX file's bytes, `file` its name for messages.
Result<CompiledNetwork> compile_network(const std::string& model, const std::string& file, const std::string& calibration_folder,
                                        const CalibrationMethod& method);

/// Compiles and writes the files asked for; the summary goes to `out`, problems to stderr. Nothing is written if there is a problem.
ExitCode run_compile(const CompileOptions& options, std::ostream& out);

}  // namespace visoc::compiler
