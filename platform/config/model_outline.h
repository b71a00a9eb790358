// What the configuration must know of the models, without knowing the models.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/config/parameters.h"

namespace visoc {

/// What part of the machine a model plays; decides how the simulation wires it and what the device tree says.
enum class ModelRole {
  kDevice,               ///< Registers on the bus, perhaps a master, perhaps interrupts to the interrupt controller.
  kHart,                 ///< A master that takes interrupts; irq_input(n) is mip bit n (3 software, 7 timer, 9 / 11 external S / M).
  kBus,                  ///< Implements Interconnect.
  kMemory,               ///< Executable RAM.
  kRom,                  ///< Read-only memory the loader fills.
  kTimer,                ///< CLINT: irq output 2h is hart h's software, 2h+1 its timer interrupt. Implements TimeSource.
  kInterruptController,  ///< PLIC: irq_input(source), output 2h = hart h's M context, 2h+1 = its S context.
  kSyncpoints,           ///< Wakes engines: connect_wake() gets every engine's wake line.
  kCache,                ///< A cache that the harts of its bus share: shared_cache().
};

struct ModelOutline {
  std::string model;
  ModelRole role = ModelRole::kDevice;
  std::vector<ParameterSpec> parameters;
  std::vector<std::string> impls;  ///< Available; the first is the default.
  std::uint64_t window_bytes = 0;  ///< Register window; 0 if none or if the instance says its size.
  bool sized = false;              ///< The instance has a "size".
  ParameterCheck check;            ///< May be empty.
  unsigned interrupts = 0;         ///< How many PLIC sources "irq" may name.
};

/// The models of this build. Implemented by platform/registry.
class ModelCatalog {
 public:
  virtual ~ModelCatalog() = default;
  virtual std::vector<std::string> model_names() const = 0;  ///< Sorted.
  virtual bool outline(const std::string& model, ModelOutline& out) const = 0;
  /// For an impl that exists but is not in this build: how to get it. Empty otherwise.
  virtual std::string how_to_get_impl(const std::string& model, const std::string& impl) const = 0;
};

}  // namespace visoc
