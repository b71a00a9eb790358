// SPDX-License-Identifier: Apache-2.0
#include "ip/rv64/csr.h"

namespace visoc::rv64 {
namespace {

constexpr std::uint64_t kMisa = 2ull << 62 | 1u << 0 | 1u << 2 | 1u << 3 | 1u << 5 | 1u << 8 | 1u << 12 | 1u << 20;  // RV64 ACDFIMU
constexpr std::uint64_t kInterruptBits = 1u << 3 | 1u << 7 | 1u << 11;
constexpr unsigned kFflags = 0x001, kFrm = 0x002, kFcsr = 0x003, kMstatus = 0x300, kMisaNumber = 0x301, kMie = 0x304, kMtvec = 0x305,
                   kMcounteren = 0x306, kMcountinhibit = 0x320, kMscratch = 0x340, kMepc = 0x341, kMcause = 0x342, kMtval = 0x343,
                   kMip = 0x344, kMcycle = 0xb00, kMinstret = 0xb02, kCycle = 0xc00, kTime = 0xc01, kInstret = 0xc02, kMvendorid = 0xf11,
                   kMarchid = 0xf12, kMimpid = 0xf13, kMhartid = 0xf14, kMconfigptr = 0xf15;

bool is_hpm(unsigned number) {
  return (number >= 0xb03 && number <= 0xb1f) || (number >= 0x323 && number <= 0x33f) || (number >= 0xc03 && number <= 0xc1f);
}

bool is_pmp(unsigned number) { return (number >= 0x3a0 && number <= 0x3af && number % 2 == 0) || (number >= 0x3b0 && number <= 0x3ef); }

}  // namespace

void Csr::reset() {
  const unsigned id = hart_id;
  *this = Csr{};
  hart_id = id;
}

bool Csr::counter_allowed(unsigned number) const { return privilege == Privilege::kMachine || (mcounteren >> (number & 31) & 1) != 0; }

bool Csr::read(unsigned number, const CounterValues& counters, std::uint64_t& value) const {
  if (static_cast<unsigned>(privilege) < (number >> 8 & 3)) return false;
  value = 0;
  switch (number) {
    case kFflags:
    case kFrm:
    case kFcsr:
      if (!fp_enabled()) return false;
      value = number == kFflags ? fflags : number == kFrm ? frm : frm << 5 | fflags;
      return true;
    case kMstatus:
      value = status | mstatus::kUxl64 | ((status & mstatus::kFs) == mstatus::kFs ? mstatus::kSd : 0);
      return true;
    case kMisaNumber:
      value = kMisa;
      return true;
    case kMie:
      value = mie;
      return true;
    case kMip:
      value = mip;
      return true;
    case kMtvec:
      value = mtvec;
      return true;
    case kMcounteren:
      value = mcounteren;
      return true;
    case kMcountinhibit:
      value = mcountinhibit;
      return true;
    case kMscratch:
      value = mscratch;
      return true;
    case kMepc:
      value = mepc;
      return true;
    case kMcause:
      value = mcause;
      return true;
    case kMtval:
      value = mtval;
      return true;
    case kMcycle:
      value = counters.cycles + cycle_offset;
      return true;
    case kMinstret:
      value = counters.retired + retired_offset;
      return true;
    case kCycle:
      value = counters.cycles + cycle_offset;
      return counter_allowed(number);
    case kTime:
      value = counters.time;
      return counter_allowed(number);
    case kInstret:
      value = counters.retired + retired_offset;
      return counter_allowed(number);
    case kMvendorid:
    case kMarchid:
    case kMimpid:
    case kMconfigptr:
      return true;
    case kMhartid:
      value = hart_id;
      return true;
    default:
      break;
  }
  if (is_hpm(number)) return number < 0xc00 || counter_allowed(number);
  return is_pmp(number);
}

bool Csr::write(unsigned number, std::uint64_t value, const CounterValues& counters) {
  if (static_cast<unsigned>(privilege) < (number >> 8 & 3) || (number >> 10 & 3) == 3) return false;
  switch (number) {
    case kFflags:
    case kFrm:
    case kFcsr:
      if (!fp_enabled()) return false;
      if (number != kFrm) fflags = value & 0x1f;
      if (number == kFrm) frm = value & 7;
      if (number == kFcsr) frm = value >> 5 & 7;
      fp_dirty();
      return true;
    case kMstatus: {
      std::uint64_t next = value & mstatus::kWritable;
      // MPP holds only modes that exist: user and machine.
      const std::uint64_t mpp = next & mstatus::kMpp;
      if (mpp != 0 && mpp != mstatus::kMpp) next = (next & ~mstatus::kMpp) | (status & mstatus::kMpp);
      status = next;
      return true;
    }
    case kMisaNumber:
      return true;
    case kMie:
      mie = value & kInterruptBits;
      return true;
    case kMip:
      return true;  // MSIP, MTIP and MEIP follow their lines.
    case kMtvec:
      mtvec = value & ~2ull;
      return true;
    case kMcounteren:
      mcounteren = value & 7;
      return true;
    case kMcountinhibit:
      mcountinhibit = 0;
      return true;
    case kMscratch:
      mscratch = value;
      return true;
    case kMepc:
      mepc = value & ~1ull;
      return true;
    case kMcause:
      mcause = value;
      return true;
    case kMtval:
      mtval = value;
      return true;
    case kMcycle:
      cycle_offset = value - counters.cycles;
      return true;
    // The write itself retires after taking effect, so the next read sees one less than counted.
    case kMinstret:
      retired_offset = value - counters.retired - 1;
      return true;
    default:
      return is_hpm(number) || is_pmp(number);
  }
}

unsigned Csr::first_interrupt() const {
  const std::uint64_t due = mip & mie;
  for (unsigned bit : {11u, 3u, 7u})
    if ((due >> bit & 1) != 0) return bit;
  return 0;
}

void Csr::save(StateWriter& out) const {
  out.u8(static_cast<std::uint8_t>(privilege));
  for (std::uint64_t value :
       {status, mie, mip, mtvec, mepc, mcause, mtval, mscratch, mcounteren, mcountinhibit, cycle_offset, retired_offset})
    out.u64(value);
  out.u32(fflags);
  out.u32(frm);
}

void Csr::load(StateReader& in) {
  privilege = in.u8() == 0 ? Privilege::kUser : Privilege::kMachine;
  for (std::uint64_t* value :
       {&status, &mie, &mip, &mtvec, &mepc, &mcause, &mtval, &mscratch, &mcounteren, &mcountinhibit, &cycle_offset, &retired_offset})
    *value = in.u64();
  fflags = in.u32() & 0x1f;
  frm = in.u32() & 7;
}

const char* csr_name(unsigned number) {
  switch (number) {
    case kFflags:
      return "fflags";
    case kFrm:
      return "frm";
    case kFcsr:
      return "fcsr";
    case kMstatus:
      return "mstatus";
    case kMie:
      return "mie";
    case kMip:
      return "mip";
    case kMtvec:
      return "mtvec";
    case kMcounteren:
      return "mcounteren";
    case kMscratch:
      return "mscratch";
    case kMepc:
      return "mepc";
    case kMcause:
      return "mcause";
    case kMtval:
      return "mtval";
    case kMcycle:
      return "mcycle";
    case kMinstret:
      return "minstret";
    default:
      return "csr";
  }
}

}  // namespace visoc::rv64
