// Floating-point arithmetic by integers, in every rounding mode of RISC-V: exact result first, then one rounding.
// For what the host has no instruction for: nearest with ties away, and fused operations on hosts without FMA.
// Source: IEEE 754-2008, clauses 4.3 and 7; RISC-V unprivileged specification, chapter "F" (tininess after rounding).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "ip/rv64/fp.h"

namespace visoc::rv64 {

/// Bits of the result in its format (not NaN-boxed) and the flags raised. NaNs are canonical.
struct ExactResult {
  std::uint64_t bits = 0;
  std::uint32_t flags = 0;
};

/// T is float or double; operands are bits of T, not NaN-boxed. Touches neither the host's flags nor its rounding mode.
template <typename T>
ExactResult exact_add(std::uint64_t a, std::uint64_t b, Rounding rounding);
template <typename T>
ExactResult exact_multiply(std::uint64_t a, std::uint64_t b, Rounding rounding);
template <typename T>
ExactResult exact_divide(std::uint64_t a, std::uint64_t b, Rounding rounding);
template <typename T>
ExactResult exact_square_root(std::uint64_t a, Rounding rounding);
/// a * b + c with one rounding. Infinity times zero is invalid whatever c is.
template <typename T>
ExactResult exact_fused(std::uint64_t a, std::uint64_t b, std::uint64_t c, Rounding rounding);
/// (-1)^negative * magnitude.
template <typename T>
ExactResult exact_from_integer(bool negative, std::uint64_t magnitude, Rounding rounding);
/// Double to single.
ExactResult exact_narrow(std::uint64_t a, Rounding rounding);

}  // namespace visoc::rv64
