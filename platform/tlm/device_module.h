// The SystemC shell around any DeviceCore: sockets, register checks, time. One class for every block with registers.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <array>
#include <memory>
#include <systemc>

#include "platform/contract/device_core.h"
#include "platform/tlm/block.h"
#include "platform/tlm/dma_port.h"

namespace visoc {

struct DeviceOptions {
  bool has_master = false;        ///< Give the core a bus master for its steps.
  Picos register_latency_ps = 0;  ///< Added to each register access.
};

/// Register accesses arrive by b_transport. One that needs the exact time (all but reads that the core calls pure) waits until the
/// kernel has caught up with the initiator, so initiators call from an SC_THREAD. Size, alignment and holes are checked here, by the
/// register table, alike for every implementation. The core's steps run in one SC_THREAD that waits in one place.
class DeviceModule : public sc_core::sc_module, public Block, private WakeLine {
 public:
  SC_HAS_PROCESS(DeviceModule);
  DeviceModule(const sc_core::sc_module_name& name, std::unique_ptr<DeviceCore> core, DeviceOptions options, RunServices* services);

  SlaveSocket* slave() override { return &slave_; }
  MasterSocket* master() override { return port_ ? &port_->socket() : nullptr; }
  void connect_irq(unsigned output, IrqLine& line) override { core_->connect_irq(output, line); }
  IrqLine* irq_input(unsigned input) override { return core_->irq_input(input); }
  WakeLine* wake_input() override;
  std::uint64_t window_bytes() const override { return core_->table().window_bytes; }
  const RegisterTable* registers() const override { return &core_->table(); }
  std::vector<Statistic> statistics() const override;
  std::vector<EnergyEvent> energy_events() const override { return core_->energy_events(); }
  std::string pending() const override { return core_->pending(); }
  void save(StateWriter& out) const override { core_->save(out); }
  bool load(StateReader& in) override;

  DeviceCore& core() { return *core_; }

 private:
  void wake() override;
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& payload);
  void run_steps();
  bool acceptable(const tlm::tlm_generic_payload& payload);

  /// A read whose size, alignment and offset were found right; a function of the table alone.
  struct CheckedRead {
    Offset offset = 0;
    unsigned size = 0;  ///< 0: unused; no read of that size is right.
  };

  std::unique_ptr<DeviceCore> core_;
  DeviceOptions options_;
  tlm_utils::simple_target_socket<DeviceModule, kBusWidthBits> slave_;
  std::unique_ptr<DmaPort> port_;
  sc_core::sc_event kick_;
  std::array<CheckedRead, 8> checked_reads_;
  bool steps_running_ = false;  ///< The step thread is inside a step (it may be blocked on a slow target).
  bool kicked_meanwhile_ = false;
  std::uint64_t register_reads_ = 0, register_writes_ = 0, refused_accesses_ = 0;
};

}  // namespace visoc
