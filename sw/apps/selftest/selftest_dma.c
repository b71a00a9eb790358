// A two-dimensional copy and a fill, a list, gathered rows and CRCs, the order of two commands by a syncpoint, and a copy from nowhere that
// says where it stopped.
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

// The check value of CRC-32, alone and as a copy's second result.
static const char* check_crc(dma_t* dma) {
  static const char digits[] = "123456789";
  uint32_t crc = 0, index = 0;
  command_completion_t completion;
  const dma_status_t status = dma_crc32(dma, digits, 9, &crc);
  if (status == DMA_UNSUPPORTED) return 0;
  EXPECT(status == DMA_OK && crc == 0xcbf43926u);
  const dma_copy_t copy = {.src = digits, .dst = target, .row_bytes = 3, .rows = 3, .src_stride = 3, .dst_stride = 3, .crc = true};
  EXPECT(dma_submit_copy(dma, &copy, 0, &index) == DMA_OK);
  EXPECT(dma_wait(dma, index, &completion) == DMA_OK && dma_crc_of(&completion) == 0xcbf43926u);
  EXPECT(memcmp(target, digits, 9) == 0);
  return 0;
}

// Every third row from the second on. Rows of the source lie SRC_STRIDE apart.
static const char* check_gather(dma_t* dma) {
  const dma_gather_t gather = {
      .copy = {.src = source, .dst = target, .row_bytes = ROW_BYTES, .rows = ROWS, .src_stride = SRC_STRIDE, .dst_stride = ROW_BYTES},
      .period = 3,
      .offset = 1};
  uint32_t index = 0;
  command_completion_t completion;
  memset(target, 0, sizeof target);
  const dma_status_t status = dma_submit_gather(dma, &gather, 0, &index);
  if (status == DMA_UNSUPPORTED) return 0;
  EXPECT(status == DMA_OK && dma_wait(dma, index, &completion) == DMA_OK);
  EXPECT(completion.detail == 2 * ROW_BYTES);
  for (unsigned i = 0; i < 3 * ROW_BYTES; ++i)
    EXPECT(target[i] == (i < ROW_BYTES ? source[SRC_STRIDE + i] : i < 2 * ROW_BYTES ? source[4 * SRC_STRIDE + i - ROW_BYTES] : 0));
  return 0;
}

// Where the engine takes no lists it must say so; then the pieces go one by one.
static const char* check_list(dma_t* dma) {
  static dma_list_entry_t entries[20];
  enum { COUNT = sizeof entries / sizeof *entries };
  uint32_t index = 0;
  memset(target, 0, sizeof target);
  for (unsigned i = 0; i < COUNT; ++i)
    entries[i] = (dma_list_entry_t){.src = (uintptr_t)&source[7 * i], .dst = (uintptr_t)&target[11 * i], .bytes = 1 + i % 11};
  const dma_status_t status = dma_submit_list(dma, entries, COUNT, false, 0, &index);
  if (status == DMA_UNSUPPORTED) {
    for (unsigned i = 0; i < COUNT; ++i) EXPECT(dma_copy(dma, &target[11 * i], &source[7 * i], entries[i].bytes) == DMA_OK);
  } else {
    EXPECT(status == DMA_OK && dma_wait(dma, index, 0) == DMA_OK);
  }
  for (unsigned i = 0; i < COUNT; ++i)
    for (unsigned k = 0; k < 11; ++k) EXPECT(target[11 * i + k] == (k < entries[i].bytes ? source[7 * i + k] : 0));
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
  if (wrong == 0) wrong = check_list(&dma);
  if (wrong == 0) wrong = check_gather(&dma);
  if (wrong == 0) wrong = check_crc(&dma);
  return wrong != 0 ? wrong : check_order(&dma, &copy);
}

SELFTEST(80_dma, "dma", "visoc,dma", test_dma);
