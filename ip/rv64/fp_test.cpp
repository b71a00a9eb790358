// Floating point beyond what the host rounds: ties away from zero by hand, and the integer arithmetic against the host's SSE unit in
// the modes that both have. Whole programs in all modes are compared with QEMU in test/rv64_fp.
// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "ip/rv64/fp.h"
#include "ip/rv64/fp_exact.h"

using namespace visoc::rv64;

namespace {

constexpr Rounding kAway = Rounding::kNearestAway;
constexpr Rounding kHostModes[] = {Rounding::kNearestEven, Rounding::kTowardZero, Rounding::kDown, Rounding::kUp};

/// OP-FP with rd = f0, rs1 = f1, rs2 = f2.
constexpr std::uint32_t op_fp(unsigned funct5, unsigned format, unsigned rs2 = 2, unsigned funct3 = 7) {
  return funct5 << 27 | format << 25 | rs2 << 20 | 1u << 15 | funct3 << 12 | 0x53;
}
/// The fused forms with rs1 = f1, rs2 = f2, rs3 = f3.
constexpr std::uint32_t fused(unsigned opcode, unsigned format) {
  return 3u << 27 | format << 25 | 2u << 20 | 1u << 15 | 7u << 12 | opcode;
}
constexpr unsigned kSingle = 0, kDouble = 1;
constexpr std::uint32_t kMadd = 0x43, kMsub = 0x47, kNmsub = 0x4b, kNmadd = 0x4f;

struct Outcome {
  std::uint64_t value;
  std::uint32_t flags;
  bool operator==(const Outcome& other) const { return value == other.value && flags == other.flags; }
};
std::ostream& operator<<(std::ostream& out, const Outcome& o) { return out << std::hex << o.value << " flags " << o.flags; }

Outcome run(std::uint32_t raw, Rounding rounding, std::uint64_t a, std::uint64_t b = 0, std::uint64_t c = 0, std::uint64_t x = 0) {
  std::uint64_t f[32] = {0, a, b, c};
  take_host_flags();
  const FpResult result = execute_fp(raw, rounding, {f, x});
  return {result.value, result.flags | take_host_flags()};
}
constexpr std::uint64_t boxed(std::uint32_t bits) { return kNanBox | bits; }

/// Operands where rounding, underflow and overflow happen: few significant bits, long runs, exponents near both ends and near each other.
class Operands {
 public:
  explicit Operands(unsigned seed) : random_(seed) {}
  std::uint64_t next(bool wide) {
    const int mantissa_bits = wide ? 52 : 23, exponents = wide ? 2048 : 256;
    const std::uint64_t mask = (std::uint64_t{1} << mantissa_bits) - 1;
    std::uint64_t mantissa = random_() & mask;
    switch (random_() % 6) {
      case 0:
        mantissa = std::uint64_t{1} << random_() % static_cast<unsigned>(mantissa_bits);
        break;
      case 1:
        mantissa = mask ^ (mask >> random_() % static_cast<unsigned>(mantissa_bits));
        break;
      case 2:
        mantissa = random_() % 4 == 0 ? 0 : mask - random_() % 3;
        break;
      default:
        break;
    }
    const auto count = static_cast<std::uint64_t>(exponents);
    std::uint64_t exponent = random_() % count;
    switch (random_() % 6) {
      case 0:
        exponent = random_() % 3;
        break;
      case 1:
        exponent = count - 1 - random_() % 3;
        break;
      case 2:
      case 3:
        exponent = count / 2 - 30 + random_() % 60;
        break;
      case 4:
        exponent = count / 4 - 30 + random_() % 60;
        break;
      default:
        break;
    }
    return (random_() & 1) << (wide ? 63 : 31) | exponent << mantissa_bits | mantissa;
  }
  std::uint64_t bits() { return random_() >> random_() % 64; }

 private:
  std::mt19937_64 random_;
};

template <typename T>
void compare_with_host(unsigned seed, int rounds) {
  constexpr bool kWide = sizeof(T) == 8;
  constexpr unsigned kFormat = kWide ? kDouble : kSingle;
  const auto box_bits = [](std::uint64_t bits) { return kWide ? bits : kNanBox | bits; };
  const auto outcome = [&](const ExactResult& exact) { return Outcome{box_bits(exact.bits), exact.flags}; };
  Operands operands(seed);
  for (int i = 0; i < rounds; ++i) {
    const std::uint64_t a = operands.next(kWide), b = operands.next(kWide), c = operands.next(kWide), x = operands.bits();
    const Rounding mode = kHostModes[i & 3];
    CAPTURE(a, b, c, x, static_cast<int>(mode));
    const std::uint64_t fa = box_bits(a), fb = box_bits(b), fc = box_bits(c);
    REQUIRE(run(op_fp(0, kFormat), mode, fa, fb) == outcome(exact_add<T>(a, b, mode)));
    REQUIRE(run(op_fp(2, kFormat), mode, fa, fb) == outcome(exact_multiply<T>(a, b, mode)));
    REQUIRE(run(op_fp(3, kFormat), mode, fa, fb) == outcome(exact_divide<T>(a, b, mode)));
    REQUIRE(run(op_fp(11, kFormat, 0), mode, fa) == outcome(exact_square_root<T>(a, mode)));
    REQUIRE(run(fused(kMadd, kFormat), mode, fa, fb, fc) == outcome(exact_fused<T>(a, b, c, mode)));
    REQUIRE(run(op_fp(26, kFormat, 3), mode, 0, 0, 0, x) == outcome(exact_from_integer<T>(false, x, mode)));
  }
}

}  // namespace

TEST_CASE("Integer arithmetic and the host's SSE unit agree bit for bit and flag for flag in the modes both have", "[rv64][fp][fast]") {
  HostFpu guard;
  compare_with_host<float>(1, 100'000);
  compare_with_host<double>(2, 100'000);
  Operands operands(3);
  for (int i = 0; i < 50'000; ++i) {
    const std::uint64_t wide = operands.next(true) + (i % 2 ? 0x2000'0000'0000'0000ull : 0);
    const Rounding mode = kHostModes[i & 3];
    CAPTURE(wide, static_cast<int>(mode));
    const ExactResult exact = exact_narrow(wide, mode);
    REQUIRE(run(op_fp(8, kSingle, 1), mode, wide) == (Outcome{kNanBox | exact.bits, exact.flags}));
  }
}

TEST_CASE("With ties away from zero, a tie goes to the larger magnitude where even would go to the smaller", "[rv64][fp][fast]") {
  HostFpu guard;
  const std::uint64_t one = 0x3ff0'0000'0000'0000, half_ulp = 0x3ca0'0000'0000'0000;  // 2^-53
  CHECK(run(op_fp(0, kDouble), kAway, one, half_ulp) == (Outcome{one + 1, kFpInexact}));
  CHECK(run(op_fp(0, kDouble), Rounding::kNearestEven, one, half_ulp) == (Outcome{one, kFpInexact}));
  CHECK(run(op_fp(1, kDouble), kAway, one | 1ull << 63, half_ulp) == (Outcome{(one + 1) | 1ull << 63, kFpInexact}));
  // A little less than a tie stays: 1 + (2^-53 - 2^-106).
  CHECK(run(op_fp(0, kDouble), kAway, one, half_ulp - 1) == (Outcome{one, kFpInexact}));
  // (1 + 2^-12)^2 = 1 + 2^-11 + 2^-24 in single: the last term is half a unit of the last place.
  CHECK(run(op_fp(2, kSingle), kAway, boxed(0x3f800800), boxed(0x3f800800)) == (Outcome{boxed(0x3f801001), kFpInexact}));
  CHECK(run(op_fp(2, kSingle), Rounding::kNearestEven, boxed(0x3f800800), boxed(0x3f800800)) == (Outcome{boxed(0x3f801000), kFpInexact}));
  // 2^24 + 1 lies between two singles.
  CHECK(run(op_fp(26, kSingle, 2), kAway, 0, 0, 0, (1 << 24) + 1) == (Outcome{boxed(0x4b800001), kFpInexact}));
  CHECK(run(op_fp(26, kSingle, 2), kAway, 0, 0, 0, ~std::uint64_t{1 << 24}) == (Outcome{boxed(0xcb800001), kFpInexact}));
  CHECK(run(op_fp(26, kDouble, 3), kAway, 0, 0, 0, (1ull << 63) + (1 << 10)) == (Outcome{0x43e0'0000'0000'0001, kFpInexact}));
  // 1 + 2^-24 to single.
  CHECK(run(op_fp(8, kSingle, 1), kAway, 0x3ff0'0000'1000'0000) == (Outcome{boxed(0x3f800001), kFpInexact}));
  // 2.5 and -2.5 to integers.
  CHECK(run(op_fp(24, kDouble, 0), kAway, 0x4004'0000'0000'0000) == (Outcome{3, kFpInexact}));
  CHECK(run(op_fp(24, kDouble, 2), kAway, 0xc004'0000'0000'0000) == (Outcome{~std::uint64_t{2}, kFpInexact}));
}

TEST_CASE("The fused forms round once, with the signs of the specification", "[rv64][fp][fast]") {
  HostFpu guard;
  // a = 1 + 2^-27, so a * a = 1 + 2^-26 + 2^-54: a quarter of a unit that a product rounded on its own would lose.
  const std::uint64_t a = 0x3ff0'0000'0200'0000, c = 0xbff0'0000'0400'0000;  // c = -(1 + 2^-26)
  const std::uint64_t minus = 1ull << 63, tail = 0x3c90'0000'0000'0000;      // 2^-54
  for (const Rounding mode : {kAway, Rounding::kNearestEven}) {
    CHECK(run(fused(kMadd, kDouble), mode, a, a, c) == (Outcome{tail, 0}));
    CHECK(run(fused(kMsub, kDouble), mode, a, a, c ^ minus) == (Outcome{tail, 0}));
    CHECK(run(fused(kNmsub, kDouble), mode, a, a, c ^ minus) == (Outcome{tail | minus, 0}));
    CHECK(run(fused(kNmadd, kDouble), mode, a, a, c) == (Outcome{tail | minus, 0}));
    // Infinity times zero is invalid although the addend is a quiet NaN.
    CHECK(run(fused(kMadd, kDouble), mode, 0x7ff0'0000'0000'0000, 0, kCanonicalNan64) == (Outcome{kCanonicalNan64, kFpInvalid}));
    CHECK(run(fused(kMadd, kDouble), mode, a, a, 0x7ff8'0000'0000'1234) == (Outcome{kCanonicalNan64, 0}));
  }
  // 1 * 1 + 2^-53 is a tie.
  CHECK(run(fused(kMadd, kDouble), kAway, 0x3ff0'0000'0000'0000, 0x3ff0'0000'0000'0000, 0x3ca0'0000'0000'0000) ==
        (Outcome{0x3ff0'0000'0000'0001, kFpInexact}));
}

TEST_CASE("With ties away, results overflow to infinity and underflow after rounding", "[rv64][fp][fast]") {
  HostFpu guard;
  const std::uint64_t largest = 0x7fef'ffff'ffff'ffff, smallest_normal = 0x0010'0000'0000'0000;
  // Half a unit above the largest number (2^970) is a tie: to infinity. Anything less stays.
  CHECK(run(op_fp(0, kDouble), kAway, largest, 0x7c90'0000'0000'0000) == (Outcome{0x7ff0'0000'0000'0000, kFpOverflow | kFpInexact}));
  CHECK(run(op_fp(0, kDouble), kAway, largest, 0x7c8f'ffff'ffff'ffff) == (Outcome{largest, kFpInexact}));
  // Half of the smallest subnormal is a tie; it becomes the smallest subnormal and is tiny.
  CHECK(run(op_fp(2, kDouble), kAway, 1, 0x3fe0'0000'0000'0000) == (Outcome{1, kFpUnderflow | kFpInexact}));
  CHECK(run(op_fp(2, kDouble), kAway, 1, 0x3fdf'ffff'ffff'ffff) == (Outcome{0, kFpUnderflow | kFpInexact}));
  // (1 - 2^-53) * 2^-1022 fits no subnormal, but 53 bits hold it exactly below the normal range: tiny, rounded up to normal.
  CHECK(run(op_fp(2, kDouble), kAway, smallest_normal, 0x3fef'ffff'ffff'ffff) == (Outcome{smallest_normal, kFpUnderflow | kFpInexact}));
  // (1 - 2^-54) * 2^-1022, rounded to 53 bits, is 2^-1022 itself: not tiny. 2^-1022 * 1 - 2^-1076 by a fused operation.
  CHECK(run(fused(kNmsub, kDouble), kAway, 0x1e50'0000'0000'0000, 0x1e50'0000'0000'0000, smallest_normal).flags == (kFpInexact));
  // An exact subnormal is not an underflow.
  CHECK(run(op_fp(2, kDouble), kAway, smallest_normal, 0x3fe0'0000'0000'0000) == (Outcome{smallest_normal / 2, 0}));
  // x - x is +0.
  CHECK(run(op_fp(1, kDouble), kAway, largest, largest) == (Outcome{0, 0}));
  CHECK(run(op_fp(3, kDouble), kAway, largest, 1ull << 63) == (Outcome{0xfff0'0000'0000'0000, kFpDivideByZero}));
  CHECK(run(op_fp(11, kDouble, 0), kAway, 0xbff0'0000'0000'0000) == (Outcome{kCanonicalNan64, kFpInvalid}));
}

TEST_CASE("Conversions to integers saturate, and raise invalid alone where they do", "[rv64][fp][fast]") {
  HostFpu guard;
  const std::uint64_t two_31 = 0x41e0'0000'0000'0000, two_63 = 0x43e0'0000'0000'0000, minus = 1ull << 63;
  for (const Rounding mode : {Rounding::kNearestEven, Rounding::kTowardZero, Rounding::kDown, Rounding::kUp, kAway}) {
    CHECK(run(op_fp(24, kDouble, 0), mode, two_31) == (Outcome{0x7fff'ffff, kFpInvalid}));
    CHECK(run(op_fp(24, kDouble, 0), mode, two_31 | minus) == (Outcome{0xffff'ffff'8000'0000, 0}));
    CHECK(run(op_fp(24, kDouble, 1), mode, two_31) == (Outcome{0xffff'ffff'8000'0000, 0}));
    CHECK(run(op_fp(24, kDouble, 2), mode, two_63) == (Outcome{0x7fff'ffff'ffff'ffff, kFpInvalid}));
    CHECK(run(op_fp(24, kDouble, 2), mode, two_63 | minus) == (Outcome{minus, 0}));
    CHECK(run(op_fp(24, kDouble, 3), mode, two_63) == (Outcome{minus, 0}));
    CHECK(run(op_fp(24, kDouble, 3), mode, 0xbff0'0000'0000'0000) == (Outcome{0, kFpInvalid}));
    CHECK(run(op_fp(24, kDouble, 1), mode, 0xfff8'0000'0000'0000) == (Outcome{~std::uint64_t{0}, kFpInvalid}));
    CHECK(run(op_fp(24, kSingle, 0), mode, 0x3f80'0000) == (Outcome{0x7fff'ffff, kFpInvalid}));  // Not boxed: a NaN.
  }
  // -0.5 to unsigned: in range as soon as it rounds to zero.
  CHECK(run(op_fp(24, kDouble, 3), Rounding::kTowardZero, 0xbfe0'0000'0000'0000) == (Outcome{0, kFpInexact}));
  CHECK(run(op_fp(24, kDouble, 3), kAway, 0xbfe0'0000'0000'0000) == (Outcome{0, kFpInvalid}));
}
