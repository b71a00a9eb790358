// A two-dimensional copy and a fill, the order of two commands by a syncpoint, and a copy from nowhere that says where it stopped.
// SPDX-License-Identifier: Apache-2.0
#include "dma.h"
#include "memory.h"
#include "selftest.h"
#include "syncpoint.h"

enum { ROWS = 5, ROW_BYTES = 24, SRC_STRIDE = 40, DST_STRIDE = 64 };
static const uintptr_t kNowhere = 0x00500000;

static uint8_t source[ROWS * SRC_STRIDE] __attribute__((aligned(64)));
static uint8_t target[ROWS * DST_STRIDE] __attribute__((aligned(64)));

static const char* check_target(uint8_t around) {
  for (unsigned row = 0; row < ROWS; ++row)
    for (unsigned i = 0; i < DST_STRIDE; ++i)
      EXPECT(target[row * DST_STRIDE + i] == (i < ROW_BYTES ? source[row * SRC_STRIDE + i] : around));
  return 0;
}

// The copy is queued first on a syncpoint that only the hart moves, so it must wait.
static const char* check_order(dma_t* dma, const dma_copy_t* copy) {
  syncpoints_t sync;
  const syncpoint_config_t config = {machine_device("visoc,syncpoint", 0), 0};
  if (config.base == 0) return 0;
  uint32_t start = 0, end = 0, index = 0;
  EXPECT(syncpoint_init(&sync, config) == SYNCPOINT_OK);
  EXPECT(syncpoint_alloc(&sync, &start) == SYNCPOINT_OK && syncpoint_alloc(&sync, &end) == SYNCPOINT_OK);
  const command_t order = {.tag = 7, .wait_count = 1, .waits = {{start, 1}}, .post = true, .post_id = end, .post_increment = 2};
  memset(target, 0, sizeof target);
  EXPECT(dma_submit_copy(dma, copy, &order, &index) == DMA_OK);
  EXPECT(!command_ring_done(&dma->ring, index));
  EXPECT(syncpoint_post(&sync, start, 1, false) == SYNCPOINT_OK);
  EXPECT(syncpoint_wait(&sync, end, 2) == SYNCPOINT_OK);
  const char* wrong = check_target(0);
  if (wrong != 0) return wrong;
  EXPECT(dma_wait(dma, index, 0) == DMA_OK);

  // After a command that failed, one that waits for its post fails too, and the ring goes on.
  const dma_copy_t bad = {.src = (const void*)kNowhere, .dst = target, .row_bytes = ROW_BYTES, .rows = 1};
  const command_t failing = {.post = true, .post_id = end, .post_increment = 1};
  const command_t following = {.wait_count = 1, .waits = {{end, 3}}};
  command_completion_t completion;
  EXPECT(dma_submit_copy(dma, &bad, &failing, &index) == DMA_OK);
  EXPECT(dma_wait(dma, index, &completion) == DMA_FAILED);
  EXPECT(completion.status == COMMAND_READ_FAULT && completion.fault_addr == kNowhere);
  EXPECT(dma_submit_copy(dma, copy, &following, &index) == DMA_OK);
  EXPECT(dma_wait(dma, index, &completion) == DMA_FAILED);
  EXPECT(completion.status == COMMAND_UPSTREAM);
  return 0;
}

static const char* test_dma(const selftest_device_t* device) {
  static dma_t dma;
  EXPECT(dma_init(&dma, device->index, 2) == DMA_OK);
  for (unsigned i = 0; i < sizeof source; ++i) source[i] = (uint8_t)(i * 11 + 3);
  EXPECT(dma_set(&dma, target, 0xee, sizeof target) == DMA_OK);
  for (unsigned i = 0; i < sizeof target; ++i) EXPECT(target[i] == 0xee);
  const dma_copy_t copy = {
      .src = source, .dst = target, .row_bytes = ROW_BYTES, .rows = ROWS, .src_stride = SRC_STRIDE, .dst_stride = DST_STRIDE};
  uint32_t index = 0;
  EXPECT(dma_submit_copy(&dma, &copy, 0, &index) == DMA_OK);
  EXPECT(dma_wait(&dma, index, 0) == DMA_OK);
  const char* wrong = check_target(0xee);
  return wrong != 0 ? wrong : check_order(&dma, &copy);
}

SELFTEST(80_dma, "dma", "visoc,dma", test_dma);
