// SPDX-License-Identifier: Apache-2.0
#include "platform/contract/register_conformance.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace visoc {
namespace {

constexpr std::uint32_t kLongArray = 8;
constexpr std::uint64_t kPatterns[] = {0xffffffffffffffff, 0x0000000000000000, 0x5555555555555555, 0xaaaaaaaaaaaaaaaa, 0x0123456789abcdef};

std::string hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

std::uint64_t size_mask(unsigned size_bytes) { return size_bytes >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * size_bytes)) - 1; }

/// One element of one register.
struct Target {
  const RegisterInfo* info;
  std::uint16_t number;
  std::uint32_t index;

  Offset offset() const { return info->offset + std::uint64_t{index} * info->array_stride; }
};

class Runner {
 public:
  Runner(const RegisterTable& table, RegisterAccessor& block) : table_(table), block_(block) {
    for (std::uint16_t number = 0; number < table.register_count; ++number) {
      const RegisterInfo& info = table.registers[number];
      if (info.conformance_skip != nullptr) {
        skip(info, info.conformance_skip);
        continue;
      }
      if (info.bank.mask != 0 && (table.registers[info.bank.reg].masks.rw & info.bank.mask) != info.bank.mask) {
        skip(info, "its bank cannot be switched by a plain write");
        continue;
      }
      if (info.access == RegisterAccess::kPop) skip(info, "reading takes an element");
      if (info.access == RegisterAccess::kPush) skip(info, "writing puts an element");
      if (info.access == RegisterAccess::kClaim) skip(info, "reading claims, writing completes");
      for (std::uint32_t index : sample(info.array_count)) targets_.push_back({&info, number, index});
    }
  }

  ConformanceReport run() {
    for (const Target& target : targets_) {
      reset_value(target);
      reserved_bits(target);
      read_only(target);
      read_write(target);
      write_only(target);
      one_clears(target);
      one_sets(target);
      zero_clears(target);
      read_clears(target);
      access_size(target);
    }
    interrupt_test();
    holes();
    aliasing();
    return report_;
  }

 private:
  static std::vector<std::uint32_t> sample(std::uint32_t count) {
    std::vector<std::uint32_t> indices;
    if (count <= kLongArray) {
      for (std::uint32_t i = 0; i < count; ++i) indices.push_back(i);
    } else {
      indices = {0, 1, 2, count / 2, count - 2, count - 1};
    }
    return indices;
  }

  void skip(const RegisterInfo& info, const std::string& reason) {
    report_.skipped.push_back(std::string(table_.block) + "." + info.name + ": " + reason);
  }

  std::string name(const Target& target) const {
    const std::string name = std::string(table_.block) + "." + target.info->name;
    return target.info->array_count == 1 ? name : name + "[" + std::to_string(target.index) + "]";
  }

  void fail(const Target& target, const std::string& text) { report_.failures.push_back(name(target) + ": " + text); }

  void expect(const Target& target, const char* test, std::uint64_t found, std::uint64_t expected) {
    ++report_.checks;
    if (found != expected) fail(target, std::string(test) + ": read " + hex(found) + ", expected " + hex(expected));
  }

  static bool has_side_effect_on_read(const RegisterInfo& info) {
    return info.access == RegisterAccess::kPop || info.access == RegisterAccess::kClaim;
  }
  static bool can_read(const RegisterInfo& info) { return info.view != RegisterView::kWrite && !has_side_effect_on_read(info); }
  static bool can_write(const RegisterInfo& info) {
    return info.view != RegisterView::kRead && info.access != RegisterAccess::kPush && info.access != RegisterAccess::kClaim;
  }
  /// Bits whose value can be told: readable and not bound to time.
  static std::uint64_t stable(const RegisterInfo& info) { return info.masks.readable & ~info.masks.timing; }

  std::uint64_t read(const Target& target) {
    const RegisterReply reply = block_.read(target.offset(), target.info->size_bytes);
    ++report_.checks;
    if (reply.status != RegisterStatus::kOk) fail(target, "read refused");
    return reply.value & target.info->value_mask();
  }

  void write(const Target& target, std::uint64_t value) {
    ++report_.checks;
    if (block_.write(target.offset(), target.info->size_bytes, value & target.info->value_mask()) != RegisterStatus::kOk)
      fail(target, "write refused");
  }

  /// Reset, and the register's bank switched in.
  void fresh(const Target& target) {
    block_.reset();
    const RegisterBank& bank = target.info->bank;
    if (bank.mask == 0) return;
    const Target selector{&table_.registers[bank.reg], bank.reg, 0};
    write(selector, (read(selector) & ~bank.mask) | bank.value);
  }

  /// A value to write that changes nothing: rw bits as they are, ones for rw0c, zeros elsewhere.
  static std::uint64_t neutral(const RegisterInfo& info, std::uint64_t present) { return (present & info.masks.rw) | info.masks.rw0c; }

  void reset_value(const Target& target) {
    const RegisterInfo& info = *target.info;
    if (!can_read(info) || info.masks.readable == 0) return;
    fresh(target);
    const std::uint64_t value = read(target);
    if (!info.reset_by_block) expect(target, "reset value", value & stable(info), info.reset & stable(info));
    expect(target, "reserved bits", value & ~info.masks.implemented, 0);
  }

  void reserved_bits(const Target& target) {
    const RegisterInfo& info = *target.info;
    const std::uint64_t reserved = info.value_mask() & ~info.masks.implemented;
    if (reserved == 0 || !can_write(info) || !can_read(info) || info.masks.rc != 0) return;
    fresh(target);
    const std::uint64_t before = read(target);
    write(target, neutral(info, before) | reserved);
    const std::uint64_t after = read(target);
    expect(target, "reserved bits after writing ones", after & reserved, 0);
    expect(target, "other bits after writing reserved ones", after & stable(info), before & stable(info));
  }

  void read_only(const Target& target) {
    const RegisterInfo& info = *target.info;
    const std::uint64_t fixed = stable(info) & ~info.masks.writable() & ~info.masks.rc;
    if (fixed == 0 || info.view != RegisterView::kBoth || has_side_effect_on_read(info)) return;
    fresh(target);
    const std::uint64_t before = read(target);
    write(target, neutral(info, before) | fixed);
    expect(target, "read-only bits after writing ones", read(target) & fixed, before & fixed);
    write(target, neutral(info, before));
    expect(target, "read-only bits after writing zeros", read(target) & fixed, before & fixed);
  }

  void read_write(const Target& target) {
    const RegisterInfo& info = *target.info;
    const std::uint64_t bits = info.masks.rw & stable(info);
    if (bits == 0 || info.view != RegisterView::kBoth) return;
    fresh(target);
    for (std::uint64_t pattern : kPatterns) write_and_read(target, "rw", pattern, bits);
    for (std::uint64_t bit = 1; bit != 0; bit <<= 1) {
      if ((bits & bit) == 0) continue;
      write_and_read(target, "bit bash, 1 among 0", bit, bits);
      write_and_read(target, "bit bash, 0 among 1", ~bit, bits);
    }
  }

  void write_and_read(const Target& target, const char* test, std::uint64_t pattern, std::uint64_t bits) {
    write(target, (pattern & target.info->masks.rw) | target.info->masks.rw0c);
    expect(target, test, read(target) & bits, pattern & bits);
  }

  void write_only(const Target& target) {
    const RegisterInfo& info = *target.info;
    const std::uint64_t hidden = info.masks.write_only & ~info.masks.readable;
    if (hidden == 0 || info.view != RegisterView::kBoth || has_side_effect_on_read(info)) return;
    fresh(target);
    expect(target, "write-only bits", read(target) & hidden, 0);
  }

  void one_clears(const Target& target) {
    const RegisterInfo& info = *target.info;
    const std::uint64_t bits = info.masks.rw1c & stable(info);
    if (bits == 0 || info.view != RegisterView::kBoth) return;
    fresh(target);
    write(target, neutral(info, read(target)) | bits);
    expect(target, "rw1c bits after writing ones", read(target) & bits, 0);
  }

  void one_sets(const Target& target) {
    const RegisterInfo& info = *target.info;
    const std::uint64_t bits = info.masks.rw1s & stable(info);
    if (bits == 0 || info.view != RegisterView::kBoth) return;
    fresh(target);
    const std::uint64_t before = read(target);
    write(target, neutral(info, before));
    expect(target, "rw1s bits after writing zeros", read(target) & bits, before & bits);
    write(target, neutral(info, before) | bits);
    expect(target, "rw1s bits after writing ones", read(target) & bits, bits);
    write(target, neutral(info, before));
    expect(target, "rw1s bits after writing zeros again", read(target) & bits, bits);
  }

  void zero_clears(const Target& target) {
    const RegisterInfo& info = *target.info;
    const std::uint64_t bits = info.masks.rw0c & stable(info);
    if (bits == 0 || info.view != RegisterView::kBoth) return;
    fresh(target);
    const std::uint64_t before = read(target);
    write(target, neutral(info, before));
    expect(target, "rw0c bits after writing ones", read(target) & bits, before & bits);
    write(target, neutral(info, before) & ~bits);
    expect(target, "rw0c bits after writing zeros", read(target) & bits, 0);
    write(target, neutral(info, before));
    expect(target, "rw0c bits after writing ones again", read(target) & bits, 0);
  }

  void read_clears(const Target& target) {
    const RegisterInfo& info = *target.info;
    const std::uint64_t bits = info.masks.rc & stable(info);
    if (bits == 0 || !can_read(info)) return;
    fresh(target);
    read(target);
    expect(target, "rc bits at the second read", read(target) & bits, 0);
  }

  void access_size(const Target& target) {
    const RegisterInfo& info = *target.info;
    if (info.bank.mask != 0) return;
    for (unsigned size : {1u, 2u, 4u, 8u}) {
      for (unsigned inside = 0; inside < info.size_bytes; ++inside) try_size(target, target.offset() + inside, size);
    }
  }

  /// A refused access is refused both ways and changes nothing; an accepted read gives its slice of the register.
  void try_size(const Target& target, Offset offset, unsigned size) {
    const RegisterInfo& info = *target.info;
    const std::string test = "access of " + std::to_string(size) + " bytes at " + hex(offset);
    if (check_access(table_, offset, size, false) == AccessCheck::kOk) {
      const bool inside = size <= info.size_bytes && offset - target.offset() + size <= info.size_bytes;
      if (!inside || !can_read(info) || info.masks.rc != 0) return;
      fresh(target);
      const std::uint64_t whole = read(target);
      const RegisterReply reply = block_.read(offset, size);
      ++report_.checks;
      if (reply.status != RegisterStatus::kOk) {
        fail(target, test + ": refused");
        return;
      }
      const unsigned shift = 8 * static_cast<unsigned>(offset - target.offset());
      const std::uint64_t mask = size_mask(size) & (stable(info) | ~info.masks.implemented) >> shift;
      expect(target, test.c_str(), reply.value & mask, whole >> shift & mask);
      return;
    }
    fresh(target);
    const bool comparable = can_read(info) && info.masks.rc == 0;
    const std::uint64_t before = comparable ? read(target) : 0;
    report_.checks += 2;
    if (block_.read(offset, size).status == RegisterStatus::kOk) fail(target, test + ": the read was accepted");
    if (block_.write(offset, size, ~std::uint64_t{0} & size_mask(size)) == RegisterStatus::kOk)
      fail(target, test + ": the write was accepted");
    if (comparable) expect(target, (test + ", value after the refused write").c_str(), read(target) & stable(info), before & stable(info));
  }

  /// INTR_TEST raises what INTR_STATE clears.
  void interrupt_test() {
    const Target state = find("INTR_STATE"), test = find("INTR_TEST");
    if (state.info == nullptr || test.info == nullptr) return;
    const std::uint64_t clearable = state.info->masks.rw1c & test.info->masks.write_only & ~state.info->masks.timing;
    for (std::uint64_t bit = 1; bit != 0; bit <<= 1) {
      if ((clearable & bit) == 0) continue;
      block_.reset();
      write(test, bit);
      expect(state, "INTR_TEST raises the interrupt", read(state) & clearable, bit);
      write(state, 0);
      expect(state, "rw1c keeps the bit when 0 is written", read(state) & clearable, bit);
      write(state, clearable & ~bit);
      expect(state, "rw1c keeps the bit when others are cleared", read(state) & clearable, bit);
      write(state, bit);
      expect(state, "rw1c clears the bit when 1 is written", read(state) & clearable, 0);
      write(test, clearable);
      write(state, bit);
      expect(state, "rw1c clears only what is written as 1", read(state) & clearable, clearable & ~bit);
    }
  }

  Target find(const char* wanted) const {
    for (const Target& target : targets_)
      if (std::strcmp(target.info->name, wanted) == 0) return target;
    return {nullptr, 0, 0};
  }

  /// The first offsets after each range of registers, and those behind the window.
  void holes() {
    std::vector<Offset> offsets = {table_.window_bytes};
    for (std::uint16_t i = 0; i < table_.range_count; ++i) offsets.push_back(align_up(table_.ranges[i].end, 8));
    block_.reset();
    for (Offset offset : offsets) {
      for (unsigned size : {1u, 2u, 4u, 8u}) {
        if (check_access(table_, offset, size, false) == AccessCheck::kOk) continue;
        report_.checks += 2;
        const std::string text = std::string(table_.block) + ": a hole at " + hex(offset) + ", " + std::to_string(size) + " bytes: ";
        if (block_.read(offset, size).status == RegisterStatus::kOk) report_.failures.push_back(text + "the read was accepted");
        if (block_.write(offset, size, 0) == RegisterStatus::kOk) report_.failures.push_back(text + "the write was accepted");
      }
    }
  }

  void aliasing() {
    std::vector<Target> seen;
    for (const Target& target : targets_) {
      const RegisterInfo& info = *target.info;
      if (can_read(info) && stable(info) != 0 && info.masks.rc == 0 && info.bank.mask == 0) seen.push_back(target);
    }
    for (const Target& target : targets_) {
      const RegisterInfo& info = *target.info;
      if (info.masks.rw == 0 || info.view == RegisterView::kRead || info.bank.mask != 0 || !can_write(info)) continue;
      block_.reset();
      std::vector<std::uint64_t> before;
      for (const Target& other : seen) before.push_back(read(other) & stable(*other.info));
      write(target, (0xa5c3a5c3a5c3a5c3 & info.masks.rw) | info.masks.rw0c);
      std::size_t i = 0;
      for (const Target& other : seen) {
        const std::uint64_t expected = before[i++];
        if (other.number == target.number && other.index == target.index) continue;
        if (may_change(info, other.number)) continue;
        const std::uint64_t after = read(other) & stable(*other.info);
        ++report_.checks;
        if (after != expected) fail(target, "aliasing: a write changed " + name(other) + " from " + hex(expected) + " to " + hex(after));
      }
    }
  }

  static bool may_change(const RegisterInfo& info, std::uint16_t other) {
    const std::uint16_t* begin = info.conformance_changes;
    return begin != nullptr && std::find(begin, begin + info.conformance_change_count, other) != begin + info.conformance_change_count;
  }

  const RegisterTable& table_;
  RegisterAccessor& block_;
  std::vector<Target> targets_;
  ConformanceReport report_;
};

}  // namespace

ConformanceReport run_register_conformance(const RegisterTable& table, RegisterAccessor& block) { return Runner(table, block).run(); }

}  // namespace visoc
