// The way of an interrupt from a device through the PLIC to a handler, by the serial port's transmitter.
// SPDX-License-Identifier: Apache-2.0
#include "mmio.h"
#include "selftest.h"
#include "trap.h"
#include "uart_regs.h"

static volatile bool came;

static void on_transmitter_empty(void* argument) {
  mmio_write8((uintptr_t)argument + UART_IER_OFFSET, 0);
  came = true;
}

static const char* test_plic(const selftest_device_t* device) {
  (void)device;
  const uintptr_t uart = machine_device("ns16550a", 0);
  const unsigned source = machine_interrupt("ns16550a", 0);
  EXPECT(uart != 0 && source != 0);
  EXPECT(interrupt_connect(source, 1, on_transmitter_empty, (void*)uart));
  for (unsigned round = 0; round < 3; ++round) {  // A source that is not completed would come once only.
    came = false;
    mmio_write8(uart + UART_IER_OFFSET, UART_IER_ETBEI_MASK);
    wait_for_interrupt_until(&came);
  }
  interrupt_disconnect(source);
  return 0;
}

SELFTEST(50_plic, "plic", "riscv,plic0", test_plic);
