// Sits between two sockets, passes everything on unchanged and tells what breaks the rules of TLM-2.0.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <systemc>
#include <vector>

#include "platform/tlm/block.h"
#include "platform/tlm/protocol_phases.h"
#include "platform/tlm/protocol_rules.h"

namespace visoc {

/// Bind the initiator to `from_initiator` and `to_target` to the target. It takes no time, changes no argument and calls nothing
/// twice; the only trace it leaves in a payload is a reference held during calls of nb_transport. docs/protocol-checker.md has the rules.
class ProtocolChecker : public sc_core::sc_module, private tlm::tlm_fw_transport_if<>, private tlm::tlm_bw_transport_if<> {
 public:
  /// `link` names it in messages and in result.json, for example "dma0_to_bus0".
  ProtocolChecker(const sc_core::sc_module_name& name, const std::string& link, bool quiet = false);

  SlaveSocket from_initiator;
  MasterSocket to_target;

  const ProtocolTally& tally() const { return tally_; }

 private:
  using Payload = tlm::tlm_generic_payload;

  void b_transport(Payload& payload, sc_core::sc_time& delay) override;
  tlm::tlm_sync_enum nb_transport_fw(Payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay) override;
  tlm::tlm_sync_enum nb_transport_bw(Payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay) override;
  bool get_direct_mem_ptr(Payload& payload, tlm::tlm_dmi& dmi) override;
  void invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last) override;
  unsigned transport_dbg(Payload& payload) override;

  void check_dmi_request(const Payload& payload, const tlm::tlm_dmi& dmi);
  void check_dmi_answer(const Payload& payload, sc_dt::uint64 address, const tlm::tlm_dmi& dmi, bool granted);

  ProtocolTally tally_;
  ProtocolPhases phases_;
  std::vector<const Payload*> blocking_;  ///< In b_transport; several threads of an initiator may be.
  unsigned invalidating_ = 0;             ///< Nested calls of invalidate_direct_mem_ptr.
};

/// The checkers of a machine or a bench. Which links get one is decided by name.
class ProtocolLinks {
 public:
  /// `pattern` as link_matches takes it.
  explicit ProtocolLinks(std::string pattern) : pattern_(std::move(pattern)) {}

  /// The socket that shall be bound to a target instead of `initiator`: a checker's, or `initiator` itself where none is asked for.
  MasterSocket& after(const std::string& link, MasterSocket& initiator);
  /// The socket that an initiator shall be bound to instead of `target`.
  SlaveSocket& before(const std::string& link, SlaveSocket& target);
  void bind(const std::string& link, MasterSocket& initiator, SlaveSocket& target) { after(link, initiator).bind(target); }

  /// In the order of binding.
  const std::vector<std::unique_ptr<ProtocolChecker>>& checkers() const { return checkers_; }
  std::uint64_t violations() const;

 private:
  ProtocolChecker* make(const std::string& link);

  std::string pattern_;
  std::vector<std::unique_ptr<ProtocolChecker>> checkers_;
};

}  // namespace visoc
