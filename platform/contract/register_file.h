// The values behind a register table, and what each kind of access does to them.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "platform/base/state.h"
#include "platform/contract/register_table.h"

namespace visoc {

enum class RegisterStatus : std::uint8_t {
  kOk,
  kNoRegister,  ///< Nothing happened: a hole, outside the window, or a size that is not 1, 2, 4 or 8.
};

struct RegisterReply {
  RegisterStatus status = RegisterStatus::kOk;
  std::uint64_t value = 0;
};

/// What a core adds to its registers. `reg` is the value of the generated `enum class Reg`, `index` the element of an array.
class RegisterHooks {
 public:
  virtual ~RegisterHooks() = default;

  /// The value a bus read gives; `stored` is what the file holds. Not called for registers without readable bits.
  /// Side effects of pop and claim belong here. rc bits are cleared afterwards.
  virtual std::uint64_t on_read(std::uint16_t /*reg*/, std::uint32_t /*index*/, std::uint64_t stored) { return stored; }
  /// The value a debugger sees: as on_read, without side effects.
  virtual std::uint64_t on_peek(std::uint16_t /*reg*/, std::uint32_t /*index*/, std::uint64_t stored) { return stored; }
  /// A bus write has been stored. `before` and `after` are the stored values; `written` is what was on the bus, reserved bits and
  /// bytes that were not accessed as zero. Not called for registers that take no write. It may call reset() and set().
  virtual void on_write(std::uint16_t /*reg*/, std::uint32_t /*index*/, std::uint64_t /*before*/, std::uint64_t /*after*/,
                        std::uint64_t /*written*/) {}
};

/// "CONTROL", "VALUE[3]", or the offset in hex where there is no register: the name in traces and messages.
std::string register_name(const RegisterTable& table, Offset offset);

/// Accesses that had no effect. Not errors; not part of the state.
struct RegisterCounters {
  std::uint64_t writes_to_read_only = 0;    ///< Writes to a register, view or bank that takes none.
  std::uint64_t reads_of_write_only = 0;    ///< Reads of a register, view or bank that gives none; they return zero.
  std::uint64_t reserved_bits_written = 0;  ///< Writes with ones in reserved bits.
};

/// Storage of all registers of a block, part of its core's state. No access allocates.
class RegisterFile {
 public:
  /// `table` outlives the file. All registers start at their reset values.
  explicit RegisterFile(const RegisterTable& table);

  /// The core that wants to hear of accesses; it outlives the file.
  void connect(RegisterHooks& hooks) { hooks_ = &hooks; }

  /// All registers to their reset values; no hook is called, counters stay.
  void reset();

  /// Bus accesses. Size and alignment against the table are the shell's matter (`check_access`); any offset and size is safe here.
  /// An access over several adjacent registers is carried out in ascending order; if it touches a hole, nothing happens at all.
  RegisterReply read(Offset offset, unsigned size_bytes);
  RegisterStatus write(Offset offset, unsigned size_bytes, std::uint64_t value);
  /// A read without side effects.
  RegisterReply peek(Offset offset, unsigned size_bytes) const;

  /// Direct access of the core: no hooks, no access rules. `reg` is a value of the generated `enum class Reg` or its number.
  template <typename Reg>
  std::uint64_t get(Reg reg, std::uint32_t index = 0) const {
    return values_[slot(static_cast<std::uint16_t>(reg), index)];
  }
  template <typename Reg>
  void set(Reg reg, std::uint64_t value, std::uint32_t index = 0) {
    const auto number = static_cast<std::uint16_t>(reg);
    values_[slot(number, index)] = value & table_.registers[number].value_mask();
  }
  /// The bits of `mask` (a generated k...Mask), shifted down to bit 0.
  template <typename Reg>
  std::uint64_t get_field(Reg reg, std::uint64_t mask, std::uint32_t index = 0) const {
    return mask == 0 ? 0 : (get(reg, index) & mask) / lowest_bit(mask);
  }
  template <typename Reg>
  void set_field(Reg reg, std::uint64_t mask, std::uint64_t value, std::uint32_t index = 0) {
    set(reg, (get(reg, index) & ~mask) | (value * lowest_bit(mask) & mask), index);
  }

  const RegisterTable& table() const { return table_; }
  const RegisterCounters& counters() const { return counters_; }

  void save(StateWriter& out) const;
  /// Afterwards `in.ok()` tells whether the bytes were enough. A wrong number of values leaves the file as after reset() and
  /// gives false.
  bool load(StateReader& in);

 private:
  static constexpr std::uint64_t lowest_bit(std::uint64_t mask) { return mask & (~mask + 1); }

  std::size_t slot(std::uint16_t reg, std::uint32_t index) const;
  bool covered(Offset offset, unsigned size_bytes) const;
  bool visible(const RegisterInfo& info) const;
  RegisterMatch select(Offset at, bool is_write) const;
  std::uint64_t read_element(const RegisterMatch& match, std::uint64_t lanes);
  void write_element(const RegisterMatch& match, std::uint64_t lanes, std::uint64_t written);

  /// A read of one or two whole registers that no bank hides, found before: polling loops read the same few again and again.
  struct KnownRead {
    Offset offset = 0;
    unsigned size_bytes = 0;
    RegisterMatch low, high;  ///< No `low`: unused. No `high`: one register.
  };
  RegisterMatch only_answer(Offset offset) const;
  void know(Offset offset, unsigned size_bytes);

  const RegisterTable& table_;
  std::array<KnownRead, 8> known_reads_;
  RegisterHooks* hooks_ = nullptr;
  std::vector<std::uint64_t> values_;
  RegisterCounters counters_;
};

}  // namespace visoc
