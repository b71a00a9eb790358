// SPDX-License-Identifier: Apache-2.0
#include "ip/dma/crc32.h"

#include <array>

namespace visoc {
namespace {

constexpr std::uint32_t kReflectedPolynomial = 0xedb8'8320;  // 0x04c11db7 with its bits in reverse order.
constexpr unsigned kBytesAtOnce = 8;

using Tables = std::array<std::array<std::uint32_t, 256>, kBytesAtOnce>;

/// Table k: what byte b contributes when k more bytes follow it.
constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (unsigned bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kReflectedPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (unsigned k = 1; k < kBytesAtOnce; ++k)
    for (std::uint32_t byte = 0; byte < 256; ++byte) tables[k][byte] = (tables[k - 1][byte] >> 8) ^ tables[0][tables[k - 1][byte] & 0xff];
  return tables;
}

constexpr Tables kTables = make_tables();

}  // namespace

std::uint32_t crc32(std::uint32_t crc, ConstBytes bytes) {
  crc = ~crc;
  const std::uint8_t* at = bytes.data;
  std::uint64_t left = bytes.size;
  for (; left >= kBytesAtOnce; left -= kBytesAtOnce, at += kBytesAtOnce) {
    std::uint32_t next = 0;
    for (unsigned i = 0; i < kBytesAtOnce; ++i) next ^= kTables[kBytesAtOnce - 1 - i][at[i] ^ (i < 4 ? (crc >> (8 * i)) & 0xff : 0)];
    crc = next;
  }
  for (; left != 0; --left, ++at) crc = (crc >> 8) ^ kTables[0][(crc ^ *at) & 0xff];
  return ~crc;
}

}  // namespace visoc
