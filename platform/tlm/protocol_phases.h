// The rules of nb_transport on one link: who may send which phase when.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm.h>

#include <map>
#include <string>

#include "platform/tlm/payload_snapshot.h"

namespace visoc {

/// Follows the transactions of a link through their phases. Told of every call before it is passed on and after it came back.
class ProtocolPhases {
 public:
  explicit ProtocolPhases(ProtocolTally& tally) : tally_(tally) {}

  /// Between BEGIN_REQ and the end of the response.
  bool under_way(const tlm::tlm_generic_payload& payload) const { return lives_.count(&payload) != 0; }

  /// `in_blocking`: the payload is in b_transport on this link.
  void forward_call(const tlm::tlm_generic_payload& payload, const tlm::tlm_phase& phase, const sc_core::sc_time& delay, bool in_blocking);
  void forward_return(const tlm::tlm_generic_payload& payload, const tlm::tlm_phase& phase, const sc_core::sc_time& delay,
                      tlm::tlm_sync_enum status);
  void backward_call(const tlm::tlm_generic_payload& payload, const tlm::tlm_phase& phase, const sc_core::sc_time& delay);
  void backward_return(const tlm::tlm_generic_payload& payload, const tlm::tlm_phase& phase, const sc_core::sc_time& delay,
                       tlm::tlm_sync_enum status);

 private:
  using Payload = tlm::tlm_generic_payload;
  struct Life {
    PayloadSnapshot snapshot;
    unsigned phase = tlm::BEGIN_REQ;
    sc_core::sc_time at;  ///< Time plus delay of the last call or return.
    tlm::tlm_response_status response = tlm::TLM_INCOMPLETE_RESPONSE;
  };
  /// The call that is passed on at the moment; calls nest (a target may answer by nb_transport_bw before it returns).
  struct Call {
    unsigned phase = 0;
    sc_core::sc_time delay;
    tlm::tlm_response_status response = tlm::TLM_INCOMPLETE_RESPONSE;
  };

  Life* find(const Payload& payload);
  void check_memory(const Payload& payload);
  void check_direction(bool right, const tlm::tlm_phase& phase, const char* which_way);
  void check_order(bool right, const tlm::tlm_phase& phase, const Life* life);
  void check_time(Life* life, const tlm::tlm_phase& phase, const sc_core::sc_time& delay);
  void check_accepted(const Call& call, const Payload& payload, const tlm::tlm_phase& phase, const sc_core::sc_time& delay);
  void begin_request(const Payload& payload, const tlm::tlm_phase& phase, const sc_core::sc_time& delay, bool in_blocking);
  void end_response(const Payload& payload, const tlm::tlm_phase& phase);
  void towards_initiator(const Payload& payload, const tlm::tlm_phase& phase, const sc_core::sc_time& delay);
  void extended_phase(const Payload& payload, const tlm::tlm_phase& phase);
  void end_life(const Payload& payload);

  ProtocolTally& tally_;
  std::map<const Payload*, Life> lives_;
  std::vector<Call> calls_;
  const Payload* request_ = nullptr;   ///< Between BEGIN_REQ and its end.
  const Payload* response_ = nullptr;  ///< Between BEGIN_RESP and its end.
};

}  // namespace visoc
