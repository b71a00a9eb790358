// The DRAM controller as a SystemC module: bytes, timing and the TLM-2.0 rules around them.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <systemc>
#include <vector>

#include "ip/dram_controller/dram_core.h"
#include "ip/dram_controller/storage.h"
#include "platform/contract/page_guards.h"
#include "platform/tlm/block.h"

namespace visoc {

/// Memory [0, size). Data move at once; the time an access takes is added to the delay. DMI covers exactly [0, size-1].
class DramModule : public sc_core::sc_module, public Block, private tlm::tlm_fw_transport_if<> {
 public:
  DramModule(const sc_core::sc_module_name& name, std::uint64_t size, std::unique_ptr<DramTiming> timing);

  SlaveSocket* slave() override { return &socket_; }
  HostMemory host_memory() override { return {storage_.data(), storage_.size()}; }
  std::uint64_t window_bytes() const override { return storage_.size(); }
  std::vector<Statistic> statistics() const override;
  std::vector<EnergyEvent> energy_events() const override;
  void save(StateWriter& out) const override;
  bool load(StateReader& in) override;

  DramTiming& timing() { return *timing_; }

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override;
  unsigned transport_dbg(tlm::tlm_generic_payload& payload) override;
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) override;
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay) override;
  tlm::tlm_response_status check(const tlm::tlm_generic_payload& payload) const;

  SlaveSocket socket_;
  Storage storage_;
  std::shared_ptr<PageGuards> guards_;
  std::unique_ptr<DramTiming> timing_;
  std::uint64_t bytes_read_ = 0, bytes_written_ = 0, timing_only_bytes_ = 0, refused_ = 0;
};

}  // namespace visoc
