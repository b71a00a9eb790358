// SPDX-License-Identifier: Apache-2.0
#include "platform/tlm/protocol_phases.h"

namespace visoc {
namespace {

using Rule = ProtocolRule;

bool is_extended(unsigned phase) { return phase > tlm::END_RESP; }

const char* base_name(unsigned phase) {
  static constexpr const char* kNames[] = {"UNINITIALIZED_PHASE", "BEGIN_REQ", "END_REQ", "BEGIN_RESP", "END_RESP"};
  return is_extended(phase) ? "an extended phase" : kNames[phase];
}

std::string text_of(const tlm::tlm_generic_payload& payload) {
  return std::to_string(payload.get_data_length()) + " bytes at " + std::to_string(payload.get_address());
}

}  // namespace

ProtocolPhases::Life* ProtocolPhases::find(const Payload& payload) {
  const auto found = lives_.find(&payload);
  return found != lives_.end() ? &found->second : nullptr;
}

void ProtocolPhases::check_memory(const Payload& payload) {
  if (tally_.check(Rule::kMemoryManager, payload.has_mm(), [&] { return text_of(payload); }))
    tally_.check(Rule::kReferenceCount, payload.get_ref_count() > 0, [&] { return text_of(payload); });
}

void ProtocolPhases::check_direction(bool right, const tlm::tlm_phase& phase, const char* which_way) {
  tally_.check(Rule::kPhaseDirection, right, [&] { return std::string(base_name(phase)) + " was sent " + which_way; });
}

void ProtocolPhases::check_order(bool right, const tlm::tlm_phase& phase, const Life* life) {
  tally_.check(Rule::kPhaseOrder, right, [&] {
    return std::string(base_name(phase)) + (life != nullptr ? std::string(" after ") + base_name(life->phase) : " without a BEGIN_REQ");
  });
}

void ProtocolPhases::check_time(Life* life, const tlm::tlm_phase& phase, const sc_core::sc_time& delay) {
  if (life == nullptr) return;
  const sc_core::sc_time at = sc_core::sc_time_stamp() + delay;
  tally_.check(Rule::kPhaseTime, at >= life->at,
               [&] { return std::string(base_name(phase)) + " at " + at.to_string() + ", before it at " + life->at.to_string(); });
  life->at = at;
}

void ProtocolPhases::check_accepted(const Call& call, const Payload& payload, const tlm::tlm_phase& phase, const sc_core::sc_time& delay) {
  // The phase may have gone on meanwhile by a call in the other direction; the arguments of this one may not change.
  const Life* life = find(payload);
  const bool answered = life == nullptr || life->phase != call.phase;
  const bool same = phase == call.phase && delay == call.delay && (answered || payload.get_response_status() == call.response);
  tally_.check(Rule::kAcceptedUnchanged, same, [&] {
    return std::string(base_name(call.phase)) + " with delay " + call.delay.to_string() + " came back as " + base_name(phase) +
           " with delay " + delay.to_string() + ", response " + payload.get_response_string();
  });
}

void ProtocolPhases::begin_request(const Payload& payload, const tlm::tlm_phase& phase, const sc_core::sc_time& delay, bool in_blocking) {
  check_initial_payload(payload, tally_);
  const Life* before = find(payload);
  check_order(before == nullptr, phase, before);
  tally_.check(Rule::kRequestExclusion, request_ == nullptr || request_ == &payload,
               [&] { return text_of(payload) + " while the request before has not ended"; });
  tally_.check(Rule::kBlockingDuringPhases, !in_blocking, [&] { return text_of(payload); });
  request_ = &payload;
  lives_.erase(&payload);
  lives_.emplace(&payload, Life{PayloadSnapshot(payload), tlm::BEGIN_REQ, sc_core::sc_time_stamp() + delay, tlm::TLM_INCOMPLETE_RESPONSE});
}

void ProtocolPhases::end_response(const Payload& payload, const tlm::tlm_phase& phase) {
  Life* life = find(payload);
  check_order(life != nullptr && life->phase == tlm::BEGIN_RESP, phase, life);
  if (life == nullptr) return;
  if (life->phase == tlm::BEGIN_RESP)
    tally_.check(Rule::kResponseKept, payload.get_response_status() == life->response,
                 [&] { return text_of(payload) + ": " + payload.get_response_string(); });
  life->phase = tlm::END_RESP;
  if (response_ == &payload) response_ = nullptr;
}

void ProtocolPhases::extended_phase(const Payload& payload, const tlm::tlm_phase& phase) {
  const Life* life = find(payload);
  tally_.check(Rule::kIgnorablePhase, life != nullptr && life->phase != tlm::END_RESP,
               [&] { return std::string(phase.get_name()) + " outside of a transaction, " + text_of(payload); });
}

void ProtocolPhases::forward_call(const Payload& payload, const tlm::tlm_phase& phase, const sc_core::sc_time& delay, bool in_blocking) {
  check_memory(payload);
  if (Life* life = find(payload); life != nullptr && phase != tlm::BEGIN_REQ) life->snapshot.compare(payload, tally_, false);
  if (is_extended(phase)) {
    extended_phase(payload, phase);
  } else {
    const bool forward = phase == tlm::BEGIN_REQ || phase == tlm::END_RESP;
    check_direction(forward, phase, "forward");
    if (phase == tlm::BEGIN_REQ) {
      begin_request(payload, phase, delay, in_blocking);
    } else if (phase == tlm::END_RESP) {
      end_response(payload, phase);
    }
  }
  check_time(find(payload), phase, delay);
  calls_.push_back({phase, delay, payload.get_response_status()});
}

void ProtocolPhases::forward_return(const Payload& payload, const tlm::tlm_phase& phase, const sc_core::sc_time& delay,
                                    tlm::tlm_sync_enum status) {
  const Call call = calls_.back();
  calls_.pop_back();
  if (Life* life = find(payload)) life->snapshot.compare(payload, tally_, false);
  switch (status) {
    case tlm::TLM_ACCEPTED:
      check_accepted(call, payload, phase, delay);
      break;
    case tlm::TLM_UPDATED:
      towards_initiator(payload, phase, delay);
      break;
    case tlm::TLM_COMPLETED:
      tally_.check(Rule::kCompletion, !is_extended(call.phase), [&] { return text_of(payload) + ": TLM_COMPLETED for an extended phase"; });
      check_time(find(payload), phase, delay);
      if (call.phase == tlm::BEGIN_REQ)
        tally_.check(Rule::kResponseSet, payload.get_response_status() != tlm::TLM_INCOMPLETE_RESPONSE, [&] { return text_of(payload); });
      if (!is_extended(call.phase)) end_life(payload);
      break;
  }
  if (call.phase == tlm::END_RESP) end_life(payload);
}

/// A phase from the target, by a call or by a return value.
void ProtocolPhases::towards_initiator(const Payload& payload, const tlm::tlm_phase& phase, const sc_core::sc_time& delay) {
  Life* life = find(payload);
  if (is_extended(phase)) {
    extended_phase(payload, phase);
  } else {
    check_direction(phase == tlm::END_REQ || phase == tlm::BEGIN_RESP, phase, "back");
    if (phase == tlm::END_REQ) {
      check_order(life != nullptr && life->phase == tlm::BEGIN_REQ, phase, life);
      if (request_ == &payload) request_ = nullptr;
      if (life != nullptr) life->phase = tlm::END_REQ;
    } else if (phase == tlm::BEGIN_RESP) {
      check_order(life != nullptr && (life->phase == tlm::BEGIN_REQ || life->phase == tlm::END_REQ), phase, life);
      if (request_ == &payload) request_ = nullptr;
      tally_.check(Rule::kResponseExclusion, response_ == nullptr || response_ == &payload,
                   [&] { return text_of(payload) + " while the response before has not ended"; });
      tally_.check(Rule::kResponseSet, payload.get_response_status() != tlm::TLM_INCOMPLETE_RESPONSE, [&] { return text_of(payload); });
      response_ = &payload;
      if (life != nullptr) {
        life->phase = tlm::BEGIN_RESP;
        life->response = payload.get_response_status();
      }
    }
  }
  check_time(life, phase, delay);
}

void ProtocolPhases::backward_call(const Payload& payload, const tlm::tlm_phase& phase, const sc_core::sc_time& delay) {
  check_memory(payload);
  if (Life* life = find(payload)) life->snapshot.compare(payload, tally_, false);
  towards_initiator(payload, phase, delay);
  calls_.push_back({phase, delay, payload.get_response_status()});
}

void ProtocolPhases::backward_return(const Payload& payload, const tlm::tlm_phase& phase, const sc_core::sc_time& delay,
                                     tlm::tlm_sync_enum status) {
  const Call call = calls_.back();
  calls_.pop_back();
  if (Life* life = find(payload)) life->snapshot.compare(payload, tally_, false);
  switch (status) {
    case tlm::TLM_ACCEPTED:
      check_accepted(call, payload, phase, delay);
      break;
    case tlm::TLM_UPDATED:
      if (is_extended(phase)) {
        extended_phase(payload, phase);
        break;
      }
      check_direction(phase == tlm::END_RESP, phase, "forward as an answer");
      if (phase == tlm::END_RESP) {
        check_time(find(payload), phase, delay);
        end_response(payload, phase);
        end_life(payload);
      }
      break;
    case tlm::TLM_COMPLETED:
      tally_.check(Rule::kCompletion, call.phase == tlm::BEGIN_RESP,
                   [&] { return text_of(payload) + ": TLM_COMPLETED for " + base_name(call.phase); });
      check_time(find(payload), phase, delay);
      if (call.phase == tlm::BEGIN_RESP) end_life(payload);
      break;
  }
}

void ProtocolPhases::end_life(const Payload& payload) {
  if (request_ == &payload) request_ = nullptr;
  if (response_ == &payload) response_ = nullptr;
  lives_.erase(&payload);
}

}  // namespace visoc
