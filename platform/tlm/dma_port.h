// A block's own bus master: MemoryPort over a TLM-2.0 initiator socket.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include "platform/contract/memory_port.h"
#include "platform/tlm/block.h"

namespace visoc {

/// Splits accesses into bursts of at most 4 KiB that cross no 4 KiB boundary (as AXI asks) and sends them by b_transport, each
/// starting when the one before is done. Call only from the SC_THREAD of the owning block: a target may need simulated time.
class DmaPort : public MemoryPort {
 public:
  static constexpr std::uint64_t kMaxBurstBytes = 4096;

  explicit DmaPort(const char* name) : socket_(name) {}

  MemoryReply read(Picos at, Addr addr, MutableBytes into) override;
  MemoryReply write(Picos at, Addr addr, ConstBytes from) override;

  MasterSocket& socket() { return socket_; }
  std::uint64_t bytes_read() const { return bytes_read_; }
  std::uint64_t bytes_written() const { return bytes_written_; }
  std::vector<Statistic> statistics() const;

 private:
  MemoryReply transfer(tlm::tlm_command command, Picos at, Addr addr, std::uint8_t* data, std::uint64_t bytes);

  tlm_utils::simple_initiator_socket<DmaPort, kBusWidthBits> socket_;
  tlm::tlm_generic_payload payload_;
  std::uint64_t bytes_read_ = 0, bytes_written_ = 0, bursts_ = 0, faults_ = 0;
};

}  // namespace visoc
