// SPDX-License-Identifier: Apache-2.0
#include "ip/clint/clint_core.h"

#include <algorithm>

#include "platform/base/check.h"
#include "regs/clint_regs.h"

namespace visoc {

using namespace regs::clint;  // NOLINT: the names of this block's own registers.

ClintCore::ClintCore(unsigned harts, Clock timebase) : DeviceCore(kTable, 2 * harts), harts_(harts), timebase_(timebase) {
  static_assert(kMtimecmpCount == kMaxHarts && kMsipCount == kMaxHarts);
  VISOC_CHECK(harts >= 1 && harts <= kMaxHarts, "clint for " + std::to_string(harts) + " harts");
}

void ClintCore::reset() {
  DeviceCore::reset();
  offset_ticks_ = 0;
}

Picos ClintCore::step(Picos now, MemoryPort&) {
  set_now(now);
  update_timers();
  Picos next = kNever;
  for (unsigned hart = 0; hart < harts_; ++hart) next = std::min(next, next_change(hart));
  return next;
}

/// When MTIME >= MTIMECMP changes: mtime reaches the compare value, or wraps to zero behind it.
Picos ClintCore::next_change(unsigned hart) const {
  const std::uint64_t mtime = ticks_at(now());
  const std::uint64_t compare = registers_.get(Reg::kMtimecmp, hart);
  if (compare == 0) return kNever;  // Always reached.
  const std::uint64_t ticks = mtime < compare ? compare - mtime : ~mtime + 1;
  const std::uint64_t elapsed = now() / timebase_.period_ps;
  const std::uint64_t last = kNever / timebase_.period_ps;
  return ticks > last - elapsed ? kNever : (elapsed + ticks) * timebase_.period_ps;
}

Picos ClintCore::reaches(std::uint64_t ticks, Picos now) const {
  const std::uint64_t mtime = ticks_at(now);
  if (mtime >= ticks) return now;
  const std::uint64_t elapsed = now / timebase_.period_ps, last = kNever / timebase_.period_ps;
  return ticks - mtime > last - elapsed ? kNever : (elapsed + (ticks - mtime)) * timebase_.period_ps;
}

void ClintCore::update_timers() {
  const std::uint64_t mtime = ticks_at(now());
  for (unsigned hart = 0; hart < harts_; ++hart) drive_irq(2 * hart + 1, mtime >= registers_.get(Reg::kMtimecmp, hart));
}

bool ClintCore::read_needs_sync(Offset offset) const { return offset < kMtimeLoOffset; }

std::uint64_t ClintCore::on_peek(std::uint16_t reg, std::uint32_t, std::uint64_t stored) {
  switch (static_cast<Reg>(reg)) {
    case Reg::kMtimeLo:
      return ticks_at(now()) & 0xffffffff;
    case Reg::kMtimeHi:
      return ticks_at(now()) >> 32;
    default:
      return stored;
  }
}

void ClintCore::on_write(std::uint16_t reg, std::uint32_t index, std::uint64_t, std::uint64_t after, std::uint64_t) {
  switch (static_cast<Reg>(reg)) {
    case Reg::kMsip:
      if (index < harts_) drive_irq(2 * index, (after & kMsipPendingMask) != 0);
      return;
    case Reg::kMtimeLo:
      set_mtime((ticks_at(now()) & ~std::uint64_t{0xffffffff}) | after);
      break;
    case Reg::kMtimeHi:
      set_mtime((ticks_at(now()) & 0xffffffff) | after << 32);
      break;
    default:
      break;
  }
  update_timers();
}

}  // namespace visoc
