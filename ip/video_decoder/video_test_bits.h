// Bits of a stream's units, for tests that write or change parameter sets by hand (ITU-T H.264, 7.3 and 9.1).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace visoc::test {

/// The bits of a unit's payload.
class BitWriter {
 public:
  void bits(std::uint32_t value, unsigned count) {
    for (unsigned i = count; i-- > 0;) {
      if (used_ % 8 == 0) bytes_.push_back(0);
      if ((value >> i & 1) != 0) bytes_.back() |= static_cast<std::uint8_t>(0x80u >> used_ % 8);
      ++used_;
    }
  }
  void ue(std::uint32_t value) {
    unsigned length = 0;
    while ((std::uint64_t{value} + 1) >> (length + 1) != 0) ++length;
    bits(0, length);
    bits(value + 1, length + 1);
  }
  /// Ends the unit; start code, header, payload with its emulation prevention.
  std::vector<std::uint8_t> nal(std::uint8_t header) {
    bits(1, 1);
    std::vector<std::uint8_t> out = {0, 0, 0, 1, header};
    for (std::uint8_t byte : bytes_) {
      const std::size_t n = out.size();
      if (n >= 7 && out[n - 1] == 0 && out[n - 2] == 0 && byte <= 3) out.push_back(3);
      out.push_back(byte);
    }
    return out;
  }

 private:
  std::vector<std::uint8_t> bytes_;
  unsigned used_ = 0;
};

/// Reads a payload and writes what it reads to a BitWriter.
class BitCopier {
 public:
  BitCopier(const std::uint8_t* data, std::size_t size, BitWriter& out) : out_(out) {
    for (std::size_t i = 0; i < size; ++i)
      if (i < 2 || data[i] != 3 || data[i - 1] != 0 || data[i - 2] != 0) bytes_.push_back(data[i]);
  }
  std::uint32_t bits(unsigned count) {
    const std::uint32_t value = peek(count);
    out_.bits(value, count);
    return value;
  }
  std::uint32_t ue() {
    unsigned zeros = 0;
    while (zeros < 31 && peek(1) == 0) ++zeros;
    const std::uint32_t value = ((1u << zeros) | peek(zeros)) - 1;
    out_.ue(value);
    return value;
  }

 private:
  std::uint32_t peek(unsigned count) {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < count; ++i, ++at_) value = value << 1 | (at_ / 8 < bytes_.size() ? bytes_[at_ / 8] >> (7 - at_ % 8) & 1u : 0u);
    return value;
  }

  BitWriter& out_;
  std::vector<std::uint8_t> bytes_;
  std::size_t at_ = 0;
};

/// Where the unit behind the start code of each unit begins, and the end of the stream.
inline std::vector<std::size_t> unit_starts(const std::vector<std::uint8_t>& stream) {
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i + 3 < stream.size(); ++i)
    if (stream[i] == 0 && stream[i + 1] == 0 && stream[i + 2] == 1) starts.push_back(i + 3);
  starts.push_back(stream.size());
  return starts;
}

}  // namespace visoc::test
