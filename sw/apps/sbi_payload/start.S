// Entries of the S-mode payload: of the hart that boots, of the others (by HSM), and of traps.
// In: a0 = hart id; a1 = device tree at _start. SPDX-License-Identifier: Apache-2.0
#include "payload.h"

    .section .text.start, "ax", @progbits
    .globl _start
_start:
    csrw sie, zero
    la t0, __bss_start              // Both ends are multiples of 8.
    la t1, __bss_end
clear:
    bgeu t0, t1, cleared
    sd zero, 0(t0)
    addi t0, t0, 8
    j clear
cleared:
    la s1, boot_main
    j enter

    .globl secondary_start
secondary_start:
    csrw sie, zero
    la s1, secondary_main
enter:                              // The stack of hart h ends at __stacks_end - h * STACK_BYTES.
    li t0, MAX_HARTS
    bgeu a0, t0, park
    la sp, __stacks_end
    slli t0, a0, STACK_BYTES_LOG2
    sub sp, sp, t0
    la t0, trap_entry
    csrw stvec, t0
    jalr s1                         // (hart, device tree)
park:
    wfi
    j park

    .balign 4
trap_entry:
    addi sp, sp, -128
    sd ra, 0(sp)
    sd t0, 8(sp)
    sd t1, 16(sp)
    sd t2, 24(sp)
    sd t3, 32(sp)
    sd t4, 40(sp)
    sd t5, 48(sp)
    sd t6, 56(sp)
    sd a0, 64(sp)
    sd a1, 72(sp)
    sd a2, 80(sp)
    sd a3, 88(sp)
    sd a4, 96(sp)
    sd a5, 104(sp)
    sd a6, 112(sp)
    sd a7, 120(sp)
    csrr a0, scause
    csrr a1, sepc
    csrr a2, stval
    call trap
    ld ra, 0(sp)
    ld t0, 8(sp)
    ld t1, 16(sp)
    ld t2, 24(sp)
    ld t3, 32(sp)
    ld t4, 40(sp)
    ld t5, 48(sp)
    ld t6, 56(sp)
    ld a0, 64(sp)
    ld a1, 72(sp)
    ld a2, 80(sp)
    ld a3, 88(sp)
    ld a4, 96(sp)
    ld a5, 104(sp)
    ld a6, 112(sp)
    ld a7, 120(sp)
    addi sp, sp, 128
    sret
