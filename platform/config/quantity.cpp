// SPDX-License-Identifier: Apache-2.0
#include "platform/config/quantity.h"

#include <cctype>
#include <utility>
#include <vector>

namespace visoc {
namespace {

/// value * factor, or nothing if it leaves 64 bits.
std::optional<std::uint64_t> scaled(std::uint64_t value, std::uint64_t factor) {
  std::uint64_t product = 0;
  if (__builtin_mul_overflow(value, factor, &product)) return std::nullopt;
  return product;
}

using Units = std::vector<std::pair<std::string, std::uint64_t>>;

/// "12.5ms" -> whole part, fraction digits, and the factor of the unit.
struct Decimal {
  std::uint64_t whole = 0;
  std::uint64_t fraction = 0, fraction_scale = 1;  ///< fraction / fraction_scale, below one.
  std::uint64_t factor = 0;
};

std::optional<Decimal> split(const std::string& text, const Units& units) {
  std::size_t end = 0;
  while (end < text.size() && (std::isdigit(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_')) ++end;
  const auto whole = parse_integer(text.substr(0, end));
  if (!whole) return std::nullopt;
  Decimal decimal;
  decimal.whole = *whole;
  if (end < text.size() && text[end] == '.') {
    const std::size_t first = ++end;
    while (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end])) != 0) {
      decimal.fraction = decimal.fraction * 10 + static_cast<std::uint64_t>(text[end] - '0');
      decimal.fraction_scale *= 10;
      if (++end - first > 15) return std::nullopt;
    }
    if (end == first) return std::nullopt;
  }
  while (end < text.size() && text[end] == ' ') ++end;
  for (const auto& [unit, factor] : units)
    if (text.compare(end, std::string::npos, unit) == 0) decimal.factor = factor;
  if (decimal.factor == 0) return std::nullopt;
  return decimal;
}

std::optional<std::uint64_t> whole_number(const std::string& text, const Units& units) {
  const auto decimal = split(text, units);
  if (!decimal) return std::nullopt;
  const auto whole = scaled(decimal->whole, decimal->factor);
  const auto fraction = scaled(decimal->fraction, decimal->factor);
  if (!whole || !fraction || *fraction % decimal->fraction_scale != 0) return std::nullopt;
  std::uint64_t sum = 0;
  if (__builtin_add_overflow(*whole, *fraction / decimal->fraction_scale, &sum)) return std::nullopt;
  return sum;
}

const Units kSizeUnits = {{"B", 1}, {"KiB", 1ull << 10}, {"MiB", 1ull << 20}, {"GiB", 1ull << 30}, {"TiB", 1ull << 40}};
const Units kTimeUnits = {{"ps", 1}, {"ns", kPicosPerNano}, {"us", kPicosPerMicro}, {"ms", kPicosPerMilli}, {"s", kPicosPerSecond}};
const Units kFrequencyUnits = {{"Hz", 1}, {"kHz", 1'000}, {"MHz", 1'000'000}, {"GHz", 1'000'000'000}};

std::string with_largest_unit(std::uint64_t value, const Units& units) {
  for (auto unit = units.rbegin(); unit != units.rend(); ++unit)
    if (value % unit->second == 0 && (value != 0 || unit->second == 1)) return std::to_string(value / unit->second) + unit->first;
  return std::to_string(value);
}

}  // namespace

std::optional<std::uint64_t> parse_integer(const std::string& text) {
  const bool hex = text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
  const std::uint64_t radix = hex ? 16 : 10;
  std::uint64_t value = 0;
  bool any_digit = false;
  for (std::size_t i = hex ? 2 : 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '_' && any_digit && i + 1 < text.size()) continue;
    std::uint64_t digit = 99;
    if (c >= '0' && c <= '9') digit = static_cast<std::uint64_t>(c - '0');
    if (c >= 'a' && c <= 'f') digit = static_cast<std::uint64_t>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F') digit = static_cast<std::uint64_t>(c - 'A') + 10;
    if (digit >= radix) return std::nullopt;
    const auto shifted = scaled(value, radix);
    if (!shifted || __builtin_add_overflow(*shifted, digit, &value)) return std::nullopt;
    any_digit = true;
  }
  return any_digit ? std::optional<std::uint64_t>(value) : std::nullopt;
}

std::optional<std::uint64_t> parse_size(const std::string& text) { return whole_number(text, kSizeUnits); }

std::optional<Picos> parse_time(const std::string& text) { return whole_number(text, kTimeUnits); }

std::optional<Picos> parse_frequency_as_period(const std::string& text) {
  const auto hertz = whole_number(text, kFrequencyUnits);
  if (!hertz || *hertz == 0 || *hertz > kPicosPerSecond) return std::nullopt;
  return (kPicosPerSecond + *hertz / 2) / *hertz;
}

std::string format_address(std::uint64_t value) {
  static const char* digits = "0123456789abcdef";
  std::string text;
  do {
    text.insert(text.begin(), digits[value & 15]);
    value >>= 4;
  } while (value != 0);
  return "0x" + text;
}

std::string format_size(std::uint64_t bytes) { return with_largest_unit(bytes, kSizeUnits); }
std::string format_time(Picos duration) { return with_largest_unit(duration, kTimeUnits); }

}  // namespace visoc
