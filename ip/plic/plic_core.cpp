// SPDX-License-Identifier: Apache-2.0
#include "ip/plic/plic_core.h"

#include "platform/base/check.h"
#include "regs/plic_regs.h"

namespace visoc {

using namespace regs::plic;  // NOLINT: the names of this block's own registers.

PlicCore::PlicCore(unsigned sources, unsigned harts)
    : DeviceCore(kTable, 2 * harts), sources_(sources), contexts_(2 * harts), inputs_(sources) {
  static_assert(kPriorityCount == kMaxSources && kClaimCount == 2 * kMaxHarts);
  VISOC_CHECK(sources >= 1 && sources <= kMaxSources, "plic with " + std::to_string(sources) + " sources");
  VISOC_CHECK(harts >= 1 && harts <= kMaxHarts, "plic for " + std::to_string(harts) + " harts");
  for (unsigned i = 0; i < sources; ++i) {
    inputs_[i].plic = this;
    inputs_[i].source = i + 1;
  }
}

void PlicCore::reset() {
  DeviceCore::reset();
  level_.reset();
  pending_.reset();
  in_service_.reset();
  claims_ = spurious_claims_ = ignored_completions_ = 0;
}

IrqLine* PlicCore::irq_input(unsigned source) { return source >= 1 && source <= sources_ ? &inputs_[source - 1] : nullptr; }

void PlicCore::set_level(unsigned source, bool level) {
  if (level_[source] == level) return;
  level_[source] = level;
  sample(source);
  update();
}

void PlicCore::sample(unsigned source) {
  if (level_[source] && !in_service_[source]) pending_[source] = true;
}

bool PlicCore::enabled(unsigned context, unsigned source) const {
  constexpr Reg kWords[] = {Reg::kEnableW0, Reg::kEnableW1, Reg::kEnableW2, Reg::kEnableW3};
  return (registers_.get(kWords[source / 32], context) >> (source % 32) & 1) != 0;
}

unsigned PlicCore::best(unsigned context, std::uint64_t floor) const {
  unsigned best_source = 0;
  if (pending_.none()) return 0;
  for (unsigned source = 1; source <= sources_; ++source) {
    if (!pending_[source] || !enabled(context, source)) continue;
    const std::uint64_t priority = registers_.get(Reg::kPriority, source - 1);
    if (priority <= floor) continue;
    floor = priority;
    best_source = source;
  }
  return best_source;
}

std::uint32_t PlicCore::claim(unsigned context) {
  const unsigned source = best(context, 0);
  if (source == 0) {
    ++spurious_claims_;
    return 0;
  }
  ++claims_;
  pending_[source] = false;
  in_service_[source] = true;
  update();
  return source;
}

void PlicCore::complete(unsigned context, std::uint64_t source) {
  if (source == 0 || source > sources_ || !in_service_[source] || !enabled(context, static_cast<unsigned>(source))) {
    ++ignored_completions_;
    return;
  }
  in_service_[source] = false;
  sample(static_cast<unsigned>(source));
}

void PlicCore::update() {
  for (unsigned context = 0; context < contexts_; ++context)
    drive_irq(context, best(context, registers_.get(Reg::kThreshold, context)) != 0);
}

std::uint64_t PlicCore::on_read(std::uint16_t reg, std::uint32_t index, std::uint64_t stored) {
  if (static_cast<Reg>(reg) == Reg::kClaim) return index < contexts_ ? claim(index) : 0;
  return on_peek(reg, index, stored);
}

std::uint64_t PlicCore::on_peek(std::uint16_t reg, std::uint32_t index, std::uint64_t stored) {
  switch (static_cast<Reg>(reg)) {
    case Reg::kPending: {
      std::uint64_t word = 0;
      for (unsigned bit = 0; bit < 32; ++bit) word |= std::uint64_t{pending_[32 * index + bit]} << bit;
      return word;
    }
    case Reg::kClaim:
      return index < contexts_ ? best(index, 0) : 0;
    default:
      return stored;
  }
}

void PlicCore::on_write(std::uint16_t reg, std::uint32_t index, std::uint64_t, std::uint64_t, std::uint64_t written) {
  if (static_cast<Reg>(reg) == Reg::kClaim && index < contexts_) complete(index, written);
  update();
}

std::string PlicCore::pending() const {
  std::string text;
  for (unsigned source = 1; source <= sources_; ++source) {
    if (!pending_[source]) continue;
    text += (text.empty() ? "source " : ", source ") + std::to_string(source) + " pending";
  }
  return text;
}

std::vector<Statistic> PlicCore::statistics() const {
  return {{"claims", claims_, "interrupts claimed"},
          {"spurious_claims", spurious_claims_, "claims that found none"},
          {"ignored_completions", ignored_completions_, "completions of a source that was not in service or not enabled"}};
}

void PlicCore::save_core(StateWriter& out) const {
  for (const Sources* set : {&level_, &pending_, &in_service_})
    for (unsigned source = 0; source <= kMaxSources; ++source) out.boolean((*set)[source]);
  for (std::uint64_t counter : {claims_, spurious_claims_, ignored_completions_}) out.u64(counter);
}

void PlicCore::load_core(StateReader& in) {
  for (Sources* set : {&level_, &pending_, &in_service_})
    for (unsigned source = 0; source <= kMaxSources; ++source) (*set)[source] = in.boolean() && source >= 1 && source <= sources_;
  for (std::uint64_t* counter : {&claims_, &spurious_claims_, &ignored_completions_}) *counter = in.u64();
}

}  // namespace visoc
