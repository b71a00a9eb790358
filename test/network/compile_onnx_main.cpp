// The compiler without the rest of visoc, for scripts. Usage: compile_onnx NET.onnx CALIBRATION_FOLDER NET.vnet
// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "sw/compiler/compile.h"

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: compile_onnx NET.onnx CALIBRATION_FOLDER NET.vnet\n";
    return static_cast<int>(visoc::ExitCode::kBadInput);
  }
  visoc::compiler::CompileOptions options;
  options.model = argv[1];
  options.calibration_folder = argv[2];
  options.output = argv[3];
  return static_cast<int>(visoc::compiler::run_compile(options, std::cout));
}
