# Every synchronous exception without address translation: cause, tval, epc, and the status that is left. An instruction address is never
# misaligned with the C extension, so cause 0 cannot happen. tval of a breakpoint may be its address or zero: both count as zero here.
# SPDX-License-Identifier: Apache-2.0
  .include "conformance.inc"
  .include "privileged.inc"

  .macro ILLEGAL size, bits, mode=M
  BEGIN \mode
5:
  .\size\()byte \bits
  END
  TRAPPED "illegal instruction \bits in mode \mode", M, 2, \bits, 5b
  .endm
  .macro NO_CSR mode, name
  BEGIN \mode
5:
  csrr a5, \name
  END
  lwu a7, 5b
  EXPECT a0, 2, "\name in mode \mode: cause"
  sub a1, a1, a7
  EXPECT a1, 0, "\name in mode \mode: tval less the instruction"
  .endm

main:
  OPEN_PMP
  la t0, s_trap
  csrw stvec, t0
  li a6, NOWHERE

  ILLEGAL 2, 0x0000
  ILLEGAL 2, 0x0004 # c.addi4spn without an immediate
  ILLEGAL 2, 0x8000 # reserved in quadrant 0
  ILLEGAL 2, 0x2005 # c.addiw x0
  ILLEGAL 2, 0x6101 # c.addi16sp 0
  ILLEGAL 2, 0x6281 # c.lui without an immediate
  ILLEGAL 2, 0x9c41 # reserved beside c.addw
  ILLEGAL 2, 0x9c61
  ILLEGAL 2, 0x4002 # c.lwsp x0
  ILLEGAL 2, 0x6002 # c.ldsp x0
  ILLEGAL 2, 0x8002 # c.jr x0
  ILLEGAL 4, 0xffffffff
  ILLEGAL 4, 0x0000007f
  ILLEGAL 4, 0x0000000b # custom-0
  ILLEGAL 4, 0x00007003 # a load of width 7
  ILLEGAL 4, 0x00004023 # a store of width 4
  ILLEGAL 4, 0x00002063 # a branch of condition 2
  ILLEGAL 4, 0x00001067 # jalr with funct3 1
  ILLEGAL 4, 0x0200151b # slliw by 32
  ILLEGAL 4, 0x4200551b # sraiw by 32
  ILLEGAL 4, 0x40001033 # sll with funct7 of sra
  ILLEGAL 4, 0x04000033 # funct7 2
  ILLEGAL 4, 0x0200103b # mulhw does not exist
  ILLEGAL 4, 0x1055202f # lr.w with rs2 5
  ILLEGAL 4, 0x2800202f # an AMO that does not exist
  ILLEGAL 4, 0x0000102f # an AMO of a halfword
  ILLEGAL 4, 0x0000502f
  ILLEGAL 4, 0x00004073 # SYSTEM with funct3 4
  ILLEGAL 4, 0x00200073 # uret
  ILLEGAL 4, 0x70200073 # mnret
  ILLEGAL 4, 0x00100173 # ebreak with rd 2
  ILLEGAL 4, 0x60301013 # count instructions go to 5
  ILLEGAL 4, 0x04000053 # fadd.h
  ILLEGAL 4, 0x06000053 # fadd.q
  ILLEGAL 4, 0x00005053 # fadd.s with rounding mode 5
  ILLEGAL 4, 0x00006053 # and 6
  ILLEGAL 4, 0x5a100053 # fsqrt.d with rs2 1
  ILLEGAL 4, 0xc0400053 # fcvt to an integer type 4
  ILLEGAL 4, 0x20003053 # fsgnj with funct3 3
  ILLEGAL 4, 0x00001007 # flh
  ILLEGAL 4, 0x00004007 # flq
  ILLEGAL 4, 0x00000057 # a vector instruction
  ILLEGAL 2, 0x0000, S
  ILLEGAL 2, 0x0000, U
  ILLEGAL 4, 0xffffffff, S
  ILLEGAL 4, 0xffffffff, U
  ILLEGAL 4, 0x30200073, S # mret
  ILLEGAL 4, 0x30200073, U
  ILLEGAL 4, 0x10200073, U # sret
  ILLEGAL 4, 0x12000073, U # sfence.vma

  # Reserved values of frm make dynamic rounding illegal; what does not round is not.
  .irp mode, 5, 6, 7
  csrwi frm, \mode
  ILLEGAL 4, 0x00007053 # fadd.s, dynamic
  ILLEGAL 4, 0xd0007053 # fcvt.s.w, dynamic
  RUNS "fadd.s rne with frm \mode", M, fadd.s fa0, fa0, fa0, rne
  RUNS "fsgnj.s with frm \mode", M, fsgnj.s fa0, fa0, fa0
  .endr
  csrwi frm, 0
  # Floating point is off: instructions, loads, stores and its registers.
  CLEAR mstatus, STATUS_FS
  ILLEGAL 4, 0x00000053
  FAULTS "fld with FS 0", M, M, 2, 0x00053507, .insn 4, 0x00053507
  FAULTS "fsw with FS 0", M, M, 2, 0x00a52027, .insn 4, 0x00a52027
  FAULTS "c.fld with FS 0", M, M, 2, 0x2100, .insn 2, 0x2100
  FAULTS "c.fsdsp with FS 0", M, M, 2, 0xa002, .insn 2, 0xa002
  NO_CSR M, fcsr
  NO_CSR M, fflags
  NO_CSR U, frm
  SET mstatus, STATUS_FS

  # Registers: too little privilege, none at all, read-only.
  .irp name, mstatus, mscratch, mhartid, pmpcfg0, mcycle, medeleg
  NO_CSR S, \name
  NO_CSR U, \name
  .endr
  .irp name, sstatus, satp, sscratch, stvec, scause, sip
  NO_CSR U, \name
  .endr
  .irp number, 0x7c0, 0x5c0, 0x9c0, 0xcc0, 0x800, 0x3ff
  NO_CSR M, \number
  .endr
  FAULTS "csrw to a read-only register", M, M, 2, 0xf1451073, csrw mhartid, a0
  FAULTS "csrrs of a read-only register with a source", M, M, 2, 0xf1452573, csrrs a0, mhartid, a0
  FAULTS "csrrsi of a read-only register, immediate 1", M, M, 2, 0xf140e573, csrrsi a0, mhartid, 1
  RUNS "csrrs of a read-only register, source x0", M, csrrs a5, mhartid, x0
  RUNS "csrrci of a read-only register, immediate 0", M, csrrci a5, mhartid, 0

  .macro BREAK what, mode, instruction:vararg
  BEGIN \mode
5:
  \instruction
  END
  sub t0, a1, a2
  snez t0, t0
  neg t0, t0
  and a1, a1, t0
  TRAPPED "\what in mode \mode", M, 3, 0, 5b
  .endm
  .irp mode, M, S, U
  BREAK "ebreak", \mode, .4byte 0x00100073
  BREAK "c.ebreak", \mode, .2byte 0x9002
  FAULTS "ecall", \mode, M, 8 + \mode, 0, ecall
  FAULTS "load from nowhere in mode \mode", \mode, M, 5, NOWHERE + 8, lb a5, 8(a6)
  FAULTS "flw from nowhere in mode \mode", \mode, M, 5, NOWHERE + 16, flw fa0, 16(a6)
  FAULTS "store to nowhere in mode \mode", \mode, M, 7, NOWHERE - 8, sd a5, -8(a6)
  FAULTS "fsd to nowhere in mode \mode", \mode, M, 7, NOWHERE, fsd fa0, 0(a6)
  FAULTS "AMO to nowhere in mode \mode [QEMU 7.2: cause of a load]", \mode, M, 7, NOWHERE, amoadd.w a5, a5, (a6)
  FAULTS "lr from nowhere in mode \mode", \mode, M, 5, NOWHERE, lr.d a5, (a6)
  BEGIN \mode
  jr a6
  END
  TRAPPED "fetch from nowhere in mode \mode", M, 1, NOWHERE, NOWHERE
  .endr
  # x0 as destination still accesses memory.
  FAULTS "load to x0 from nowhere", M, M, 5, NOWHERE, ld x0, 0(a6)

  # The loaded register keeps its value when the load traps, also when it is the base.
  li a7, 0x1234
  FAULTS "load from nowhere, again", M, M, 5, NOWHERE, ld a7, 0(a6)
  EXPECT a7, 0x1234, "the destination of a load that trapped"
  BEGIN M
  ld a6, 0(a6)
  END
  EXPECT a6, NOWHERE, "the base of a load that trapped"

  la a7, cells
  .irp mode, M, U
  .irp offset, 1, 2, 3
  addi a6, a7, \offset
  FAULTS "amoswap.w at +\offset in mode \mode", \mode, M, 6, cells + \offset, amoswap.w a5, a5, (a6)
  FAULTS "lr.w at +\offset in mode \mode", \mode, M, 4, cells + \offset, lr.w a5, (a6)
  .endr
  addi a6, a7, 4
  FAULTS "amoswap.d at +4 in mode \mode", \mode, M, 6, cells + 4, amoswap.d a5, a5, (a6)
  FAULTS "lr.d at +4 in mode \mode", \mode, M, 4, cells + 4, lr.d a5, (a6)
  .endr
  ld a5, cells
  EXPECT a5, 0x1122334455667788, "memory after misaligned AMOs"

  # A misaligned access to a device is an access fault or a misaligned one (4 or 5, 6 or 7); the address is exact either way.
  li a6, 0x0200bff9
  BEGIN M
5:
  lw a5, 0(a6)
  END
  ori a0, a0, 1
  TRAPPED "misaligned load from the CLINT, cause 4 or 5 [QEMU 7.2 reads]", M, 5, 0x0200bff9, 5b
  BEGIN M
5:
  sw a5, 0(a6)
  END
  ori a0, a0, 1
  TRAPPED "misaligned store to the CLINT, cause 6 or 7", M, 7, 0x0200bff9, 5b

  # What mstatus holds after a trap: MPP the mode, MPIE the old MIE, MIE 0; and after mret: MIE the old MPIE, MPIE 1, MPP U.
  .macro STATUS_OF mode, pie
  CLEAR mstatus, STATUS_MPIE | STATUS_MIE
  SET mstatus, \pie
  BEGIN \mode
  END
  li t0, STATUS_MPP | STATUS_MPIE | STATUS_MIE
  and a3, a3, t0
  EXPECT a3, \mode << 11 | \pie, "mstatus after a trap from mode \mode, MPIE before its mret \pie"
  .endm
  csrwi mie, 0
  STATUS_OF M, 0
  STATUS_OF S, 0
  STATUS_OF U, 0
  STATUS_OF M, STATUS_MPIE
  STATUS_OF S, STATUS_MPIE
  STATUS_OF U, STATUS_MPIE
  BEGIN M
  csrr a5, mstatus
  END
  li t0, STATUS_MPP | STATUS_MPIE
  and a5, a5, t0
  EXPECT a5, STATUS_MPIE, "mstatus after mret: MPP U, MPIE set"
  j finish

  .data
  .balign 64
cells:
  .dword 0x1122334455667788, 0
