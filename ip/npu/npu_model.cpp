// SPDX-License-Identifier: Apache-2.0
#include "ip/npu/npu_core.h"
#include "platform/registry/device_parameters.h"
#include "platform/registry/registry.h"
#include "platform/tlm/device_module.h"
#include "regs/npu_regs.h"

namespace visoc {
namespace {

ParameterSpec count_parameter(const std::string& name, const std::string& text, const std::string& doc, std::uint64_t min,
                              std::uint64_t max) {
  return {name, ParameterType::kCount, text, doc, false, min, max, {}};
}

std::vector<ParameterSpec> npu_parameters() {
  std::vector<ParameterSpec> parameters = device_parameters(/*engine=*/true);
  parameters.push_back(
      {"core", ParameterType::kChoice, "systolic", "the compute core", false, 0, ~std::uint64_t{0}, npu::compute_core_names()});
  parameters.push_back(count_parameter("rows", "32", "rows of the array (assumed)", 1, 1024));
  parameters.push_back(count_parameter("columns", "32", "columns of the array (assumed)", 1, 1024));
  parameters.push_back({"dataflow",
                        ParameterType::kChoice,
                        "ws",
                        "what stays in the array: weights, outputs or inputs",
                        false,
                        0,
                        ~std::uint64_t{0},
                        {"ws", "os", "is"}});
  parameters.push_back(count_parameter("vector_lanes", "32", "elements a cycle of the vector unit (assumed)", 1, 4096));
  parameters.push_back({"scratchpad",
                        ParameterType::kSize,
                        "512KiB",
                        "on-chip memory for weights and tiles (assumed)",
                        false,
                        16 * 1024,
                        64 * 1024 * 1024,
                        {}});
  parameters.push_back({"tile",
                        ParameterType::kSize,
                        "64KiB",
                        "upper bound of a tile's inputs and outputs, where one row allows it",
                        false,
                        1024,
                        16 * 1024 * 1024,
                        {}});
  parameters.push_back(count_parameter("dma_bytes_per_cycle", "16", "width of the DMA port, each way (assumed: 128 bit)", 1, 1024));
  parameters.push_back(count_parameter("dma_outstanding", "8", "bursts on the way, each way (assumed)", 1, 64));
  return parameters;
}

}  // namespace

void register_npu(Registry& registry) {
  ModelSpec spec;
  spec.model = "npu";
  spec.doc = "Neural network engine: runs int8 layer commands from memory on an exchangeable compute core.";
  spec.registers = &regs::npu::kTable;
  spec.has_master = true;
  spec.interrupts = 1;
  spec.compatible = {"visoc,npu"};
  spec.parameters = npu_parameters();
  registry.add(spec, "tlm", [](const BlockContext& context) -> std::unique_ptr<Block> {
    const Parameters& given = context.parameters;
    npu::NpuOptions options;
    options.clock = given.clock("clock");
    options.poll_interval = given.time("poll_interval");
    options.core.core = given.text("core");
    options.core.rows = static_cast<std::uint32_t>(given.count("rows"));
    options.core.columns = static_cast<std::uint32_t>(given.count("columns"));
    options.core.dataflow = given.text("dataflow");
    options.core.vector_lanes = static_cast<std::uint32_t>(given.count("vector_lanes"));
    options.limits.scratchpad_bytes = given.count("scratchpad");
    options.limits.tile_bytes = given.count("tile");
    options.dma_bytes_per_cycle = static_cast<std::uint32_t>(given.count("dma_bytes_per_cycle"));
    options.dma_outstanding = static_cast<std::uint32_t>(given.count("dma_outstanding"));
    return std::make_unique<DeviceModule>(context.instance.c_str(), std::make_unique<npu::NpuCore>(options),
                                          device_options(context, /*has_master=*/true), &context.services);
  });
}

}  // namespace visoc
