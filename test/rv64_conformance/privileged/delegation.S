# Traps that machine mode delegates to S mode, returns from them, and the bits of mstatus that make S mode's instructions trap.
# SPDX-License-Identifier: Apache-2.0
  .include "conformance.inc"
  .include "privileged.inc"
  .equ DELEGATED, 0xb1ff # All but the calls from S and M mode.

main:
  OPEN_PMP
  la t0, s_trap
  csrw stvec, t0
  PUT medeleg, DELEGATED
  li a6, NOWHERE

  .macro EXCEPTIONS mode, handler
  FAULTS "illegal instruction in mode \mode", \mode, \handler, 2, 0xffffffff, .4byte 0xffffffff
  FAULTS "load from nowhere in mode \mode", \mode, \handler, 5, NOWHERE, ld a5, 0(a6)
  FAULTS "store to nowhere in mode \mode", \mode, \handler, 7, NOWHERE, sd a5, 0(a6)
  la a7, cell + 1
  FAULTS "misaligned AMO in mode \mode", \mode, \handler, 6, cell + 1, amoadd.w a5, a5, (a7)
  FAULTS "misaligned lr in mode \mode", \mode, \handler, 4, cell + 1, lr.w a5, (a7)
  BEGIN \mode
  jr a6
  END
  TRAPPED "fetch from nowhere in mode \mode", \handler, 1, NOWHERE, NOWHERE
  BEGIN \mode
5:
  .4byte 0x00100073
  END
  EXPECT a4, \handler, "ebreak in mode \mode: handled in mode"
  EXPECT a0, 3, "ebreak in mode \mode: cause"
  EXPECT a2, 5b, "ebreak in mode \mode: epc"
  .endm
  EXCEPTIONS U, S
  FAULTS "delegated ecall in U mode", U, S, 8, 0, ecall
  EXCEPTIONS S, S
  FAULTS "ecall in S mode, not delegated", S, M, 9, 0, ecall
  # What happens in M mode stays there.
  EXCEPTIONS M, M
  # A register that S and U mode may not have traps to S mode like any illegal instruction.
  FAULTS "mscratch in S mode", S, S, 2, 0x340027f3, csrr a5, mscratch
  FAULTS "sscratch in U mode", U, S, 2, 0x140027f3, csrr a5, sscratch

  # One cause at a time: the others go to M mode.
  PUT medeleg, 1 << 5
  FAULTS "load from nowhere, alone delegated", U, S, 5, NOWHERE, ld a5, 0(a6)
  FAULTS "store to nowhere, load delegated", U, M, 7, NOWHERE, sd a5, 0(a6)
  PUT medeleg, 0
  FAULTS "load from nowhere, not delegated", U, M, 5, NOWHERE, ld a5, 0(a6)

  # The registers of the mode that does not take a trap keep what they have.
  PUT sepc, 0x1234
  PUT scause, 0x55
  PUT stval, 0x66
  FAULTS "load from nowhere to M mode", S, M, 5, NOWHERE, ld a5, 0(a6)
  csrr a5, sepc
  EXPECT a5, 0x1234, "sepc after a trap to M mode"
  csrr a5, scause
  EXPECT a5, 0x55, "scause after a trap to M mode"
  csrr a5, stval
  EXPECT a5, 0x66, "stval after a trap to M mode"

  # sstatus after a trap to S mode: SPP the mode, SPIE the old SIE, SIE 0.
  PUT medeleg, DELEGATED
  .macro SUPERVISOR_STATUS mode, before, after
  CLEAR mstatus, STATUS_SIE | STATUS_SPIE | STATUS_SPP
  SET mstatus, \before
  BEGIN \mode
  .4byte 0xffffffff
  END
  li t0, STATUS_SIE | STATUS_SPIE | STATUS_SPP
  and a3, a3, t0
  EXPECT a3, \after, "sstatus after a trap from mode \mode, before it \before"
  .endm
  SUPERVISOR_STATUS U, 0, 0
  SUPERVISOR_STATUS U, STATUS_SIE, STATUS_SPIE
  SUPERVISOR_STATUS U, STATUS_SPIE, 0
  SUPERVISOR_STATUS U, STATUS_SPP, 0
  SUPERVISOR_STATUS S, 0, STATUS_SPP
  SUPERVISOR_STATUS S, STATUS_SIE, STATUS_SPP+STATUS_SPIE
  SUPERVISOR_STATUS S, STATUS_SIE+STATUS_SPIE, STATUS_SPP+STATUS_SPIE

  # sret: to U with SPP 0, to S with SPP 1; SIE the old SPIE, SPIE 1, SPP U.
  .macro RETURN from, spp, spie
  CLEAR mstatus, STATUS_SIE | STATUS_SPIE | STATUS_SPP
  SET mstatus, \spp | \spie
  BEGIN \from
  la t0, 5f
  csrw sepc, t0
  sret
  li a5, 99
5:
  END
  ARRIVED "sret from mode \from with SPP \spp, SPIE \spie", (\spp >> 8)
  li t0, STATUS_SIE | STATUS_SPIE | STATUS_SPP
  and a3, a3, t0
  EXPECT a3, STATUS_SPIE | (\spie >> 4), "mstatus after sret from mode \from with SPP \spp, SPIE \spie"
  .endm
  PUT medeleg, 0
  RETURN S, 0, 0
  RETURN S, STATUS_SPP, 0
  RETURN S, 0, STATUS_SPIE
  RETURN S, STATUS_SPP, STATUS_SPIE
  RETURN M, 0, STATUS_SPIE
  RETURN M, STATUS_SPP, STATUS_SPIE
  # Returns to modes below M clear MPRV.
  .macro RETURN_MPRV what, name, status, kept
  CLEAR mstatus, STATUS_SPP
  BEGIN M
  la t0, 5f
  csrw sepc, t0
  csrw mepc, t0
  CLEAR mstatus, STATUS_MPP
  SET mstatus, STATUS_MPRV | \status
  \name
5:
  END
  li t0, STATUS_MPRV
  and a3, a3, t0
  EXPECT a3, \kept, "MPRV after \what [QEMU 7.2 keeps it]"
  .endm
  RETURN_MPRV "sret to S", sret, STATUS_SPP, 0
  RETURN_MPRV "sret to U", sret, 0, 0
  RETURN_MPRV "mret to U", mret, 0, 0
  RETURN_MPRV "mret to S", mret, 1 << 11, 0
  RETURN_MPRV "mret to M", mret, STATUS_MPP, STATUS_MPRV

  # TSR, TVM, TW: what they forbid, and to whom.
  SET mstatus, STATUS_TSR
  FAULTS "sret in S mode, TSR", S, M, 2, 0x10200073, sret
  RETURN M, STATUS_SPP, 0
  CLEAR mstatus, STATUS_TSR
  SET mstatus, STATUS_TVM
  FAULTS "sfence.vma in S mode, TVM", S, M, 2, 0x12000073, sfence.vma
  FAULTS "sfence.vma of an address in S mode, TVM", S, M, 2, 0x12b50073, sfence.vma a0, a1
  FAULTS "reading satp in S mode, TVM", S, M, 2, 0x180027f3, csrr a5, satp
  FAULTS "writing satp in S mode, TVM", S, M, 2, 0x18001073, csrw satp, x0
  BEGIN M
  csrr a5, satp
  csrw satp, x0
  sfence.vma
  END
  ARRIVED "satp and sfence.vma in M mode, TVM", M
  CLEAR mstatus, STATUS_TVM
  BEGIN S
  csrr a5, satp
  csrw satp, x0
  sfence.vma
  sfence.vma a0
  sfence.vma a0, a1
  sfence.vma x0, a1
  END
  ARRIVED "satp and sfence.vma in S mode", S
  SET mstatus, STATUS_TW
  FAULTS "wfi in S mode, TW", S, M, 2, 0x10500073, wfi
  FAULTS "wfi in U mode, TW", U, M, 2, 0x10500073, wfi
  CLEAR mstatus, STATUS_MPIE
  PUT mip, 2
  PUT mie, 2
  RUNS "wfi in M mode, TW, something pending", M, wfi
  CLEAR mstatus, STATUS_TW
  CLEAR mstatus, STATUS_SIE
  PUT mideleg, 2
  RUNS "wfi in S mode, something pending that S mode masks", S, wfi
  csrw mie, x0
  csrw mip, x0
  PUT medeleg, DELEGATED
  SET mstatus, STATUS_TSR
  FAULTS "sret in S mode, TSR, delegated", S, S, 2, 0x10200073, sret
  CLEAR mstatus, STATUS_TSR
  PUT medeleg, 0

  # Counters: mcounteren for S and U mode, scounteren for U mode besides.
  .macro COUNTERS machine, supervisor
  PUT mcounteren, \machine
  PUT scounteren, \supervisor
  .irp mode, M, S, U
  .irp number, 0, 1, 2
  BEGIN \mode
  csrr a5, 0xc00 + \number
  END
  .if (\mode == M) || ((\machine >> \number & 1) && (\mode == S || (\supervisor >> \number & 1)))
  ARRIVED "counter \number in mode \mode, mcounteren \machine, scounteren \supervisor", \mode
  .else
  EXPECT a0, 2, "counter \number in mode \mode, mcounteren \machine, scounteren \supervisor: cause"
  EXPECT a1, 0xc00027f3 + (\number << 20), "counter \number in mode \mode, mcounteren \machine, scounteren \supervisor: tval"
  .endif
  .endr
  .endr
  .endm
  COUNTERS 0, 0
  COUNTERS 7, 0
  COUNTERS 0, 7
  COUNTERS 7, 7
  COUNTERS 1, 7
  COUNTERS 2, 7
  COUNTERS 4, 7
  COUNTERS 7, 2
  COUNTERS 5, 3
  j finish

  .data
  .balign 8
cell:
  .dword 0, 0
