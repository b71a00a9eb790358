// The memory that a block's AXI4 master sees: takes bursts off the pins, and gives the answers back when the shell has them.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "platform/base/units.h"
#include "rtl/common/rtl_pins.h"

namespace visoc {

/// One burst as bus accesses: a read is one run of bytes, a write is one run for each gap-free stretch of strobes.
struct AxiRequest {
  struct Run {
    Addr addr = 0;
    std::vector<std::uint8_t> bytes;  ///< To write; or the room for what is read.
  };
  bool is_write = false;
  std::vector<Run> runs;
};

/// Reads and writes are answered in order, each channel by itself. With `stall_seed` != 0 it holds READY and VALID back in cycles that
/// a pseudo-random sequence picks (about every third), so that a block meets every order of handshakes.
class AxiMemorySide {
 public:
  static constexpr std::size_t kMaxOpen = 4;  ///< Bursts a channel accepts before the first is answered.

  explicit AxiMemorySide(std::uint32_t stall_seed) : random_(stall_seed), stalls_(stall_seed != 0) {}

  /// Sets the pins before a rising edge.
  void drive(RtlInputs& in);
  /// Takes note of the handshakes at that edge.
  void sample(const RtlInputs& in, const RtlOutputs& out);

  /// Nothing is open on any channel.
  bool idle() const { return reads_.empty() && writes_.empty() && requests_.empty(); }

  /// The next burst to carry out, in the order of their completion on the pins. False if there is none.
  bool take(AxiRequest& request);
  /// The oldest unanswered burst of its kind: its bytes, and whether the bus moved them.
  void answer_read(std::vector<std::uint8_t> bytes, bool ok);
  void answer_write(bool ok);

 private:
  struct Read {
    Addr addr = 0;
    unsigned beats = 0, size = 0, next = 0;
    bool answered = false, ok = false;
    std::vector<std::uint8_t> bytes;
  };
  struct Write {
    Addr addr = 0;
    unsigned beats = 0, size = 0, next = 0;
    bool answered = false, ok = false;
    AxiRequest request;
  };

  bool stall();
  static Addr beat_address(Addr addr, unsigned size, unsigned beat);
  void add_beat(Write& write, std::uint64_t data, std::uint8_t strobes) const;

  std::uint32_t random_;
  bool stalls_;
  bool r_shown_ = false, b_shown_ = false;  ///< VALID is out and may not be taken back.
  std::deque<Read> reads_;
  std::deque<Write> writes_;
  std::deque<AxiRequest> requests_;
};

}  // namespace visoc
