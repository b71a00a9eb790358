// What gdb_test.py debugs: calls, a watched counter, a known CSR and float, a long loop, and harts that count. Needs no runtime.
// Compiled without optimisation, so that each line and variable is where the source has it.
// SPDX-License-Identifier: Apache-2.0
__asm__(
    ".section .text.start, \"ax\", @progbits\n"
    ".globl _start\n"
    ".type _start, @function\n"
    "_start:\n"
    ".cfi_startproc\n"
    ".cfi_undefined ra\n"
    "  .option push\n"
    "  .option norelax\n"
    "  la gp, __global_pointer$\n"
    "  .option pop\n"
    "  li t0, 0x2000\n"  // mstatus.FS = Initial
    "  csrs mstatus, t0\n"
    "  la sp, __stacks\n"
    "  addi t1, a0, 1\n"
    "  slli t1, t1, 12\n"  // 4 KiB a hart
    "  add sp, sp, t1\n"
    "  call start\n"
    ".cfi_endproc\n"
    ".size _start, . - _start\n"
    ".text\n");

volatile unsigned long counter = 0, scratch = 0x1122334455667788, ticks = 0;
volatile unsigned long laps[8];
volatile unsigned code = 0;  // What the run ends with; 0 is pass.
volatile double half = 2.5;

int add(int a, int b) {
  int sum = a + b;
  return sum;
}

int twice(int value) {
  int result = add(value, value);
  counter = (unsigned long)result;
  return result;
}

void spin(unsigned long rounds) {
  for (unsigned long i = 0; i < rounds; ++i) {
    ticks = i;
  }
}

void lap(unsigned long hart) { laps[hart] = laps[hart] + 1; }

void end(unsigned with) {
  *(volatile unsigned*)0x100000 = with == 0 ? 0x5555 : with << 16 | 0x3333;  // The finisher, as QEMU's sifive_test.
  for (;;) {
  }
}

int work(int value) {
  __asm__ volatile("csrw mscratch, %0" : : "r"(0x1234567890abcdef));
  double sum = half + 1.0;
  int first = twice(value);
  int second = twice(first + 1);
  for (ticks = 0; ticks < 20000; ++ticks) {  // Other harts are on their way by then.
  }
  spin(laps[1] != 0 ? 5000000 : 60000000);  // Long enough to be interrupted; other harts multiply the work.
  return first + second + (sum == 3.5 ? 0 : 1000);
}

void start(unsigned long hart) {
  if (hart != 0)
    for (;;) lap(hart);
  int done = work(21);
  end(done == 42 + 86 ? code : 99);
}
