// SPDX-License-Identifier: Apache-2.0
#include "platform/tlm/protocol_checker.h"

#include <algorithm>
#include <cstdio>

#include "platform/tlm/payload_snapshot.h"

namespace visoc {
namespace {

using Rule = ProtocolRule;

std::string hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

/// Whether the kernel went on between two moments: somebody called wait.
class Moment {
 public:
  bool passed() const { return sc_core::sc_time_stamp() != time_ || sc_core::sc_delta_count() != delta_; }

 private:
  sc_core::sc_time time_ = sc_core::sc_time_stamp();
  sc_dt::uint64 delta_ = sc_core::sc_delta_count();
};

/// Keeps a payload alive while a call may end its life.
class Held {
 public:
  explicit Held(tlm::tlm_generic_payload& payload) : payload_(payload.has_mm() && payload.get_ref_count() > 0 ? &payload : nullptr) {
    if (payload_ != nullptr) payload_->acquire();
  }
  ~Held() {
    if (payload_ != nullptr) payload_->release();
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

 private:
  tlm::tlm_generic_payload* payload_;
};

}  // namespace

ProtocolChecker::ProtocolChecker(const sc_core::sc_module_name& name, const std::string& link, bool quiet)
    : sc_module(name), from_initiator("from_initiator"), to_target("to_target"), tally_(link, quiet), phases_(tally_) {
  from_initiator.bind(*this);
  to_target.bind(*this);
}

void ProtocolChecker::b_transport(Payload& payload, sc_core::sc_time& delay) {
  check_initial_payload(payload, tally_);
  const auto at = [&] { return hex(payload.get_address()); };
  tally_.check(Rule::kBlockingFromMethod, sc_core::sc_get_current_process_handle().proc_kind() != sc_core::SC_METHOD_PROC_, at);
  tally_.check(Rule::kBlockingDuringPhases, !phases_.under_way(payload), at);
  const PayloadSnapshot before(payload);
  const sc_core::sc_time begin = sc_core::sc_time_stamp() + delay;
  blocking_.push_back(&payload);
  to_target->b_transport(payload, delay);
  blocking_.erase(std::find(blocking_.begin(), blocking_.end(), &payload));
  const sc_core::sc_time end = sc_core::sc_time_stamp() + delay;
  tally_.check(Rule::kBlockingTime, end >= begin,
               [&] { return at() + ": called at " + begin.to_string() + ", came back at " + end.to_string(); });
  tally_.check(Rule::kResponseSet, payload.get_response_status() != tlm::TLM_INCOMPLETE_RESPONSE, at);
  before.compare(payload, tally_, /*with_address=*/true);
}

tlm::tlm_sync_enum ProtocolChecker::nb_transport_fw(Payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  const bool blocking = std::find(blocking_.begin(), blocking_.end(), &payload) != blocking_.end();
  phases_.forward_call(payload, phase, delay, blocking);
  const Held held(payload);
  const Moment moment;
  const tlm::tlm_sync_enum status = to_target->nb_transport_fw(payload, phase, delay);
  tally_.check(Rule::kNonBlocking, !moment.passed(), [&] { return "nb_transport_fw, " + hex(payload.get_address()); });
  phases_.forward_return(payload, phase, delay, status);
  return status;
}

tlm::tlm_sync_enum ProtocolChecker::nb_transport_bw(Payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  phases_.backward_call(payload, phase, delay);
  const Held held(payload);
  const Moment moment;
  const tlm::tlm_sync_enum status = from_initiator->nb_transport_bw(payload, phase, delay);
  tally_.check(Rule::kNonBlocking, !moment.passed(), [&] { return "nb_transport_bw, " + hex(payload.get_address()); });
  phases_.backward_return(payload, phase, delay, status);
  return status;
}

void ProtocolChecker::check_dmi_request(const Payload& payload, const tlm::tlm_dmi& dmi) {
  const bool fresh = dmi.get_dmi_ptr() == nullptr && dmi.is_none_allowed() && dmi.get_start_address() == 0 &&
                     dmi.get_end_address() == ~sc_dt::uint64{0} && dmi.get_read_latency() == sc_core::SC_ZERO_TIME &&
                     dmi.get_write_latency() == sc_core::SC_ZERO_TIME;
  const auto at = [&] { return hex(payload.get_address()); };
  tally_.check(Rule::kDmiDescriptor, fresh, at);
  tally_.check(Rule::kDmiCommand, payload.is_read() || payload.is_write(), at);
  tally_.check(Rule::kInvalidateReentry, invalidating_ == 0, at);
}

void ProtocolChecker::check_dmi_answer(const Payload& payload, sc_dt::uint64 address, const tlm::tlm_dmi& dmi, bool granted) {
  const auto region = [&] {
    return hex(address) + ": region [" + hex(dmi.get_start_address()) + ", " + hex(dmi.get_end_address()) + "]" +
           (granted ? " granted" : " refused");
  };
  const bool ordered = tally_.check(Rule::kDmiRange, dmi.get_start_address() <= dmi.get_end_address(), region);
  if (ordered) tally_.check(Rule::kDmiContains, dmi.get_start_address() <= address && address <= dmi.get_end_address(), region);
  if (!granted) {
    tally_.check(Rule::kDmiRefusal, dmi.get_dmi_ptr() == nullptr, region);
    return;
  }
  tally_.check(Rule::kDmiPointer, dmi.get_dmi_ptr() != nullptr, region);
  tally_.check(Rule::kDmiAccess, payload.is_write() ? dmi.is_write_allowed() : dmi.is_read_allowed(), region);
}

bool ProtocolChecker::get_direct_mem_ptr(Payload& payload, tlm::tlm_dmi& dmi) {
  check_dmi_request(payload, dmi);
  const PayloadSnapshot before(payload);
  const sc_dt::uint64 address = payload.get_address();
  const Moment moment;
  const bool granted = to_target->get_direct_mem_ptr(payload, dmi);
  tally_.check(Rule::kDmiNoTime, !moment.passed(), [&] { return hex(address); });
  before.compare_as(Rule::kDmiPayloadKept, payload, tally_, /*with_data=*/false);
  check_dmi_answer(payload, address, dmi, granted);
  return granted;
}

void ProtocolChecker::invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last) {
  tally_.check(Rule::kInvalidateRange, first <= last, [&] { return "[" + hex(first) + ", " + hex(last) + "]"; });
  ++invalidating_;
  from_initiator->invalidate_direct_mem_ptr(first, last);
  --invalidating_;
}

unsigned ProtocolChecker::transport_dbg(Payload& payload) {
  const auto at = [&] { return std::to_string(payload.get_data_length()) + " bytes at " + hex(payload.get_address()); };
  tally_.check(Rule::kDebugPointer, payload.get_data_length() == 0 || payload.get_data_ptr() != nullptr, at);
  const PayloadSnapshot before(payload);
  const unsigned asked = payload.get_data_length();
  const Moment moment;
  const unsigned done = to_target->transport_dbg(payload);
  tally_.check(Rule::kDebugNoTime, !moment.passed(), at);
  tally_.check(Rule::kDebugCount, done <= asked, [&] { return at() + ": " + std::to_string(done) + " of " + std::to_string(asked); });
  before.compare_as(Rule::kDebugPayloadKept, payload, tally_, /*with_data=*/true);
  return done;
}

ProtocolChecker* ProtocolLinks::make(const std::string& link) {
  if (!link_matches(pattern_, link)) return nullptr;
  checkers_.push_back(std::make_unique<ProtocolChecker>((link + "_protocol").c_str(), link));
  return checkers_.back().get();
}

MasterSocket& ProtocolLinks::after(const std::string& link, MasterSocket& initiator) {
  ProtocolChecker* checker = make(link);
  if (checker == nullptr) return initiator;
  initiator.bind(checker->from_initiator);
  return checker->to_target;
}

SlaveSocket& ProtocolLinks::before(const std::string& link, SlaveSocket& target) {
  ProtocolChecker* checker = make(link);
  if (checker == nullptr) return target;
  checker->to_target.bind(target);
  return checker->from_initiator;
}

std::uint64_t ProtocolLinks::violations() const {
  std::uint64_t total = 0;
  for (const auto& checker : checkers_) total += checker->tally().violations();
  return total;
}

}  // namespace visoc
