// The CLINT in the machine: the shell that also gives its time to the harts.
// SPDX-License-Identifier: Apache-2.0
#include "ip/clint/clint_core.h"
#include "platform/registry/device_parameters.h"
#include "regs/clint_regs.h"

namespace visoc {
namespace {

class ClintModule : public DeviceModule {
 public:
  explicit ClintModule(const BlockContext& context)
      : DeviceModule(
            context.instance.c_str(),
            std::make_unique<ClintCore>(static_cast<unsigned>(context.parameters.count("harts")), context.parameters.clock("timebase")),
            device_options(context, /*has_master=*/false), &context.services) {}

  const TimeSource* time_source() override { return static_cast<ClintCore*>(&core()); }
};

}  // namespace

void register_clint(Registry& registry) {
  ModelSpec spec;
  spec.model = "clint";
  spec.doc = "Core-local interruptor (SiFive): software and timer interrupts, mtime.";
  spec.role = ModelRole::kTimer;
  spec.registers = &regs::clint::kTable;
  spec.compatible = {"sifive,clint0", "riscv,clint0"};
  spec.parameters = device_parameters();
  spec.parameters.push_back({"harts", ParameterType::kCount, "8", "harts with interrupt outputs", false, 1, ClintCore::kMaxHarts, {}});
  spec.parameters.push_back(
      {"timebase", ParameterType::kFrequency, "10MHz", "ticks of mtime (as QEMU's virt)", false, 1, kPicosPerSecond, {}});
  registry.add(spec, "tlm", [](const BlockContext& context) -> std::unique_ptr<Block> { return std::make_unique<ClintModule>(context); });
}

}  // namespace visoc
