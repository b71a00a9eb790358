// What a debugger may ask of a hart, and what a hart asks of a debugger.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "platform/base/units.h"

namespace visoc {

/// A stretch of virtual memory whose loads or stores stop the hart behind the access.
struct Watchpoint {
  Addr addr = 0;
  std::uint64_t bytes = 0;
  bool on_read = false, on_write = false;
};

/// Why a hart hands itself to the debugger.
struct DebugStop {
  enum class Reason : std::uint8_t {
    kNone,        ///< The end of a slice; nothing happened.
    kStep,        ///< As many instructions as permitted retired.
    kBreakpoint,  ///< The instruction at pc is next and has a breakpoint.
    kWatchpoint,  ///< The instruction before pc touched `addr`, which is watched.
  };
  Reason reason = Reason::kNone;
  Addr addr = 0;
  bool write = false;  ///< kWatchpoint: it was a store.
};

/// A hart that stands still between two instructions. Nothing here is counted, takes simulated time or has side effects on devices.
class HartDebug {
 public:
  virtual ~HartDebug() = default;
  virtual unsigned hart_id() const = 0;
  /// Registers by GDB's numbers for RV64: 0 to 31 x, 32 pc, 33 to 64 f (raw 64 bits), 65 + n the CSR n, 4161 the privilege (0, 1 or 3).
  /// False: there is no such register, or (write) it cannot be written.
  virtual bool read_register(unsigned number, std::uint64_t& value) = 0;
  virtual bool write_register(unsigned number, std::uint64_t value) = 0;
  /// Memory as the hart's loads in its present mode would find it. Returns the bytes done; fewer than asked where nothing is mapped.
  virtual std::size_t read_memory(Addr addr, std::uint8_t* to, std::size_t bytes) = 0;
  virtual std::size_t write_memory(Addr addr, const std::uint8_t* from, std::size_t bytes) = 0;
  /// These and no others.
  virtual void set_breakpoints(const std::vector<Addr>& pcs) = 0;
  virtual void set_watchpoints(const std::vector<Watchpoint>& watchpoints) = 0;
};

/// The debugger, as the harts see it.
class Debugger {
 public:
  virtual ~Debugger() = default;
  static constexpr std::uint64_t kUnlimited = ~std::uint64_t{0};
  /// Every hart calls this between two slices of execution, and at once after a breakpoint, a watchpoint or the permitted instructions.
  /// Blocks the whole machine (no simulated time passes) for as long as the client wants it stopped. Returns how many instructions the
  /// hart may retire before it must ask again: 1 when stepping, kUnlimited otherwise. A hart asleep in WFI does not ask.
  virtual std::uint64_t permit(HartDebug& hart, const DebugStop& stop) = 0;
};

}  // namespace visoc
