// Start of every firmware: hart 0 clears bss and runs main, the others park until hart_start() wakes them.
// In: a0 = hart id, a1 = device tree (as QEMU's virt and visoc start a hart). SPDX-License-Identifier: Apache-2.0
#include "limits.h"

    .section .text.start, "ax", @progbits
    .globl _start
    .type _start, @function
_start:
    csrw mie, zero
    csrci mstatus, 8                // MIE off until runtime_start turns it on.
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    la t0, trap_entry
    csrw mtvec, t0
    li t0, 0x2000                   // mstatus.FS = Initial: the floating point unit is on.
    csrs mstatus, t0
    csrw fcsr, zero
    csrr s0, mhartid
    li t0, MAX_HARTS
    bgeu s0, t0, park_without_stack
    la sp, __stacks
    addi t1, s0, 1
    slli t1, t1, STACK_BYTES_LOG2
    add sp, sp, t1                  // The stack of hart h ends at __stacks + (h + 1) * STACK_BYTES.
    bnez s0, secondary
    la t0, __bss_start              // Both ends are multiples of 8.
    la t1, __bss_end
clear:
    bgeu t0, t1, cleared
    sd zero, 0(t0)
    addi t0, t0, 8
    j clear
cleared:
    mv a0, s0
    call runtime_start              // (hart, device tree); does not return.
park_without_stack:
    wfi
    j park_without_stack

secondary:
    mv a0, s0
    call hart_park                  // Does not return. Touches .data only: hart 0 may be clearing bss.
    j park_without_stack
    .size _start, . - _start
