// The cycle-scheduled controller as a SystemC module: fed by blocking transport, and by the four phases of the TLM-2.0 base protocol.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/peq_with_cb_and_phase.h>

#include <deque>
#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "ip/dram_controller/dram_bytes_model.h"
#include "ip/dram_controller/dram_cycle_port.h"
#include "platform/tlm/block.h"

namespace visoc {

struct CycleDramOptions {
  DramPolicy policy;
  Picos frontend = 0;                                 ///< From the socket to the queues.
  Picos backend = 0;                                  ///< From the last data to the socket.
  Picos dmi_read_latency = 0, dmi_write_latency = 0;  ///< That a DMI grant says.
  bool dmi = true;                                    ///< DMI is granted.
};

/// Memory [0, size). Bytes move when a request arrives, in order of arrival; its time is that of the queues and the device.
/// b_transport waits in simulated time (call it from an SC_THREAD) until the last data, for a write until the queue has taken them.
/// nb_transport: END_REQ a clock after BEGIN_REQ, or, while an earlier request waits for room in its queue, when this one is in its
/// queue; BEGIN_RESP when b_transport would return, one response at a time.
class CycleDramModule : public sc_core::sc_module, public Block, private tlm::tlm_fw_transport_if<> {
 public:
  SC_HAS_PROCESS(CycleDramModule);
  CycleDramModule(const sc_core::sc_module_name& name, std::uint64_t size, DramDevice device, const CycleDramOptions& options);

  SlaveSocket* slave() override { return &socket_; }
  HostMemory host_memory() override { return bytes_.host_memory(); }
  std::uint64_t window_bytes() const override { return bytes_.size(); }
  std::vector<Statistic> statistics() const override;
  std::vector<EnergyEvent> energy_events() const override;
  std::string pending() const override;
  void save(StateWriter& out) const override;
  bool load(StateReader& in) override;

  void trace_to(DramCommandSink* sink) { port_.trace_to(sink); }

 private:
  using Payload = tlm::tlm_generic_payload;

  /// Who waits for a slot of the port: a request of nb_transport, or a thread in b_transport.
  struct Waiter {
    Payload* payload = nullptr;
    bool held_up = false;  ///< END_REQ is sent when it is in its queue.
    sc_core::sc_event* done = nullptr;
  };
  /// A request of nb_transport between BEGIN_REQ and END_RESP.
  struct Request {
    Payload* payload = nullptr;
    bool ended = false;  ///< END_REQ was sent.
  };

  void b_transport(Payload& payload, sc_core::sc_time& delay) override;
  unsigned transport_dbg(Payload& payload) override { return bytes_.debug(payload); }
  bool get_direct_mem_ptr(Payload& payload, tlm::tlm_dmi& dmi) override;
  tlm::tlm_sync_enum nb_transport_fw(Payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay) override;

  void on_phase(Payload& payload, const tlm::tlm_phase& phase);
  void begin_request(Payload& payload);
  void end_request(Payload& payload);
  void respond();
  void end_response(Payload& payload);

  Cycles now_cycle() const;
  unsigned begin(const Payload& payload, bool write, const Waiter& waiter);
  void pump();

  const Picos tCK_;
  const CycleDramOptions options_;
  SlaveSocket socket_;
  DramBytes bytes_;
  CycleDramPort port_;
  tlm_utils::peq_with_cb_and_phase<CycleDramModule> phases_;
  sc_core::sc_event wake_;
  std::vector<Waiter> waiters_;  ///< By slot.
  std::vector<std::unique_ptr<sc_core::sc_event>> made_;
  std::vector<sc_core::sc_event*> idle_;  ///< Of them, those nobody waits for.
  std::vector<Request> requests_;         ///< In order of arrival.
  std::deque<Payload*> responses_;        ///< Ready; the first is being sent if responding_.
  bool responding_ = false;
  std::vector<DramPortEvent> events_;  ///< Scratch.
};

}  // namespace visoc
