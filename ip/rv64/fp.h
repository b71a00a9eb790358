// Floating point on the host's SSE unit, with RISC-V's flags, NaNs and rounding modes.
// Source: RISC-V unprivileged specification, chapters "F" and "D".
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <xmmintrin.h>

#include <cstdint>
#include <cstring>

namespace visoc::rv64 {

enum FpFlag : std::uint32_t { kFpInexact = 1, kFpUnderflow = 2, kFpOverflow = 4, kFpDivideByZero = 8, kFpInvalid = 16 };
enum class Rounding : std::uint32_t { kNearestEven = 0, kTowardZero = 1, kDown = 2, kUp = 3, kNearestAway = 4 };

inline constexpr std::uint64_t kNanBox = 0xffffffff00000000ull;
inline constexpr std::uint32_t kCanonicalNan32 = 0x7fc00000u;
inline constexpr std::uint64_t kCanonicalNan64 = 0x7ff8000000000000ull;
inline constexpr unsigned kMxcsrQuiet = 0x1f80;  ///< All exceptions masked, nearest even, no flags.

/// Holds the host's control word for as long as guest code runs. Flags gather in the host's MXCSR until somebody asks.
class HostFpu {
 public:
  HostFpu() : saved_(_mm_getcsr()) { _mm_setcsr(kMxcsrQuiet); }
  ~HostFpu() { _mm_setcsr(saved_); }
  HostFpu(const HostFpu&) = delete;
  HostFpu& operator=(const HostFpu&) = delete;

 private:
  unsigned saved_;
};

/// Takes the flags gathered since the last call, as RISC-V's fflags.
inline std::uint32_t take_host_flags() {
  const unsigned csr = _mm_getcsr();
  if ((csr & 0x3f) == 0) return 0;  // Writing the word costs far more than reading it.
  _mm_setcsr(csr & ~0x3fu);
  return (csr & 1) << 4 | (csr >> 2 & 1) << 3 | (csr >> 3 & 1) << 2 | (csr >> 4 & 1) << 1 | (csr >> 5 & 1);
}

inline float unbox(std::uint64_t bits) {
  const auto low = (bits & kNanBox) == kNanBox ? static_cast<std::uint32_t>(bits) : kCanonicalNan32;
  float value;
  std::memcpy(&value, &low, 4);
  return value;
}
inline std::uint64_t box(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, 4);
  if (value != value) bits = kCanonicalNan32;
  return kNanBox | bits;
}
inline double as_double(std::uint64_t bits) {
  double value;
  std::memcpy(&value, &bits, 8);
  return value;
}
inline std::uint64_t as_bits(double value) {
  if (value != value) return kCanonicalNan64;
  std::uint64_t bits;
  std::memcpy(&bits, &value, 8);
  return bits;
}

/// What a rare floating-point instruction needs and gives.
struct FpRegisters {
  const std::uint64_t* f;  ///< 32 registers, NaN-boxed.
  std::uint64_t x_rs1;     ///< Integer source.
};
struct FpResult {
  std::uint64_t value = 0;
  bool to_integer = false;
  std::uint32_t flags = 0;  ///< Besides those in the host's MXCSR.
};

/// Executes any F or D computational instruction other than those the engine inlines. `raw` is its encoding, `rounding` resolved.
FpResult execute_fp(std::uint32_t raw, Rounding rounding, const FpRegisters& registers);

}  // namespace visoc::rv64
