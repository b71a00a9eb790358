# Fields of control and status registers: what is kept of what is written, and what one register shows of another. Where the specification
# leaves a choice, only what it fixes is compared.
# SPDX-License-Identifier: Apache-2.0
  .include "conformance.inc"
  .include "privileged.inc"

  # Of `value` written to a register, the bits of `mask` that must read back. Bits of the hypervisor extension, of which QEMU has some
  # with it switched off, are left out by the masks.
  .macro KEEPS name, value, mask, expected, note=""
  PUT \name, \value
  csrr a5, \name
  li t0, \mask
  and a5, a5, t0
  EXPECT a5, \expected, "\name after \value is written, bits \mask\note"
  .endm

main:
  OPEN_PMP
  csrw mie, x0
  # mstatus: SXL and UXL are 64 bits, XS and reserved bits zero, MPP keeps no mode 2, SD follows FS.
  KEEPS mstatus, 0, -1, 0xa00000000
  KEEPS mstatus, 0x2, -1, 0xa00000002
  KEEPS mstatus, 0x7e79a2 & ~0x1800 & ~8, 0x7e79a2 & ~0x600, (0x7e79a2 & ~0x1800 & ~8) & ~0x600
  KEEPS mstatus, 1 << 17 | 1 << 18 | 1 << 19 | 1 << 20 | 1 << 21 | 1 << 22, 0x7e0000, 0x7e0000
  csrw mstatus, x0
  KEEPS mstatus, 0x1800, 0x1800, 0x1800
  KEEPS mstatus, 0x0800, 0x1800, 0x0800
  PUT mstatus, 0x1000
  csrr a5, mstatus
  srli a5, a5, 11
  andi a5, a5, 3
  addi a5, a5, -2
  snez a5, a5
  EXPECT a5, 1, "mstatus.MPP is not 2 after 2 is written [QEMU 7.2: it is]"
  KEEPS mstatus, 0x0000, 0x6000 | 1 << 63, 0
  KEEPS mstatus, 0x6000, 0x6000 | 1 << 63, 0x6000 | 1 << 63
  KEEPS mstatus, 0x6000 | 3 << 15, 3 << 15, 0
  # Reserved: bits 0, 2, 4, 23 to 31 and 40 to 62 (38 and 39 are the hypervisor's).
  KEEPS mstatus, -1 - 0x1808 - 0xa - 0x7e0000 - (0xff << 32), 0x7fffff00ff800015, 0
  csrw mstatus, x0

  # sstatus shows and writes SIE, SPIE, SPP, FS, SUM, MXR alone.
  KEEPS sstatus, 0, -1, 2 << 32
  PUT mstatus, 0x7e79aa & ~0x1800 & ~0x20000 & ~8
  csrr a5, sstatus
  li t0, ~0x600
  and a5, a5, t0
  EXPECT a5, (2 << 32) | (1 << 63) | 0xc6122, "sstatus when all of mstatus is set"
  csrw mstatus, x0
  li t0, -1 - (3 << 32) # UXL may be writable.
  csrw sstatus, t0
  csrr a5, mstatus
  li t0, ~(0x600 | 3 << 32)
  and a5, a5, t0
  EXPECT a5, (8 << 32) | (1 << 63) | 0xc6122, "mstatus after all of sstatus is written"
  csrw sstatus, x0
  csrr a5, mstatus
  EXPECT a5, 0xa << 32, "mstatus after sstatus is cleared"
  # Floating point instructions make FS dirty.
  .macro DIRTIES initial, expected, instruction:vararg
  CLEAR mstatus, STATUS_FS
  SET mstatus, \initial << 13
  \instruction
  csrr a5, mstatus
  srli a5, a5, 13
  andi a5, a5, 3
  EXPECT a5, \expected, "mstatus.FS, \initial before: \instruction"
  .endm
  .irp initial, 1, 2
  DIRTIES \initial, 3, fmv.d.x fa0, x0
  DIRTIES \initial, 3, fld fa0, -16(s1)
  DIRTIES \initial, 3, fadd.d fa0, fa0, fa0
  DIRTIES \initial, 3, csrwi fflags, 1
  DIRTIES \initial, 3, csrwi frm, 0
  DIRTIES \initial, 3, csrwi fcsr, 0
  DIRTIES \initial, 3, fcvt.s.w fa0, x0
  .endr
  DIRTIES 2, 2, csrr a6, mscratch
  SET mstatus, STATUS_FS

  # mtvec, stvec: direct and vectored are kept.
  .irp name, mtvec, stvec
  KEEPS \name, 0x80001000, -1, 0x80001000
  KEEPS \name, 0x80001004, -1, 0x80001004
  KEEPS \name, 0x80001001, -1, 0x80001001
  PUT \name, 0x80001002
  csrr a5, \name
  andi a5, a5, 2
  EXPECT a5, 0, "\name keeps no mode 2"
  PUT \name, 0x80001003
  csrr a5, \name
  andi a5, a5, 2
  EXPECT a5, 0, "\name keeps no mode 3"
  .endr
  la t0, unexpected_trap
  csrw mtvec, t0

  # mepc, sepc: bit 0 is zero. mscratch, sscratch, mcause, stval: as written, where values exist.
  .irp name, mepc, sepc
  PUT \name, 0x80001235
  csrr a5, \name
  EXPECT a5, 0x80001234, "\name, bit 0 [QEMU 7.2 keeps it]"
  KEEPS \name, 0x80001236, -1, 0x80001236
  KEEPS \name, 0xffffffff80001234, -1, 0xffffffff80001234
  .endr
  .irp name, mscratch, sscratch, mtval, stval
  KEEPS \name, -1, -1, -1
  KEEPS \name, 0x123456789abcdef0, -1, 0x123456789abcdef0
  .endr
  .irp name, mcause, scause
  .irp value, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 15, 0x8000000000000001, 0x8000000000000005, 0x8000000000000009
  KEEPS \name, \value, -1, \value
  .endr
  .endr

  # medeleg: the causes of U and S mode; mideleg: the interrupts of S mode, never those of M mode.
  KEEPS medeleg, 0, -1, 0
  KEEPS medeleg, 0xb1ff, 0xb1ff, 0xb1ff
  KEEPS medeleg, -1, 0xffffffff00004000, 0 # Causes that do not exist.
  KEEPS medeleg, 1 << 8, -1, 1 << 8
  KEEPS mideleg, 0, -1, 0
  KEEPS mideleg, -1, 0xaaa, 0x222
  KEEPS mideleg, 0x888, -1, 0
  KEEPS mideleg, 0x20, -1, 0x20
  csrw medeleg, x0
  csrw mideleg, x0
  KEEPS mie, -1, 0xaaa, 0xaaa
  KEEPS mie, 0x555, 0xaaa, 0
  csrw mie, x0

  # satp: Bare and Sv39; another mode leaves the register as it was. ASID bits are the machine's choice.
  KEEPS satp, 0, -1, 0
  KEEPS satp, 8 << 60 | 0x12345, 0xf0000fffffffffff, 8 << 60 | 0x12345
  PUT satp, 0
  KEEPS satp, 1 << 60 | 0x54321, 0xf0000fffffffffff, 0
  KEEPS satp, 11 << 60 | 0x54321, 0xf0000fffffffffff, 0
  KEEPS satp, 15 << 60, 0xf0000fffffffffff, 0
  PUT satp, 0

  # menvcfg: STCE and FIOM. senvcfg: FIOM. Without Svpbmt no PBMTE.
  KEEPS 0x30a, 1 << 63, -1, 1 << 63
  KEEPS 0x30a, 0, -1, 0
  KEEPS 0x30a, 1, 1, 1
  KEEPS 0x30a, 1 << 62, 1 << 62, 0, " [QEMU 7.2 keeps it]"
  KEEPS 0x10a, 1, 1, 1
  KEEPS 0x10a, -1, ~0xf1, 0 # Reserved bits; cache block management is not there to be enabled.
  KEEPS 0x10a, 0, -1, 0
  csrw 0x30a, x0

  # mcounteren, scounteren: the three counters that exist.
  .irp name, mcounteren, scounteren
  KEEPS \name, -1, 7, 7
  KEEPS \name, 0, -1, 0
  KEEPS \name, 2, 7, 2
  .endr
  # mcountinhibit: bit 1 does not exist.
  KEEPS 0x320, 2, 2, 0, " [QEMU 7.2 keeps it]"
  KEEPS 0x320, 0, -1, 0

  # Read-only ones may be read; no counter beyond the first three need count.
  .irp name, mvendorid, marchid, mimpid, 0xf15, mhpmcounter3, mhpmcounter31, mhpmevent3, mhpmevent31
  RUNS "reading \name", M, csrr a5, \name
  .endr
  # misa: A, C, D, F, I, M, S, U; XLEN 64. Writing what would remove an extension may be ignored, so the value is only read.
  csrr a5, misa
  li t0, 0xc000000000000000 | 0x3ffffff & ~(1 << 7)
  and a5, a5, t0
  EXPECT a5, 0x800000000014112d, "misa"
  li t0, STATUS_FS
  csrs mstatus, t0
  j finish
