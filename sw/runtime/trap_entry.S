// Every trap comes here: saves what C may change, calls trap_handler(frame), goes back.
// SPDX-License-Identifier: Apache-2.0
#include "limits.h"

#define FRAME_BYTES (8 * TRAP_FRAME_WORDS)
#define PC_AT (8 * 32)
#define FLOATS_AT (8 * 33)
#define FCSR_AT (8 * 53)

    .section .text.trap_entry, "ax", @progbits
    .globl trap_entry
    .type trap_entry, @function
    .balign 4
trap_entry:
    addi sp, sp, -FRAME_BYTES
    sd x1, 8*1(sp)
    .irp n, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    sd x\n, 8*\n(sp)
    .endr
    addi t0, sp, FRAME_BYTES
    sd t0, 8*2(sp)
    csrr t0, mepc
    sd t0, PC_AT(sp)
    // Floating point registers that a C function may change: ft0-ft7, fa0-fa7, ft8-ft11.
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7
    fsd f\n, FLOATS_AT+8*\n(sp)
    .endr
    .irp n, 10, 11, 12, 13, 14, 15, 16, 17
    fsd f\n, FLOATS_AT+8*(\n-2)(sp)
    .endr
    .irp n, 28, 29, 30, 31
    fsd f\n, FLOATS_AT+8*(\n-12)(sp)
    .endr
    csrr t0, fcsr
    sd t0, FCSR_AT(sp)
    mv a0, sp
    call trap_handler
    ld t0, FCSR_AT(sp)
    csrw fcsr, t0
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7
    fld f\n, FLOATS_AT+8*\n(sp)
    .endr
    .irp n, 10, 11, 12, 13, 14, 15, 16, 17
    fld f\n, FLOATS_AT+8*(\n-2)(sp)
    .endr
    .irp n, 28, 29, 30, 31
    fld f\n, FLOATS_AT+8*(\n-12)(sp)
    .endr
    ld t0, PC_AT(sp)
    csrw mepc, t0
    ld x1, 8*1(sp)
    .irp n, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    ld x\n, 8*\n(sp)
    .endr
    addi sp, sp, FRAME_BYTES
    mret
    .size trap_entry, . - trap_entry
