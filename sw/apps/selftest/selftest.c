// Runs every registered test on every instance in the device tree.
// SPDX-License-Identifier: Apache-2.0
#include "selftest.h"

#include "print.h"

extern const selftest_t __selftest_begin[], __selftest_end[];

static unsigned failures;

static void run(const selftest_t* test, const selftest_device_t* device) {
  const char* instance = dt_string(&machine.tree, device->node, "visoc,instance", 0);
  char name[32];
  if (instance != 0) {
    const char* what = test->name;  // "dma ring" of instance dma0 is printed as "dma0 ring".
    while (*what != 0 && *what != ' ') ++what;
    format_text(name, sizeof name, "%s%s", instance, what);
  } else if (test->compatible != 0) {
    format_text(name, sizeof name, "%s%u", test->name, device->index);
  } else {
    format_text(name, sizeof name, "%s", test->name);
  }
  const char* wrong = test->run(device);
  if (wrong == 0) {
    print("selftest: %s ok\n", name);
  } else {
    print("selftest: %s FAILED: %s\n", name, wrong);
    ++failures;
  }
}

int main(void) {
  for (const selftest_t* test = __selftest_begin; test != __selftest_end; ++test) {
    selftest_device_t device = {DT_NONE, 0, 0, 0};
    if (test->compatible == 0) {
      run(test, &device);
      continue;
    }
    for (;; ++device.index) {
      device.node = dt_find_compatible(&machine.tree, test->compatible, device.index);
      if (device.node == DT_NONE) break;
      device.base = machine_device(test->compatible, device.index);
      device.interrupt = machine_interrupt(test->compatible, device.index);
      run(test, &device);
    }
    if (device.index == 0) print("selftest: %s absent\n", test->name);
  }
  print("selftest: %u failed\n", failures);
  return (int)failures;  // Returning ends the run through the finisher, which so is tested too.
}
