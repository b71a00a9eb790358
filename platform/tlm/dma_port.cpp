// SPDX-License-Identifier: Apache-2.0
#include "platform/tlm/dma_port.h"

#include <algorithm>

#include "platform/tlm/sim_time.h"

namespace visoc {

MemoryReply DmaPort::read(Picos at, Addr addr, MutableBytes into) {
  const MemoryReply reply = transfer(tlm::TLM_READ_COMMAND, at, addr, into.data, into.size);
  bytes_read_ += reply.bytes_done;
  return reply;
}

MemoryReply DmaPort::write(Picos at, Addr addr, ConstBytes from) {
  // TLM's payload takes a non-const pointer; a write never changes the data.
  const MemoryReply reply = transfer(tlm::TLM_WRITE_COMMAND, at, addr, const_cast<std::uint8_t*>(from.data), from.size);
  bytes_written_ += reply.bytes_done;
  return reply;
}

MemoryReply DmaPort::transfer(tlm::tlm_command command, Picos at, Addr addr, std::uint8_t* data, std::uint64_t bytes) {
  MemoryReply reply;
  reply.done_at = std::max(at, kernel_now());
  while (reply.bytes_done < bytes) {
    const Addr start = addr + reply.bytes_done;
    const bool wrapped = start < addr;
    const std::uint64_t to_boundary = kMaxBurstBytes - (start & (kMaxBurstBytes - 1));
    const std::uint64_t burst = std::min(bytes - reply.bytes_done, to_boundary);
    if (!wrapped) {
      payload_.set_command(command);
      payload_.set_address(start);
      payload_.set_data_ptr(data + reply.bytes_done);
      payload_.set_data_length(static_cast<unsigned>(burst));
      payload_.set_streaming_width(static_cast<unsigned>(burst));
      payload_.set_byte_enable_ptr(nullptr);
      payload_.set_dmi_allowed(false);
      payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
      sc_core::sc_time delay = to_sc_time(reply.done_at - kernel_now());
      socket_->b_transport(payload_, delay);
      reply.done_at = kernel_now() + to_picos(delay);
      ++bursts_;
    }
    if (wrapped || payload_.is_response_error()) {
      const bool nobody = wrapped || payload_.get_response_status() == tlm::TLM_ADDRESS_ERROR_RESPONSE;
      reply.status = nobody ? MemoryStatus::kAddressError : MemoryStatus::kRefused;
      reply.fault_addr = start;
      ++faults_;
      return reply;
    }
    reply.bytes_done += burst;
  }
  return reply;
}

std::vector<Statistic> DmaPort::statistics() const {
  return {{"bytes_read", bytes_read_, "bytes this block's master read over the bus"},
          {"bytes_written", bytes_written_, "bytes this block's master wrote over the bus"},
          {"bursts", bursts_, "bursts of at most 4 KiB"},
          {"bus_faults", faults_, "bursts that ended in an error"}};
}

}  // namespace visoc
