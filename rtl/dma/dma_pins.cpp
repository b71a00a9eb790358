// SPDX-License-Identifier: Apache-2.0
#include "rtl/dma/dma_pins.h"

#include <Vdma.h>

#include "rtl/common/verilated_pins.h"

namespace visoc {

std::unique_ptr<RtlPins> make_dma_pins() { return std::make_unique<VerilatedPins<Vdma>>(); }

}  // namespace visoc
