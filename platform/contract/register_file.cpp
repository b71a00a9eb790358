// SPDX-License-Identifier: Apache-2.0
#include "platform/contract/register_file.h"

#include <cstdio>

#include "platform/base/check.h"

namespace visoc {
namespace {

/// `count` ones, from bit 0.
constexpr std::uint64_t ones(unsigned count) { return count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1; }

/// The part of an access [offset, offset + size) that falls into one element.
struct Slice {
  unsigned access_shift;    ///< Bit of the access at which the part starts.
  unsigned register_shift;  ///< Bit of the register at which it starts.
  unsigned bytes;

  Slice(Offset offset, unsigned size_bytes, Offset at, const RegisterMatch& match) {
    const auto inside = static_cast<unsigned>(at - match.at);
    const auto done = static_cast<unsigned>(at - offset);
    const unsigned left_in_register = match.info->size_bytes - inside;
    const unsigned left_in_access = size_bytes - done;
    access_shift = 8 * done;
    register_shift = 8 * inside;
    bytes = left_in_register < left_in_access ? left_in_register : left_in_access;
  }
  std::uint64_t lanes() const { return ones(8 * bytes) << register_shift; }
};

}  // namespace

std::string register_name(const RegisterTable& table, Offset offset) {
  const RegisterMatch match = find_register(table, offset);
  if (!match) {
    char text[24];
    std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(offset));
    return text;
  }
  if (match.info->array_count == 1) return match.info->name;
  return std::string(match.info->name) + "[" + std::to_string(match.index) + "]";
}

RegisterFile::RegisterFile(const RegisterTable& table) : table_(table), values_(table.value_count) { reset(); }

void RegisterFile::reset() {
  for (std::uint16_t number = 0; number < table_.register_count; ++number) {
    const RegisterInfo& info = table_.registers[number];
    for (std::uint32_t i = 0; i < info.array_count; ++i) values_[info.first_value + i] = info.reset;
  }
}

std::size_t RegisterFile::slot(std::uint16_t reg, std::uint32_t index) const {
  VISOC_CHECK(reg < table_.register_count, std::string(table_.block) + " has no register number " + std::to_string(reg));
  const RegisterInfo& info = table_.registers[reg];
  VISOC_CHECK(index < info.array_count, std::string(table_.block) + "." + info.name + ": element " + std::to_string(index) + " of " +
                                            std::to_string(info.array_count));
  return std::size_t{info.first_value} + index;
}

bool RegisterFile::covered(Offset offset, unsigned size_bytes) const {
  if (size_bytes != 1 && size_bytes != 2 && size_bytes != 4 && size_bytes != 8) return false;
  if (!fits(offset, size_bytes, table_.window_bytes)) return false;
  for (Offset at = offset; at < offset + size_bytes;) {
    const RegisterMatch match = find_register(table_, at);
    if (!match) return false;
    at = match.at + match.info->size_bytes;
  }
  return true;
}

bool RegisterFile::visible(const RegisterInfo& info) const {
  return info.bank.mask == 0 || (values_[table_.registers[info.bank.reg].first_value] & info.bank.mask) == info.bank.value;
}

/// The register that answers at `at`: its bank is switched in, and its view has the right direction. Null if none does.
RegisterMatch RegisterFile::select(Offset at, bool is_write) const {
  const RegisterRange* range = find_range(table_, at);
  if (range == nullptr) return {};
  const RegisterView other = is_write ? RegisterView::kRead : RegisterView::kWrite;
  for (std::uint16_t i = 0; i < range->count; ++i) {
    const RegisterMatch match = match_register(table_, table_.range_registers[range->first + i], at);
    if (match && match.info->view != other && visible(*match.info)) return match;
  }
  return {};
}

/// The register that starts at `offset` and answers reads there whatever is switched in; none if that hangs on a bank.
RegisterMatch RegisterFile::only_answer(Offset offset) const {
  const RegisterMatch match = select(offset, false);
  if (!match || match.at != offset) return {};
  const RegisterRange* range = find_range(table_, offset);
  for (std::uint16_t i = 0; i < range->count; ++i) {
    const std::uint16_t number = table_.range_registers[range->first + i];
    const RegisterInfo& info = table_.registers[number];
    if (info.bank.mask != 0 && info.view != RegisterView::kWrite && match_register(table_, number, offset)) return {};
  }
  return match;
}

void RegisterFile::know(Offset offset, unsigned size_bytes) {
  KnownRead known{offset, size_bytes, only_answer(offset), {}};
  if (!known.low || known.low.info->size_bytes > size_bytes) return;
  const unsigned left = size_bytes - known.low.info->size_bytes;
  if (left != 0) {
    known.high = only_answer(offset + known.low.info->size_bytes);
    if (!known.high || known.high.info->size_bytes != left) return;
  }
  known_reads_[offset % known_reads_.size()] = known;
}

RegisterReply RegisterFile::read(Offset offset, unsigned size_bytes) {
  const KnownRead& known = known_reads_[offset % known_reads_.size()];
  if (known.low && known.offset == offset && known.size_bytes == size_bytes) {
    const unsigned bits = 8 * known.low.info->size_bytes;
    std::uint64_t value = read_element(known.low, ones(bits)) & ones(bits);
    if (known.high) value |= read_element(known.high, ones(8 * size_bytes - bits)) << bits;
    return {RegisterStatus::kOk, value & ones(8 * size_bytes)};
  }
  if (!covered(offset, size_bytes)) return {RegisterStatus::kNoRegister, 0};
  RegisterReply reply;
  for (Offset at = offset; at < offset + size_bytes;) {
    const RegisterMatch any = find_register(table_, at);
    const Slice slice(offset, size_bytes, at, any);
    const RegisterMatch match = select(at, false);
    if (match) {
      reply.value |= (read_element(match, slice.lanes()) >> slice.register_shift & ones(8 * slice.bytes)) << slice.access_shift;
    } else {
      ++counters_.reads_of_write_only;
    }
    at += slice.bytes;
  }
  know(offset, size_bytes);
  return reply;
}

RegisterReply RegisterFile::peek(Offset offset, unsigned size_bytes) const {
  if (!covered(offset, size_bytes)) return {RegisterStatus::kNoRegister, 0};
  RegisterReply reply;
  for (Offset at = offset; at < offset + size_bytes;) {
    const Slice slice(offset, size_bytes, at, find_register(table_, at));
    const RegisterMatch match = select(at, false);
    if (match && match.info->masks.readable != 0) {
      const std::uint64_t stored = values_[std::size_t{match.info->first_value} + match.index];
      const std::uint64_t value = hooks_ != nullptr ? hooks_->on_peek(match.number, match.index, stored) : stored;
      reply.value |= ((value & match.info->masks.readable) >> slice.register_shift & ones(8 * slice.bytes)) << slice.access_shift;
    }
    at += slice.bytes;
  }
  return reply;
}

RegisterStatus RegisterFile::write(Offset offset, unsigned size_bytes, std::uint64_t value) {
  if (!covered(offset, size_bytes)) return RegisterStatus::kNoRegister;
  for (Offset at = offset; at < offset + size_bytes;) {
    const RegisterMatch any = find_register(table_, at);
    const Slice slice(offset, size_bytes, at, any);
    const RegisterMatch match = select(at, true);
    if (match) {
      write_element(match, slice.lanes(), (value >> slice.access_shift & ones(8 * slice.bytes)) << slice.register_shift);
    } else {
      ++counters_.writes_to_read_only;
    }
    at += slice.bytes;
  }
  return RegisterStatus::kOk;
}

std::uint64_t RegisterFile::read_element(const RegisterMatch& match, std::uint64_t lanes) {
  const RegisterMasks& masks = match.info->masks;
  if (masks.readable == 0) {
    ++counters_.reads_of_write_only;
    return 0;
  }
  std::uint64_t& stored = values_[std::size_t{match.info->first_value} + match.index];
  const std::uint64_t value = hooks_ != nullptr ? hooks_->on_read(match.number, match.index, stored) : stored;
  stored &= ~(masks.rc & lanes);
  return value & masks.readable;
}

void RegisterFile::write_element(const RegisterMatch& match, std::uint64_t lanes, std::uint64_t written) {
  const RegisterMasks& masks = match.info->masks;
  if (masks.writable() == 0) {
    ++counters_.writes_to_read_only;
    return;
  }
  if ((written & ~masks.implemented) != 0) ++counters_.reserved_bits_written;
  written &= masks.implemented;
  std::uint64_t& stored = values_[std::size_t{match.info->first_value} + match.index];
  const std::uint64_t before = stored;
  const std::uint64_t replaced = masks.rw & lanes;
  const std::uint64_t cleared = (masks.rw1c & written) | (masks.rw0c & lanes & ~written);
  const std::uint64_t after = (((before & ~replaced) | (written & replaced)) & ~cleared) | (masks.rw1s & written);
  stored = after;
  // Last, and `stored` is not used again: the hook may reset the file.
  if (hooks_ != nullptr) hooks_->on_write(match.number, match.index, before, after, written);
}

void RegisterFile::save(StateWriter& out) const {
  out.u64(values_.size());
  for (std::uint64_t value : values_) out.u64(value);
}

bool RegisterFile::load(StateReader& in) {
  if (in.u64() != values_.size()) {
    reset();
    return false;
  }
  for (std::uint16_t number = 0; number < table_.register_count; ++number) {
    const RegisterInfo& info = table_.registers[number];
    for (std::uint32_t i = 0; i < info.array_count; ++i) values_[info.first_value + i] = in.u64() & info.value_mask();
  }
  if (in.ok()) return true;
  reset();
  return false;
}

}  // namespace visoc
