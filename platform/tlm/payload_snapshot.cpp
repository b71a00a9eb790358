// SPDX-License-Identifier: Apache-2.0
#include "platform/tlm/payload_snapshot.h"

#include <algorithm>
#include <cstdio>

namespace visoc {
namespace {

using Payload = tlm::tlm_generic_payload;
using Rule = ProtocolRule;

std::string hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

const char* command_name(tlm::tlm_command command) {
  return command == tlm::TLM_READ_COMMAND ? "read" : command == tlm::TLM_WRITE_COMMAND ? "write" : "ignore";
}

/// "write of 64 bytes at 0x80000000".
std::string what(const Payload& payload) {
  return std::string(command_name(payload.get_command())) + " of " + std::to_string(payload.get_data_length()) + " bytes at " +
         hex(payload.get_address());
}

std::string changed(const Payload& payload, const char* attribute, std::uint64_t before, std::uint64_t after) {
  return what(payload) + ": " + attribute + " was " + hex(before) + " and is " + hex(after);
}

std::uint64_t number(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }

}  // namespace

void check_initial_payload(const Payload& payload, ProtocolTally& tally) {
  const bool moves_data = payload.get_command() != tlm::TLM_IGNORE_COMMAND;
  const auto text = [&] { return what(payload); };
  if (moves_data) {
    tally.check(Rule::kDataPointer, payload.get_data_ptr() != nullptr, text);
    tally.check(Rule::kDataLength, payload.get_data_length() != 0, text);
  }
  tally.check(Rule::kByteEnableLength, payload.get_byte_enable_ptr() == nullptr || payload.get_byte_enable_length() != 0, text);
  tally.check(Rule::kStreamingWidth, payload.get_streaming_width() != 0, text);
  tally.check(Rule::kDmiHintInitial, !payload.is_dmi_allowed(), text);
  tally.check(Rule::kResponseInitial, payload.get_response_status() == tlm::TLM_INCOMPLETE_RESPONSE,
              [&] { return what(payload) + ": " + payload.get_response_string(); });
  tally.check(Rule::kOptionInitial, payload.get_gp_option() == tlm::TLM_MIN_PAYLOAD, text);
  if (payload.has_mm()) tally.check(Rule::kReferenceCount, payload.get_ref_count() > 0, text);
}

PayloadSnapshot::PayloadSnapshot(const Payload& payload)
    : command_(payload.get_command()),
      address_(payload.get_address()),
      data_(payload.get_data_ptr()),
      length_(payload.get_data_length()),
      enables_(payload.get_byte_enable_ptr()),
      enables_length_(payload.get_byte_enable_length()),
      streaming_width_(payload.get_streaming_width()),
      option_(payload.get_gp_option()),
      has_mm_(payload.has_mm()),
      extensions_(tlm::max_num_extensions()) {
  if (payload.is_write() && data_ != nullptr) written_.assign(data_, data_ + length_);
  if (enables_ != nullptr) enable_bytes_.assign(enables_, enables_ + enables_length_);
  for (unsigned i = 0; i < extensions_.size(); ++i) extensions_[i] = payload.get_extension(i);
}

bool PayloadSnapshot::same_enables(const Payload& payload) const {
  return payload.get_byte_enable_ptr() == enables_ && payload.get_byte_enable_length() == enables_length_ &&
         (enables_ == nullptr || std::equal(enable_bytes_.begin(), enable_bytes_.end(), enables_));
}

bool PayloadSnapshot::same_data(const Payload&) const { return written_.empty() || std::equal(written_.begin(), written_.end(), data_); }

void PayloadSnapshot::compare(const Payload& payload, ProtocolTally& tally, bool with_address) const {
  const auto kept = [&](Rule rule, const char* attribute, std::uint64_t before, std::uint64_t after) {
    tally.check(rule, before == after, [&] { return changed(payload, attribute, before, after); });
  };
  kept(Rule::kCommandKept, "the command", command_, payload.get_command());
  if (with_address) kept(Rule::kAddressKept, "the address", address_, payload.get_address());
  kept(Rule::kDataPointerKept, "the data pointer", number(data_), number(payload.get_data_ptr()));
  kept(Rule::kDataLengthKept, "the data length", length_, payload.get_data_length());
  kept(Rule::kStreamingWidthKept, "the streaming width", streaming_width_, payload.get_streaming_width());
  tally.check(Rule::kByteEnableKept, same_enables(payload), [&] { return what(payload); });
  if (option_ == tlm::TLM_MIN_PAYLOAD) kept(Rule::kOptionKept, "the option", option_, payload.get_gp_option());
  if (command_ == tlm::TLM_WRITE_COMMAND) tally.check(Rule::kWriteDataKept, same_data(payload), [&] { return what(payload); });
  bool kept_all = true, added_none = true;
  for (unsigned i = 0; i < extensions_.size(); ++i) {
    const tlm::tlm_extension_base* now = payload.get_extension(i);
    if (extensions_[i] != nullptr && now != extensions_[i]) kept_all = false;
    if (extensions_[i] == nullptr && now != nullptr) added_none = false;
  }
  tally.check(Rule::kExtensionsKept, kept_all, [&] { return what(payload); });
  if (!has_mm_) {
    tally.check(Rule::kExtensionsAdded, added_none, [&] { return what(payload); });
    tally.check(Rule::kMemoryManagerKept, !payload.has_mm(), [&] { return what(payload); });
  }
}

void PayloadSnapshot::compare_as(ProtocolRule rule, const Payload& payload, ProtocolTally& tally, bool with_data) const {
  bool same = payload.get_command() == command_ && payload.get_address() == address_;
  if (with_data) same = same && payload.get_data_ptr() == data_ && payload.get_data_length() == length_ && same_data(payload);
  tally.check(rule, same, [&] {
    return what(payload) + ": was a " + command_name(command_) + " of " + std::to_string(length_) + " bytes at " + hex(address_);
  });
}

}  // namespace visoc
