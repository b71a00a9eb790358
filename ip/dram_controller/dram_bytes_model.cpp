// SPDX-License-Identifier: Apache-2.0
#include "ip/dram_controller/dram_bytes_model.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "platform/base/check.h"
#include "platform/tlm/direct_guards.h"
#include "platform/tlm/sim_time.h"
#include "platform/tlm/timing_only.h"

namespace visoc {

DramBytes::DramBytes(std::uint64_t size) : storage_(size), guards_(std::make_shared<PageGuards>(size)) {
  VISOC_CHECK(storage_.data() != nullptr, "the host has no address space for a memory of " + std::to_string(size) + " bytes");
}

tlm::tlm_response_status DramBytes::check(const tlm::tlm_generic_payload& payload) const {
  const std::uint64_t length = payload.get_data_length();
  if (payload.get_byte_enable_ptr() != nullptr) return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
  if (length == 0 || payload.get_streaming_width() < length) return tlm::TLM_BURST_ERROR_RESPONSE;
  if (!fits(payload.get_address(), length, storage_.size())) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
  return tlm::TLM_OK_RESPONSE;
}

bool DramBytes::access(tlm::tlm_generic_payload& payload, bool& write) {
  const tlm::tlm_response_status status = check(payload);
  payload.set_response_status(status);
  if (status != tlm::TLM_OK_RESPONSE) {
    ++refused_;
    return false;
  }
  const Offset offset = payload.get_address();
  const std::uint64_t length = payload.get_data_length();
  write = payload.is_write();
  if (write) {
    std::memcpy(storage_.data() + offset, payload.get_data_ptr(), length);
    guards_->written(offset, length, nullptr);
    bytes_written_ += length;
  } else if (payload.is_read()) {
    std::memcpy(payload.get_data_ptr(), storage_.data() + offset, length);
    bytes_read_ += length;
  } else {
    const TimingOnly* timing_only = payload.get_extension<TimingOnly>();
    if (timing_only == nullptr) return false;
    write = timing_only->is_write;
    timing_only_bytes_ += length;
  }
  return true;
}

unsigned DramBytes::debug(tlm::tlm_generic_payload& payload) {
  const Offset offset = payload.get_address();
  if (offset >= storage_.size()) return 0;
  const auto length = static_cast<unsigned>(std::min<std::uint64_t>(payload.get_data_length(), storage_.size() - offset));
  if (payload.is_write()) {
    std::memcpy(storage_.data() + offset, payload.get_data_ptr(), length);
    guards_->written(offset, length, nullptr);
  }
  if (payload.is_read()) std::memcpy(payload.get_data_ptr(), storage_.data() + offset, length);
  return payload.is_read() || payload.is_write() ? length : 0;
}

bool DramBytes::grant(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi, Picos read_latency, Picos write_latency) {
  dmi.init();
  if (payload.get_address() >= storage_.size()) {
    dmi.set_start_address(payload.get_address());
    dmi.set_end_address(payload.get_address());
    return false;
  }
  dmi.set_dmi_ptr(storage_.data());
  dmi.set_start_address(0);
  dmi.set_end_address(storage_.size() - 1);
  dmi.set_read_latency(to_sc_time(read_latency));
  dmi.set_write_latency(to_sc_time(write_latency));
  dmi.allow_read_write();
  if (DirectGuards* extension = payload.get_extension<DirectGuards>()) extension->guards = guards_;
  return true;
}

std::vector<Statistic> DramBytes::statistics() const {
  return {{"bytes_read", bytes_read_, "bytes read over the bus"},
          {"bytes_written", bytes_written_, "bytes written over the bus"},
          {"timing_only_bytes", timing_only_bytes_, "bytes that took time here while their data went by DMI"},
          {"refused", refused_, "accesses answered with an error"}};
}

}  // namespace visoc
