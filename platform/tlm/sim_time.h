// Picoseconds to and from the kernel's time (whose resolution is its default, 1 ps) without floating point.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemc>

#include "platform/base/units.h"

namespace visoc {

inline sc_core::sc_time to_sc_time(Picos ps) { return sc_core::sc_time::from_value(ps); }
inline Picos to_picos(const sc_core::sc_time& time) { return time.value(); }
inline Picos kernel_now() { return sc_core::sc_time_stamp().value(); }

}  // namespace visoc
