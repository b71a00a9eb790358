// Drives a RingCore as firmware would: descriptors in memory, doorbell, completion records.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <vector>

#include "platform/contract/command_ring.h"
#include "regs/command_ring_regs.h"
#include "test/support/fake_memory.h"

namespace visoc::test {

/// The ring lies at `ring`, its completion records at `completions`; both inside the fake memory.
class RingDriver {
 public:
  static constexpr unsigned kEntriesLog2 = 4;

  RingDriver(RingCore& core, FakeMemory& memory, Addr ring, Addr completions, Addr sync_base = 0)
      : core_(core), memory_(memory), ring_(ring), completions_(completions) {
    write(0x20, static_cast<std::uint32_t>(ring));
    write(0x24, static_cast<std::uint32_t>(ring >> 32));
    write(0x28, kEntriesLog2);
    write(0x34, static_cast<std::uint32_t>(completions));
    write(0x38, static_cast<std::uint32_t>(completions >> 32));
    write(0x3c, static_cast<std::uint32_t>(sync_base));
    write(0x40, static_cast<std::uint32_t>(sync_base >> 32));
    write(0x14, 3);
    write(0x08, 1);
  }

  /// Queues a command whose parameter block is placed at `parameters_at`. Returns its index.
  unsigned submit(Descriptor descriptor, const std::vector<std::uint8_t>& parameters, Addr parameters_at) {
    descriptor.parameters = parameters_at;
    descriptor.parameter_bytes = static_cast<std::uint32_t>(parameters.size());
    if (!parameters.empty()) memory_.write(now_, parameters_at, ConstBytes(parameters));
    std::uint8_t bytes[kDescriptorBytes];
    descriptor.encode(bytes);
    memory_.write(now_, ring_ + (head_ & 15) * kDescriptorBytes, ConstBytes(bytes, sizeof bytes));
    write(0x2c, ++head_);
    return head_ - 1;
  }

  /// Steps until nothing is due or `max_steps` is reached; returns the number of steps.
  unsigned run(unsigned max_steps = 1'000'000) {
    unsigned steps = 0;
    while (steps < max_steps) {
      const Picos wake_at = core_.step(now_, memory_);
      ++steps;
      if (wake_at == kNever) break;
      if (wake_at > now_) now_ = wake_at;
    }
    return steps;
  }

  Completion completion(unsigned index) const {
    std::uint8_t bytes[kCompletionBytes];
    for (unsigned i = 0; i < kCompletionBytes; ++i)
      bytes[i] = memory_.get<std::uint8_t>(completions_ + (index & 15) * kCompletionBytes + i);
    return Completion::decode(bytes);
  }

  std::uint32_t read(Offset offset) { return static_cast<std::uint32_t>(core_.read_register(now_, offset, 4).value); }
  void write(Offset offset, std::uint32_t value) { core_.write_register(now_, offset, 4, value); }
  Picos now() const { return now_; }
  void set_now(Picos now) { now_ = now; }
  std::uint32_t tail() { return read(0x30); }

 private:
  RingCore& core_;
  FakeMemory& memory_;
  Addr ring_, completions_;
  Picos now_ = 0;
  std::uint32_t head_ = 0;
};

}  // namespace visoc::test
