// Loads from an address where nothing answers: shows the report of an unexpected exception and its fail code.
// SPDX-License-Identifier: Apache-2.0
#include "mmio.h"
#include "print.h"

int main(void) {
  print("fault: loading from nowhere\n");
  return (int)mmio_read32(0x00500000);  // Does not return: fail code TRAP_FAIL_CODE + 5.
}
