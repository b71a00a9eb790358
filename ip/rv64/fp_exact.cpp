// SPDX-License-Identifier: Apache-2.0
#include "ip/rv64/fp_exact.h"

namespace visoc::rv64 {
namespace {

__extension__ using Wide = unsigned __int128;

template <typename T>
struct Layout;
template <>
struct Layout<float> {
  static constexpr int kPrecision = 24, kLowestExponent = -126, kHighestExponent = 127;
  static constexpr std::uint64_t kNan = kCanonicalNan32;
};
template <>
struct Layout<double> {
  static constexpr int kPrecision = 53, kLowestExponent = -1022, kHighestExponent = 1023;
  static constexpr std::uint64_t kNan = kCanonicalNan64;
};

template <typename T>
constexpr std::uint64_t kSignBit = std::uint64_t{1} << (8 * sizeof(T) - 1);
template <typename T>
constexpr std::uint64_t kMantissaMask = (std::uint64_t{1} << (Layout<T>::kPrecision - 1)) - 1;
template <typename T>
constexpr std::uint64_t kInfinity = kSignBit<T> - 1 - kMantissaMask<T>;

enum class Class : std::uint8_t { kZero, kFinite, kInfinite, kQuietNan, kSignallingNan };

/// A finite nonzero value is significand * 2^exponent with the significand's bit 63 set.
struct Operand {
  Class kind = Class::kZero;
  bool negative = false;
  int exponent = 0;
  std::uint64_t significand = 0;

  bool nan() const { return kind == Class::kQuietNan || kind == Class::kSignallingNan; }
};

template <typename T>
Operand unpack(std::uint64_t bits) {
  constexpr int kMantissaBits = Layout<T>::kPrecision - 1;
  Operand result;
  result.negative = (bits & kSignBit<T>) != 0;
  const std::uint64_t mantissa = bits & kMantissaMask<T>, biased = (bits & kInfinity<T>) >> kMantissaBits;
  if ((bits & kInfinity<T>) == kInfinity<T>) {
    const bool quiet = (mantissa >> (kMantissaBits - 1)) != 0;
    result.kind = mantissa == 0 ? Class::kInfinite : quiet ? Class::kQuietNan : Class::kSignallingNan;
    return result;
  }
  if (biased == 0 && mantissa == 0) return result;
  result.kind = Class::kFinite;
  const std::uint64_t whole = biased == 0 ? mantissa : mantissa | (std::uint64_t{1} << kMantissaBits);
  const int shift = __builtin_clzll(whole);
  result.significand = whole << shift;
  result.exponent = (biased == 0 ? 1 : static_cast<int>(biased)) + Layout<T>::kLowestExponent - 1 - kMantissaBits - shift;
  return result;
}

template <typename T>
ExactResult nan_result(bool invalid) {
  return {Layout<T>::kNan, invalid ? kFpInvalid : 0u};
}
template <typename T>
ExactResult infinity(bool negative) {
  return {(negative ? kSignBit<T> : 0) | kInfinity<T>, 0};
}
template <typename T>
ExactResult zero(bool negative) {
  return {negative ? kSignBit<T> : 0, 0};
}

bool rounds_up(Rounding rounding, bool negative, bool odd, bool half, bool rest) {
  switch (rounding) {
    case Rounding::kTowardZero:
      return false;
    case Rounding::kDown:
      return negative && (half || rest);
    case Rounding::kUp:
      return !negative && (half || rest);
    case Rounding::kNearestAway:
      return half;
    default:
      return half && (rest || odd);
  }
}

/// The upper `keep` bits (0 to 64) of a significand whose bit 127 is set, rounded; may be 2^keep.
struct Rounded {
  std::uint64_t kept = 0;
  bool inexact = false;
};
Rounded round_to(Wide significand, bool sticky, int keep, bool negative, Rounding rounding) {
  const Wide tail = significand << keep;  // keep < 128
  const bool half = (tail >> 127) != 0, rest = (tail << 1) != 0 || sticky;
  Rounded result;
  result.kept = keep == 0 ? 0 : static_cast<std::uint64_t>(significand >> (128 - keep));
  result.inexact = half || rest;
  if (rounds_up(rounding, negative, (result.kept & 1) != 0, half, rest)) ++result.kept;
  return result;
}

template <typename T>
ExactResult overflow(bool negative, Rounding rounding) {
  const bool to_infinity =
      rounding == Rounding::kNearestEven || rounding == Rounding::kNearestAway || rounding == (negative ? Rounding::kDown : Rounding::kUp);
  return {(negative ? kSignBit<T> : 0) | (to_infinity ? kInfinity<T> : kInfinity<T> - 1), kFpOverflow | kFpInexact};
}

/// Rounds significand * 2^exponent, plus something below the lowest bit if `sticky` (then the significand has precision + 2 bits or more).
template <typename T>
ExactResult pack(bool negative, int exponent, Wide significand, bool sticky, Rounding rounding) {
  constexpr int kPrecision = Layout<T>::kPrecision, kLowest = Layout<T>::kLowestExponent;
  const auto high = static_cast<std::uint64_t>(significand >> 64);
  const int shift = high != 0 ? __builtin_clzll(high) : 64 + __builtin_clzll(static_cast<std::uint64_t>(significand));
  significand <<= shift;
  int leading = exponent - shift + 127;  // The value lies in [2^leading, 2^(leading + 1)).
  const std::uint64_t sign = negative ? kSignBit<T> : 0;
  const Rounded full = round_to(significand, sticky, kPrecision, negative, rounding);
  const bool carries = full.kept >> kPrecision != 0;
  if (leading >= kLowest) {
    if (carries) ++leading;
    if (leading > Layout<T>::kHighestExponent) return overflow<T>(negative, rounding);
    const auto biased = static_cast<std::uint64_t>(leading - kLowest + 1);
    return {sign | biased << (kPrecision - 1) | (carries ? 0 : full.kept & kMantissaMask<T>), full.inexact ? kFpInexact : 0u};
  }
  // Below the normal range fewer bits are kept. A carry into the smallest normal number gives its encoding by itself.
  Rounded few;
  if (kPrecision - (kLowest - leading) >= 0) {
    few = round_to(significand, sticky, kPrecision - (kLowest - leading), negative, rounding);
  } else {
    few.inexact = true;
    few.kept = rounds_up(rounding, negative, false, false, true) ? 1 : 0;
  }
  const bool tiny = !(leading == kLowest - 1 && carries);
  std::uint32_t flags = few.inexact ? kFpInexact : 0u;
  if (tiny && few.inexact) flags |= kFpUnderflow;
  return {sign | few.kept, flags};
}

/// A nonzero significand * 2^exponent with bit 125 set: two bits of room for a carry.
struct Term {
  bool negative;
  int exponent;
  Wide significand;
};

Term make_term(bool negative, int exponent, Wide significand) {
  const auto high = static_cast<std::uint64_t>(significand >> 64);
  const int zeros = high != 0 ? __builtin_clzll(high) : 64 + __builtin_clzll(static_cast<std::uint64_t>(significand));
  // Products of two 64-bit significands have at least 22 low zeros, so going right loses nothing.
  return zeros >= 2 ? Term{negative, exponent - (zeros - 2), significand << (zeros - 2)}
                    : Term{negative, exponent + (2 - zeros), significand >> (2 - zeros)};
}

template <typename T>
ExactResult sum(Term a, Term b, Rounding rounding) {
  if (a.exponent < b.exponent || (a.exponent == b.exponent && a.significand < b.significand)) {
    const Term other = a;
    a = b;
    b = other;
  }
  const int distance = a.exponent - b.exponent;
  const Wide shifted = distance < 128 ? b.significand >> distance : 0;
  // Bits are lost only at distances of 20 and more, where the difference keeps its leading bits.
  const bool sticky = distance >= 128 || (shifted << distance) != b.significand;
  if (a.negative == b.negative) return pack<T>(a.negative, a.exponent, a.significand + shifted, sticky, rounding);
  const Wide difference = a.significand - shifted - (sticky ? 1 : 0);
  if (difference == 0) return zero<T>(rounding == Rounding::kDown);
  return pack<T>(a.negative, a.exponent, difference, sticky, rounding);
}

Term term(const Operand& operand) { return make_term(operand.negative, operand.exponent, operand.significand); }

template <typename T>
ExactResult pack(const Operand& operand, Rounding rounding) {
  return pack<T>(operand.negative, operand.exponent, operand.significand, false, rounding);
}

template <typename T>
ExactResult zero_sum(bool a_negative, bool b_negative, Rounding rounding) {
  return zero<T>(a_negative == b_negative ? a_negative : rounding == Rounding::kDown);
}

/// The square root's integer part; `exact` says whether there is no rest.
std::uint64_t integer_root(Wide value, bool& exact) {
  std::uint64_t root = 0;
  Wide rest = 0;
  for (int i = 126; i >= 0; i -= 2) {
    rest = rest << 2 | (value >> i & 3);
    const Wide trial = Wide{root} << 2 | 1;
    root <<= 1;
    if (rest >= trial) {
      rest -= trial;
      root |= 1;
    }
  }
  exact = rest == 0;
  return root;
}

}  // namespace

template <typename T>
ExactResult exact_add(std::uint64_t a_bits, std::uint64_t b_bits, Rounding rounding) {
  const Operand a = unpack<T>(a_bits), b = unpack<T>(b_bits);
  if (a.nan() || b.nan()) return nan_result<T>(a.kind == Class::kSignallingNan || b.kind == Class::kSignallingNan);
  if (a.kind == Class::kInfinite && b.kind == Class::kInfinite && a.negative != b.negative) return nan_result<T>(true);
  if (a.kind == Class::kInfinite) return infinity<T>(a.negative);
  if (b.kind == Class::kInfinite) return infinity<T>(b.negative);
  if (a.kind == Class::kZero && b.kind == Class::kZero) return zero_sum<T>(a.negative, b.negative, rounding);
  if (a.kind == Class::kZero) return pack<T>(b, rounding);
  if (b.kind == Class::kZero) return pack<T>(a, rounding);
  return sum<T>(term(a), term(b), rounding);
}

template <typename T>
ExactResult exact_multiply(std::uint64_t a_bits, std::uint64_t b_bits, Rounding rounding) {
  const Operand a = unpack<T>(a_bits), b = unpack<T>(b_bits);
  if (a.nan() || b.nan()) return nan_result<T>(a.kind == Class::kSignallingNan || b.kind == Class::kSignallingNan);
  const bool negative = a.negative != b.negative;
  const bool infinite = a.kind == Class::kInfinite || b.kind == Class::kInfinite, none = a.kind == Class::kZero || b.kind == Class::kZero;
  if (infinite && none) return nan_result<T>(true);
  if (infinite) return infinity<T>(negative);
  if (none) return zero<T>(negative);
  return pack<T>(negative, a.exponent + b.exponent, Wide{a.significand} * b.significand, false, rounding);
}

template <typename T>
ExactResult exact_divide(std::uint64_t a_bits, std::uint64_t b_bits, Rounding rounding) {
  const Operand a = unpack<T>(a_bits), b = unpack<T>(b_bits);
  if (a.nan() || b.nan()) return nan_result<T>(a.kind == Class::kSignallingNan || b.kind == Class::kSignallingNan);
  const bool negative = a.negative != b.negative;
  if (a.kind == b.kind && a.kind != Class::kFinite) return nan_result<T>(true);
  if (a.kind == Class::kInfinite) return infinity<T>(negative);
  if (b.kind == Class::kInfinite || a.kind == Class::kZero) return zero<T>(negative);
  if (b.kind == Class::kZero) return {infinity<T>(negative).bits, kFpDivideByZero};
  const Wide dividend = Wide{a.significand} << 64;
  const Wide quotient = dividend / b.significand;  // 64 or 65 bits.
  return pack<T>(negative, a.exponent - b.exponent - 64, quotient, quotient * b.significand != dividend, rounding);
}

template <typename T>
ExactResult exact_square_root(std::uint64_t a_bits, Rounding rounding) {
  const Operand a = unpack<T>(a_bits);
  if (a.nan()) return nan_result<T>(a.kind == Class::kSignallingNan);
  if (a.kind == Class::kZero) return zero<T>(a.negative);
  if (a.negative) return nan_result<T>(true);
  if (a.kind == Class::kInfinite) return infinity<T>(false);
  const int shift = (a.exponent & 1) != 0 ? 63 : 64;  // Leaves an even exponent.
  bool exact = false;
  const std::uint64_t root = integer_root(Wide{a.significand} << shift, exact);
  return pack<T>(false, (a.exponent - shift) / 2, root, !exact, rounding);
}

template <typename T>
ExactResult exact_fused(std::uint64_t a_bits, std::uint64_t b_bits, std::uint64_t c_bits, Rounding rounding) {
  const Operand a = unpack<T>(a_bits), b = unpack<T>(b_bits), c = unpack<T>(c_bits);
  const bool infinite = a.kind == Class::kInfinite || b.kind == Class::kInfinite, none = a.kind == Class::kZero || b.kind == Class::kZero;
  if (a.nan() || b.nan() || c.nan()) {
    const bool signalling = a.kind == Class::kSignallingNan || b.kind == Class::kSignallingNan || c.kind == Class::kSignallingNan;
    return nan_result<T>(signalling || (infinite && none));
  }
  const bool negative = a.negative != b.negative;
  if (infinite && (none || (c.kind == Class::kInfinite && c.negative != negative))) return nan_result<T>(true);
  if (infinite) return infinity<T>(negative);
  if (c.kind == Class::kInfinite) return infinity<T>(c.negative);
  if (none) return c.kind == Class::kZero ? zero_sum<T>(negative, c.negative, rounding) : pack<T>(c, rounding);
  const Wide product = Wide{a.significand} * b.significand;
  if (c.kind == Class::kZero) return pack<T>(negative, a.exponent + b.exponent, product, false, rounding);
  return sum<T>(make_term(negative, a.exponent + b.exponent, product), term(c), rounding);
}

template <typename T>
ExactResult exact_from_integer(bool negative, std::uint64_t magnitude, Rounding rounding) {
  return magnitude == 0 ? zero<T>(false) : pack<T>(negative, 0, magnitude, false, rounding);
}

ExactResult exact_narrow(std::uint64_t bits, Rounding rounding) {
  const Operand a = unpack<double>(bits);
  if (a.nan()) return nan_result<float>(a.kind == Class::kSignallingNan);
  if (a.kind == Class::kInfinite) return infinity<float>(a.negative);
  if (a.kind == Class::kZero) return zero<float>(a.negative);
  return pack<float>(a, rounding);
}

template ExactResult exact_add<float>(std::uint64_t, std::uint64_t, Rounding);
template ExactResult exact_add<double>(std::uint64_t, std::uint64_t, Rounding);
template ExactResult exact_multiply<float>(std::uint64_t, std::uint64_t, Rounding);
template ExactResult exact_multiply<double>(std::uint64_t, std::uint64_t, Rounding);
template ExactResult exact_divide<float>(std::uint64_t, std::uint64_t, Rounding);
template ExactResult exact_divide<double>(std::uint64_t, std::uint64_t, Rounding);
template ExactResult exact_square_root<float>(std::uint64_t, Rounding);
template ExactResult exact_square_root<double>(std::uint64_t, Rounding);
template ExactResult exact_fused<float>(std::uint64_t, std::uint64_t, std::uint64_t, Rounding);
template ExactResult exact_fused<double>(std::uint64_t, std::uint64_t, std::uint64_t, Rounding);
template ExactResult exact_from_integer<float>(bool, std::uint64_t, Rounding);
template ExactResult exact_from_integer<double>(bool, std::uint64_t, Rounding);

}  // namespace visoc::rv64
