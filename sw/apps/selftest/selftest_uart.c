// Scratch register, and a byte that comes back through the loop.
// SPDX-License-Identifier: Apache-2.0
#include "mmio.h"
#include "selftest.h"
#include "uart_regs.h"

static const char* test_uart(const selftest_device_t* device) {
  const uintptr_t base = device->base;
  for (unsigned value = 0; value < 256; value += 51) {
    mmio_write8(base + UART_SCR_OFFSET, (uint8_t)value);
    EXPECT(mmio_read8(base + UART_SCR_OFFSET) == value);
  }
  while ((mmio_read8(base + UART_LSR_OFFSET) & UART_LSR_TEMT_MASK) == 0) {
  }
  const uint8_t control = mmio_read8(base + UART_MCR_OFFSET);
  mmio_write8(base + UART_MCR_OFFSET, control | UART_MCR_LOOP_MASK);
  mmio_write8(base + UART_THR_OFFSET, 0xa5);
  unsigned looks = 0;
  while ((mmio_read8(base + UART_LSR_OFFSET) & UART_LSR_DR_MASK) == 0 && ++looks < 1000000) {
  }
  const uint8_t received = mmio_read8(base + UART_RBR_OFFSET);
  mmio_write8(base + UART_MCR_OFFSET, control);
  EXPECT(received == 0xa5);
  return 0;
}

SELFTEST(30_uart, "uart", "ns16550a", test_uart);
