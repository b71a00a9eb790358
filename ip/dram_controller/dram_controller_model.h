// The DRAM controller as a SystemC module: bytes, timing and the TLM-2.0 rules around them.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <systemc>
#include <vector>

#include "ip/dram_controller/dram_bytes_model.h"
#include "ip/dram_controller/dram_core.h"
#include "platform/tlm/block.h"

namespace visoc {

/// Memory [0, size). Data move at once; the time an access takes is added to the delay. DMI covers exactly [0, size-1].
class DramModule : public sc_core::sc_module, public Block, private tlm::tlm_fw_transport_if<> {
 public:
  DramModule(const sc_core::sc_module_name& name, std::uint64_t size, std::unique_ptr<DramTiming> timing);

  SlaveSocket* slave() override { return &socket_; }
  HostMemory host_memory() override { return bytes_.host_memory(); }
  std::uint64_t window_bytes() const override { return bytes_.size(); }
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

  SlaveSocket socket_;
  DramBytes bytes_;
  std::unique_ptr<DramTiming> timing_;
};

}  // namespace visoc
