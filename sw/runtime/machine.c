// SPDX-License-Identifier: Apache-2.0
#include "machine.h"

extern char __end[];

machine_t machine;
static uint64_t arena_at;

static uintptr_t base_or(const char* compatible, uintptr_t otherwise) {
  const uintptr_t base = machine_device(compatible, 0);
  return base != 0 ? base : otherwise;
}

// Without visoc,free-memory (QEMU): from the end of the firmware to the device tree, or to the end of memory.
static void find_free_memory(void) {
  const dt_node_t chosen = dt_find_path(&machine.tree, "/chosen");
  if (dt_u64(&machine.tree, chosen, "visoc,free-memory", 0, &machine.free_base) &&
      dt_u64(&machine.tree, chosen, "visoc,free-memory", 1, &machine.free_size))
    return;
  const uint64_t first = ((uint64_t)(uintptr_t)__end + 0xfff) & ~0xfffull;
  const uint64_t blob = (uint64_t)(uintptr_t)machine.tree_blob;
  uint64_t end = machine.memory_base + machine.memory_size;
  if (blob >= first && blob < end) end = blob & ~0xfffull;
  machine.free_base = first;
  machine.free_size = end > first ? end - first : 0;
}

void machine_init(const void* device_tree) {
  machine.tree_blob = device_tree;
  dt_open(&machine.tree, device_tree);
  const unsigned harts = dt_cpu_count(&machine.tree);
  machine.harts = harts != 0 ? harts : 1;
  uint32_t frequency = 10000000;
  dt_u32(&machine.tree, dt_find_path(&machine.tree, "/cpus"), "timebase-frequency", 0, &frequency);
  machine.timebase_hz = frequency;

  uint64_t stdout_base = 0;
  const char* stdout_path = dt_string(&machine.tree, dt_find_path(&machine.tree, "/chosen"), "stdout-path", 0);
  const bool has_stdout = stdout_path != 0 && dt_reg(&machine.tree, dt_find_path(&machine.tree, stdout_path), 0, &stdout_base, 0);
  machine.uart = has_stdout ? stdout_base : base_or("ns16550a", 0x10000000);
  machine.clint = base_or("riscv,clint0", 0x02000000);
  machine.plic = base_or("riscv,plic0", 0x0c000000);
  machine.finisher = base_or("sifive,test0", 0x00100000);
  if (!dt_memory(&machine.tree, &machine.memory_base, &machine.memory_size)) {
    machine.memory_base = 0x80000000;
    machine.memory_size = 8u << 20;
  }
  find_free_memory();
  arena_at = machine.free_base;
}

void* arena_alloc(size_t bytes, size_t alignment) {
  const uint64_t at = (arena_at + alignment - 1) & ~((uint64_t)alignment - 1);
  const uint64_t end = machine.free_base + machine.free_size;
  if (at < arena_at || at > end || bytes > end - at) return 0;
  arena_at = at + bytes;
  return (void*)(uintptr_t)at;
}

size_t arena_left(void) { return machine.free_base + machine.free_size - arena_at; }

uintptr_t machine_device(const char* compatible, unsigned index) {
  uint64_t base = 0;
  return dt_reg(&machine.tree, dt_find_compatible(&machine.tree, compatible, index), 0, &base, 0) ? (uintptr_t)base : 0;
}

unsigned machine_interrupt(const char* compatible, unsigned index) {
  uint32_t source = 0;
  dt_interrupt(&machine.tree, dt_find_compatible(&machine.tree, compatible, index), 0, &source);
  return source;
}
