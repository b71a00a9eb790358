// Saving and loading what outlives a call of a core: a flat little-endian byte stream.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "platform/base/span.h"

namespace visoc {

/// Appends values to a byte stream. Equal states give equal bytes, so the stream also serves as the input of a state hash.
class StateWriter {
 public:
  void u8(std::uint8_t value) { bytes_.push_back(value); }
  void u16(std::uint16_t value) { little_endian(value, 2); }
  void u32(std::uint32_t value) { little_endian(value, 4); }
  void u64(std::uint64_t value) { little_endian(value, 8); }
  void boolean(bool value) { u8(value ? 1 : 0); }
  void bytes(const void* data, std::size_t size) {
    const auto* first = static_cast<const std::uint8_t*>(data);
    bytes_.insert(bytes_.end(), first, first + size);
  }
  /// A block of bytes with its length before it.
  void blob(const std::vector<std::uint8_t>& data) {
    u64(data.size());
    bytes(data.data(), data.size());
  }
  void text(const std::string& value) {
    u64(value.size());
    bytes(value.data(), value.size());
  }

  const std::vector<std::uint8_t>& data() const { return bytes_; }

 private:
  void little_endian(std::uint64_t value, int count) {
    for (int i = 0; i < count; ++i) bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }

  std::vector<std::uint8_t> bytes_;
};

/// Reads what StateWriter wrote, in the same order. Past the end every value is zero and `ok()` turns false for good.
class StateReader {
 public:
  explicit StateReader(ConstBytes bytes) : bytes_(bytes) {}

  std::uint8_t u8() { return static_cast<std::uint8_t>(little_endian(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(little_endian(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(little_endian(4)); }
  std::uint64_t u64() { return little_endian(8); }
  bool boolean() { return u8() != 0; }
  void bytes(void* data, std::size_t size) {
    if (!take(size)) {
      std::memset(data, 0, size);
      return;
    }
    std::memcpy(data, bytes_.data + at_ - size, size);
  }
  std::vector<std::uint8_t> blob() {
    const std::uint64_t size = u64();
    if (!take(size)) return {};
    return std::vector<std::uint8_t>(bytes_.data + at_ - size, bytes_.data + at_);
  }
  std::string text() {
    const std::uint64_t size = u64();
    if (!take(size)) return {};
    return std::string(reinterpret_cast<const char*>(bytes_.data) + at_ - size, size);
  }

  bool ok() const { return ok_; }
  bool at_end() const { return at_ == bytes_.size; }

 private:
  bool take(std::uint64_t count) {
    if (!ok_ || count > bytes_.size - at_) {
      ok_ = false;
      return false;
    }
    at_ += count;
    return true;
  }
  std::uint64_t little_endian(unsigned count) {
    if (!take(count)) return 0;
    std::uint64_t value = 0;
    for (unsigned i = 0; i < count; ++i) value |= std::uint64_t{bytes_.data[at_ - count + i]} << (8 * i);
    return value;
  }

  ConstBytes bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace visoc
