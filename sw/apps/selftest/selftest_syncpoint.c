// Posts, the error history, and a comparator that wakes the hart.
// SPDX-License-Identifier: Apache-2.0
#include "mmio.h"
#include "selftest.h"
#include "syncpoint.h"
#include "syncpoint_regs.h"
#include "timer.h"
#include "trap.h"

static syncpoints_t sync;
static uint32_t counter;

static void post_from_timer(void* argument) {
  (void)argument;
  timer_off();
  syncpoint_post(&sync, counter, 2, false);
}

static const char* test_syncpoint(const selftest_device_t* device) {
  const syncpoint_config_t config = {device->base, device->interrupt};
  EXPECT(device->interrupt != 0);
  EXPECT(syncpoint_init(&sync, config) == SYNCPOINT_OK);
  EXPECT(syncpoint_alloc(&sync, &counter) == SYNCPOINT_OK);
  EXPECT(syncpoint_value(&sync, counter) == 0);
  EXPECT(syncpoint_post(&sync, counter, 3, false) == SYNCPOINT_OK);
  EXPECT(syncpoint_value(&sync, counter) == 3);
  EXPECT(syncpoint_wait(&sync, counter, 3) == SYNCPOINT_OK);  // Reached already.

  timer_connect(post_from_timer, 0);
  timer_set(timer_ticks() + machine.timebase_hz / 100000);  // 10 us ahead, while this hart sleeps.
  EXPECT(syncpoint_wait(&sync, counter, 5) == SYNCPOINT_OK);
  EXPECT(syncpoint_value(&sync, counter) == 5);

  EXPECT(syncpoint_post(&sync, counter, 1, true) == SYNCPOINT_OK);
  EXPECT(syncpoint_wait(&sync, counter, 6) == SYNCPOINT_UPSTREAM);
  EXPECT(syncpoint_wait(&sync, counter, 5) == SYNCPOINT_OK);
  syncpoint_free(&sync, counter);
  return 0;
}

SELFTEST(60_syncpoint, "sync", "visoc,syncpoint", test_syncpoint);
