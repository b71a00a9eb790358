// Start of a benchmark on four harts: hart h runs main_<h> on its own stack and data; the last to end writes the finisher.
// SPDX-License-Identifier: Apache-2.0
  .section .text.start, "ax"
  .globl _start
_start:
  csrr s0, mhartid
  li t0, 4
  bgeu s0, t0, 3f
  li t0, 0x6000
  csrs mstatus, t0
  la sp, stacks
  addi t0, s0, 1
  slli t0, t0, 14
  add sp, sp, t0
  la t0, mains
  slli t1, s0, 3
  add t0, t0, t1
  ld t0, 0(t0)
  jalr t0
  la t0, failed
  snez a0, a0
  amoor.w.aqrl zero, a0, (t0)
  la t0, done
  li t1, 1
  amoadd.w.aqrl t1, t1, (t0)
  li t2, 3
  bne t1, t2, 3f
  la t0, failed
  lw a0, 0(t0)
  li t0, 0x100000
  li t1, 0x5555
  beqz a0, 2f
  li t1, 0x13333
2:
  sw t1, 0(t0)
3:
  wfi
  j 3b
  .section .rodata
  .balign 8
mains:
  .dword main_0, main_1, main_2, main_3
  .bss
  .balign 64
done:
  .zero 64
failed:
  .zero 64
stacks:
  .zero 4 * 16384
