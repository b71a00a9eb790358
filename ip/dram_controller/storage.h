// The bytes of a memory: host pages that exist only once they are touched.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "platform/base/state.h"

namespace visoc {

/// Zero-initialised bytes. A size of many gigabytes costs address space only.
class Storage {
 public:
  static constexpr std::uint64_t kPageBytes = 4096;

  /// `size` is rounded up to whole pages for the host; size() stays as asked. If the host has no room, data() is null.
  explicit Storage(std::uint64_t size);
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  std::uint8_t* data() { return data_; }
  const std::uint8_t* data() const { return data_; }
  std::uint64_t size() const { return size_; }

  /// Size, then every page with a byte other than zero: its number and its bytes.
  void save(StateWriter& out) const;
  /// All zero and false if the bytes are not a state of this size.
  bool load(StateReader& in);
  void clear();

 private:
  std::uint64_t mapped_bytes() const { return (size_ + kPageBytes - 1) / kPageBytes * kPageBytes; }

  std::uint64_t size_;
  std::uint8_t* data_ = nullptr;
};

}  // namespace visoc
