// SPDX-License-Identifier: Apache-2.0
#include "platform/sim/protocol_run.h"

#include <cstdlib>

#include "platform/base/log.h"

namespace visoc {

std::string protocol_pattern(const Description& description) {
  if (description.check_protocol.has_value()) return *description.check_protocol;
  const char* text = std::getenv("VISOC_CHECK_PROTOCOL");
  const std::string asked = text != nullptr ? text : "";
  if (asked.empty() || asked == "0") return "off";
  return asked == "1" ? "on" : asked;
}

Problems check_protocol_pattern(const Description& description, const Machine& machine) {
  if (!description.check_protocol.has_value() || *description.check_protocol == "off" || !machine.protocol_links().checkers().empty())
    return {};
  std::string names;
  for (const NamedBlock& entry : machine.blocks()) {
    if (entry.block->master() != nullptr) names += " " + entry.name + "_to_" + entry.instance->bus;
    if (entry.block->slave() != nullptr) names += " " + entry.instance->bus + "_to_" + entry.name;
  }
  return {{"run.check_protocol", "", "'" + *description.check_protocol + "' matches no link; there are" + names}};
}

std::string collect_protocol(const Machine& machine, RunRecord& record) {
  std::string first;
  for (const auto& checker : machine.protocol_links().checkers()) {
    const ProtocolTally& tally = checker->tally();
    ProtocolLinkRecord link;
    link.name = tally.link();
    for (std::size_t i = 0; i < kProtocolRules; ++i) {
      const auto rule = static_cast<ProtocolRule>(i);
      if (tally.checks(rule) != 0) link.rules.push_back({rule_text(rule).name, tally.checks(rule), tally.violations(rule)});
    }
    if (first.empty() && !tally.messages().empty()) first = tally.messages().front();
    if (tally.violations() > tally.messages().size())
      log(LogLevel::kError, "protocol: " + tally.link() + ": " + std::to_string(tally.violations() - tally.messages().size()) +
                                " more violations are not shown");
    record.protocol_links.push_back(std::move(link));
  }
  const std::uint64_t violations = machine.protocol_links().violations();
  if (violations == 0) return {};
  return std::to_string(violations) + (violations == 1 ? " violation" : " violations") + " of the TLM-2.0 protocol, for example: " + first;
}

}  // namespace visoc
