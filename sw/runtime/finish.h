// The end of a run, and checks of the firmware's own expectations.
// SPDX-License-Identifier: Apache-2.0
#ifndef VISOC_RUNTIME_FINISH_H
#define VISOC_RUNTIME_FINISH_H

// Ends the run as passed.
_Noreturn void finish_pass(void);
// Ends it as failed; `code` is 1 to 65535 (0 counts as 1). QEMU's exit code is its low byte.
_Noreturn void finish_fail(unsigned code);

#define CHECK_FAIL_CODE 0x20

// Says where, and ends the run with CHECK_FAIL_CODE.
_Noreturn void check_failed(const char* file, int line, const char* condition);

// On in all builds.
#define FW_CHECK(condition)                                              \
  do {                                                                   \
    if (!(condition)) check_failed(__FILE_NAME__, __LINE__, #condition); \
  } while (0)

#ifndef __FILE_NAME__
#define __FILE_NAME__ __FILE__
#endif

#endif  // VISOC_RUNTIME_FINISH_H
