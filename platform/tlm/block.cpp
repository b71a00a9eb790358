// SPDX-License-Identifier: Apache-2.0
#include "platform/tlm/block.h"

#include "platform/base/check.h"

namespace visoc {

void Block::connect_irq(unsigned, IrqLine&) { VISOC_CHECK(false, "this block has no interrupt outputs"); }

IrqLine* Block::irq_input(unsigned) { return nullptr; }

}  // namespace visoc
