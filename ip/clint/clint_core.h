// Core-local interruptor: software interrupts, the machine's real-time counter and its compare registers.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "platform/contract/device_core.h"

namespace visoc {

/// Output 2h is hart h's software interrupt, 2h + 1 its timer interrupt.
/// mtime is simulated time in ticks plus an offset that software sets by writing it; modulo 2^64. A timer interrupt changes at exactly
/// the picosecond at which mtime reaches mtimecmp. Source: SiFive FU540 manual, chapter "CLINT".
class ClintCore : public DeviceCore, public TimeSource {
 public:
  static constexpr unsigned kMaxHarts = 8;

  /// `harts` is 1 to kMaxHarts; registers of further harts exist and drive nothing.
  ClintCore(unsigned harts, Clock timebase);

  void reset() override;
  Picos step(Picos now, MemoryPort& memory) override;
  /// mtime is a pure function of time.
  bool read_needs_sync(Offset offset) const override;
  std::uint64_t ticks_at(Picos now) const override { return elapsed_ticks(now) + offset_ticks_; }
  Picos reaches(std::uint64_t ticks, Picos now) const override;

  std::uint64_t on_read(std::uint16_t reg, std::uint32_t index, std::uint64_t stored) override { return on_peek(reg, index, stored); }
  std::uint64_t on_peek(std::uint16_t reg, std::uint32_t index, std::uint64_t stored) override;
  void on_write(std::uint16_t reg, std::uint32_t index, std::uint64_t before, std::uint64_t after, std::uint64_t written) override;

 protected:
  void save_core(StateWriter& out) const override { out.u64(offset_ticks_); }
  void load_core(StateReader& in) override { offset_ticks_ = in.u64(); }

 private:
  /// Whole ticks from 0 to `now`. Who polls mtime asks for the same tick or the next, which needs no division.
  std::uint64_t elapsed_ticks(Picos now) const {
    const Picos into = now - last_tick_begin_;
    if (into >= timebase_.period_ps) {
      last_ticks_ = now / timebase_.period_ps;
      last_tick_begin_ = last_ticks_ * timebase_.period_ps;
    }
    return last_ticks_;
  }
  void set_mtime(std::uint64_t ticks) { offset_ticks_ = ticks - elapsed_ticks(now()); }
  void update_timers();
  Picos next_change(unsigned hart) const;

  unsigned harts_;
  Clock timebase_;
  std::uint64_t offset_ticks_ = 0;  ///< State; modulo 2^64.
  mutable Picos last_tick_begin_ = 0;
  mutable std::uint64_t last_ticks_ = 0;  ///< Derived: the tick that was asked for last.
};

}  // namespace visoc
