// One direction of the NPU's DMA: cuts transfers into bursts and keeps several of them on the way.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "platform/base/state.h"
#include "platform/contract/memory_port.h"

namespace visoc::npu {

/// Bursts are at most 4 KiB and cross no 4 KiB boundary. One starts when the port has passed the bytes of the burst before it on and when
/// fewer than `outstanding` are on the way. Transfers follow each other in the order of the calls.
class BurstDma {
 public:
  static constexpr std::uint64_t kMaxBurstBytes = 4096;

  BurstDma(Clock clock, std::uint32_t bytes_per_cycle, std::uint32_t outstanding);

  /// Not before `at`. done_at of a good reply is the latest of its bursts. A fault stops at the failing burst; its reply has the exact
  /// address.
  MemoryReply read(MemoryPort& memory, Picos at, Addr addr, MutableBytes into);
  MemoryReply write(MemoryPort& memory, Picos at, Addr addr, ConstBytes from);

  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t bursts() const { return bursts_; }

  void reset();
  /// Forgets transfers on the way, keeps the counters.
  void clear();
  void save(StateWriter& out) const;
  void load(StateReader& in);

 private:
  template <typename Access>
  MemoryReply transfer(Picos at, Addr addr, std::uint64_t bytes, Access access);

  const Clock clock_;
  const std::uint32_t bytes_per_cycle_;

  // State.
  std::vector<Picos> done_at_;  ///< Of the last `outstanding` bursts, round robin.
  std::uint32_t next_ = 0;
  Picos port_free_ = 0;
  std::uint64_t bytes_ = 0, bursts_ = 0;
};

}  // namespace visoc::npu
