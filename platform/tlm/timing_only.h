// Marks a transaction that takes time but moves no data: a cache miss whose data go through a DMI pointer.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm.h>

namespace visoc {

/// Extension of a payload with TLM_IGNORE_COMMAND. Address and length are those of the line; the data pointer is not used.
/// Buses and memories reserve time for it as for a read or a write and count its bytes apart. Without this extension
/// TLM_IGNORE_COMMAND does nothing.
struct TimingOnly : tlm::tlm_extension<TimingOnly> {
  bool is_write = false;

  tlm_extension_base* clone() const override {
    auto* copy = new TimingOnly;
    copy->is_write = is_write;
    return copy;
  }
  void copy_from(const tlm_extension_base& other) override { is_write = static_cast<const TimingOnly&>(other).is_write; }
};

}  // namespace visoc
