// One test a block. SELFTEST(order, name, compatible, function) registers it; the linker collects the entries in their order.
// SPDX-License-Identifier: Apache-2.0
#ifndef VISOC_SELFTEST_H
#define VISOC_SELFTEST_H

#include "machine.h"

// The instance under test. For tests without `compatible`: node DT_NONE, base 0.
typedef struct {
  dt_node_t node;
  uintptr_t base;
  unsigned interrupt;  // PLIC source, 0 if none.
  unsigned index;      // Among the nodes with the same compatible string.
} selftest_device_t;

typedef struct {
  const char* name;                                     // What is printed if the tree has no visoc,instance.
  const char* compatible;                               // Run once for each such node; null: run once.
  const char* (*run)(const selftest_device_t* device);  // Null if all is well, else what is wrong.
} selftest_t;

#define SELFTEST(order, name, compatible, run) \
  static const selftest_t selftest_##order __attribute__((used, aligned(8), section(".selftest." #order))) = {name, compatible, run}

// Ends the test with a text if the condition does not hold.
#define EXPECT(condition)                             \
  do {                                                \
    if (!(condition)) return "not true: " #condition; \
  } while (0)

#endif  // VISOC_SELFTEST_H
