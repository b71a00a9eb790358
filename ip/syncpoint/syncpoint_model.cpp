// The syncpoints in the machine: the shell that passes every change on to the engines.
// SPDX-License-Identifier: Apache-2.0
#include "ip/syncpoint/syncpoint_core.h"
#include "platform/registry/device_parameters.h"
#include "regs/syncpoint_regs.h"

namespace visoc {
namespace {

class SyncpointModule : public DeviceModule {
 public:
  explicit SyncpointModule(const BlockContext& context)
      : DeviceModule(context.instance.c_str(), std::make_unique<SyncpointCore>(), device_options(context, /*has_master=*/false),
                     &context.services) {}

  void connect_wake(::visoc::WakeLine& line) override { static_cast<SyncpointCore&>(core()).connect_wake(line); }
};

}  // namespace

void register_syncpoint(Registry& registry) {
  ModelSpec spec;
  spec.model = "syncpoint";
  spec.doc = "256 counters with which engines wait for each other without a hart.";
  spec.role = ModelRole::kSyncpoints;
  spec.registers = &regs::syncpoint::kTable;
  spec.interrupts = 1;
  spec.compatible = {"visoc,syncpoint"};
  spec.parameters = device_parameters();
  registry.add(spec, "tlm",
               [](const BlockContext& context) -> std::unique_ptr<Block> { return std::make_unique<SyncpointModule>(context); });
}

}  // namespace visoc
