// Read-only memory that the loader fills with the reset code and the device tree.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <systemc>

#include "platform/tlm/block.h"

namespace visoc {

/// `size_bytes` bytes, zero at the start. Reads of any length take `latency`; writes get TLM_COMMAND_ERROR_RESPONSE, accesses that do not
/// lie wholly inside TLM_ADDRESS_ERROR_RESPONSE. DMI is granted for reads, for the whole range.
class BootRomModule : public sc_core::sc_module, public Block {
 public:
  BootRomModule(const sc_core::sc_module_name& name, std::uint64_t size_bytes, Picos latency_ps);

  SlaveSocket* slave() override { return &slave_; }
  HostMemory host_memory() override { return {bytes_.data(), bytes_.size()}; }
  std::uint64_t window_bytes() const override { return bytes_.size(); }
  std::vector<Statistic> statistics() const override;
  void save(StateWriter& out) const override;
  bool load(StateReader& in) override;

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& payload);
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);

  tlm_utils::simple_target_socket<BootRomModule, kBusWidthBits> slave_;
  std::vector<std::uint8_t> bytes_;
  sc_core::sc_time latency_;
  std::uint64_t bytes_read_ = 0, refused_writes_ = 0;
};

}  // namespace visoc
