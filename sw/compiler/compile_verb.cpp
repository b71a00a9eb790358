// The command `visoc compile`.
// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/compile_verb.h"

#include <iostream>
#include <memory>

#include "sw/compiler/compile.h"

namespace visoc {

Verb add_compile(CLI::App& app) {
  auto options = std::make_shared<compiler::CompileOptions>();
  CLI::App* verb = app.add_subcommand("compile", "Quantise an ONNX network and write a network file for the NPU");
  verb->add_option("model", options->model, "ONNX file, operator set 9 to 17")->required();
  verb->add_option("--calibrate", options->calibration_folder, "Folder of example inputs: *.s8 (int8, rows x columns x channels) or *.f32")
      ->required();
  verb->add_option("-o,--output", options->output, "Network file to write")->required();
  CLI::Option* percentile = verb->add_option("--percentile", options->calibration.percentile,
                                             "Cut up to 100 - P % of a tensor's values at either end; without it, nothing is cut");
  verb->add_option("--dump", options->dump, "Write a line a layer as text");
  verb->add_option("--dump-json", options->dump_json, "Write the quantised graph as JSON");
  return {verb, [options, percentile] {
            options->calibration.use_percentile = percentile->count() != 0;
            return compiler::run_compile(*options, std::cout);
          }};
}

}  // namespace visoc
