// SPDX-License-Identifier: Apache-2.0
#include "ip/dma/dma_core.h"
#include "platform/registry/device_parameters.h"
#include "platform/registry/registry.h"
#include "platform/tlm/device_module.h"
#include "regs/dma_regs.h"

namespace visoc {

void register_dma(Registry& registry) {
  ModelSpec spec;
  spec.model = "dma";
  spec.doc = "Copies, fills, gathers and checks pieces of memory by commands from a ring.";
  spec.registers = &regs::dma::kTable;
  spec.has_master = true;
  spec.interrupts = 1;
  spec.compatible = {"visoc,dma"};
  spec.parameters = device_parameters(/*engine=*/true);
  spec.parameters.push_back(
      {"bytes_per_cycle", ParameterType::kCount, "16", "bytes of the data path a cycle (assumed)", false, 1, 4096, {}});
  spec.parameters.push_back({"start_cycles",
                             ParameterType::kCount,
                             "8",
                             "cycles from a command's parameters to its first access (assumed)",
                             false,
                             0,
                             1'000'000,
                             {}});
  registry.add(spec, "tlm", [](const BlockContext& context) -> std::unique_ptr<Block> {
    DmaOptions options;
    options.clock = context.parameters.clock("clock");
    options.poll_interval = context.parameters.time("poll_interval");
    options.bytes_per_cycle = context.parameters.count("bytes_per_cycle");
    options.start_cycles = context.parameters.count("start_cycles");
    return std::make_unique<DeviceModule>(context.instance.c_str(), std::make_unique<DmaCore>(options),
                                          device_options(context, /*has_master=*/true), &context.services);
  });
}

}  // namespace visoc
