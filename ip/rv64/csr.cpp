// SPDX-License-Identifier: Apache-2.0
#include "ip/rv64/csr.h"

#include "ip/rv64/csr_numbers.h"

namespace visoc::rv64 {

using namespace csr_number;  // NOLINT: the specification's own names.

namespace {

// RV64 ACDFIMSU. The bit manipulation subsets Zba, Zbb and Zbs have no letter.
constexpr std::uint64_t kMisaValue = 2ull << 62 | 1u << 0 | 1u << 2 | 1u << 3 | 1u << 5 | 1u << 8 | 1u << 12 | 1u << 18 | 1u << 20;
constexpr std::uint64_t bit(unsigned number) { return std::uint64_t{1} << number; }
constexpr std::uint64_t kSupervisorInterrupts = bit(mip::kSsi) | bit(mip::kSti) | bit(mip::kSei);
constexpr std::uint64_t kMachineInterrupts = bit(mip::kMsi) | bit(mip::kMti) | bit(mip::kMei);
constexpr std::uint64_t kDelegable = 0xb3ff;  // All but the environment call from machine mode.
constexpr std::uint64_t kStce = 1ull << 63, kFiom = 1;
constexpr std::uint64_t kInhibitCycles = 1, kInhibitRetired = 4;

bool is_hpm(unsigned number) {
  return (number >= kMhpmcounter3 && number <= kMhpmcounter31) || (number >= kMhpmevent3 && number <= kMhpmevent31) ||
         (number >= kHpmcounter3 && number <= kHpmcounter31);
}
bool is_pmp_address(unsigned number) { return number >= kPmpaddr0 && number < kPmpaddr0 + Pmp::kEntries; }

/// mtvec and stvec: direct or vectored; anything else leaves the register as it was.
void write_vector(std::uint64_t& vector, std::uint64_t value) {
  if ((value & 3) < 2) vector = value;
}

}  // namespace

void Csr::reset() {
  const unsigned id = hart_id;
  const std::uint64_t driven = lines & ~bit(mip::kSti);
  *this = Csr{};
  hart_id = id;
  lines = driven;
}

bool Csr::counter_allowed(unsigned number) const {
  const unsigned shift = number & 31;
  if (privilege == Privilege::kMachine) return true;
  if ((mcounteren >> shift & 1) == 0) return false;
  return privilege == Privilege::kSupervisor || (scounteren >> shift & 1) != 0;
}

bool Csr::stimecmp_allowed() const {
  return privilege == Privilege::kMachine || (supervisor_timer_enabled() && (mcounteren >> 1 & 1) != 0);
}

std::uint64_t Csr::due() const {
  const std::uint64_t pending = mip() & mie;
  const bool machine_on = privilege != Privilege::kMachine || (status & mstatus::kMie) != 0;
  const bool supervisor_on = privilege == Privilege::kUser || (privilege == Privilege::kSupervisor && (status & mstatus::kSie) != 0);
  const std::uint64_t to_machine = machine_on ? pending & ~mideleg : 0;
  return to_machine != 0 ? to_machine : supervisor_on ? pending & mideleg : 0;
}

unsigned Csr::first_interrupt(bool& to_supervisor) const {
  const std::uint64_t taken = due();
  to_supervisor = (taken & mideleg) != 0;
  for (unsigned number : {mip::kMei, mip::kMsi, mip::kMti, mip::kSei, mip::kSsi, mip::kSti})
    if ((taken >> number & 1) != 0) return number;
  return 0;
}

std::uint64_t Csr::modifiable(unsigned number, std::uint64_t read_value) const {
  return number == kMip ? (read_value & ~bit(mip::kSei)) | (soft & bit(mip::kSei)) : read_value;
}

bool Csr::read_supervisor(unsigned number, std::uint64_t& value) const {
  switch (number) {
    case kSstatus:
      value = (status & mstatus::kSupervisor) | mstatus::kUxl64 | ((status & mstatus::kFs) == mstatus::kFs ? mstatus::kSd : 0);
      return true;
    case kSie:
      value = mie & mideleg;
      return true;
    case kSip:
      value = mip() & mideleg;
      return true;
    case kStvec:
      value = stvec;
      return true;
    case kScounteren:
      value = scounteren;
      return true;
    case kSenvcfg:
      value = senvcfg;
      return true;
    case kSscratch:
      value = sscratch;
      return true;
    case kSepc:
      value = sepc;
      return true;
    case kScause:
      value = scause;
      return true;
    case kStval:
      value = stval;
      return true;
    case kStimecmp:
      value = stimecmp;
      return stimecmp_allowed();
    case kSatp:
      value = satp;
      return privilege == Privilege::kMachine || (status & mstatus::kTvm) == 0;
    default:
      return false;
  }
}

bool Csr::read(unsigned number, const CounterValues& counters, std::uint64_t& value) const {
  if (static_cast<unsigned>(privilege) < (number >> 8 & 3)) return false;
  const bool cycles_stopped = (mcountinhibit & kInhibitCycles) != 0, retired_stopped = (mcountinhibit & kInhibitRetired) != 0;
  value = 0;
  switch (number) {
    case kFflags:
    case kFrm:
    case kFcsr:
      if (!fp_enabled()) return false;
      value = number == kFflags ? fflags : number == kFrm ? frm : frm << 5 | fflags;
      return true;
    case kMstatus:
      value = status | mstatus::kUxl64 | mstatus::kSxl64 | ((status & mstatus::kFs) == mstatus::kFs ? mstatus::kSd : 0);
      return true;
    case kMisa:
      value = kMisaValue;
      return true;
    case kMedeleg:
      value = medeleg;
      return true;
    case kMideleg:
      value = mideleg;
      return true;
    case kMie:
      value = mie;
      return true;
    case kMip:
      value = mip();
      return true;
    case kMtvec:
      value = mtvec;
      return true;
    case kMcounteren:
      value = mcounteren;
      return true;
    case kMenvcfg:
      value = menvcfg;
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
    case kPmpcfg0:
    case kPmpcfg2:
      value = pmp.config((number - kPmpcfg0) / 2);
      return true;
    case kMcycle:
    case kCycle:
      value = (cycles_stopped ? 0 : counters.cycles) + cycle_offset;
      return number == kMcycle || counter_allowed(number);
    case kTime:
      value = counters.time;
      return counter_allowed(number);
    case kMinstret:
    case kInstret:
      value = (retired_stopped ? 0 : counters.retired) + retired_offset;
      return number == kMinstret || counter_allowed(number);
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
  if (is_hpm(number)) return number < kCycle || counter_allowed(number);
  if (is_pmp_address(number)) {
    value = pmp.address(number - kPmpaddr0);
    return true;
  }
  return read_supervisor(number, value);
}

void Csr::write_status(std::uint64_t value) {
  std::uint64_t next = value & mstatus::kWritable;
  // MPP holds only modes that exist.
  if ((next & mstatus::kMpp) == 2u << 11) next = (next & ~mstatus::kMpp) | (status & mstatus::kMpp);
  status = next;
}

/// A stopped counter keeps its value in its offset.
void Csr::write_inhibit(std::uint64_t value, const CounterValues& counters) {
  const std::uint64_t next = value & (kInhibitCycles | kInhibitRetired), changed = next ^ mcountinhibit;
  // The write itself still counts when it stops the counter, and does not when it starts it.
  const std::uint64_t retired = counters.retired + 1;
  if ((changed & kInhibitCycles) != 0) cycle_offset += (next & kInhibitCycles) != 0 ? counters.cycles : 0 - counters.cycles;
  if ((changed & kInhibitRetired) != 0) retired_offset += (next & kInhibitRetired) != 0 ? retired : 0 - retired;
  mcountinhibit = next;
}

bool Csr::write_supervisor(unsigned number, std::uint64_t value) {
  switch (number) {
    case kSstatus:
      write_status((status & ~mstatus::kSupervisor) | (value & mstatus::kSupervisor));
      return true;
    case kSie:
      mie = (mie & ~mideleg) | (value & mideleg);
      return true;
    case kSip: {
      const std::uint64_t writable = mideleg & bit(mip::kSsi);
      soft = (soft & ~writable) | (value & writable);
      return true;
    }
    case kStvec:
      write_vector(stvec, value);
      return true;
    case kScounteren:
      scounteren = value & 0xffffffff;
      return true;
    case kSenvcfg:
      senvcfg = value & kFiom;
      return true;
    case kSscratch:
      sscratch = value;
      return true;
    case kSepc:
      sepc = value & ~1ull;
      return true;
    case kScause:
      scause = value;
      return true;
    case kStval:
      stval = value;
      return true;
    case kStimecmp:
      stimecmp = value;
      return stimecmp_allowed();
    case kSatp:
      if (value >> 60 == 0 || value >> 60 == 8) satp = value;  // Bare or Sv39; other modes leave it unchanged (section 4.1.11).
      return true;
    default:
      return false;
  }
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
    case kMstatus:
      write_status(value);
      return true;
    case kMisa:
      return true;
    case kMedeleg:
      medeleg = value & kDelegable;
      return true;
    case kMideleg:
      mideleg = value & kSupervisorInterrupts;
      return true;
    case kMie:
      mie = value & (kSupervisorInterrupts | kMachineInterrupts);
      return true;
    case kMip: {
      // MSIP, MTIP and MEIP follow their lines; so does STIP once stimecmp drives it.
      const std::uint64_t writable = bit(mip::kSsi) | bit(mip::kSei) | (supervisor_timer_enabled() ? 0 : bit(mip::kSti));
      soft = (soft & ~writable) | (value & writable);
      return true;
    }
    case kMtvec:
      write_vector(mtvec, value);
      return true;
    case kMcounteren:
      mcounteren = value & 0xffffffff;
      return true;
    case kMenvcfg:
      menvcfg = value & (kStce | kFiom);
      if (supervisor_timer_enabled()) soft &= ~bit(mip::kSti);
      return true;
    case kMcountinhibit:
      write_inhibit(value, counters);
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
    case kPmpcfg0:
    case kPmpcfg2:
      pmp.set_config((number - kPmpcfg0) / 2, value);
      return true;
    case kMcycle:
      cycle_offset = value - ((mcountinhibit & kInhibitCycles) != 0 ? 0 : counters.cycles);
      return true;
    // The write itself retires after taking effect, so the next read sees one less than counted.
    case kMinstret:
      retired_offset = value - ((mcountinhibit & kInhibitRetired) != 0 ? 0 : counters.retired + 1);
      return true;
    default:
      break;
  }
  if (is_pmp_address(number)) {
    pmp.set_address(number - kPmpaddr0, value);
    return true;
  }
  return is_hpm(number) || write_supervisor(number, value);
}

void Csr::save(StateWriter& out) const {
  out.u8(static_cast<std::uint8_t>(privilege));
  for (std::uint64_t value :
       {status, mie,    lines, soft,     mtvec,   mepc, mcause,   mtval,      mscratch,   medeleg,       mideleg,      menvcfg,       stvec,
        sepc,   scause, stval, sscratch, senvcfg, satp, stimecmp, mcounteren, scounteren, mcountinhibit, cycle_offset, retired_offset})
    out.u64(value);
  out.u32(fflags);
  out.u32(frm);
  pmp.save(out);
}

void Csr::load(StateReader& in) {
  const std::uint8_t mode = in.u8();
  privilege = mode == 0 ? Privilege::kUser : mode == 1 ? Privilege::kSupervisor : Privilege::kMachine;
  for (std::uint64_t* value :
       {&status,  &mie,      &lines,      &soft,       &mtvec,         &mepc,         &mcause,        &mtval,    &mscratch,
        &medeleg, &mideleg,  &menvcfg,    &stvec,      &sepc,          &scause,       &stval,         &sscratch, &senvcfg,
        &satp,    &stimecmp, &mcounteren, &scounteren, &mcountinhibit, &cycle_offset, &retired_offset})
    *value = in.u64();
  fflags = in.u32() & 0x1f;
  frm = in.u32() & 7;
  pmp.load(in);
}

}  // namespace visoc::rv64
