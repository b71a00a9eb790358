// The rules of the TLM-2.0 base protocol that a ProtocolChecker holds a link to, and how often each was checked.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace visoc {

enum class ProtocolRule : std::uint8_t {
  // A generic payload when it sets out, by b_transport or with BEGIN_REQ.
  kDataPointer,
  kDataLength,
  kByteEnableLength,
  kStreamingWidth,
  kDmiHintInitial,
  kResponseInitial,
  kOptionInitial,
  kReferenceCount,
  // The same payload afterwards, and between two phases.
  kCommandKept,
  kAddressKept,
  kDataPointerKept,
  kDataLengthKept,
  kByteEnableKept,
  kStreamingWidthKept,
  kOptionKept,
  kWriteDataKept,
  kExtensionsKept,
  kExtensionsAdded,
  kMemoryManagerKept,
  kResponseSet,
  kResponseKept,
  // b_transport.
  kBlockingTime,
  kBlockingFromMethod,
  kBlockingDuringPhases,
  // nb_transport.
  kMemoryManager,
  kPhaseDirection,
  kPhaseOrder,
  kRequestExclusion,
  kResponseExclusion,
  kPhaseTime,
  kNonBlocking,
  kAcceptedUnchanged,
  kCompletion,
  kIgnorablePhase,
  // get_direct_mem_ptr and invalidate_direct_mem_ptr.
  kDmiDescriptor,
  kDmiCommand,
  kDmiRange,
  kDmiContains,
  kDmiAccess,
  kDmiPointer,
  kDmiRefusal,
  kDmiNoTime,
  kDmiPayloadKept,
  kInvalidateRange,
  kInvalidateReentry,
  // transport_dbg.
  kDebugPointer,
  kDebugCount,
  kDebugNoTime,
  kDebugPayloadKept,
  kCount
};

inline constexpr std::size_t kProtocolRules = static_cast<std::size_t>(ProtocolRule::kCount);

struct ProtocolRuleText {
  const char* name;    ///< snake_case, as in result.json.
  const char* source;  ///< Clause of IEEE Std 1666-2011 with its letter where that is certain, else section by name, or "visoc".
  const char* text;    ///< What must hold.
};

const ProtocolRuleText& rule_text(ProtocolRule rule);

/// Checks and violations of one link. The first ten violations are printed with level error, the others only counted.
class ProtocolTally {
 public:
  static constexpr std::size_t kMessages = 10;

  /// `quiet`: nothing is printed; for tests that violate on purpose.
  ProtocolTally(std::string link, bool quiet) : link_(std::move(link)), quiet_(quiet) {}

  /// Counts; `detail()` is asked for the numbers that disagree when `holds` is false.
  template <typename Detail>
  bool check(ProtocolRule rule, bool holds, Detail&& detail) {
    ++checks_[static_cast<std::size_t>(rule)];
    if (!holds) violate(rule, detail());
    return holds;
  }

  const std::string& link() const { return link_; }
  std::uint64_t checks() const { return sum(checks_); }
  std::uint64_t violations() const { return sum(violations_); }
  std::uint64_t checks(ProtocolRule rule) const { return checks_[static_cast<std::size_t>(rule)]; }
  std::uint64_t violations(ProtocolRule rule) const { return violations_[static_cast<std::size_t>(rule)]; }
  /// Texts of the first kMessages violations.
  const std::vector<std::string>& messages() const { return messages_; }

 private:
  using Counts = std::array<std::uint64_t, kProtocolRules>;
  static std::uint64_t sum(const Counts& counts);
  void violate(ProtocolRule rule, const std::string& detail);

  std::string link_;
  bool quiet_;
  Counts checks_{}, violations_{};
  std::vector<std::string> messages_;
};

/// Whether `link` is among those that `pattern` asks for: "on" means all, "off" or nothing means none, else names with '*' and '?',
/// separated by commas, such as "dma0_to_*,*_to_dram0".
bool link_matches(const std::string& pattern, const std::string& link);

}  // namespace visoc
