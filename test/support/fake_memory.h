// A flat memory with latency, bandwidth and holes, for testing cores without the kernel.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstring>
#include <vector>

#include "platform/contract/memory_port.h"

namespace visoc::test {

struct RecordedAccess {
  bool is_write = false;
  Picos at = 0;
  Addr addr = 0;
  std::uint64_t bytes = 0;
};

/// Bytes [base, base + size). An access takes latency + bytes * ps_per_byte. Accesses that leave the range, or touch an added hole,
/// stop at the first bad byte, exactly.
class FakeMemory : public MemoryPort {
 public:
  FakeMemory(Addr base, std::size_t size, Picos latency_ps = 50'000, Picos ps_per_byte = 100)
      : bytes(size, 0), base_(base), latency_ps_(latency_ps), ps_per_byte_(ps_per_byte) {}

  void add_hole(Addr first, std::uint64_t size) { holes_.push_back({first, size}); }

  MemoryReply read(Picos at, Addr addr, MutableBytes into) override {
    MemoryReply reply = check(false, at, addr, into.size);
    if (reply.bytes_done != 0) std::memcpy(into.data, &bytes[addr - base_], reply.bytes_done);
    return reply;
  }
  MemoryReply write(Picos at, Addr addr, ConstBytes from) override {
    MemoryReply reply = check(true, at, addr, from.size);
    if (reply.bytes_done != 0) std::memcpy(&bytes[addr - base_], from.data, reply.bytes_done);
    return reply;
  }

  template <typename T>
  void put(Addr addr, T value) {
    std::memcpy(&bytes.at(addr - base_ + sizeof(T) - 1) - (sizeof(T) - 1), &value, sizeof(T));
  }
  template <typename T>
  T get(Addr addr) const {
    T value;
    std::memcpy(&value, &bytes.at(addr - base_ + sizeof(T) - 1) - (sizeof(T) - 1), sizeof(T));
    return value;
  }

  std::vector<std::uint8_t> bytes;
  std::vector<RecordedAccess> accesses;

 private:
  struct Hole {
    Addr first;
    std::uint64_t size;
  };

  bool readable(Addr addr) const {
    if (addr < base_ || addr - base_ >= bytes.size()) return false;
    return std::none_of(holes_.begin(), holes_.end(),
                        [&](const Hole& hole) { return addr >= hole.first && addr - hole.first < hole.size; });
  }
  MemoryReply check(bool is_write, Picos at, Addr addr, std::uint64_t size) {
    accesses.push_back({is_write, at, addr, size});
    MemoryReply reply;
    while (reply.bytes_done < size && readable(addr + reply.bytes_done)) ++reply.bytes_done;
    reply.done_at = at + latency_ps_ + reply.bytes_done * ps_per_byte_;
    if (reply.bytes_done < size) {
      reply.status = MemoryStatus::kAddressError;
      reply.fault_addr = addr + reply.bytes_done;
    }
    return reply;
  }

  Addr base_;
  Picos latency_ps_, ps_per_byte_;
  std::vector<Hole> holes_;
};

}  // namespace visoc::test
