// Sends timing-only transactions for a cache.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "platform/tlm/block.h"
#include "platform/tlm/timing_only.h"

namespace visoc {

/// Callable from several SystemC threads at once: each transaction under way has its own payload.
class TimingOnlyPort {
 public:
  TimingOnlyPort();
  ~TimingOnlyPort();

  /// Reserves time for [addr, addr + bytes) from `at` (not before the kernel's time) on: when it is done. The thread may wait meanwhile.
  Picos transfer(MasterSocket& socket, Picos at, Addr addr, unsigned bytes, bool write);

  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t errors() const { return errors_; }

 private:
  struct Slot;
  std::vector<std::unique_ptr<Slot>> free_;
  std::uint64_t bytes_ = 0, errors_ = 0;
};

}  // namespace visoc
