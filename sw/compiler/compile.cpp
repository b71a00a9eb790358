// `visoc compile`: from an ONNX file and example inputs to a .vnet file.
// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/compile.h"

#include <exception>

#include "platform/base/text_file.h"
#include "sw/compiler/dump.h"
#include "sw/compiler/emit.h"
#include "sw/compiler/graph_passes.h"
#include "sw/compiler/onnx_import.h"
#include "sw/compiler/quantise.h"
#include "sw/compiler/shape_inference.h"

namespace visoc::compiler {

Result<CompiledNetwork> compile_network(const std::string& model, const std::string& file, const std::string& calibration_folder,
                                        const CalibrationMethod& method) {
  Result<Graph> imported = import_onnx(model, file);
  if (!imported) return imported.problems();
  Graph& graph = imported.value();
  if (Problems problems = infer_shapes(graph, file); !problems.empty()) return problems;
  remove_dead_nodes(graph);
  if (Problems problems = fold_batch_norm(graph, file); !problems.empty()) return problems;
  fuse_clamps(graph);
  Result<Calibration> calibration = calibrate(graph, calibration_folder, method);
  if (!calibration) return calibration.problems();
  CompiledNetwork out;
  out.examples = calibration.value().examples;
  out.graph = quantise(graph, calibration.value());
  out.plan = plan_memory(out.graph);
  Result<std::vector<std::uint8_t>> vnet = emit_vnet(out.graph, out.plan, file);
  if (!vnet) return vnet.problems();
  out.vnet = std::move(vnet.value());
  return out;
}

ExitCode run_compile(const CompileOptions& options, std::ostream& out) {
  Problems problems;
  try {
    Result<std::string> model = read_file(options.model, kMaxModelBytes);
    if (!model) {
      print_problems(model.problems());
      return exit_code_of(model.problems());
    }
    Result<CompiledNetwork> compiled = compile_network(model.value(), options.model, options.calibration_folder, options.calibration);
    if (!compiled) {
      print_problems(compiled.problems());
      return exit_code_of(compiled.problems());
    }
    const CompiledNetwork& network = compiled.value();
    problems = write_file(options.output, ConstBytes(network.vnet));
    if (problems.empty() && !options.dump.empty()) problems = write_file(options.dump, dump_text(network.graph, network.plan));
    if (problems.empty() && !options.dump_json.empty()) problems = write_file(options.dump_json, dump_json(network.graph, network.plan));
    if (problems.empty()) {
      out << summary(network.graph, network.plan) << "\n"
          << options.output << ": " << network.vnet.size() << " bytes, calibrated on " << network.examples << " inputs\n";
    }
  } catch (const std::exception& error) {  // Out of memory, or a host library's: a file must never end the process.
    problems = {{options.model, "", std::string("the compiler gave up: ") + error.what(), ExitCode::kInternal}};
  }
  if (problems.empty()) return ExitCode::kPass;
  print_problems(problems);
  return exit_code_of(problems);
}

}  // namespace visoc::compiler
