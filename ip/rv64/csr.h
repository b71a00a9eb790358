// Control and status registers of machine and user mode.
// Source: RISC-V privileged specification 20211203, chapters 2 and 3.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "platform/base/state.h"

namespace visoc::rv64 {

enum class Privilege : std::uint8_t { kUser = 0, kMachine = 3 };

enum Cause : std::uint64_t {
  kFetchMisaligned = 0,
  kFetchFault = 1,
  kIllegalInstruction = 2,
  kBreakpoint = 3,
  kLoadMisaligned = 4,
  kLoadFault = 5,
  kStoreMisaligned = 6,
  kStoreFault = 7,
  kEcallUser = 8,
  kEcallMachine = 11,
};

namespace mstatus {
inline constexpr std::uint64_t kMie = 1u << 3, kMpie = 1u << 7, kMpp = 3u << 11, kFs = 3u << 13, kMprv = 1u << 17, kTw = 1u << 21,
                               kSd = 1ull << 63;
inline constexpr std::uint64_t kWritable = kMie | kMpie | kMpp | kFs | kMprv | kTw;
inline constexpr std::uint64_t kUxl64 = 2ull << 32;
}  // namespace mstatus

/// Values that counters are read from.
struct CounterValues {
  std::uint64_t cycles = 0, time = 0, retired = 0;
};

struct Csr {
  unsigned hart_id = 0;
  Privilege privilege = Privilege::kMachine;
  std::uint64_t status = 0;  ///< mstatus without the read-only SD and UXL.
  std::uint64_t mie = 0, mip = 0, mtvec = 0, mepc = 0, mcause = 0, mtval = 0, mscratch = 0;
  std::uint64_t mcounteren = 0, mcountinhibit = 0;
  std::uint64_t cycle_offset = 0, retired_offset = 0;  ///< Added to the counters when read.
  std::uint32_t fflags = 0, frm = 0;

  void reset();
  /// False: the access is illegal (no such register, too little privilege, read-only).
  bool read(unsigned number, const CounterValues& counters, std::uint64_t& value) const;
  bool write(unsigned number, std::uint64_t value, const CounterValues& counters);

  bool fp_enabled() const { return (status & mstatus::kFs) != 0; }
  void fp_dirty() { status |= mstatus::kFs; }
  /// An interrupt is pending, enabled and not masked by mstatus.MIE in the present mode.
  bool interrupt_due() const { return (mip & mie) != 0 && (privilege == Privilege::kUser || (status & mstatus::kMie) != 0); }
  /// Pending and enabled, masked or not: what ends WFI.
  bool interrupt_pending() const { return (mip & mie) != 0; }
  /// The due interrupt that is taken first: external, software, timer.
  unsigned first_interrupt() const;

  void save(StateWriter& out) const;
  void load(StateReader& in);

 private:
  bool counter_allowed(unsigned number) const;
};

/// "mstatus", or "csr_7c0" for a number without a name.
const char* csr_name(unsigned number);

}  // namespace visoc::rv64
