// SPDX-License-Identifier: Apache-2.0
#include "syncpoint.h"

#include "csr.h"
#include "mmio.h"
#include "syncpoint_regs.h"
#include "trap.h"

_Static_assert(SYNCPOINT_COUNT == SYNCPOINT_VALUE_COUNT, "the block has as many counters as the driver");

static void acknowledge(void* argument) {
  const syncpoints_t* sync = argument;
  const uintptr_t state = sync->config.base + SYNCPOINT_INTR_STATE_OFFSET;
  mmio_write32(state, mmio_read32(state));
}

syncpoint_status_t syncpoint_init(syncpoints_t* sync, syncpoint_config_t config) {
  if (config.base == 0 || config.interrupt >= MAX_INTERRUPT_SOURCES) return SYNCPOINT_BAD_ARGUMENT;
  sync->config = config;
  for (unsigned i = 0; i < SYNCPOINT_COUNT / 64; ++i) sync->used[i] = 0;
  for (unsigned i = 0; i < SYNCPOINT_COMPARE_ENABLE_COUNT; ++i) mmio_write32(config.base + SYNCPOINT_COMPARE_ENABLE_OFFSET(i), 0);
  mmio_write32(config.base + SYNCPOINT_INTR_STATE_OFFSET, SYNCPOINT_INTR_STATE_REACHED_MASK);
  if (config.interrupt != 0) {
    interrupt_connect(config.interrupt, 1, acknowledge, sync);
    mmio_write32(config.base + SYNCPOINT_INTR_ENABLE_OFFSET, SYNCPOINT_INTR_ENABLE_REACHED_MASK);
  }
  return SYNCPOINT_OK;
}

syncpoint_status_t syncpoint_alloc(syncpoints_t* sync, uint32_t* id) {
  for (uint32_t i = 0; i < SYNCPOINT_COUNT; ++i) {
    if ((sync->used[i / 64] >> (i % 64) & 1) != 0) continue;
    sync->used[i / 64] |= 1ull << (i % 64);
    mmio_write32(sync->config.base + SYNCPOINT_CLEAR_OFFSET((uintptr_t)i), SYNCPOINT_CLEAR_CLEAR_MASK);
    *id = i;
    return SYNCPOINT_OK;
  }
  return SYNCPOINT_NONE_LEFT;
}

void syncpoint_free(syncpoints_t* sync, uint32_t id) {
  if (id < SYNCPOINT_COUNT) sync->used[id / 64] &= ~(1ull << (id % 64));
}

syncpoint_status_t syncpoint_post(const syncpoints_t* sync, uint32_t id, uint32_t increment, bool failed) {
  if (id >= SYNCPOINT_COUNT || increment == 0 || increment > SYNCPOINT_POST_INCREMENT_MASK) return SYNCPOINT_BAD_ARGUMENT;
  fence();
  mmio_write32(sync->config.base + SYNCPOINT_POST_OFFSET((uintptr_t)id), increment | (failed ? SYNCPOINT_POST_ERROR_MASK : 0));
  return SYNCPOINT_OK;
}

uint32_t syncpoint_value(const syncpoints_t* sync, uint32_t id) {
  return id < SYNCPOINT_COUNT ? mmio_read32(sync->config.base + SYNCPOINT_VALUE_OFFSET((uintptr_t)id)) : 0;
}

typedef struct {
  uintptr_t pair;
  uint32_t value;
  uint32_t passed, history;
} awaited_t;

static bool reached(void* argument) {
  awaited_t* awaited = argument;
  const uint64_t pair = mmio_read64(awaited->pair);
  awaited->passed = (uint32_t)pair - awaited->value;
  awaited->history = (uint32_t)(pair >> 32);
  return (int32_t)awaited->passed >= 0;
}

syncpoint_status_t syncpoint_wait(const syncpoints_t* sync, uint32_t id, uint32_t value) {
  if (id >= SYNCPOINT_COUNT) return SYNCPOINT_BAD_ARGUMENT;
  awaited_t awaited = {sync->config.base + SYNCPOINT_VALUE_OFFSET((uintptr_t)id), value, 0, 0};
  if (sync->config.interrupt != 0) {
    const unsigned comparator = hart_id() % SYNCPOINT_COMPARE_ENABLE_COUNT;
    mmio_write32(sync->config.base + SYNCPOINT_COMPARE_ENABLE_OFFSET((uintptr_t)comparator), 0);
    mmio_write32(sync->config.base + SYNCPOINT_COMPARE_ID_OFFSET((uintptr_t)comparator), id);
    mmio_write32(sync->config.base + SYNCPOINT_COMPARE_VALUE_OFFSET((uintptr_t)comparator), value);
    mmio_write32(sync->config.base + SYNCPOINT_COMPARE_ENABLE_OFFSET((uintptr_t)comparator), SYNCPOINT_COMPARE_ENABLE_ENABLE_MASK);
    wait_until(reached, &awaited);
    mmio_write32(sync->config.base + SYNCPOINT_COMPARE_ENABLE_OFFSET((uintptr_t)comparator), 0);
  } else {
    while (!reached(&awaited)) {
    }
  }
  fence();
  const bool failed = awaited.passed < 32 && (awaited.history >> awaited.passed & 1) != 0;
  return failed ? SYNCPOINT_UPSTREAM : SYNCPOINT_OK;
}
