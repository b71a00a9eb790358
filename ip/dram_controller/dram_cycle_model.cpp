// SPDX-License-Identifier: Apache-2.0
#include "ip/dram_controller/dram_cycle_model.h"

#include <algorithm>
#include <utility>

#include "platform/base/check.h"
#include "platform/tlm/sim_time.h"

namespace visoc {

CycleDramModule::CycleDramModule(const sc_core::sc_module_name& name, std::uint64_t size, DramDevice device,
                                 const CycleDramOptions& options)
    : sc_module(name),
      tCK_(device.timings.tCK_ps),
      options_(options),
      socket_("socket"),
      bytes_(size),
      port_(std::move(device), options.policy),
      phases_(this, &CycleDramModule::on_phase) {
  socket_.bind(*this);
  SC_METHOD(pump);
  sensitive << wake_;
  dont_initialize();
}

Cycles CycleDramModule::now_cycle() const { return kernel_now() / tCK_; }

unsigned CycleDramModule::begin(const Payload& payload, bool write, const Waiter& waiter) {
  pump();  // What was served before frees its slots.
  const Cycles at = (kernel_now() + options_.frontend + tCK_ - 1) / tCK_;
  const unsigned slot = port_.begin(at, payload.get_address(), payload.get_data_length(), write);
  if (waiters_.size() <= slot) waiters_.resize(slot + 1);
  waiters_[slot] = waiter;
  pump();
  return slot;
}

/// Goes on to the present, tells who was accepted and served, and sees to being called again.
void CycleDramModule::pump() {
  events_.clear();
  port_.advance(now_cycle(), events_);
  const Picos now = kernel_now();
  for (const DramPortEvent& event : events_) {
    Waiter& waiter = waiters_[event.slot];
    if (event.kind == DramPortEvent::Kind::kAccepted) {
      if (waiter.held_up) phases_.notify(*waiter.payload, tlm::END_REQ, to_sc_time(tCK_));
      waiter.held_up = false;
      continue;
    }
    const Picos ends = event.at * tCK_ + options_.backend;
    const sc_core::sc_time left = to_sc_time(ends > now ? ends - now : 0);
    if (waiter.payload != nullptr)
      phases_.notify(*waiter.payload, tlm::BEGIN_RESP, left);
    else
      waiter.done->notify(left);
  }
  const Cycles next = port_.next_wake();
  wake_.cancel();
  if (next != kNever) wake_.notify(to_sc_time(next * tCK_ - now));
}

void CycleDramModule::b_transport(Payload& payload, sc_core::sc_time& delay) {
  if (delay != sc_core::SC_ZERO_TIME) wait(delay);
  delay = sc_core::SC_ZERO_TIME;
  bool write = false;
  const bool takes_time = bytes_.access(payload, write);
  payload.set_dmi_allowed(options_.dmi && payload.is_response_ok());
  if (!takes_time) return;
  if (idle_.empty()) {
    made_.push_back(std::make_unique<sc_core::sc_event>());
    idle_.push_back(made_.back().get());
  }
  sc_core::sc_event* done = idle_.back();
  idle_.pop_back();
  begin(payload, write, {nullptr, false, done});
  wait(*done);
  idle_.push_back(done);
}

bool CycleDramModule::get_direct_mem_ptr(Payload& payload, tlm::tlm_dmi& dmi) {
  if (options_.dmi) return bytes_.grant(payload, dmi, options_.dmi_read_latency, options_.dmi_write_latency);
  dmi.init();
  dmi.set_start_address(0);
  dmi.set_end_address(bytes_.size() - 1);
  return false;
}

tlm::tlm_sync_enum CycleDramModule::nb_transport_fw(Payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  if (phase == tlm::BEGIN_REQ && payload.has_mm()) payload.acquire();
  // A phase that the base protocol does not have may be ignored.
  if (phase == tlm::BEGIN_REQ || phase == tlm::END_RESP) phases_.notify(payload, phase, delay);
  return tlm::TLM_ACCEPTED;
}

void CycleDramModule::on_phase(Payload& payload, const tlm::tlm_phase& phase) {
  if (phase == tlm::BEGIN_REQ) {
    begin_request(payload);
  } else if (phase == tlm::END_REQ) {
    end_request(payload);
  } else if (phase == tlm::BEGIN_RESP) {
    responses_.push_back(&payload);
    respond();
  } else {
    end_response(payload);
  }
}

void CycleDramModule::begin_request(Payload& payload) {
  requests_.push_back({&payload, false});
  bool write = false;
  const bool takes_time = bytes_.access(payload, write);
  payload.set_dmi_allowed(options_.dmi && payload.is_response_ok());
  if (!takes_time) {
    end_request(payload);
    phases_.notify(payload, tlm::BEGIN_RESP, sc_core::SC_ZERO_TIME);
    return;
  }
  const unsigned slot = begin(payload, write, {&payload, false, nullptr});
  // While somebody waits in front of a full queue nobody else is taken: END_REQ comes when this request is in its queue.
  if (port_.blocked())
    waiters_[slot].held_up = true;
  else
    phases_.notify(payload, tlm::END_REQ, to_sc_time(tCK_));
}

void CycleDramModule::end_request(Payload& payload) {
  const auto request = std::find_if(requests_.begin(), requests_.end(), [&](const Request& r) { return r.payload == &payload; });
  if (request == requests_.end() || request->ended) return;
  request->ended = true;
  tlm::tlm_phase phase = tlm::END_REQ;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  socket_->nb_transport_bw(payload, phase, delay);
}

void CycleDramModule::respond() {
  if (responding_ || responses_.empty()) return;
  Payload& payload = *responses_.front();
  end_request(payload);
  responding_ = true;
  tlm::tlm_phase phase = tlm::BEGIN_RESP;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  const tlm::tlm_sync_enum status = socket_->nb_transport_bw(payload, phase, delay);
  const bool ended = status == tlm::TLM_COMPLETED || (status == tlm::TLM_UPDATED && phase == tlm::END_RESP);
  if (ended) phases_.notify(payload, tlm::END_RESP, delay);
}

void CycleDramModule::end_response(Payload& payload) {
  // Of another payload than the one that was sent: the initiator broke the protocol.
  if (!responding_ || responses_.front() != &payload) return;
  responding_ = false;
  responses_.pop_front();
  requests_.erase(std::find_if(requests_.begin(), requests_.end(), [&](const Request& r) { return r.payload == &payload; }));
  if (payload.has_mm()) payload.release();
  respond();
}

std::vector<Statistic> CycleDramModule::statistics() const {
  std::vector<Statistic> all = bytes_.statistics();
  all.push_back({"requests", port_.requests(), "accesses that took time"});
  all.push_back({"queue_full", port_.held_up(), "accesses that waited for room in a queue"});
  for (Statistic& statistic : port_.at(now_cycle()).statistics(now_cycle())) all.push_back(std::move(statistic));
  return all;
}

std::vector<EnergyEvent> CycleDramModule::energy_events() const { return port_.at(now_cycle()).energy_events(now_cycle()); }

std::string CycleDramModule::pending() const {
  return port_.outstanding() == 0 ? std::string{} : std::to_string(port_.outstanding()) + " requests under way";
}

void CycleDramModule::save(StateWriter& out) const {
  bytes_.save(out);
  port_.save(out);
}

bool CycleDramModule::load(StateReader& in) {
  const bool loaded = bytes_.load(in);
  if (loaded) port_.load(in);
  return loaded && in.ok();
}

}  // namespace visoc
