// The name of the test finisher in the registry.
// SPDX-License-Identifier: Apache-2.0
#include "ip/finisher/finisher_core.h"
#include "platform/registry/device_parameters.h"
#include "regs/finisher_regs.h"

namespace visoc {

void register_finisher(Registry& registry) {
  ModelSpec spec;
  spec.model = "finisher";
  spec.doc = "Test finisher (SiFive): a write ends the run with pass or fail.";
  spec.registers = &regs::finisher::kTable;
  spec.compatible = {"sifive,test1", "sifive,test0", "syscon"};
  spec.parameters = device_parameters();
  registry.add(spec, "tlm", [](const BlockContext& context) -> std::unique_ptr<Block> {
    return std::make_unique<DeviceModule>(context.instance.c_str(), std::make_unique<FinisherCore>(),
                                          device_options(context, /*has_master=*/false), &context.services);
  });
}

}  // namespace visoc
