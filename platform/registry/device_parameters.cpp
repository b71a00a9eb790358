// SPDX-License-Identifier: Apache-2.0
#include "platform/registry/device_parameters.h"

namespace visoc {

std::vector<ParameterSpec> device_parameters(bool engine) {
  std::vector<ParameterSpec> parameters;
  parameters.push_back({"register_latency",
                        ParameterType::kTime,
                        "20ns",
                        "time added to each register access (assumed: one 50 MHz peripheral cycle)",
                        false,
                        0,
                        kPicosPerMilli,
                        {}});
  if (engine) {
    parameters.push_back({"clock", ParameterType::kFrequency, "800MHz", "the engine's clock (assumed)", false, 1, kPicosPerSecond, {}});
    parameters.push_back({"poll_interval",
                          ParameterType::kTime,
                          "1us",
                          "time between two looks at a syncpoint when no wake line is connected",
                          false,
                          1'000,
                          kPicosPerSecond,
                          {}});
  }
  return parameters;
}

DeviceOptions device_options(const BlockContext& context, bool has_master) {
  DeviceOptions options;
  options.has_master = has_master;
  options.register_latency_ps = context.parameters.time("register_latency");
  return options;
}

}  // namespace visoc
