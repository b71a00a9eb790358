// Physical memory protection: 16 entries.
// Source: RISC-V privileged specification 20211203, section 3.7.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "platform/base/state.h"
#include "platform/base/units.h"

namespace visoc::rv64 {

enum class Access : std::uint8_t { kLoad, kStore, kFetch };

/// Address matching with a grain of 4 bytes: TOR, NA4 and NAPOT, locked entries that hold for machine mode too.
class Pmp {
 public:
  static constexpr unsigned kEntries = 16;

  /// pmpcfg0 and pmpcfg2 are groups 0 and 1 of eight entries.
  std::uint64_t config(unsigned group) const;
  /// Locked entries keep their value; the reserved combination W without R is stored as no W.
  void set_config(unsigned group, std::uint64_t value);
  std::uint64_t address(unsigned entry) const { return address_[entry]; }
  void set_address(unsigned entry, std::uint64_t value);

  /// Whether all of [addr, addr + bytes) may be accessed. The lowest-numbered entry that matches any byte decides and must match all.
  bool allows(Addr addr, std::uint64_t bytes, Access access, bool machine_mode) const;
  /// True if one answer of allows() holds for every access within the 4 KiB page of `addr`.
  bool uniform_page(Addr addr) const;

  void reset() { *this = Pmp{}; }
  void save(StateWriter& out) const;
  void load(StateReader& in);

 private:
  struct Range {
    Addr first = 0, last = 0;  ///< Inclusive; the entry is off if `active` is false.
    bool active = false;
  };
  bool locked(unsigned entry) const { return (config_[entry] & 0x80) != 0; }
  void derive();

  std::array<std::uint8_t, kEntries> config_{};
  std::array<std::uint64_t, kEntries> address_{};
  std::array<Range, kEntries> ranges_{};  ///< Derived.
  unsigned used_ = 0;                     ///< Entries from here on are off. Derived.
};

}  // namespace visoc::rv64
