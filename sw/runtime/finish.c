// SPDX-License-Identifier: Apache-2.0
#include "finish.h"

#include "csr.h"
#include "finisher_regs.h"
#include "machine.h"
#include "mmio.h"
#include "print.h"

static _Noreturn void finish(uint32_t value) {
  const uintptr_t base = machine.finisher != 0 ? machine.finisher : 0x00100000;
  fence();
  mmio_write32(base + FINISHER_FINISH_OFFSET, value);
  for (;;) wfi();
}

_Noreturn void finish_pass(void) { finish(FINISHER_FINISH_VERDICT_PASS); }

_Noreturn void finish_fail(unsigned code) {
  if (code == 0) code = 1;
  finish(FINISHER_FINISH_VERDICT_FAIL | (code & 0xffff) << FINISHER_FINISH_CODE_SHIFT);
}

_Noreturn void check_failed(const char* file, int line, const char* condition) {
  print("check failed: %s:%d: %s\n", file, line, condition);
  finish_fail(CHECK_FAIL_CODE);
}
