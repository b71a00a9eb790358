// The verilated block dma, free of Verilator's headers.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "rtl/common/rtl_pins.h"

namespace visoc {

std::unique_ptr<RtlPins> make_dma_pins();

}  // namespace visoc
