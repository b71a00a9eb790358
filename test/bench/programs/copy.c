// dma0 copies 16 MiB sixteen times; the hart sleeps. Registers: ip/dma/registers.md. SPDX-License-Identifier: Apache-2.0
#include <stdint.h>

enum { ROUNDS = 16 };
static volatile struct {
  uint16_t opcode, flags;
  uint32_t tag, waits[8], post_id, post_increment;
  uint64_t parameters;
  uint32_t parameter_bytes, reserved;
} ring[16] __attribute__((aligned(64)));
static volatile uint64_t completions[16 * 4] __attribute__((aligned(64)));
static struct {
  uint64_t src, dst;
  uint32_t row_bytes, rows;
  uint32_t src_stride, dst_stride;
  uint32_t pattern, reserved[7];
} parameters __attribute__((aligned(64)));

static volatile uint32_t* const dma = (volatile uint32_t*)0x12010000;

int main(void) {
  parameters.src = 0x84000000;
  parameters.dst = 0x88000000;
  parameters.row_bytes = 65536;
  parameters.rows = 256;
  parameters.src_stride = parameters.dst_stride = 65536;
  for (unsigned i = 0; i < ROUNDS; ++i) {
    ring[i].opcode = 1;
    ring[i].flags = 1u << 4;
    ring[i].parameters = (uintptr_t)&parameters;
    ring[i].parameter_bytes = sizeof parameters;
  }
  dma[0x20 / 4] = (uint32_t)(uintptr_t)ring;
  dma[0x24 / 4] = 0;
  dma[0x28 / 4] = 4;
  dma[0x34 / 4] = (uint32_t)(uintptr_t)completions;
  dma[0x38 / 4] = 0;
  dma[0x14 / 4] = 3;
  dma[0x08 / 4] = 1;
  *(volatile uint32_t*)(0x0c000000 + 4 * 33) = 1;  // PLIC: source 33, context 0.
  *(volatile uint32_t*)0x0c002004 = 1u << 1;
  *(volatile uint32_t*)0x0c200000 = 0;
  const uint64_t external = 1u << 11;
  __asm__ volatile("csrs mie, %0" ::"r"(external));
  dma[0x2c / 4] = ROUNDS;
  while (dma[0x30 / 4] != ROUNDS) {
    dma[0x10 / 4] = 3;  // Take the interrupt's cause away, so that WFI sleeps.
    if (dma[0x30 / 4] != ROUNDS) __asm__ volatile("wfi");
  }
  for (unsigned i = 0; i < ROUNDS; ++i)
    if ((completions[4 * i] >> 32) != 0) return 1;
  return 0;
}
