// SPDX-License-Identifier: Apache-2.0
#include "platform/tlm/protocol_rules.h"

#include <algorithm>
#include <numeric>

#include "platform/base/log.h"

namespace visoc {
namespace {

// Letters of clauses are those that the published base protocol checker of Doulos (tlm2_base_protocol_checker.h, 2008-2013) names for
// the same rule. Where it names none, the section is given by its title. "visoc" marks rules that are ours and not the standard's.
constexpr std::array<ProtocolRuleText, kProtocolRules> kTexts = {{
    {"data_pointer", "14.11 e)", "the data pointer of a read or write is not null"},
    {"data_length", "14.12 d)", "the data length of a read or write is greater than 0"},
    {"byte_enable_length", "14.14 f)", "the byte enable length is greater than 0 where there is a byte enable pointer"},
    {"streaming_width", "14.15 f)", "the streaming width is greater than 0"},
    {"dmi_hint_initial", "14.16", "the DMI hint is false when a transaction sets out"},
    {"response_initial", "14.17 e)", "the response status is TLM_INCOMPLETE_RESPONSE when a transaction sets out"},
    {"option_initial", "14.8 g)", "the option attribute is TLM_MIN_PAYLOAD when a transaction sets out"},
    {"reference_count", "14.5 t)", "a transaction with a memory manager has a reference count greater than 0"},
    {"command_kept", "14.7", "nobody but the initiator sets the command"},
    {"address_kept", "14.7 for targets; visoc for buses", "whoever changes the address for b_transport gives it back on return"},
    {"data_pointer_kept", "14.7", "nobody but the initiator sets the data pointer"},
    {"data_length_kept", "14.7", "nobody but the initiator sets the data length"},
    {"byte_enable_kept", "14.7", "nobody but the initiator sets byte enable pointer, length or bytes"},
    {"streaming_width_kept", "14.7", "nobody but the initiator sets the streaming width"},
    {"option_kept", "14.8 h)", "an option attribute of TLM_MIN_PAYLOAD stays"},
    {"write_data_kept", "14.7", "the data array of a write stays as it is"},
    {"extensions_kept", "section 'Generic payload extensions'", "extensions that the initiator set stay"},
    {"extensions_added", "14.5 aa)", "without a memory manager an added extension is taken away before the return"},
    {"memory_manager_kept", "14.5 aa)", "a memory manager that was set on the way is taken away before the return"},
    {"response_set", "14.17", "the target has set the response status when the response sets out"},
    {"response_kept", "14.7", "the response status stays after BEGIN_RESP"},
    {"blocking_time", "section 'Timing annotation with the transport interfaces'", "time plus delay does not decrease in b_transport"},
    {"blocking_from_method", "11.1.1.4 b)", "b_transport is not called from a method process"},
    {"blocking_during_phases", "15.2.10 c)", "a transaction is not in b_transport and between phases of nb_transport at the same time"},
    {"memory_manager", "14.5 i)", "a transaction of nb_transport has a memory manager"},
    {"phase_direction", "15.2.3 c)", "BEGIN_REQ and END_RESP go forward, END_REQ and BEGIN_RESP go back"},
    {"phase_order", "15.2.4", "phases come in the order BEGIN_REQ, END_REQ, BEGIN_RESP, END_RESP, where END_REQ may be left out"},
    {"request_exclusion", "15.2.6 e)", "no BEGIN_REQ before the request before has ended"},
    {"response_exclusion", "15.2.6 f)", "no BEGIN_RESP before the response before has ended"},
    {"phase_time", "15.2.7 c)", "time plus delay does not decrease from phase to phase of a transaction"},
    {"non_blocking", "section 'TLM-2.0 non-blocking transport interface'", "nb_transport does not call wait"},
    {"accepted_unchanged", "section 'The tlm_sync_enum return value'",
     "with TLM_ACCEPTED phase, delay and response status are as they were"},
    {"completion", "15.2.4", "TLM_COMPLETED is not the answer to END_REQ or to an ignorable phase"},
    {"ignorable_phase", "section 'Ignorable phases'", "ignorable phases come between the first and the last phase of their transaction"},
    {"dmi_descriptor", "11.2.5 a) f) u) ac)", "the DMI descriptor has its initial values when a request sets out"},
    {"dmi_command", "section 'Direct memory interface'", "the command of a DMI request is read or write"},
    {"dmi_range", "11.2.5", "a DMI region does not end before it starts"},
    {"dmi_contains", "11.2.5", "a DMI region contains the address that was asked for"},
    {"dmi_access", "11.2.5", "a grant includes the access that was asked for"},
    {"dmi_pointer", "11.2.5", "a grant has a pointer"},
    {"dmi_refusal", "visoc", "a refusal hands out no pointer"},
    {"dmi_no_time", "section 'Direct memory interface'", "get_direct_mem_ptr does not call wait"},
    {"dmi_payload_kept", "14.7; visoc for the address at buses", "a DMI request comes back with its command and address"},
    {"invalidate_range", "section 'Direct memory interface'", "an invalidated region does not end before it starts"},
    {"invalidate_reentry", "section 'Direct memory interface'", "nobody calls get_direct_mem_ptr from within invalidate_direct_mem_ptr"},
    {"debug_pointer", "11.3.4 l)", "the data pointer of a debug access is not null unless its length is 0"},
    {"debug_count", "11.3.4 s)", "a debug access returns no more bytes than it was asked for"},
    {"debug_no_time", "section 'Debug transport interface'", "transport_dbg does not call wait"},
    {"debug_payload_kept", "14.7; visoc for the address at buses",
     "a debug access comes back with its attributes, and a write with its data"},
}};

/// '*' stands for any characters, '?' for one.
bool glob(const char* pattern, const char* text) {
  for (; *pattern != 0; ++pattern, ++text) {
    if (*pattern == '*') {
      for (++pattern;; ++text) {
        if (glob(pattern, text)) return true;
        if (*text == 0) return false;
      }
    }
    if (*text == 0 || (*pattern != '?' && *pattern != *text)) return false;
  }
  return *text == 0;
}

}  // namespace

const ProtocolRuleText& rule_text(ProtocolRule rule) { return kTexts[static_cast<std::size_t>(rule)]; }

std::uint64_t ProtocolTally::sum(const Counts& counts) { return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}); }

void ProtocolTally::violate(ProtocolRule rule, const std::string& detail) {
  ++violations_[static_cast<std::size_t>(rule)];
  if (messages_.size() == kMessages) return;
  const ProtocolRuleText& text = rule_text(rule);
  const bool ours = std::string(text.source) == "visoc";
  messages_.push_back(link_ + ": " + text.name + ": " + detail + " (" + text.text + "; " + (ours ? "rule of " : "IEEE 1666-2011, ") +
                      text.source + ")");
  if (!quiet_) log(LogLevel::kError, "protocol: " + messages_.back());
}

bool link_matches(const std::string& pattern, const std::string& link) {
  if (pattern.empty() || pattern == "off") return false;
  if (pattern == "on") return true;
  for (std::size_t at = 0; at <= pattern.size();) {
    const std::size_t comma = std::min(pattern.find(',', at), pattern.size());
    if (glob(pattern.substr(at, comma - at).c_str(), link.c_str())) return true;
    at = comma + 1;
  }
  return false;
}

}  // namespace visoc
