// Units that cross every layer. Simulated time is counted in whole picoseconds, as the SystemC kernel does.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

namespace visoc {

using Addr = std::uint64_t;    ///< System address: what a bus master puts on the bus.
using Offset = std::uint64_t;  ///< Bytes from the base of one block.
using Cycles = std::uint64_t;  ///< Ticks of one block's own clock.
using Picos = std::uint64_t;   ///< Absolute simulated time or a duration, in picoseconds.

/// "No wake-up is planned": later than every simulated time.
inline constexpr Picos kNever = std::numeric_limits<Picos>::max();

inline constexpr Picos kPicosPerNano = 1'000;
inline constexpr Picos kPicosPerMicro = 1'000'000;
inline constexpr Picos kPicosPerMilli = 1'000'000'000;
inline constexpr Picos kPicosPerSecond = 1'000'000'000'000;

/// A clock by its period. Converting cycles to time multiplies; time to cycles rounds up, so that work never ends early.
struct Clock {
  Picos period_ps = 1'000;  ///< 1 to 10^12.

  constexpr Picos to_picos(Cycles cycles) const { return cycles * period_ps; }
  constexpr Cycles to_cycles(Picos duration) const { return duration / period_ps + (duration % period_ps != 0 ? 1 : 0); }
};

/// True if [offset, offset + bytes) lies inside [0, size). Never overflows.
constexpr bool fits(std::uint64_t offset, std::uint64_t bytes, std::uint64_t size) { return offset <= size && bytes <= size - offset; }

/// True if the closed arithmetic base + bytes stays within 64 bits (an end of exactly 2^64 is allowed).
constexpr bool range_does_not_wrap(Addr base, std::uint64_t bytes) { return bytes == 0 || base <= ~std::uint64_t{0} - (bytes - 1); }

/// Smallest multiple of `alignment` (a power of two) that is not below `value`.
constexpr std::uint64_t align_up(std::uint64_t value, std::uint64_t alignment) { return (value + alignment - 1) & ~(alignment - 1); }

}  // namespace visoc
