// How a core reaches memory: timed reads and writes at an absolute start time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "platform/base/span.h"
#include "platform/base/units.h"

namespace visoc {

enum class MemoryStatus : std::uint8_t {
  kOk,
  kAddressError,  ///< Nothing answers at that address.
  kRefused,       ///< The target exists but refuses (read-only, a register window, a wrong size).
};

/// The end of one access.
struct MemoryReply {
  MemoryStatus status = MemoryStatus::kOk;
  Picos done_at = 0;             ///< When the last byte moved, or when the fault was known. Never before the start.
  std::uint64_t bytes_done = 0;  ///< Bytes moved before a fault; all of them if ok.
  Addr fault_addr = 0;           ///< First address that failed, if any.

  bool ok() const { return status == MemoryStatus::kOk; }
};

/// The block's own master on the bus. Implementations: a TLM port, a flat memory in tests, an overlay in shadow mode.
/// A read returns the bytes as they are when it is called; `done_at` says when the block has them.
class MemoryPort {
 public:
  virtual ~MemoryPort() = default;

  /// Reads into.size bytes from [addr, addr + size) starting at time `at` (not before the call's own time).
  virtual MemoryReply read(Picos at, Addr addr, MutableBytes into) = 0;

  /// Writes from.size bytes. They are visible to everyone when the call returns.
  virtual MemoryReply write(Picos at, Addr addr, ConstBytes from) = 0;
};

}  // namespace visoc
