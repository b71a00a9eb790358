// Platform-level interrupt controller with level gateways.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bitset>
#include <vector>

#include "platform/contract/device_core.h"

namespace visoc {

/// Context 2h is M mode of hart h, 2h + 1 its S mode; output n is context n's external interrupt.
///
/// A gateway passes a high level on once: the source turns pending and stays so even if the level falls. A claim takes it back and closes
/// the gateway until the completion, which looks at the level again; so an interrupt that is raised in the very moment another of the same
/// source is acknowledged is not lost. Source: RISC-V Platform-Level Interrupt Controller Specification 1.0.
class PlicCore : public DeviceCore {
 public:
  static constexpr unsigned kMaxSources = 127;
  static constexpr unsigned kMaxHarts = 8;

  /// `sources` is 1 to kMaxSources, `harts` 1 to kMaxHarts. Registers of further sources and contexts hold values without effect.
  PlicCore(unsigned sources, unsigned harts);

  void reset() override;
  /// Sources 1 to `sources`; null for others.
  IrqLine* irq_input(unsigned source) override;
  std::string pending() const override;
  std::vector<Statistic> statistics() const override;

  std::uint64_t on_read(std::uint16_t reg, std::uint32_t index, std::uint64_t stored) override;
  std::uint64_t on_peek(std::uint16_t reg, std::uint32_t index, std::uint64_t stored) override;
  void on_write(std::uint16_t reg, std::uint32_t index, std::uint64_t before, std::uint64_t after, std::uint64_t written) override;

 protected:
  void save_core(StateWriter& out) const override;
  void load_core(StateReader& in) override;

 private:
  using Sources = std::bitset<kMaxSources + 1>;

  struct Input : IrqLine {
    void set(bool level) override { plic->set_level(source, level); }
    PlicCore* plic = nullptr;
    unsigned source = 0;
  };

  void set_level(unsigned source, bool level);
  void sample(unsigned source);
  /// The enabled pending source of highest priority, the lowest number among equals; 0 if none has a priority above `floor`.
  unsigned best(unsigned context, std::uint64_t floor) const;
  bool enabled(unsigned context, unsigned source) const;
  std::uint32_t claim(unsigned context);
  void complete(unsigned context, std::uint64_t source);
  void update();

  unsigned sources_, contexts_;
  std::vector<Input> inputs_;

  // State.
  Sources level_, pending_, in_service_;
  std::uint64_t claims_ = 0, spurious_claims_ = 0, ignored_completions_ = 0;
};

}  // namespace visoc
