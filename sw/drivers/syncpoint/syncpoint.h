// Driver of the syncpoint block: counters that engines post to and wait for.
// SPDX-License-Identifier: Apache-2.0
#ifndef VISOC_DRIVER_SYNCPOINT_H
#define VISOC_DRIVER_SYNCPOINT_H

#include <stdbool.h>
#include <stdint.h>

#define SYNCPOINT_COUNT 256

typedef struct {
  uintptr_t base;      // Of the block's registers.
  unsigned interrupt;  // PLIC source; 0: waiting polls.
} syncpoint_config_t;

typedef struct {
  syncpoint_config_t config;
  uint64_t used[SYNCPOINT_COUNT / 64];
} syncpoints_t;

typedef enum {
  SYNCPOINT_OK = 0,
  SYNCPOINT_BAD_ARGUMENT,  // Nothing was done: base 0, an id above 255, an increment that is not 1 to 31.
  SYNCPOINT_NONE_LEFT,     // Nothing was taken: all counters are in use.
  SYNCPOINT_UPSTREAM,      // The value was reached, but by a command that failed.
} syncpoint_status_t;

// Marks all counters free and connects the interrupt. `sync` stays where it is from now on.
syncpoint_status_t syncpoint_init(syncpoints_t* sync, syncpoint_config_t config);
// Takes a free counter and sets it to 0.
syncpoint_status_t syncpoint_alloc(syncpoints_t* sync, uint32_t* id);
void syncpoint_free(syncpoints_t* sync, uint32_t id);

// Adds `increment`; `failed` says that what is posted for has failed.
syncpoint_status_t syncpoint_post(const syncpoints_t* sync, uint32_t id, uint32_t increment, bool failed);
uint32_t syncpoint_value(const syncpoints_t* sync, uint32_t id);
// Sleeps until (int32_t)(counter - value) >= 0. At most one wait a hart; eight harts share the eight comparators.
syncpoint_status_t syncpoint_wait(const syncpoints_t* sync, uint32_t id, uint32_t value);

#endif  // VISOC_DRIVER_SYNCPOINT_H
