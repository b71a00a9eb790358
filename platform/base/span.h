// A pointer and a length (C++17 has no std::span).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace visoc {

/// Read-only view of bytes owned by someone else.
struct ConstBytes {
  const std::uint8_t* data = nullptr;
  std::size_t size = 0;

  ConstBytes() = default;
  ConstBytes(const void* bytes, std::size_t count) : data(static_cast<const std::uint8_t*>(bytes)), size(count) {}
  ConstBytes(const std::vector<std::uint8_t>& bytes) : data(bytes.data()), size(bytes.size()) {}  // NOLINT: a view, by intent
};

/// Writable view of bytes owned by someone else.
struct MutableBytes {
  std::uint8_t* data = nullptr;
  std::size_t size = 0;

  MutableBytes() = default;
  MutableBytes(void* bytes, std::size_t count) : data(static_cast<std::uint8_t*>(bytes)), size(count) {}
  MutableBytes(std::vector<std::uint8_t>& bytes) : data(bytes.data()), size(bytes.size()) {}  // NOLINT: a view, by intent
};

}  // namespace visoc
