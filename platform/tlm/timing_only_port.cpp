// SPDX-License-Identifier: Apache-2.0
#include "platform/tlm/timing_only_port.h"

#include "platform/tlm/sim_time.h"

namespace visoc {

struct TimingOnlyPort::Slot {
  Slot() { payload.set_extension(&mark); }
  ~Slot() { payload.clear_extension(&mark); }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

  TimingOnly mark;
  tlm::tlm_generic_payload payload;
};

TimingOnlyPort::TimingOnlyPort() = default;
TimingOnlyPort::~TimingOnlyPort() = default;

Picos TimingOnlyPort::transfer(MasterSocket& socket, Picos at, Addr addr, unsigned bytes, bool write) {
  std::unique_ptr<Slot> slot;
  if (free_.empty()) {
    slot = std::make_unique<Slot>();
  } else {
    slot = std::move(free_.back());
    free_.pop_back();
  }
  slot->mark.is_write = write;
  tlm::tlm_generic_payload& payload = slot->payload;
  payload.set_command(tlm::TLM_IGNORE_COMMAND);
  payload.set_address(addr);
  payload.set_data_ptr(nullptr);
  payload.set_data_length(bytes);
  payload.set_streaming_width(bytes);
  payload.set_byte_enable_ptr(nullptr);
  payload.set_dmi_allowed(false);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  sc_core::sc_time delay = to_sc_time(at - kernel_now());
  socket->b_transport(payload, delay);
  if (payload.is_response_ok())
    bytes_ += bytes;
  else
    ++errors_;
  free_.push_back(std::move(slot));
  return kernel_now() + to_picos(delay);
}

}  // namespace visoc
