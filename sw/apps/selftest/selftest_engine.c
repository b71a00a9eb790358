// What every engine with a command ring must do, whatever it is for: raise its test interrupt through the PLIC, and end a command
// of an unknown opcode with a status while the next one still runs.
// SPDX-License-Identifier: Apache-2.0
#include "command_ring.h"
#include "command_ring_regs.h"
#include "mmio.h"
#include "print.h"
#include "selftest.h"
#include "trap.h"

static volatile bool came;

static void on_test_interrupt(void* argument) {
  mmio_write32((uintptr_t)argument + COMMAND_RING_INTR_STATE_OFFSET, COMMAND_RING_INTR_STATE_DONE_MASK);
  came = true;
}

static const char* test_engine(const selftest_device_t* device) {
  EXPECT(device->interrupt != 0);
  came = false;
  EXPECT(interrupt_connect(device->interrupt, 1, on_test_interrupt, (void*)device->base));
  mmio_write32(device->base + COMMAND_RING_INTR_ENABLE_OFFSET, COMMAND_RING_INTR_ENABLE_DONE_MASK);
  mmio_write32(device->base + COMMAND_RING_INTR_TEST_OFFSET, COMMAND_RING_INTR_TEST_DONE_MASK);
  wait_for_interrupt_until(&came);
  interrupt_disconnect(device->interrupt);

  static command_ring_t ring;  // The interrupt handler keeps its address.
  const command_ring_config_t config = {device->base, machine_device("visoc,syncpoint", 0), 1, device->interrupt};
  EXPECT(command_ring_init(&ring, config) == COMMAND_RING_OK);
  for (uint32_t round = 0; round < 3; ++round) {
    const command_t command = {.opcode = 0xffff, .tag = 0x1000 + round};
    command_completion_t completion;
    EXPECT(command_ring_run(&ring, &command, &completion) == COMMAND_RING_OK);
    EXPECT(completion.tag == 0x1000 + round);
    EXPECT(completion.status == COMMAND_UNKNOWN_OPCODE);
  }
  interrupt_disconnect(device->interrupt);
  mmio_write32(device->base + COMMAND_RING_CONTROL_OFFSET, COMMAND_RING_CONTROL_RESET_MASK);
  return 0;
}

SELFTEST(70_dma_ring, "dma ring", "visoc,dma", test_engine);
SELFTEST(71_npu_ring, "npu ring", "visoc,npu", test_engine);
SELFTEST(72_pim_ring, "pim ring", "visoc,pim", test_engine);
SELFTEST(73_vdec_ring, "video_decoder ring", "visoc,video-decoder", test_engine);
SELFTEST(74_scale_ring, "scaler ring", "visoc,scaler", test_engine);
SELFTEST(75_display_ring, "display ring", "visoc,display", test_engine);
