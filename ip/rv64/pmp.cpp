// SPDX-License-Identifier: Apache-2.0
#include "ip/rv64/pmp.h"

namespace visoc::rv64 {
namespace {

constexpr std::uint8_t kRead = 1, kWrite = 2, kExecute = 4, kLock = 0x80, kWritable = 0x9f;
constexpr unsigned kModeShift = 3, kOff = 0, kTor = 1, kNa4 = 2;
constexpr std::uint64_t kAddressBits = (1ull << 54) - 1;  // Physical address bits 55 to 2.
constexpr std::uint64_t kPageBytes = 4096;

unsigned mode(std::uint8_t config) { return config >> kModeShift & 3; }

}  // namespace

std::uint64_t Pmp::config(unsigned group) const {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < 8; ++i) value |= std::uint64_t{config_[group * 8 + i]} << 8 * i;
  return value;
}

void Pmp::set_config(unsigned group, std::uint64_t value) {
  for (unsigned i = 0; i < 8; ++i) {
    const unsigned entry = group * 8 + i;
    if (locked(entry)) continue;
    auto next = static_cast<std::uint8_t>(value >> 8 * i & kWritable);
    if ((next & kRead) == 0) next = static_cast<std::uint8_t>(next & ~kWrite);
    config_[entry] = next;
  }
  derive();
}

void Pmp::set_address(unsigned entry, std::uint64_t value) {
  const bool bounds_locked_tor = entry + 1 < kEntries && locked(entry + 1) && mode(config_[entry + 1]) == kTor;
  if (locked(entry) || bounds_locked_tor) return;
  address_[entry] = value & kAddressBits;
  derive();
}

void Pmp::derive() {
  used_ = 0;
  for (unsigned i = 0; i < kEntries; ++i) {
    Range& range = ranges_[i];
    range = {};
    const std::uint64_t value = address_[i];
    switch (mode(config_[i])) {
      case kOff:
        continue;
      case kTor: {
        const std::uint64_t below = i == 0 ? 0 : address_[i - 1];
        if (below < value) range = {below << 2, (value << 2) - 1, true};
        break;
      }
      case kNa4:
        range = {value << 2, (value << 2) + 3, true};
        break;
      default: {
        const std::uint64_t ones = value ^ (value + 1);  // The trailing ones and the zero above them.
        range = {(value & ~ones) << 2, ((value | ones) << 2) + 3, true};
        break;
      }
    }
    used_ = i + 1;
  }
}

bool Pmp::allows(Addr addr, std::uint64_t bytes, Access access, bool machine_mode) const {
  const Addr last = addr + (bytes - 1);
  for (unsigned i = 0; i < used_; ++i) {
    const Range& range = ranges_[i];
    if (!range.active || last < range.first || addr > range.last) continue;
    if (addr < range.first || last > range.last) return false;
    if (machine_mode && (config_[i] & kLock) == 0) return true;
    const std::uint8_t needed = access == Access::kLoad ? kRead : access == Access::kStore ? kWrite : kExecute;
    return (config_[i] & needed) != 0;
  }
  return machine_mode;
}

bool Pmp::uniform_page(Addr addr) const {
  const Addr first = addr & ~(kPageBytes - 1), last = first + (kPageBytes - 1);
  for (unsigned i = 0; i < used_; ++i) {
    const Range& range = ranges_[i];
    if (!range.active || last < range.first || first > range.last) continue;
    return first >= range.first && last <= range.last;  // An entry over the whole page decides; lower ones do not touch it.
  }
  return true;
}

void Pmp::save(StateWriter& out) const {
  for (std::uint8_t value : config_) out.u8(value);
  for (std::uint64_t value : address_) out.u64(value);
}

void Pmp::load(StateReader& in) {
  for (std::uint8_t& value : config_) value = in.u8() & kWritable;
  for (std::uint64_t& value : address_) value = in.u64() & kAddressBits;
  derive();
}

}  // namespace visoc::rv64
