# Interrupts: software, timer and external ones for M and S mode, masks, delegation, order, vectored handlers, WFI.
# SPDX-License-Identifier: Apache-2.0
  .include "conformance.inc"
  .include "privileged.inc"
  .equ MSIP, 0x02000000
  .equ MTIMECMP, 0x02004000
  .equ MTIME, 0x0200bff8
  .equ PLIC, 0x0c000000
  .equ SSI, 1 << 1
  .equ MSI, 1 << 3
  .equ STI, 1 << 5
  .equ MTI, 1 << 7
  .equ SEI, 1 << 9
  .equ MEI, 1 << 11
  .equ ALL, 0xaaa

  # Lines of devices take a moment: asks again up to a limit until mip & mask is value.
  .macro AWAIT mask, value
  li t2, 1000000
1:
  csrr a5, mip
  li t1, \mask
  and a5, a5, t1
  li t1, \value
  beq a5, t1, 2f
  addi t2, t2, -1
  bnez t2, 1b
2:
  .endm
  .macro STORE width, address, value
  li t0, \address
  li t1, \value
  s\width t1, 0(t0)
  .endm
  # Waits in a mode; nothing traps within 2000 instructions, or an interrupt does, at one of them.
  .macro WAIT what, mode, handler, number, trap=m_trap
  BEGIN \mode, 0, \trap
  li a5, 1000
5:
  addi a5, a5, -1
  bnez a5, 5b
6:
  END
  la t0, 6b
  sltu a2, a2, t0
  TRAPPED "\what", \handler, INTERRUPT + \number, 0, 1
  .endm
  # epc is the WFI at label 5 or what follows it, as its time may come before it runs: 1.
  .macro AT_WFI
  la t0, 5b
  sub a2, a2, t0
  sltiu a2, a2, 5
  .endm
  .macro QUIET what, mode
  BEGIN \mode
  li a5, 500
5:
  addi a5, a5, -1
  bnez a5, 5b
  END
  ARRIVED "\what", \mode
  .endm

main:
  OPEN_PMP
  la t0, s_trap
  csrw stvec, t0
  csrw mie, x0
  csrw mideleg, x0
  CLEAR mstatus, STATUS_MIE | STATUS_MPIE | STATUS_SIE | STATUS_SPIE
  STORE d, MTIMECMP, -1
  csrw mip, x0
  AWAIT ALL, 0
  EXPECT a5, 0, "nothing is pending"

  # Machine software interrupt.
  STORE w, MSIP, 1
  AWAIT MSI, MSI
  EXPECT a5, MSI, "mip after MSIP is set"
  li t0, MSIP
  lw a5, 0(t0)
  EXPECT a5, 1, "MSIP reads back"
  csrw mip, x0
  csrr a5, mip
  EXPECT a5, MSI, "mip.MSIP cannot be written"
  QUIET "MSI pending, not enabled, U mode", U
  PUT mie, MSI
  QUIET "MSI pending, enabled, MIE 0, M mode", M
  WAIT "MSI in U mode, MIE 0", U, M, 3
  WAIT "MSI in S mode, MIE 0", S, M, 3
  SET mstatus, STATUS_MPIE
  WAIT "MSI in M mode, MIE 1", M, M, 3
  CLEAR mstatus, STATUS_MPIE
  BEGIN M
5:
  csrsi mstatus, 8
6:
  nop
  nop
  END
  TRAPPED "MSI as soon as MIE is set", M, INTERRUPT + 3, 0, 6b
  csrw mie, x0
  SET mstatus, STATUS_MPIE
  BEGIN M
  li a5, MSI
5:
  csrw mie, a5
6:
  nop
  END
  TRAPPED "MSI as soon as mie is set", M, INTERRUPT + 3, 0, 6b
  # WFI with MIE 0 goes on after an interrupt that is pending and enabled; it may be one that nobody takes.
  CLEAR mstatus, STATUS_MPIE
  RUNS "WFI with MSI pending and MIE 0", M, wfi
  STORE w, MSIP, 0
  AWAIT MSI, 0
  EXPECT a5, 0, "mip after MSIP is cleared"

  # Supervisor software interrupt, not delegated: mip.SSIP is writable.
  PUT mie, ALL
  PUT mip, SSI
  csrr a5, mip
  EXPECT a5, SSI, "mip.SSIP can be written"
  csrr a5, sip
  EXPECT a5, 0, "sip hides what is not delegated"
  csrr a5, sie
  EXPECT a5, 0, "sie hides what is not delegated"
  WAIT "SSI not delegated, U mode", U, M, 1
  WAIT "SSI not delegated, S mode", S, M, 1
  PUT mideleg, SSI | STI | SEI
  csrr a5, mideleg
  EXPECT a5, SSI | STI | SEI, "mideleg"
  csrr a5, sip
  EXPECT a5, SSI, "sip shows what is delegated"
  csrr a5, sie
  EXPECT a5, SSI | STI | SEI, "sie shows what is delegated"
  SET mstatus, STATUS_MPIE
  QUIET "SSI delegated, M mode, MIE 1", M
  CLEAR mstatus, STATUS_MPIE
  QUIET "SSI delegated, S mode, SIE 0", S
  WAIT "SSI delegated, U mode, SIE 0", U, S, 1
  SET mstatus, STATUS_SIE
  WAIT "SSI delegated, S mode, SIE 1", S, S, 1
  li t0, STATUS_SPP | STATUS_SPIE | STATUS_SIE
  and a3, a3, t0
  EXPECT a3, STATUS_SPP | STATUS_SPIE, "sstatus after it"
  SET mstatus, STATUS_SIE
  WAIT "SSI delegated, U mode, SIE 1", U, S, 1
  li t0, STATUS_SPP | STATUS_SPIE | STATUS_SIE
  and a3, a3, t0
  EXPECT a3, STATUS_SPIE, "sstatus after it came from U mode"
  CLEAR mstatus, STATUS_SIE
  csrw mie, x0
  RUNS "S mode clears sip.SSIP", S, csrci sip, 2
  csrr a5, mip
  EXPECT a5, 0, "mip after sip.SSIP is cleared"
  PUT mie, ALL
  SET mstatus, STATUS_SIE
  BEGIN S
5:
  csrsi sip, 2
6:
  nop
  END
  TRAPPED "SSI as soon as S mode sets sip.SSIP", S, INTERRUPT + 1, 0, 6b
  CLEAR mstatus, STATUS_SIE
  csrw mip, x0
  BEGIN S
  li a6, -1
  csrw sip, a6
  END
  ARRIVED "S mode writes all of sip", S
  csrr a5, mip
  EXPECT a5, SSI, "mip: sip.STIP and sip.SEIP are read-only"
  csrw mip, x0
  BEGIN S
  csrci sie, 2
  li a6, 0x20
  csrc sie, a6
  END
  ARRIVED "S mode writes sie", S
  csrr a5, mie
  EXPECT a5, ALL - SSI - STI, "mie after S mode cleared SSIE and STIE in sie"
  csrw mie, x0
  BEGIN S
  li a6, -1
  csrw sie, a6
  END
  ARRIVED "S mode writes all of sie", S
  csrr a5, mie
  EXPECT a5, SSI | STI | SEI, "mie: sie writes delegated bits alone"

  # Timer of machine mode.
  PUT mie, MTI
  li t0, MTIME
  ld t1, 0(t0)
  li t2, MTIMECMP
  addi t1, t1, 2000 # 200 us
  sd t1, 0(t2)
  SET mstatus, STATUS_MPIE
  BEGIN M
5:
  wfi
6:
  j 5b
  END
  li t0, MTIME
  ld t2, 0(t0)
  li t0, MTIMECMP
  ld t1, 0(t0)
  sltu t1, t2, t1
  EXPECT t1, 0, "mtime has reached mtimecmp when the interrupt is taken"
  AT_WFI
  TRAPPED "MTI ends WFI", M, INTERRUPT + 7, 0, 1
  AWAIT MTI, MTI
  EXPECT a5, MTI, "mip.MTIP stays"
  STORE d, MTIMECMP, -1
  AWAIT MTI, 0
  EXPECT a5, 0, "mip.MTIP after mtimecmp is set to its greatest value"
  li t0, MTIME
  ld t1, 0(t0)
  li t2, MTIMECMP
  addi t1, t1, 2000
  sd t1, 0(t2)
  SET mstatus, STATUS_MPIE
  BEGIN M
5:
  j 5b
  END
  TRAPPED "MTI interrupts a loop", M, INTERRUPT + 7, 0, 5b
  STORE d, MTIMECMP, -1
  AWAIT MTI, 0

  # Timer of supervisor mode: mip.STIP by machine mode, then stimecmp (Sstc).
  PUT menvcfg, 0
  PUT mip, STI
  PUT mie, STI
  csrr a5, mip
  EXPECT a5, STI, "mip.STIP can be written without Sstc"
  SET mstatus, STATUS_SIE
  WAIT "STI by mip in S mode", S, S, 5
  csrw mip, x0
  li t0, 1 << 63
  csrw menvcfg, t0
  csrr a5, menvcfg
  srli a5, a5, 63
  EXPECT a5, 1, "menvcfg.STCE"
  PUT 0x14d, -1
  AWAIT STI, 0
  EXPECT a5, 0, "mip.STIP with stimecmp at its greatest value"
  PUT mip, STI
  csrr a5, mip
  EXPECT a5, 0, "mip.STIP cannot be written with Sstc"
  csrw 0x14d, x0
  AWAIT STI, STI
  EXPECT a5, STI, "mip.STIP with stimecmp 0"
  csrw mip, x0
  csrr a5, mip
  EXPECT a5, STI, "mip.STIP cannot be cleared by mip"
  PUT 0x14d, -1
  AWAIT STI, 0
  EXPECT a5, 0, "mip.STIP goes when stimecmp is written"
  PUT mcounteren, 2
  SET mstatus, STATUS_SIE
  BEGIN S
  rdtime a6
  addi a6, a6, 2000
  csrw 0x14d, a6
5:
  wfi
6:
  j 5b
  END
  csrr t0, time
  sltu t0, t0, a6
  EXPECT t0, 0, "time has reached stimecmp when the interrupt is taken"
  AT_WFI
  TRAPPED "STI by stimecmp ends WFI", S, INTERRUPT + 5, 0, 1
  PUT 0x14d, -1
  # Who may touch stimecmp.
  PUT mcounteren, 0
  FAULTS "stimecmp with mcounteren.TM 0", S, M, 2, 0x14d05073, .insn 4, 0x14d05073
  PUT mcounteren, 2
  PUT menvcfg, 0
  FAULTS "stimecmp with menvcfg.STCE 0", S, M, 2, 0x14d05073, .insn 4, 0x14d05073
  FAULTS "stimecmp in U mode", U, M, 2, 0x14d05073, .insn 4, 0x14d05073

  # External: the UART's transmitter (source 10), context 0 M mode, context 1 S mode.
  csrw mie, x0
  STORE w, PLIC + 40, 1
  STORE w, PLIC + 0x2000, 1 << 10
  STORE w, PLIC + 0x200000, 0
  STORE b, UART + 1, 2
  AWAIT MEI, MEI
  EXPECT a5, MEI, "mip.MEIP by the PLIC"
  csrw mip, x0
  csrr a5, mip
  EXPECT a5, MEI, "mip.MEIP cannot be written"
  PUT mie, MEI
  WAIT "MEI in U mode", U, M, 11
  li t0, PLIC + 0x200004
  lw a5, 0(t0)
  EXPECT a5, 10, "the claimed source"
  STORE b, UART + 1, 0
  STORE w, PLIC + 0x200004, 10
  AWAIT MEI, 0
  EXPECT a5, 0, "mip.MEIP after the claim"
  STORE w, PLIC + 0x2000, 0
  STORE w, PLIC + 0x2080, 1 << 10
  STORE w, PLIC + 0x201000, 0
  STORE b, UART + 1, 2
  AWAIT SEI, SEI
  EXPECT a5, SEI, "mip.SEIP by the PLIC"
  PUT mie, SEI
  CLEAR mstatus, STATUS_SIE
  WAIT "SEI in U mode", U, S, 9
  li t0, PLIC + 0x201004
  lw a5, 0(t0)
  EXPECT a5, 10, "the source claimed by S mode"
  STORE b, UART + 1, 0
  STORE w, PLIC + 0x201004, 10
  AWAIT SEI, 0
  EXPECT a5, 0, "mip.SEIP after the claim"
  STORE w, PLIC + 0x2080, 0
  PUT mip, SEI
  csrr a5, mip
  EXPECT a5, SEI, "mip.SEIP can be written"
  csrw mip, x0

  # All at once, none delegated: MEI, MSI, MTI, SEI, SSI, STI.
  csrw mie, x0
  csrw mideleg, x0
  STORE w, PLIC + 0x2000, 1 << 10
  STORE b, UART + 1, 2
  STORE w, MSIP, 1
  STORE d, MTIMECMP, 0
  PUT mip, SSI | STI | SEI
  AWAIT ALL, ALL
  EXPECT a5, ALL, "all six are pending"
  .macro FIRST enabled, number
  PUT mie, \enabled
  WAIT "the first of \enabled, none delegated, U mode [QEMU 7.2: the least number]", U, M, \number
  .endm
  FIRST ALL, 11
  FIRST ALL-MEI, 3
  FIRST ALL-MEI-MSI, 7
  FIRST SEI+SSI+STI, 9
  FIRST SSI+STI, 1
  FIRST STI, 5
  FIRST MTI+SEI, 7
  FIRST MSI+SEI, 3
  # Delegated: in S mode those of machine mode come first, whatever their rank.
  PUT mideleg, SSI | STI | SEI
  SET mstatus, STATUS_SIE
  PUT mie, MTI | SEI
  WAIT "MTI before a delegated SEI", S, M, 7
  PUT mideleg, SEI
  PUT mie, SEI | STI
  SET mstatus, STATUS_SIE
  WAIT "STI of machine mode before a delegated SEI", S, M, 5
  PUT mideleg, SSI | STI | SEI
  .macro FIRST_DELEGATED enabled, number
  PUT mie, \enabled
  WAIT "the first of \enabled, delegated, U mode [QEMU 7.2: the least number]", U, S, \number
  .endm
  FIRST_DELEGATED SSI+STI+SEI, 9
  FIRST_DELEGATED SSI+STI, 1
  FIRST_DELEGATED STI, 5
  # An exception in the instruction before which an interrupt is due: the interrupt comes first.
  PUT mie, MSI
  BEGIN U
5:
  ecall
  END
  TRAPPED "MSI before an ecall", M, INTERRUPT + 3, 0, 5b

  # Vectored: interrupts go to base + 4 * cause, exceptions to base.
  .macro VECTOR what, number
  EXPECT s6, \number, "\what: entry of the table"
  .endm
  .irp number, 11, 3, 7, 9, 1, 5
  csrw mideleg, x0
  PUT mie, 1 << \number
  WAIT "vectored, interrupt \number", U, M, \number, m_table+1
  VECTOR "vectored, interrupt \number", \number
  .endr
  csrw mie, x0
  BEGIN U, 0, m_table+1
5:
  .4byte 0xffffffff
  END
  TRAPPED "vectored, an exception", M, 2, 0xffffffff, 5b
  VECTOR "vectored, an exception", 0
  PUT mideleg, SSI | STI | SEI
  la t0, s_table + 1
  csrw stvec, t0
  .irp number, 9, 1, 5
  PUT mie, 1 << \number
  WAIT "vectored in S mode, interrupt \number", U, S, \number
  VECTOR "vectored in S mode, interrupt \number", \number
  .endr
  PUT medeleg, 1 << 2
  csrw mie, x0
  BEGIN U
5:
  .4byte 0xffffffff
  END
  TRAPPED "vectored in S mode, an exception", S, 2, 0xffffffff, 5b
  VECTOR "vectored in S mode, an exception", 0
  STORE b, UART + 1, 0
  STORE w, MSIP, 0
  STORE d, MTIMECMP, -1
  j finish

  .balign 256
m_table:
  .irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
  .option push
  .option norvc
  j m_entry\number
  .option pop
  .endr
  .irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
m_entry\number:
  li s6, \number
  j m_trap
  .endr
  .balign 256
s_table:
  .irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
  .option push
  .option norvc
  j s_entry\number
  .option pop
  .endr
  .irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
s_entry\number:
  li s6, \number
  j s_trap
  .endr
