// Numbers with units as people write them: "256MiB", "10us", "1.2GHz", "0x8000_0000".
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "platform/base/units.h"

namespace visoc {

/// Decimal or 0x-hexadecimal, '_' between digits allowed. Empty if malformed, negative or over 64 bits.
std::optional<std::uint64_t> parse_integer(const std::string& text);

/// Unit B, KiB, MiB, GiB or TiB is required. Bytes.
std::optional<std::uint64_t> parse_size(const std::string& text);

/// Unit ps, ns, us, ms or s is required; a decimal fraction is allowed if the result is a whole number of picoseconds.
std::optional<Picos> parse_time(const std::string& text);

/// Unit Hz, kHz, MHz or GHz is required, value above zero. The period in picoseconds, rounded to the nearest, at least 1.
std::optional<Picos> parse_frequency_as_period(const std::string& text);

std::string format_address(std::uint64_t value);  ///< "0x80000000"
std::string format_size(std::uint64_t bytes);     ///< Largest unit that divides: "256MiB", "65B".
std::string format_time(Picos duration);          ///< Largest unit that divides: "10us".

}  // namespace visoc
