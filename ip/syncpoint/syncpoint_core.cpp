// SPDX-License-Identifier: Apache-2.0
#include "ip/syncpoint/syncpoint_core.h"

#include "platform/contract/command.h"
#include "regs/syncpoint_regs.h"

namespace visoc {

using namespace regs::syncpoint;  // NOLINT: the names of this block's own registers.

static_assert(kValueOffset == kSyncpointPairs && kValueStride == 8 && kErrorHistoryOffset == kSyncpointPairs + 4 &&
              kErrorHistoryStride == 8 && kPostOffset == kSyncpointPosts && kPostStride == 4 && kValueCount == kSyncpointCount &&
              kPostErrorMask == kPostErrorMark && kCompareIdCount == SyncpointCore::kComparators);

SyncpointCore::SyncpointCore() : DeviceCore(kTable) {}

void SyncpointCore::reset() {
  DeviceCore::reset();
  posts_ = failed_posts_ = empty_posts_ = 0;
}

void SyncpointCore::on_write(std::uint16_t reg, std::uint32_t index, std::uint64_t, std::uint64_t, std::uint64_t written) {
  switch (static_cast<Reg>(reg)) {
    case Reg::kPost:
      post(index, static_cast<std::uint32_t>(written));
      break;
    case Reg::kClear:
      if ((written & kClearClearMask) == 0) break;
      registers_.set(Reg::kValue, 0, index);
      registers_.set(Reg::kErrorHistory, 0, index);
      wake_all();
      break;
    case Reg::kCompareId:
    case Reg::kCompareValue:
    case Reg::kCompareEnable:
      if (reached(index)) raise(1u << index);
      break;
    case Reg::kIntrTest:
      raise(written);
      break;
    default:
      update_irq();
  }
}

void SyncpointCore::post(std::uint32_t id, std::uint32_t written) {
  const std::uint32_t increment = written & kPostIncrementMask;
  const bool failed = (written & kPostErrorMask) != 0;
  if (increment == 0) {
    ++empty_posts_;
    return;
  }
  ++posts_;
  failed_posts_ += failed;
  const std::uint64_t values_reached = (std::uint64_t{1} << increment) - 1;
  const std::uint64_t history = registers_.get(Reg::kErrorHistory, id) << increment;
  registers_.set(Reg::kErrorHistory, failed ? history | values_reached : history, id);
  const std::uint64_t before = registers_.get(Reg::kValue, id);
  registers_.set(Reg::kValue, before + increment, id);
  std::uint64_t bits = 0;
  for (unsigned comparator = 0; comparator < kComparators; ++comparator) {
    if (registers_.get(Reg::kCompareId, comparator) != id || !reached(comparator)) continue;
    // Only the post that reaches the value counts: 0 < value - before <= increment, modulo 2^32.
    const auto distance = static_cast<std::uint32_t>(registers_.get(Reg::kCompareValue, comparator) - before);
    if (distance != 0 && distance <= increment) bits |= 1u << comparator;
  }
  if (bits != 0) raise(bits);
  wake_all();
}

void SyncpointCore::wake_all() {
  for (WakeLine* line : wake_lines_) line->wake();
}

bool SyncpointCore::reached(unsigned comparator) const {
  if (registers_.get(Reg::kCompareEnable, comparator) == 0) return false;
  const auto id = static_cast<std::uint32_t>(registers_.get(Reg::kCompareId, comparator));
  const auto passed = static_cast<std::uint32_t>(registers_.get(Reg::kValue, id) - registers_.get(Reg::kCompareValue, comparator));
  return static_cast<std::int32_t>(passed) >= 0;
}

void SyncpointCore::raise(std::uint64_t bits) {
  registers_.set(Reg::kIntrState, registers_.get(Reg::kIntrState) | bits);
  update_irq();
}

void SyncpointCore::update_irq() { drive_irq(0, (registers_.get(Reg::kIntrState) & registers_.get(Reg::kIntrEnable)) != 0); }

std::vector<Statistic> SyncpointCore::statistics() const {
  return {{"posts", posts_, "posts that moved a counter"},
          {"failed_posts", failed_posts_, "posts with the error mark"},
          {"empty_posts", empty_posts_, "posts with increment 0, which do nothing"}};
}

void SyncpointCore::save_core(StateWriter& out) const {
  for (std::uint64_t counter : {posts_, failed_posts_, empty_posts_}) out.u64(counter);
}

void SyncpointCore::load_core(StateReader& in) {
  for (std::uint64_t* counter : {&posts_, &failed_posts_, &empty_posts_}) *counter = in.u64();
}

}  // namespace visoc
