// SPDX-License-Identifier: Apache-2.0
#include "rtl/dma/dma_rtl.h"

#include <utility>

#include "platform/base/check.h"
#include "platform/registry/registry.h"
#include "regs/dma_regs.h"
#include "rtl/dma/dma_pins.h"

namespace visoc {

std::unique_ptr<RtlDevice> make_dma_rtl(const std::string& name, RtlOptions options, RunServices* services) {
  options.energy_event = "dma_byte";
  return std::make_unique<RtlDevice>(name.c_str(), regs::dma::kTable, make_dma_pins(), std::move(options), services);
}

/// After register_dma: one model, one description, a second implementation. `bytes_per_cycle` and `start_cycles` are the model's
/// figures; the RTL has its own by construction.
void register_dma_rtl(Registry& registry) {
  const ModelSpec* spec = registry.find("dma");
  VISOC_CHECK(spec != nullptr, "the model 'dma' is registered before its RTL");
  registry.add(ModelSpec(*spec), "rtl", [](const BlockContext& context) -> std::unique_ptr<Block> {
    RtlOptions options;
    options.clock = context.parameters.clock("clock");
    options.poll_interval = context.parameters.time("poll_interval");
    options.register_latency_ps = context.parameters.time("register_latency");
    return make_dma_rtl(context.instance, std::move(options), &context.services);
  });
}

}  // namespace visoc
