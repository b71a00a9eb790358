// Picoseconds to and from the kernel's time (whose resolution is its default, 1 ps) without floating point.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <systemc>

#include "platform/base/units.h"

namespace visoc {

/// As sc_time::from_value, which is a call into the library: an sc_time is a count of the resolution.
inline sc_core::sc_time to_sc_time(Picos ps) {
  static_assert(sizeof(sc_core::sc_time) == sizeof ps);
  sc_core::sc_time time;
  std::memcpy(static_cast<void*>(&time), &ps, sizeof ps);
  return time;
}
inline Picos to_picos(const sc_core::sc_time& time) { return time.value(); }
/// As sc_time_stamp(), which is a call into the library.
inline Picos kernel_now() { return sc_core::sc_get_curr_simcontext()->time_stamp().value(); }

}  // namespace visoc
