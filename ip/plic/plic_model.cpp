// The name of the interrupt controller in the registry, and its parameters.
// SPDX-License-Identifier: Apache-2.0
#include "ip/plic/plic_core.h"
#include "platform/registry/device_parameters.h"
#include "regs/plic_regs.h"

namespace visoc {

void register_plic(Registry& registry) {
  ModelSpec spec;
  spec.model = "plic";
  spec.doc = "Platform-level interrupt controller (RISC-V PLIC 1.0) with level gateways.";
  spec.role = ModelRole::kInterruptController;
  spec.registers = &regs::plic::kTable;
  spec.compatible = {"sifive,plic-1.0.0", "riscv,plic0"};
  spec.parameters = device_parameters();
  spec.parameters.push_back(
      {"sources", ParameterType::kCount, "95", "interrupt sources, numbered from 1", false, 1, PlicCore::kMaxSources, {}});
  spec.parameters.push_back({"harts", ParameterType::kCount, "8", "harts with an M and an S context", false, 1, PlicCore::kMaxHarts, {}});
  registry.add(spec, "tlm", [](const BlockContext& context) -> std::unique_ptr<Block> {
    auto core = std::make_unique<PlicCore>(static_cast<unsigned>(context.parameters.count("sources")),
                                           static_cast<unsigned>(context.parameters.count("harts")));
    return std::make_unique<DeviceModule>(context.instance.c_str(), std::move(core), device_options(context, /*has_master=*/false),
                                          &context.services);
  });
}

}  // namespace visoc
