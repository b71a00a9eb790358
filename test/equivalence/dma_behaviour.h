// What any implementation of the dma must do, seen from its sockets; expected values by hand or from a plain loop, never from the model.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "test/equivalence/dma_bench.h"

namespace visoc::test {

struct DmaBehaviour {
  const char* name;
  void (*check)(DmaBench& bench);
};

/// Each check starts the ring itself.
const std::vector<DmaBehaviour>& dma_behaviours();

}  // namespace visoc::test
