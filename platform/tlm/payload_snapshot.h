// What a generic payload was like, to tell what others did to it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm.h>

#include <vector>

#include "platform/tlm/protocol_rules.h"

namespace visoc {

/// Checks of a payload that sets out: attributes in their initial state, lengths, reference count.
void check_initial_payload(const tlm::tlm_generic_payload& payload, ProtocolTally& tally);

/// Copies what may not change: attributes, extensions, byte enables and the data of a write. A null data pointer counts as no data.
class PayloadSnapshot {
 public:
  explicit PayloadSnapshot(const tlm::tlm_generic_payload& payload);

  /// Every rule named ..._kept and `extensions_added`; `with_address` is for calls that come back before anything else happens to the
  /// payload (an interconnect need not restore the address between two phases of nb_transport).
  void compare(const tlm::tlm_generic_payload& payload, ProtocolTally& tally, bool with_address) const;
  /// The same without extensions, all under one rule.
  void compare_as(ProtocolRule rule, const tlm::tlm_generic_payload& payload, ProtocolTally& tally, bool with_data) const;

 private:
  bool same_enables(const tlm::tlm_generic_payload& payload) const;
  bool same_data(const tlm::tlm_generic_payload& payload) const;

  tlm::tlm_command command_;
  sc_dt::uint64 address_;
  unsigned char* data_;
  unsigned length_;
  unsigned char* enables_;
  unsigned enables_length_;
  unsigned streaming_width_;
  tlm::tlm_gp_option option_;
  bool has_mm_;
  std::vector<unsigned char> written_, enable_bytes_;
  std::vector<tlm::tlm_extension_base*> extensions_;
};

}  // namespace visoc
