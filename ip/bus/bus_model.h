// The bus as a SystemC module: TLM-2.0 routing between any number of initiators and targets.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "ip/bus/bus_core.h"
#include "platform/contract/services.h"
#include "platform/tlm/block.h"

namespace visoc {

/// Initiators and targets are attached after construction and before elaboration ends; each gets a small module that holds its socket
/// (SystemC wants every socket inside a module) and hands calls on.
class BusModule : public sc_core::sc_module, public Block, public Interconnect {
 public:
  BusModule(const sc_core::sc_module_name& name, const BusTiming& timing, RunServices* services);
  ~BusModule() override;

  void attach_master(const std::string& name, MasterSocket& socket) override;
  void attach_slave(const std::string& name, Addr base, std::uint64_t size, SlaveSocket& socket) override;
  void count_direct(const std::string& master, Addr addr, std::uint64_t bytes_read, std::uint64_t bytes_written) override;

  void observe(TransactionObserver& observer) override { observer_ = &observer; }

  Interconnect* interconnect() override { return this; }
  std::vector<Statistic> statistics() const override { return core_.statistics(); }
  std::vector<Series> series() const override { return core_.series(); }
  void save(StateWriter& out) const override { core_.save(out); }
  bool load(StateReader& in) override { return core_.load(in); }

 private:
  class InitiatorSide;
  class TargetSide;

  /// The window for an access of `bytes` at `addr`; null, with everything counted and reported, if it does not fit into one.
  const BusWindow* decode(InitiatorSide& from, Addr addr, std::uint64_t bytes, const char* what);
  void transport(InitiatorSide& from, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned debug(InitiatorSide& from, tlm::tlm_generic_payload& payload);
  void report(const InitiatorSide& from, const BusWindow* window, const tlm::tlm_generic_payload& payload, Picos begin, Picos end) const;
  bool direct_memory(InitiatorSide& from, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  void invalidate(const TargetSide& from, Offset first, Offset last);

  BusCore core_;
  RunServices* services_;
  TransactionObserver* observer_ = nullptr;
  std::vector<std::unique_ptr<InitiatorSide>> initiators_;
  std::vector<std::unique_ptr<TargetSide>> targets_;  ///< By BusWindow::target.
};

}  // namespace visoc
