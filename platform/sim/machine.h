// The machine: every instance of a description as a wired SystemC module.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "platform/base/result.h"
#include "platform/config/description.h"
#include "platform/contract/services.h"
#include "platform/registry/registry.h"
#include "platform/tlm/protocol_checker.h"

namespace visoc {

struct NamedBlock {
  std::string name;
  const Instance* instance = nullptr;
  std::unique_ptr<Block> block;
};

/// Builds and wires. One machine a process (SystemC elaborates once).
class Machine {
 public:
  /// `check_protocol`: which links get a protocol checker, as link_matches takes it. A link is named INSTANCE_to_BUS or BUS_to_INSTANCE.
  Machine(const Description& description, const Registry& registry, RunServices& services, const std::string& check_protocol = "off");
  ~Machine();

  const std::vector<NamedBlock>& blocks() const { return blocks_; }
  Block* find(const std::string& name) const;
  std::vector<HartControl*> harts() const;
  const ProtocolLinks& protocol_links() const { return links_; }
  /// The memory instance that contains [addr, addr + bytes), and the host bytes behind it; null if there is none.
  std::uint8_t* host_bytes(Addr addr, std::uint64_t bytes) const;
  /// `observer` hears of the transactions of every bus.
  void observe(TransactionObserver& observer);
  /// Tells each bus what its masters moved past it. Once, when the run is over.
  void settle_direct_traffic();
  /// SHA-256 over the state of every block in order of the description: equal hashes, equal machines.
  std::string state_hash() const;

 private:
  void wire_bus();
  void wire_interrupts();
  void wire_wakes();
  void wire_caches();

  const Description& description_;
  std::vector<NamedBlock> blocks_;
  ProtocolLinks links_;
};

}  // namespace visoc
