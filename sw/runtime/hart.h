// Work for the other harts. They sleep from the start until they get some.
// SPDX-License-Identifier: Apache-2.0
#ifndef VISOC_RUNTIME_HART_H
#define VISOC_RUNTIME_HART_H

#include <stdbool.h>

typedef void (*hart_work_t)(void* argument);

// Gives hart `hart` (1 to MAX_HARTS - 1) something to do and wakes it. False if it is still busy, or not a parked hart.
bool hart_start(unsigned hart, hart_work_t work, void* argument);
// True when it has done its work.
bool hart_is_idle(unsigned hart);

#endif  // VISOC_RUNTIME_HART_H
