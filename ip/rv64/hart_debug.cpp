// What a debugger sees and changes between two runs.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "ip/rv64/hart.h"

namespace visoc::rv64 {
namespace {

// GDB's numbers of registers.
constexpr unsigned kPc = 32, kFirstFloat = 33, kFirstCsr = 65, kLastCsr = kFirstCsr + 4095, kPrivilege = 4161;

/// Control registers as machine mode sees them, whatever mode the hart is in.
class AsMachine {
 public:
  explicit AsMachine(Csr& csr) : csr_(csr), privilege_(csr.privilege) { csr_.privilege = Privilege::kMachine; }
  ~AsMachine() { csr_.privilege = privilege_; }
  AsMachine(const AsMachine&) = delete;
  AsMachine& operator=(const AsMachine&) = delete;

 private:
  Csr& csr_;
  Privilege privilege_;
};

}  // namespace

bool Hart::at_breakpoint(Addr pc) const {
  return !breakpoints_.empty() && std::binary_search(breakpoints_.begin(), breakpoints_.end(), pc);
}

void Hart::set_breakpoints(const std::vector<Addr>& pcs) {
  breakpoints_ = pcs;
  std::sort(breakpoints_.begin(), breakpoints_.end());
  resume_over_breakpoint_ = resume_over_breakpoint_ && at_breakpoint(pc_);
  flush_pending_ = true;
}

void Hart::set_watchpoints(const std::vector<Watchpoint>& watchpoints) {
  watchpoints_.clear();
  for (const Watchpoint& watch : watchpoints)
    if (watch.bytes != 0) watchpoints_.push_back(watch);
  flush_tlb(false);
}

bool Hart::read_register(unsigned number, std::uint64_t& value) {
  if (number < kPc) return value = x_[number], true;
  if (number == kPc) return value = pc_, true;
  if (number < kFirstCsr) return value = f_[number - kFirstFloat], true;
  if (number == kPrivilege) return value = static_cast<std::uint64_t>(csr_.privilege), true;
  if (number > kLastCsr) return false;
  const AsMachine machine(csr_);
  return csr_.read(number - kFirstCsr, counter_values(), value);
}

bool Hart::write_register(unsigned number, std::uint64_t value) {
  if (number < kPc) return set_x(number, value), true;
  if (number == kPc) return link_request_ = nullptr, pc_ = value & ~1ull, true;
  if (number < kFirstCsr) return f_[number - kFirstFloat] = value, true;
  if (number >= kLastCsr + 1) {
    if (number != kPrivilege || value > 3 || value == 2) return false;
    csr_.privilege = static_cast<Privilege>(value);
    update_context();
    return true;
  }
  bool written = false;
  {
    const AsMachine machine(csr_);
    written = csr_.write(number - kFirstCsr, value, counter_values());
  }
  bus_.supervisor_timer_changed();
  flush_tlb(false);
  flush_pending_ = true;
  update_context();
  return written;
}

}  // namespace visoc::rv64
