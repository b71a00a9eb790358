// What the registers of a block are: the tables that tools/regtool generates from ip/<block>/<block>.regs.json.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "platform/base/units.h"

namespace visoc {

/// What an access does to a field. Bits that no field covers are reserved: they read as zero and ignore writes.
enum class RegisterAccess : std::uint8_t {
  kRo,     ///< Read only; writes are ignored.
  kRw,     ///< Read and write.
  kWo,     ///< Write only: reads as zero, is not stored; the core sees the written value.
  kRw1c,   ///< Writing 1 clears.
  kRw1s,   ///< Writing 1 sets; writing 0 changes nothing.
  kRw0c,   ///< Writing 0 clears.
  kRc,     ///< Reading clears.
  kPop,    ///< Reading takes an element out of a queue; writes are ignored.
  kPush,   ///< Writing puts an element into a queue; reads as zero.
  kClaim,  ///< Reading claims, writing completes (a PLIC).
};

/// Which direction a register answers, where two share an offset.
enum class RegisterView : std::uint8_t { kBoth, kRead, kWrite };

/// A named group of bits.
struct FieldInfo {
  const char* name;
  std::uint8_t lsb;
  std::uint8_t width;  ///< 1 to 64.
  RegisterAccess access;
  std::uint64_t reset;  ///< Shifted down to bit 0.
  bool timing;          ///< The value hangs on time: shadow mode reports a difference but does not fail.
  const char* doc;

  constexpr std::uint64_t mask() const { return (width >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1) << lsb; }
};

/// The register visible at a shared offset depends on a field of another register (a 16550's DLAB).
struct RegisterBank {
  std::uint64_t mask;   ///< Field of that register; 0 means: always visible.
  std::uint64_t value;  ///< Visible while (that register & mask) == value.
  std::uint16_t reg;    ///< Number of that register.
};

/// The bits of a register by what an access does to them.
struct RegisterMasks {
  std::uint64_t readable;  ///< Everything but wo, push and reserved bits.
  std::uint64_t rw;
  std::uint64_t rw1c;
  std::uint64_t rw1s;
  std::uint64_t rw0c;
  std::uint64_t rc;
  std::uint64_t write_only;  ///< wo, push, claim: what is written goes to the core, not to storage.
  std::uint64_t timing;
  std::uint64_t implemented;  ///< Everything but reserved bits.

  /// Bits whose written value has an effect.
  constexpr std::uint64_t writable() const { return rw | rw1c | rw1s | rw0c | write_only; }
};

/// One register or one array of equal registers.
struct RegisterInfo {
  const char* name;
  Offset offset;            ///< Of element 0, from the base of the block; a multiple of size_bytes.
  std::uint8_t size_bytes;  ///< 1, 2, 4 or 8.
  RegisterAccess access;
  RegisterView view;
  bool timing;                 ///< The whole value hangs on time; see also masks.timing.
  bool reset_by_block;         ///< The block sets the value at reset; `reset` is then 0.
  std::uint32_t array_count;   ///< 1 if it is no array.
  std::uint32_t array_stride;  ///< Bytes between elements.
  std::uint32_t first_value;   ///< Number of element 0 among all elements of the table.
  std::uint64_t reset;
  RegisterMasks masks;
  RegisterBank bank;
  const FieldInfo* fields;  ///< Null if the register is one value.
  std::uint16_t field_count;
  const char* conformance_skip;              ///< Why the generic register tests leave it out; null if they do not.
  const std::uint16_t* conformance_changes;  ///< Numbers of registers that a write to this one may change.
  std::uint16_t conformance_change_count;
  const char* doc;

  constexpr std::uint64_t value_mask() const { return size_bytes >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * size_bytes)) - 1; }
};

/// A stretch of offsets and the registers that have elements in it: the index for decoding.
struct RegisterRange {
  Offset begin, end;    ///< [begin, end); ranges are sorted and disjoint.
  std::uint16_t first;  ///< Into RegisterTable::range_registers.
  std::uint16_t count;
};

/// All registers of one block. The number of a register is its index here and its value of the generated `enum class Reg`.
struct RegisterTable {
  const char* block;
  const char* doc;
  std::uint64_t window_bytes;
  std::uint8_t access_sizes;  ///< Allowed sizes in bytes, or-ed (4|8); 0: each register in its own size only.
  bool external_standard;     ///< Follows an outside standard: no INTR_STATE / INTR_ENABLE / INTR_TEST.
  std::uint16_t interrupts;   ///< Interrupt outputs that the description declares.
  const RegisterInfo* registers;
  std::uint16_t register_count;
  std::uint32_t value_count;  ///< Elements of all registers together.
  const RegisterRange* ranges;
  std::uint16_t range_count;
  const std::uint16_t* range_registers;
};

/// Where an offset leads.
struct RegisterMatch {
  const RegisterInfo* info = nullptr;  ///< Null: a hole.
  std::uint16_t number = 0;
  std::uint32_t index = 0;  ///< Element of an array.
  Offset at = 0;            ///< Offset of that element's first byte.

  explicit operator bool() const { return info != nullptr; }
};

/// The range that contains `offset`, or null.
inline const RegisterRange* find_range(const RegisterTable& table, Offset offset) {
  std::uint16_t low = 0, high = table.range_count;
  while (low < high) {
    const auto middle = static_cast<std::uint16_t>(low + (high - low) / 2);
    if (offset < table.ranges[middle].begin) {
      high = middle;
    } else if (offset >= table.ranges[middle].end) {
      low = static_cast<std::uint16_t>(middle + 1);
    } else {
      return &table.ranges[middle];
    }
  }
  return nullptr;
}

/// The element of register `number` that covers the byte at `offset`, if it does.
inline RegisterMatch match_register(const RegisterTable& table, std::uint16_t number, Offset offset) {
  const RegisterInfo& info = table.registers[number];
  if (offset < info.offset) return {};
  const Offset distance = offset - info.offset;
  if (info.array_count == 1) return distance < info.size_bytes ? RegisterMatch{&info, number, 0, info.offset} : RegisterMatch{};
  const Offset index = distance / info.array_stride;
  if (index >= info.array_count || distance - index * info.array_stride >= info.size_bytes) return {};
  return {&info, number, static_cast<std::uint32_t>(index), info.offset + index * info.array_stride};
}

/// The first register that covers the byte at `offset`, whatever its bank and view.
inline RegisterMatch find_register(const RegisterTable& table, Offset offset) {
  const RegisterRange* range = find_range(table, offset);
  if (range == nullptr) return {};
  for (std::uint16_t i = 0; i < range->count; ++i) {
    const RegisterMatch match = match_register(table, table.range_registers[range->first + i], offset);
    if (match) return match;
  }
  return {};
}

enum class AccessCheck : std::uint8_t {
  kOk,
  kWrongSize,   ///< Not one of the sizes that the block or the register takes.
  kMisaligned,  ///< The offset is not a multiple of the size.
  kNoRegister,  ///< Outside the window, or a hole in it.
};

/// Size, alignment and holes, checked once for every implementation of a block. Reads of write-only and writes to read-only
/// registers are no errors: they give zero and are ignored, and the register file counts them.
inline AccessCheck check_access(const RegisterTable& table, Offset offset, std::uint64_t size_bytes, bool /*is_write*/) {
  if (size_bytes != 1 && size_bytes != 2 && size_bytes != 4 && size_bytes != 8) return AccessCheck::kWrongSize;
  if (table.access_sizes != 0 && (table.access_sizes & size_bytes) == 0) return AccessCheck::kWrongSize;
  if ((offset & (size_bytes - 1)) != 0) return AccessCheck::kMisaligned;
  if (!fits(offset, size_bytes, table.window_bytes)) return AccessCheck::kNoRegister;
  const Offset end = offset + size_bytes;  // Does not wrap: it lies inside the window.
  for (Offset at = offset; at < end;) {
    const RegisterMatch match = find_register(table, at);
    if (!match) return AccessCheck::kNoRegister;
    if (table.access_sizes == 0 && match.info->size_bytes != size_bytes) return AccessCheck::kWrongSize;
    at = match.at + match.info->size_bytes;
  }
  return AccessCheck::kOk;
}

}  // namespace visoc
