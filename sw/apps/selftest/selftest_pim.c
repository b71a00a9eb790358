// A two by two matrix times a vector.
// SPDX-License-Identifier: Apache-2.0
#include "pim.h"
#include "selftest.h"

static int8_t matrix[4] __attribute__((aligned(64))) = {1, 2, 3, 4};  // Rows are inputs, columns outputs.
static int8_t input[2] __attribute__((aligned(64))) = {5, -6};
static int32_t output[2] __attribute__((aligned(64)));

static const char* test_pim(const selftest_device_t* device) {
  static pim_t pim;
  EXPECT(pim_init(&pim, device->index, 2) == PIM_OK);
  const pim_placement_t placement = {0, 2, 2};
  EXPECT(pim_program(&pim, &placement, matrix, 2, false, 0) == PIM_OK);
  const pim_mvm_t mvm = {.placement = placement, .input = input, .output = output, .vectors = 1, .in_stride = 2, .out_stride = 8};
  command_completion_t completion;
  EXPECT(pim_mvm(&pim, &mvm, &completion) == PIM_OK);
  EXPECT(output[0] == 5 * 1 - 6 * 3);
  EXPECT(output[1] == 5 * 2 - 6 * 4);
  return 0;
}

SELFTEST(82_pim, "pim", "visoc,pim", test_pim);
