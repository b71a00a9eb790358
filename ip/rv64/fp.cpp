// SPDX-License-Identifier: Apache-2.0
#include "ip/rv64/fp.h"

#include <cmath>
#include <limits>

namespace visoc::rv64 {
namespace {

/// Keeps the compiler from moving arithmetic across a change of the rounding mode.
template <typename T>
inline T pinned(T value) {
  asm volatile("" : "+x"(value) : : "memory");
  return value;
}

/// MXCSR's rounding field for a mode. Nearest-away has no host mode; ties then go to even (see README).
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
  static constexpr std::uint64_t kSign = 0x80000000, kQuiet = 0x00400000, kExponent = 0x7f800000, kMantissa = 0x007fffff,
                                 kNan = kCanonicalNan32;
};
template <>
struct Format<double> {
  static double get(std::uint64_t bits) { return as_double(bits); }
  static std::uint64_t put(double value) { return as_bits(value); }
  static std::uint64_t raw(std::uint64_t bits) { return bits; }
  static std::uint64_t put_raw(std::uint64_t bits) { return bits; }
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
T square_root(T value) {
  if constexpr (sizeof(T) == 4) {
    asm volatile("sqrtss %0, %0" : "+x"(value));
  } else {
    asm volatile("sqrtsd %0, %0" : "+x"(value));
  }
  return value;
}

template <typename T>
FpResult arithmetic(unsigned operation, Rounding rounding, std::uint64_t a_bits, std::uint64_t b_bits) {
  const T a = pinned(Format<T>::get(a_bits)), b = pinned(Format<T>::get(b_bits));
  RoundingScope scope(rounding);
  T result = a;
  switch (operation) {
    case 0:
      result = pinned(pinned(a) + b);
      break;
    case 1:
      result = pinned(pinned(a) - b);
      break;
    case 2:
      result = pinned(pinned(a) * b);
      break;
    case 3:
      result = pinned(pinned(a) / b);
      break;
    default:
      result = square_root(pinned(a));
      break;
  }
  return {Format<T>::put(result), false, 0};
}

template <typename T>
FpResult fused(std::uint32_t raw, Rounding rounding, const FpRegisters& r) {
  const unsigned which = raw >> 2 & 3;  // madd, msub, nmsub, nmadd
  std::uint64_t a_raw = Format<T>::raw(r.f[raw >> 15 & 31]);
  const std::uint64_t b_raw = Format<T>::raw(r.f[raw >> 20 & 31]);
  std::uint64_t c_raw = Format<T>::raw(r.f[raw >> 27 & 31]);
  // Infinity times zero is invalid even if the addend is a quiet NaN; hosts differ there.
  const bool invalid = (is_infinite<T>(a_raw) && is_zero<T>(b_raw)) || (is_zero<T>(a_raw) && is_infinite<T>(b_raw));
  if (which >= 2) a_raw ^= Format<T>::kSign;
  if (which == 1 || which == 3) c_raw ^= Format<T>::kSign;
  const T a = pinned(Format<T>::get(Format<T>::put_raw(a_raw))), b = pinned(Format<T>::get(Format<T>::put_raw(b_raw))),
          c = pinned(Format<T>::get(Format<T>::put_raw(c_raw)));
  RoundingScope scope(rounding);
  const T result = pinned(std::fma(a, b, c));
  return {Format<T>::put(result), false, invalid ? kFpInvalid : 0u};
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

double round_to_integer(double value, Rounding rounding) {
  switch (rounding) {
    case Rounding::kTowardZero:
      return std::trunc(value);
    case Rounding::kDown:
      return std::floor(value);
    case Rounding::kUp:
      return std::ceil(value);
    case Rounding::kNearestAway:
      return std::round(value);
    default:
      return std::nearbyint(value);
  }
}

/// fcvt.{w,wu,l,lu}: saturates, invalid when out of range (table "Domains of float-to-integer conversions").
template <typename Integer>
std::uint64_t to_integer(double value, Rounding rounding, std::uint32_t& flags) {
  constexpr Integer kLowest = std::numeric_limits<Integer>::min(), kHighest = std::numeric_limits<Integer>::max();
  const auto extend = [](Integer result) {
    if constexpr (sizeof(Integer) == 4) return static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<std::int32_t>(result)));
    return static_cast<std::uint64_t>(result);
  };
  if (std::isnan(value)) {
    flags |= kFpInvalid;
    return extend(kHighest);
  }
  const unsigned csr = _mm_getcsr();
  const double rounded = round_to_integer(value, rounding);
  _mm_setcsr(csr);
  const double above = std::ldexp(1.0, std::numeric_limits<Integer>::digits);  // one past the highest
  const double lowest = static_cast<double>(kLowest);
  if (rounded >= above || rounded < lowest) {
    flags |= kFpInvalid;
    return extend(rounded < 0 ? kLowest : kHighest);
  }
  if (rounded != value) flags |= kFpInexact;
  return extend(static_cast<Integer>(rounded));
}

template <typename T>
FpResult convert_to_integer(unsigned kind, Rounding rounding, std::uint64_t bits) {
  FpResult result;
  result.to_integer = true;
  const unsigned csr = _mm_getcsr();  // Widening a signalling NaN would set flags that are accounted for below.
  const double value = static_cast<double>(Format<T>::get(bits));
  _mm_setcsr(csr);
  switch (kind) {
    case 0:
      result.value = to_integer<std::int32_t>(value, rounding, result.flags);
      break;
    case 1:
      result.value = to_integer<std::uint32_t>(value, rounding, result.flags);
      break;
    case 2:
      result.value = to_integer<std::int64_t>(value, rounding, result.flags);
      break;
    default:
      result.value = to_integer<std::uint64_t>(value, rounding, result.flags);
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
FpResult convert_from_integer(unsigned kind, Rounding rounding, std::uint64_t value) {
  RoundingScope scope(rounding);
  T result;
  if (kind == 3 && static_cast<std::int64_t>(value) < 0) {
    // Halve with a sticky lowest bit, convert, double: rounds as the whole value would.
    result = signed_to_float<T>(static_cast<std::int64_t>(value >> 1 | (value & 1)));
    result = pinned(pinned(result) + result);
  } else {
    const std::int64_t source = kind == 0   ? static_cast<std::int32_t>(value)
                                : kind == 1 ? static_cast<std::int64_t>(static_cast<std::uint32_t>(value))
                                            : static_cast<std::int64_t>(value);
    result = signed_to_float<T>(source);
  }
  return {Format<T>::put(result), false, 0};
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
      return arithmetic<T>(raw >> 27, rounding, a, b);
    case 0x0b:
      return arithmetic<T>(4, rounding, a, a);
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
        RoundingScope scope(rounding);
        return {box(pinned(static_cast<float>(pinned(as_double(a))))), false, 0};
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
