// Atomic operations and reservations.
// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "ip/rv64/hart.h"

namespace visoc::rv64 {
namespace {

/// The new value of memory; operands are sign-extended, which keeps the order of unsigned 32-bit numbers too. `funct5` as encoded.
std::uint64_t combine(int funct5, std::uint64_t memory, std::uint64_t operand) {
  const auto a = static_cast<std::int64_t>(memory), b = static_cast<std::int64_t>(operand);
  switch (funct5) {
    case 0x00:
      return memory + operand;
    case 0x01:
      return operand;
    case 0x04:
      return memory ^ operand;
    case 0x08:
      return memory | operand;
    case 0x0c:
      return memory & operand;
    case 0x10:
      return a < b ? memory : operand;
    case 0x14:
      return a > b ? memory : operand;
    case 0x18:
      return memory < operand ? memory : operand;
    default:
      return memory > operand ? memory : operand;
  }
}

}  // namespace

void Hart::publish_reservation() {
  if (!reserved_ || published_ != nullptr) return;
  const DirectRegion* region = region_of(reserved_physical_);
  if (region == nullptr || region->guards == nullptr) return;
  published_ = region->guards.get();
  published_->watch_reservation(*this, reserved_physical_ - region->base, reserved_bytes_);
}

void Hart::withdraw_reservation() {
  if (published_ != nullptr) published_->drop_reservation(*this);
  published_ = nullptr;
}

void Hart::reservation_lost() {
  reserved_ = false;
  published_ = nullptr;
}

bool Hart::load_reserved(Addr addr, unsigned bytes, std::uint64_t& value) {
  Addr physical = 0;
  reserving_ = true;
  const bool loaded = translate(addr, bytes, Access::kLoad, csr_.data_privilege(), physical) && load_slow(addr, bytes, value);
  reserving_ = false;
  if (!loaded) return false;
  withdraw_reservation();
  reserved_ = true;
  reservation_ = addr;
  reserved_physical_ = physical;
  reserved_bytes_ = bytes;
  reserved_value_ = value;
  // Others may run during a miss; they see the reservation.
  const DirectRegion* region = caches_ != nullptr ? region_of(physical) : nullptr;
  if (region != nullptr && region->readable) data_access(physical, bytes, CacheUse::kRead);
  return true;
}

bool Hart::store_conditional(Addr addr, unsigned bytes, std::uint64_t value, bool& success) {
  success = false;
  const bool held = reserved_ && reservation_ == addr && bytes <= reserved_bytes_;
  std::uint64_t expected = 0;
  std::memcpy(&expected, &reserved_value_, bytes);
  withdraw_reservation();
  reserved_ = false;
  if (!held) return true;
  Addr physical = 0;
  if (!translate(addr, bytes, Access::kStore, csr_.data_privilege(), physical)) return false;
  const DirectRegion* region = region_of(physical);
  std::uint64_t present = 0;
  if (region != nullptr && region->writable && fits(physical - region->base, bytes, region->size)) {
    std::memcpy(&present, region->host + (physical - region->base), bytes);
  } else {
    // Looking at the memory is the model's way to see other writers there; it counts as traffic because it is a bus access.
    if (!bus_load(physical, bytes, present)) return fail(kStoreFault, addr);
    counts_.loaded_bytes += bytes;
  }
  success = present == expected;
  return !success || store_slow(addr, bytes, value);
}

bool Hart::atomic(const Instruction& instruction) {
  const Addr addr = x_[instruction.rs1];
  const bool wide = instruction.op == Op::kLrD || instruction.op == Op::kScD || instruction.op == Op::kAmoD;
  const unsigned bytes = wide ? 8 : 4;
  const bool is_lr = instruction.op == Op::kLrW || instruction.op == Op::kLrD;
  const auto extended = [wide](std::uint64_t value) {
    return wide ? value : static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<std::int32_t>(value)));
  };
  if ((addr & (bytes - 1)) != 0) return fail(is_lr ? kLoadMisaligned : kStoreMisaligned, addr);
  std::uint64_t old = 0;
  if (is_lr) {
    if (!load_reserved(addr, bytes, old)) return false;
    x_[instruction.rd] = extended(old);
    return true;
  }
  const std::uint64_t operand = x_[instruction.rs2];
  if (instruction.op == Op::kScW || instruction.op == Op::kScD) {
    bool success = false;
    if (!store_conditional(addr, bytes, operand, success)) return false;
    if (!success) counts_.stored_bytes -= bytes;
    x_[instruction.rd] = success ? 0 : 1;
    return true;
  }
  const TlbEntry& entry = tlb_->write[addr / kPageBytes % kTlbEntries];
  if (entry.page == (addr & ~(kPageBytes - 1))) {  // A page that may be written may be read.
    auto* host = reinterpret_cast<void*>(entry.host_minus_guest + addr);
    std::memcpy(&old, host, bytes);
    const std::uint64_t next = combine(instruction.imm, extended(old), extended(operand));
    std::memcpy(host, &next, bytes);
    if (caches_ != nullptr) data_access(entry.host_minus_guest + addr - caches_->host_minus_physical, bytes, CacheUse::kWrite);
    x_[instruction.rd] = extended(old);
    return true;
  }
  Addr physical = 0;
  if (!translate(addr, bytes, Access::kStore, csr_.data_privilege(), physical)) return false;
  const DirectRegion* region = region_of(physical);
  if (region != nullptr && region->writable && fits(physical - region->base, bytes, region->size)) {
    std::memcpy(&old, region->host + (physical - region->base), bytes);
  } else if (!bus_load(physical, bytes, old)) {
    return fail(kStoreFault, addr);
  }
  if (!store_slow(addr, bytes, combine(instruction.imm, extended(old), extended(operand)))) return false;
  if (!watchpoints_.empty() && !watch_pending_) check_watchpoints(addr, bytes, false);
  x_[instruction.rd] = extended(old);
  return true;
}

}  // namespace visoc::rv64
