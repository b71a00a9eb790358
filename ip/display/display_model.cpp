// SPDX-License-Identifier: Apache-2.0
#include "ip/display/display_core.h"
#include "platform/registry/device_parameters.h"
#include "platform/registry/registry.h"
#include "platform/tlm/device_module.h"
#include "regs/display_regs.h"

namespace visoc {

void register_display(Registry& registry) {
  ModelSpec spec;
  spec.model = "display";
  spec.doc = "Scans pictures out of memory, with what was found in them, and hands them to the run.";
  spec.registers = &regs::display::kTable;
  spec.has_master = true;
  spec.interrupts = 1;
  spec.compatible = {"visoc,display"};
  spec.parameters = device_parameters(/*engine=*/true);
  spec.parameters.push_back({"pixels_per_cycle", ParameterType::kCount, "1", "pixels scanned out a cycle (assumed)", false, 1, 4096, {}});
  spec.parameters.push_back({"start_cycles",
                             ParameterType::kCount,
                             "8",
                             "cycles from a command's parameters to its first access (assumed)",
                             false,
                             0,
                             1'000'000,
                             {}});
  registry.add(spec, "tlm", [](const BlockContext& context) -> std::unique_ptr<Block> {
    DisplayOptions options;
    options.clock = context.parameters.clock("clock");
    options.poll_interval = context.parameters.time("poll_interval");
    options.pixels_per_cycle = context.parameters.count("pixels_per_cycle");
    options.start_cycles = context.parameters.count("start_cycles");
    return std::make_unique<DeviceModule>(context.instance.c_str(), std::make_unique<DisplayCore>(options),
                                          device_options(context, /*has_master=*/true), &context.services);
  });
}

}  // namespace visoc
