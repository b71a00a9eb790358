// SPDX-License-Identifier: Apache-2.0
#include "ip/rv64/fp.h"

#include <limits>

#include "ip/rv64/fp_exact.h"

namespace visoc::rv64 {
namespace {

/// Keeps the compiler from moving arithmetic across a change of the rounding mode.
template <typename T>
inline T pinned(T value) {
  asm volatile("" : "+x"(value) : : "memory");
  return value;
}

/// MXCSR's rounding field for a mode. Nearest-away has no host mode and never gets here.
constexpr unsigned host_rounding(Rounding rounding) {
  switch (rounding) {
    case Rounding::kTowardZero:
      return 0x6000;
    case Rounding::kDown:
      return 0x2000;
    case Rounding::kUp:
      return 0x4000;
    default:
      return 0;
  }
}

class RoundingScope {
 public:
  explicit RoundingScope(Rounding rounding) { _mm_setcsr(_mm_getcsr() | host_rounding(rounding)); }
  ~RoundingScope() { _mm_setcsr(_mm_getcsr() & ~0x6000u); }
};

template <typename T>
struct Format;
template <>
struct Format<float> {
  static float get(std::uint64_t bits) { return unbox(bits); }
  static std::uint64_t put(float value) { return box(value); }
  static std::uint64_t raw(std::uint64_t bits) { return (bits & kNanBox) == kNanBox ? bits & 0xffffffff : kCanonicalNan32; }
  static std::uint64_t put_raw(std::uint64_t bits) { return kNanBox | bits; }
  static float of_raw(std::uint64_t bits) { return unbox(kNanBox | bits); }
  static constexpr std::uint64_t kSign = 0x80000000, kQuiet = 0x00400000, kExponent = 0x7f800000, kMantissa = 0x007fffff,
                                 kNan = kCanonicalNan32;
};
template <>
struct Format<double> {
  static double get(std::uint64_t bits) { return as_double(bits); }
  static std::uint64_t put(double value) { return as_bits(value); }
  static std::uint64_t raw(std::uint64_t bits) { return bits; }
  static std::uint64_t put_raw(std::uint64_t bits) { return bits; }
  static double of_raw(std::uint64_t bits) { return as_double(bits); }
  static constexpr std::uint64_t kSign = 1ull << 63, kQuiet = 1ull << 51, kExponent = 0x7ffull << 52, kMantissa = (1ull << 52) - 1,
                                 kNan = kCanonicalNan64;
};

template <typename T>
bool is_nan(std::uint64_t raw) {
  return (raw & Format<T>::kExponent) == Format<T>::kExponent && (raw & Format<T>::kMantissa) != 0;
}
template <typename T>
bool is_signalling(std::uint64_t raw) {
  return is_nan<T>(raw) && (raw & Format<T>::kQuiet) == 0;
}
template <typename T>
bool is_infinite(std::uint64_t raw) {
  return (raw & ~Format<T>::kSign) == Format<T>::kExponent;
}
template <typename T>
bool is_zero(std::uint64_t raw) {
  return (raw & ~Format<T>::kSign) == 0;
}

template <typename T>
FpResult boxed(const ExactResult& exact) {
  return {Format<T>::put_raw(exact.bits), false, exact.flags};
}

template <typename T>
T square_root(T value) {
  if constexpr (sizeof(T) == 4) {
    asm volatile("sqrtss %0, %0" : "+x"(value));
  } else {
    asm volatile("sqrtsd %0, %0" : "+x"(value));
  }
  return value;
}

enum class Arithmetic : unsigned { kAdd = 0, kSubtract = 1, kMultiply = 2, kDivide = 3, kSquareRoot = 11 };  ///< funct5.

template <typename T>
T on_host(Arithmetic operation, T a, T b) {
  switch (operation) {
    case Arithmetic::kAdd:
      return pinned(pinned(a) + b);
    case Arithmetic::kSubtract:
      return pinned(pinned(a) - b);
    case Arithmetic::kMultiply:
      return pinned(pinned(a) * b);
    case Arithmetic::kDivide:
      return pinned(pinned(a) / b);
    default:
      return square_root(pinned(a));
  }
}

template <typename T>
ExactResult nearest_away(Arithmetic operation, std::uint64_t a, std::uint64_t b) {
  constexpr Rounding kMode = Rounding::kNearestAway;
  switch (operation) {
    case Arithmetic::kAdd:
      return exact_add<T>(a, b, kMode);
    case Arithmetic::kSubtract:
      return exact_add<T>(a, b ^ Format<T>::kSign, kMode);
    case Arithmetic::kMultiply:
      return exact_multiply<T>(a, b, kMode);
    case Arithmetic::kDivide:
      return exact_divide<T>(a, b, kMode);
    default:
      return exact_square_root<T>(a, kMode);
  }
}

template <typename T>
FpResult arithmetic(Arithmetic operation, Rounding rounding, std::uint64_t a_bits, std::uint64_t b_bits) {
  if (rounding == Rounding::kNearestEven) {
    return {Format<T>::put(on_host<T>(operation, Format<T>::get(a_bits), Format<T>::get(b_bits))), false, 0};
  }
  if (rounding == Rounding::kNearestAway) return boxed<T>(nearest_away<T>(operation, Format<T>::raw(a_bits), Format<T>::raw(b_bits)));
  const T a = pinned(Format<T>::get(a_bits)), b = pinned(Format<T>::get(b_bits));
  RoundingScope scope(rounding);
  return {Format<T>::put(on_host<T>(operation, a, b)), false, 0};
}

const bool kHostHasFma = [] {
  __builtin_cpu_init();
  return __builtin_cpu_supports("fma") != 0;
}();

/// a * b + c by the host's instruction. Assembly, so that it is part of a function compiled for hosts without it.
template <typename T>
T fused_on_host(T a, T b, T c) {
  if constexpr (sizeof(T) == 4) {
    asm volatile("vfmadd213ss %2, %1, %0" : "+x"(a) : "x"(b), "x"(c) : "memory");
  } else {
    asm volatile("vfmadd213sd %2, %1, %0" : "+x"(a) : "x"(b), "x"(c) : "memory");
  }
  return a;
}

template <typename T>
FpResult fused(std::uint32_t raw, Rounding rounding, const FpRegisters& r) {
  const unsigned which = raw >> 2 & 3;  // madd, msub, nmsub, nmadd
  const std::uint64_t a_raw = Format<T>::raw(r.f[raw >> 15 & 31]) ^ (which >= 2 ? Format<T>::kSign : 0);
  const std::uint64_t b_raw = Format<T>::raw(r.f[raw >> 20 & 31]);
  const std::uint64_t c_raw = Format<T>::raw(r.f[raw >> 27 & 31]) ^ (which == 1 || which == 3 ? Format<T>::kSign : 0);
  if (rounding == Rounding::kNearestAway || !kHostHasFma) return boxed<T>(exact_fused<T>(a_raw, b_raw, c_raw, rounding));
  const T a = Format<T>::of_raw(a_raw), b = Format<T>::of_raw(b_raw), c = Format<T>::of_raw(c_raw);
  T result;
  if (rounding == Rounding::kNearestEven) {
    result = fused_on_host(a, b, c);
  } else {
    RoundingScope scope(rounding);
    result = fused_on_host(a, b, c);
  }
  if (__builtin_expect(result == result, 1)) return {Format<T>::put(result), false, 0};
  // Infinity times zero is invalid even if the addend is a quiet NaN; hosts differ there.
  const bool invalid = (is_infinite<T>(a_raw) && is_zero<T>(b_raw)) || (is_zero<T>(a_raw) && is_infinite<T>(b_raw));
  return {Format<T>::put_raw(Format<T>::kNan), false, invalid ? kFpInvalid : 0u};
}

template <typename T>
FpResult sign_injection(unsigned funct3, std::uint64_t a_bits, std::uint64_t b_bits) {
  const std::uint64_t a = Format<T>::raw(a_bits), b = Format<T>::raw(b_bits), sign = Format<T>::kSign;
  std::uint64_t s = b & sign;
  if (funct3 == 1) s ^= sign;
  if (funct3 == 2) s ^= a & sign;
  return {Format<T>::put_raw((a & ~sign) | s), false, 0};
}

template <typename T>
FpResult minimum_maximum(bool maximum, std::uint64_t a_bits, std::uint64_t b_bits) {
  const std::uint64_t a = Format<T>::raw(a_bits), b = Format<T>::raw(b_bits);
  const std::uint32_t flags = is_signalling<T>(a) || is_signalling<T>(b) ? kFpInvalid : 0u;
  if (is_nan<T>(a) && is_nan<T>(b)) return {Format<T>::put_raw(Format<T>::kNan), false, flags};
  if (is_nan<T>(a)) return {Format<T>::put_raw(b), false, flags};
  if (is_nan<T>(b)) return {Format<T>::put_raw(a), false, flags};
  const T x = Format<T>::get(Format<T>::put_raw(a)), y = Format<T>::get(Format<T>::put_raw(b));
  bool take_a = maximum ? x > y : x < y;
  if (x == y) take_a = maximum ? (a & Format<T>::kSign) == 0 : (a & Format<T>::kSign) != 0;  // -0 is below +0
  return {Format<T>::put_raw(take_a ? a : b), false, flags};
}

template <typename T>
FpResult compare(unsigned funct3, std::uint64_t a_bits, std::uint64_t b_bits) {
  const std::uint64_t a = Format<T>::raw(a_bits), b = Format<T>::raw(b_bits);
  if (is_nan<T>(a) || is_nan<T>(b)) {
    const bool invalid = funct3 != 2 || is_signalling<T>(a) || is_signalling<T>(b);
    return {0, true, invalid ? kFpInvalid : 0u};
  }
  const T x = Format<T>::get(Format<T>::put_raw(a)), y = Format<T>::get(Format<T>::put_raw(b));
  const bool result = funct3 == 2 ? x == y : funct3 == 1 ? x < y : x <= y;
  return {result ? 1u : 0u, true, 0};
}

template <typename T>
std::uint64_t classify(std::uint64_t bits) {
  const std::uint64_t a = Format<T>::raw(bits);
  const bool negative = (a & Format<T>::kSign) != 0;
  if (is_nan<T>(a)) return is_signalling<T>(a) ? 1u << 8 : 1u << 9;
  if (is_infinite<T>(a)) return negative ? 1u << 0 : 1u << 7;
  if (is_zero<T>(a)) return negative ? 1u << 3 : 1u << 4;
  const bool subnormal = (a & Format<T>::kExponent) == 0;
  if (subnormal) return negative ? 1u << 2 : 1u << 5;
  return negative ? 1u << 1 : 1u << 6;
}

/// fcvt.{w,wu,l,lu}: saturates, invalid when out of range (table "Domains of float-to-integer conversions").
template <typename Integer, typename T>
std::uint64_t to_integer(std::uint64_t bits, Rounding rounding, std::uint32_t& flags) {
  constexpr Integer kLowest = std::numeric_limits<Integer>::min(), kHighest = std::numeric_limits<Integer>::max();
  constexpr int kMantissaBits = sizeof(T) == 4 ? 23 : 52, kBias = sizeof(T) == 4 ? 127 : 1023;
  const auto extend = [](Integer result) {
    if constexpr (sizeof(Integer) == 4) return static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<std::int32_t>(result)));
    return static_cast<std::uint64_t>(result);
  };
  const std::uint64_t raw = Format<T>::raw(bits);
  const bool negative = (raw & Format<T>::kSign) != 0;
  const auto saturated = [&] {
    flags = kFpInvalid;
    return extend(negative && !is_nan<T>(raw) ? kLowest : kHighest);
  };
  const int biased = static_cast<int>((raw & Format<T>::kExponent) >> kMantissaBits);
  const std::uint64_t whole = (raw & Format<T>::kMantissa) | (biased == 0 ? 0 : std::uint64_t{1} << kMantissaBits);
  const int exponent = (biased == 0 ? 1 : biased) - kBias - kMantissaBits;  // The value is whole * 2^exponent.
  if (exponent > 63 - kMantissaBits) return saturated();
  std::uint64_t magnitude = 0;
  bool half = false, rest = false;
  if (exponent >= 0) {
    magnitude = whole << exponent;
  } else if (exponent < -63) {
    rest = whole != 0;
  } else {
    const std::uint64_t unit = std::uint64_t{1} << (-exponent - 1);  // Half of the integers' unit.
    magnitude = whole / unit >> 1;
    half = (whole & unit) != 0;
    rest = (whole & (unit - 1)) != 0;
  }
  const bool up = rounding == Rounding::kNearestEven   ? half && (rest || (magnitude & 1) != 0)
                  : rounding == Rounding::kNearestAway ? half
                  : rounding == Rounding::kDown        ? negative && (half || rest)
                  : rounding == Rounding::kUp          ? !negative && (half || rest)
                                                       : false;
  magnitude += up ? 1 : 0;  // No wrap: what has a fraction is below 2^53.
  const std::uint64_t limit = negative ? std::uint64_t{0} - static_cast<std::uint64_t>(kLowest) : static_cast<std::uint64_t>(kHighest);
  if (magnitude > limit) return saturated();
  if (half || rest) flags = kFpInexact;
  return extend(static_cast<Integer>(negative ? std::uint64_t{0} - magnitude : magnitude));
}

/// cvt(t)s?2si in the mode to nearest even or toward zero; its lowest result also stands for "out of range". Flags gather in MXCSR.
template <typename Integer, typename T>
Integer signed_on_host(T value, bool truncate) {
  Integer result;
  if constexpr (sizeof(T) == 4) {
    if (truncate) {
      asm volatile("cvttss2si %1, %0" : "=r"(result) : "x"(value));
    } else {
      asm volatile("cvtss2si %1, %0" : "=r"(result) : "x"(value));
    }
  } else if (truncate) {
    asm volatile("cvttsd2si %1, %0" : "=r"(result) : "x"(value));
  } else {
    asm volatile("cvtsd2si %1, %0" : "=r"(result) : "x"(value));
  }
  return result;
}

template <typename T>
FpResult convert_to_integer(unsigned kind, Rounding rounding, std::uint64_t bits) {
  FpResult result;
  result.to_integer = true;
  const bool truncate = rounding == Rounding::kTowardZero;
  if ((kind & 1) == 0 && (truncate || rounding == Rounding::kNearestEven)) {
    const T value = Format<T>::get(bits);
    const std::int64_t lowest = kind == 0 ? std::numeric_limits<std::int32_t>::min() : std::numeric_limits<std::int64_t>::min();
    const std::int64_t on_host = kind == 0 ? signed_on_host<std::int32_t>(value, truncate) : signed_on_host<std::int64_t>(value, truncate);
    result.value = static_cast<std::uint64_t>(on_host);
    if (on_host != lowest) return result;
  }
  switch (kind) {
    case 0:
      result.value = to_integer<std::int32_t, T>(bits, rounding, result.flags);
      break;
    case 1:
      result.value = to_integer<std::uint32_t, T>(bits, rounding, result.flags);
      break;
    case 2:
      result.value = to_integer<std::int64_t, T>(bits, rounding, result.flags);
      break;
    default:
      result.value = to_integer<std::uint64_t, T>(bits, rounding, result.flags);
      break;
  }
  return result;
}

template <typename T>
T signed_to_float(std::int64_t value) {
  T result;
  if constexpr (sizeof(T) == 4) {
    asm volatile("cvtsi2ssq %1, %0" : "=x"(result) : "r"(value));
  } else {
    asm volatile("cvtsi2sdq %1, %0" : "=x"(result) : "r"(value));
  }
  return result;
}

template <typename T>
T integer_on_host(bool huge, std::uint64_t value) {
  if (!huge) return signed_to_float<T>(static_cast<std::int64_t>(value));
  // Halve with a sticky lowest bit, convert, double: rounds as the whole value would.
  const T half = signed_to_float<T>(static_cast<std::int64_t>(value >> 1 | (value & 1)));
  return pinned(pinned(half) + half);
}

template <typename T>
FpResult convert_from_integer(unsigned kind, Rounding rounding, std::uint64_t value) {
  if (kind == 0) value = static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<std::int32_t>(value)));
  if (kind == 1) value = static_cast<std::uint32_t>(value);
  const bool top = static_cast<std::int64_t>(value) < 0, negative = top && kind != 3;
  if (rounding == Rounding::kNearestEven) return {Format<T>::put(integer_on_host<T>(top && kind == 3, value)), false, 0};
  if (rounding == Rounding::kNearestAway)
    return boxed<T>(exact_from_integer<T>(negative, negative ? std::uint64_t{0} - value : value, rounding));
  RoundingScope scope(rounding);
  return {Format<T>::put(integer_on_host<T>(top && kind == 3, value)), false, 0};
}

FpResult narrow(Rounding rounding, std::uint64_t bits) {
  if (rounding == Rounding::kNearestAway) return boxed<float>(exact_narrow(bits, rounding));
  const double value = pinned(as_double(bits));
  if (rounding == Rounding::kNearestEven) return {box(pinned(static_cast<float>(value))), false, 0};
  RoundingScope scope(rounding);
  return {box(pinned(static_cast<float>(pinned(value)))), false, 0};
}

template <typename T>
FpResult execute(std::uint32_t raw, Rounding rounding, const FpRegisters& r) {
  const std::uint64_t a = r.f[raw >> 15 & 31], b = r.f[raw >> 20 & 31];
  const unsigned funct3 = raw >> 12 & 7, rs2 = raw >> 20 & 31;
  if ((raw & 0x7f) != 0x53) return fused<T>(raw, rounding, r);
  switch (raw >> 27) {
    case 0x00:
    case 0x01:
    case 0x02:
    case 0x03:
    case 0x0b:
      return arithmetic<T>(static_cast<Arithmetic>(raw >> 27), rounding, a, b);
    case 0x04:
      return sign_injection<T>(funct3, a, b);
    case 0x05:
      return minimum_maximum<T>(funct3 == 1, a, b);
    case 0x14:
      return compare<T>(funct3, a, b);
    case 0x18:
      return convert_to_integer<T>(rs2, rounding, a);
    case 0x1a:
      return convert_from_integer<T>(rs2, rounding, r.x_rs1);
    case 0x1c:
      if (funct3 == 1) return {classify<T>(a), true, 0};
      if constexpr (sizeof(T) == 4) return {static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<std::int32_t>(a))), true, 0};
      return {a, true, 0};
    case 0x1e:
      return {sizeof(T) == 4 ? kNanBox | (r.x_rs1 & 0xffffffff) : r.x_rs1, false, 0};
    case 0x08:
      if constexpr (sizeof(T) == 4) {
        return narrow(rounding, a);
      } else {
        return {as_bits(pinned(static_cast<double>(pinned(unbox(a))))), false, 0};
      }
    default:
      return {};
  }
}

}  // namespace

FpResult execute_fp(std::uint32_t raw, Rounding rounding, const FpRegisters& registers) {
  const bool wide = (raw >> 25 & 1) != 0;
  return wide ? execute<double>(raw, rounding, registers) : execute<float>(raw, rounding, registers);
}

}  // namespace visoc::rv64
