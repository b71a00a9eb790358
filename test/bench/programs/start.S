// Start of a benchmark program; hart 0 only. SPDX-License-Identifier: Apache-2.0
  .section .text.start, "ax"
  .globl _start
_start:
  csrr t0, mhartid
  bnez t0, 1f
  la sp, stack_top
  li t0, 0x6000
  csrs mstatus, t0
  call main
  li t0, 0x100000
  li t1, 0x5555
  beqz a0, 2f
  li t1, 0x13333
2:
  sw t1, 0(t0)
1:
  wfi
  j 1b
  .bss
  .balign 16
  .zero 65536
stack_top:
