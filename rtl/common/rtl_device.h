// The SystemC shell around any verilated block: what DeviceModule is to a core, this is to pins.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <functional>
#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "platform/contract/register_table.h"
#include "platform/contract/services.h"
#include "platform/tlm/block.h"
#include "platform/tlm/dma_port.h"
#include "rtl/common/axi_checker.h"
#include "rtl/common/axi_memory_side.h"
#include "rtl/common/rtl_pins.h"

namespace visoc {

struct RtlOptions {
  Clock clock;
  Picos register_latency_ps = 0;  ///< Added to each register access, besides the cycles on the pins.
  Picos poll_interval = kPicosPerMicro;
  bool has_master = true;
  std::string energy_event;      ///< What the pin work_done counts; empty for nothing.
  std::uint32_t plant_bug = 0;   ///< For tests: number of a bug, see the block's README.
  std::uint32_t stall_seed = 0;  ///< For tests: the memory side holds handshakes back; 0 never.
  /// Where broken AXI rules and passed bounds go. Empty: the first one ends the process as a bug of visoc (exit code 70).
  std::function<void(const RtlViolation&)> on_violation;
};

/// Register accesses become AXI4-Lite accesses at the block's clock; size, alignment and holes are checked here as DeviceModule does.
/// The block's AXI4 bursts become timed bus accesses, answered when the bus says they are done. The clock runs only while the block is
/// busy, an access is open or a wake pulse is due; its edges lie on whole multiples of the period. Each wait is bounded: a register
/// access that gets no answer ends with an error response and a violation.
class RtlDevice : public sc_core::sc_module, public Block, private WakeLine {
 public:
  SC_HAS_PROCESS(RtlDevice);
  RtlDevice(const sc_core::sc_module_name& name, const RegisterTable& table, std::unique_ptr<RtlPins> pins, RtlOptions options,
            RunServices* services);

  SlaveSocket* slave() override { return &slave_; }
  MasterSocket* master() override { return port_ ? &port_->socket() : nullptr; }
  void connect_irq(unsigned output, IrqLine& line) override;
  WakeLine* wake_input() override;
  std::uint64_t window_bytes() const override { return table_.window_bytes; }
  const RegisterTable* registers() const override { return &table_; }
  std::vector<Statistic> statistics() const override;
  std::vector<EnergyEvent> energy_events() const override;
  std::string pending() const override;
  /// All flip-flops. A state taken while a bus access is open says so and cannot be loaded.
  void save(StateWriter& out) const override;
  bool load(StateReader& in) override;

  Cycles cycles() const { return cycle_; }

 private:
  /// The register access under way. One at a time; others wait for it.
  struct LiteAccess {
    enum class Phase { kNone, kAddress, kAnswer, kDone } phase = Phase::kNone;
    bool is_write = false, address_taken = false, data_taken = false, ok = false;
    std::uint32_t offset = 0, value = 0;
  };

  void wake() override;
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& payload);
  void run_clock();
  void run_memory();
  void tick();
  void power_on();
  bool needs_clock() const;
  void drive_lite();
  void sample_lite();
  void end_lite(bool ok);
  void publish();
  void violate(const RtlViolation& violation);

  const RegisterTable& table_;
  std::unique_ptr<RtlPins> pins_;
  RtlOptions options_;
  RunServices* services_;
  std::string instance_;
  tlm_utils::simple_target_socket<RtlDevice, kBusWidthBits> slave_;
  std::unique_ptr<DmaPort> port_;
  IrqLine* irq_line_ = nullptr;
  AxiChecker checker_;
  AxiMemorySide memory_;
  RtlInputs in_;
  RtlOutputs out_;
  Cycles cycle_ = 0;
  bool irq_level_ = false, wake_due_ = false, memory_open_ = false;
  bool was_pending_ = false;
  Picos pending_since_ = 0;
  LiteAccess lite_;
  Cycles lite_waits_ = 0;
  sc_core::sc_mutex lite_mutex_;
  sc_core::sc_event kick_, lite_done_, memory_kick_;
  std::uint64_t register_reads_ = 0, register_writes_ = 0, refused_accesses_ = 0, violations_ = 0;
};

}  // namespace visoc
