// Integer operations with RISC-V's results where C++ has none: division by zero, overflow, high products.
// Source: RISC-V unprivileged specification 20191213, chapter "M"; bit-manipulation extension 1.0.0.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace visoc::rv64 {

__extension__ using Int128 = __int128;
__extension__ using Uint128 = unsigned __int128;

inline std::int64_t s64(std::uint64_t value) { return static_cast<std::int64_t>(value); }
inline std::int32_t s32(std::uint64_t value) { return static_cast<std::int32_t>(value); }
inline std::uint64_t sext32(std::uint64_t value) { return static_cast<std::uint64_t>(static_cast<std::int64_t>(s32(value))); }
inline std::uint32_t u32(std::uint64_t value) { return static_cast<std::uint32_t>(value); }

inline std::uint64_t divide(std::int64_t a, std::int64_t b) {
  if (b == 0) return ~std::uint64_t{0};
  if (b == -1) return 0 - static_cast<std::uint64_t>(a);
  return static_cast<std::uint64_t>(a / b);
}
inline std::uint64_t remainder(std::int64_t a, std::int64_t b) {
  if (b == 0) return static_cast<std::uint64_t>(a);
  if (b == -1) return 0;
  return static_cast<std::uint64_t>(a % b);
}
inline std::uint64_t multiply_high(std::int64_t a, std::int64_t b) {
  return static_cast<std::uint64_t>((static_cast<Int128>(a) * b) >> 64);
}
inline std::uint64_t multiply_high_unsigned(std::uint64_t a, std::uint64_t b) {
  return static_cast<std::uint64_t>((static_cast<Uint128>(a) * b) >> 64);
}
inline std::uint64_t multiply_high_mixed(std::int64_t a, std::uint64_t b) {
  return static_cast<std::uint64_t>((static_cast<Int128>(a) * static_cast<Int128>(b)) >> 64);
}
inline std::uint64_t rotate_right(std::uint64_t value, unsigned by) { return by == 0 ? value : value >> by | value << (64 - by); }
inline std::uint32_t rotate_right32(std::uint32_t value, unsigned by) { return by == 0 ? value : value >> by | value << (32 - by); }
inline std::uint64_t or_combine(std::uint64_t value) {
  std::uint64_t out = 0;
  for (unsigned i = 0; i < 64; i += 8)
    if ((value >> i & 0xff) != 0) out |= std::uint64_t{0xff} << i;
  return out;
}

inline std::uint64_t divide_unsigned(std::uint64_t a, std::uint64_t b) { return b == 0 ? ~std::uint64_t{0} : a / b; }
inline std::uint64_t remainder_unsigned(std::uint64_t a, std::uint64_t b) { return b == 0 ? a : a % b; }
inline std::uint64_t leading_zeros(std::uint64_t value) { return value == 0 ? 64 : static_cast<std::uint64_t>(__builtin_clzll(value)); }
inline std::uint64_t leading_zeros32(std::uint32_t value) { return value == 0 ? 32 : static_cast<std::uint64_t>(__builtin_clz(value)); }
inline std::uint64_t trailing_zeros(std::uint64_t value) { return value == 0 ? 64 : static_cast<std::uint64_t>(__builtin_ctzll(value)); }
inline std::uint64_t trailing_zeros32(std::uint32_t value) { return value == 0 ? 32 : static_cast<std::uint64_t>(__builtin_ctz(value)); }

}  // namespace visoc::rv64
