// Says what machine it runs on, and passes.
// SPDX-License-Identifier: Apache-2.0
#include "machine.h"
#include "print.h"
#include "timer.h"

int main(void) {
  const char* model = dt_string(&machine.tree, dt_root(&machine.tree), "model", 0);
  print("hello from %s\n", model != 0 ? model : "a machine without a device tree");
  print("harts: %u, timebase: %lu Hz\n", machine.harts, machine.timebase_hz);
  print("memory: 0x%lx, %lu MiB; free: 0x%lx, %lu KiB\n", machine.memory_base, machine.memory_size >> 20, machine.free_base,
        machine.free_size >> 10);
  const uint64_t before = timer_nanoseconds();
  timer_sleep_nanoseconds(100000);
  print("slept for 100 us: %s\n", timer_nanoseconds() - before >= 100000 ? "yes" : "too short");
  return 0;
}
