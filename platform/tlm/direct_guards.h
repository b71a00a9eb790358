// The guards of a memory that was granted for direct access.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm.h>

#include <memory>

#include "platform/contract/page_guards.h"

namespace visoc {

/// Extension of the payload of get_direct_mem_ptr. A memory that is written by others fills it in; offset 0 of the guards is the first
/// byte of the grant. Whoever keeps pointers for writing, or decoded instructions, listens to them.
struct DirectGuards : tlm::tlm_extension<DirectGuards> {
  std::shared_ptr<PageGuards> guards;

  tlm_extension_base* clone() const override {
    auto* copy = new DirectGuards;
    copy->guards = guards;
    return copy;
  }
  void copy_from(const tlm_extension_base& other) override { guards = static_cast<const DirectGuards&>(other).guards; }
};

}  // namespace visoc
