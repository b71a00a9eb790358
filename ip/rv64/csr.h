// Control and status registers of machine, supervisor and user mode.
// Source: RISC-V privileged specification 20211203, chapters 2 to 4; Sstc extension 1.0.0.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "ip/rv64/pmp.h"
#include "platform/base/state.h"

namespace visoc::rv64 {

enum class Privilege : std::uint8_t { kUser = 0, kSupervisor = 1, kMachine = 3 };

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
  kEcallSupervisor = 9,
  kEcallMachine = 11,
  kFetchPageFault = 12,
  kLoadPageFault = 13,
  kStorePageFault = 15,
};
inline constexpr std::uint64_t kInterruptCause = 1ull << 63;

namespace mip {
inline constexpr unsigned kSsi = 1, kMsi = 3, kSti = 5, kMti = 7, kSei = 9, kMei = 11;
}

namespace mstatus {
inline constexpr std::uint64_t kSie = 1u << 1, kMie = 1u << 3, kSpie = 1u << 5, kMpie = 1u << 7, kSpp = 1u << 8, kMpp = 3u << 11,
                               kFs = 3u << 13, kMprv = 1u << 17, kSum = 1u << 18, kMxr = 1u << 19, kTvm = 1u << 20, kTw = 1u << 21,
                               kTsr = 1u << 22, kSd = 1ull << 63;
inline constexpr std::uint64_t kWritable = kSie | kMie | kSpie | kMpie | kSpp | kMpp | kFs | kMprv | kSum | kMxr | kTvm | kTw | kTsr;
inline constexpr std::uint64_t kSupervisor = kSie | kSpie | kSpp | kFs | kSum | kMxr;  ///< The fields sstatus shows.
inline constexpr std::uint64_t kUxl64 = 2ull << 32, kSxl64 = 2ull << 34;
}  // namespace mstatus

/// Values that counters are read from.
struct CounterValues {
  std::uint64_t cycles = 0, time = 0, retired = 0;
};

struct Csr {
  unsigned hart_id = 0;
  Privilege privilege = Privilege::kMachine;
  std::uint64_t status = 0;  ///< mstatus without the read-only SD, UXL and SXL.
  std::uint64_t mie = 0;
  std::uint64_t lines = 0;  ///< Bits of mip that devices and the stimecmp comparison drive.
  std::uint64_t soft = 0;   ///< Bits of mip that software set: SSIP, STIP, SEIP.
  std::uint64_t mtvec = 0, mepc = 0, mcause = 0, mtval = 0, mscratch = 0, medeleg = 0, mideleg = 0, menvcfg = 0;
  std::uint64_t stvec = 0, sepc = 0, scause = 0, stval = 0, sscratch = 0, senvcfg = 0, satp = 0, stimecmp = ~std::uint64_t{0};
  std::uint64_t mcounteren = 0, scounteren = 0, mcountinhibit = 0;
  std::uint64_t cycle_offset = 0, retired_offset = 0;  ///< Added to the counters when read; the whole value while inhibited.
  std::uint32_t fflags = 0, frm = 0;
  Pmp pmp;

  void reset();
  /// False: the access is illegal (no such register, too little privilege, trapped by mstatus.TVM, mcounteren or menvcfg).
  bool read(unsigned number, const CounterValues& counters, std::uint64_t& value) const;
  /// False: illegal, the register is read-only.
  bool write(unsigned number, std::uint64_t value, const CounterValues& counters);
  /// What CSRRS and CSRRC combine with their operand: the register, without the level of the external line in SEIP (section 3.1.9).
  std::uint64_t modifiable(unsigned number, std::uint64_t read_value) const;

  bool fp_enabled() const { return (status & mstatus::kFs) != 0; }
  void fp_dirty() { status |= mstatus::kFs; }
  std::uint64_t mip() const { return lines | soft; }
  /// Pending and enabled, masked or not: what ends WFI.
  bool interrupt_pending() const { return (mip() & mie) != 0; }
  /// An interrupt is pending, enabled and not masked in the present mode.
  bool interrupt_due() const { return interrupt_pending() && due() != 0; }
  /// The due interrupt that is taken first (section 3.1.9), and whether supervisor mode takes it.
  unsigned first_interrupt(bool& to_supervisor) const;

  /// Address translation is on for S and U mode.
  bool translates() const { return (satp >> 60) != 0; }
  bool supervisor_timer_enabled() const { return (menvcfg >> 63) != 0; }
  /// The mode whose rights loads and stores have (MPRV).
  Privilege data_privilege() const {
    if ((status & mstatus::kMprv) == 0) return privilege;
    return static_cast<Privilege>((status & mstatus::kMpp) >> 11);
  }

  void save(StateWriter& out) const;
  void load(StateReader& in);

 private:
  std::uint64_t due() const;
  bool counter_allowed(unsigned number) const;
  bool stimecmp_allowed() const;
  bool read_supervisor(unsigned number, std::uint64_t& value) const;
  bool write_supervisor(unsigned number, std::uint64_t value);
  void write_status(std::uint64_t value);
  void write_inhibit(std::uint64_t value, const CounterValues& counters);
};

/// "mstatus", or "csr" for a number without a name.
const char* csr_name(unsigned number);

}  // namespace visoc::rv64
