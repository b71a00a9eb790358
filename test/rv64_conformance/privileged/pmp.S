# Physical memory protection: what each address mode covers, to the granule of four bytes; rights of S and U mode; the lowest matching entry
# decides; accesses that an entry covers in part; locked entries and M mode; MPRV; page tables. Entry 15 opens all of memory behind the rest.
# SPDX-License-Identifier: Apache-2.0
  .include "conformance.inc"
  .include "privileged.inc"
  .include "sv39.inc"
  .equ L, 0x80
  .equ TOR, 0x08
  .equ NA4, 0x10
  .equ NAPOT, 0x18

  .macro ADDRESS entry, at, plus=0
  la t0, \at
  li t1, \plus
  add t0, t0, t1
  srli t0, t0, 2
  csrw pmpaddr\entry, t0
  .endm
  # A naturally aligned range of 2**log2 bytes.
  .macro RANGE entry, at, log2
  la t0, \at
  srli t0, t0, 2
  li t1, (1 << (\log2 - 3)) - 1
  or t0, t0, t1
  csrw pmpaddr\entry, t0
  .endm
  .macro CONFIG value
  PUT pmpcfg0, \value
  sfence.vma
  .endm
  .macro OK what, mode, at, instruction:vararg
  la a6, \at
  RUNS "\what", \mode, \instruction
  .endm
  .macro NO what, mode, cause, at, instruction:vararg
  la a6, \at
  FAULTS "\what", \mode, M, \cause, \at, \instruction
  .endm
  # The words at area + first - 4 to area + last + 4: those from first to last are refused, their neighbours are not.
  .macro COVERS what, first, last
  OK "\what: the word before", S, area + \first - 4, lw a5, 0(a6)
  NO "\what: the first word", S, 5, area + \first, lw a5, 0(a6)
  NO "\what: the first byte", S, 5, area + \first, lb a5, 0(a6)
  NO "\what: the last word", S, 5, area + \last, lw a5, 0(a6)
  NO "\what: the last byte", U, 5, area + \last + 3, lb a5, 0(a6)
  NO "\what: a store", U, 7, area + \last, sw a5, 0(a6)
  OK "\what: the word after", U, area + \last + 4, lw a5, 0(a6)
  OK "\what: M mode", M, area + \first, lw a5, 0(a6)
  .endm

main:
  la t0, s_trap
  csrw stvec, t0
  # Nothing is programmed: S and U mode have no access at all. QEMU 7.2 makes the MRET to them illegal.
  .macro NOTHING mode
  BEGIN \mode
  nop
  END
  la t0, 8b
  sub a1, a1, t0
  EXPECT a0, 1, "no entry, mode \mode: cause [QEMU 7.2: MRET is illegal]"
  EXPECT a1, 0, "no entry, mode \mode: tval less the address [QEMU 7.2: MRET is illegal]"
  EXPECT a2, 8b, "no entry, mode \mode: epc [QEMU 7.2: MRET is illegal]"
  .endm
  NOTHING S
  NOTHING U

  # What the registers keep.
  .macro KEPT name, value, expected, note=""
  PUT \name, \value
  csrr a5, \name
  EXPECT a5, "\expected", "\name after \value is written\note"
  .endm
  KEPT pmpaddr0, -1, (1 << 54) - 1, " [QEMU 7.2: all bits]"
  KEPT pmpaddr15, -1, (1 << 54) - 1, " [QEMU 7.2: all bits]"
  KEPT pmpaddr3, 0x20000001, 0x20000001
  KEPT pmpaddr3, 0, 0
  KEPT pmpcfg0, 0x0707050503010100, 0x0707050503010100
  KEPT pmpcfg0, 0x0000001f17070f1b, 0x0000001f17070f1b
  KEPT pmpcfg0, 0, 0
  KEPT pmpcfg2, 0x1f00000000000000, 0x1f00000000000000
  PUT pmpcfg0, 0x60
  csrr a5, pmpcfg0
  EXPECT a5, 0, "pmpcfg0, reserved bits 5 and 6 [QEMU 7.2 keeps them]"
  PUT pmpcfg0, 0
  PUT pmpaddr0, 0
  # Sixteen entries: the registers of 64 need not be there, these must.
  FAULTS "pmpcfg1 does not exist in RV64", M, M, 2, 0x3a1027f3, .insn 4, 0x3a1027f3
  FAULTS "pmpcfg3 does not exist in RV64", M, M, 2, 0x3a3027f3, .insn 4, 0x3a3027f3
  OPEN_PMP

  # Address modes.
  ADDRESS 0, area, 16
  CONFIG NA4
  COVERS "NA4", 16, 16
  RANGE 0, area + 16, 3
  CONFIG NAPOT
  COVERS "NAPOT of 8", 16, 20
  RANGE 0, area + 64, 6
  CONFIG NAPOT
  COVERS "NAPOT of 64", 64, 124
  RANGE 0, area + 4096, 12
  CONFIG NAPOT
  COVERS "NAPOT of 4096", 4096, 8188
  ADDRESS 0, area, 20
  ADDRESS 1, area, 32
  CONFIG TOR << 8
  COVERS "TOR", 20, 28
  ADDRESS 0, area, 4092
  ADDRESS 1, area, 4100
  CONFIG TOR << 8
  COVERS "TOR across pages", 4092, 4096
  ADDRESS 1, area, 4092
  CONFIG TOR << 8
  OK "TOR, empty", S, area + 4092, lw a5, 0(a6)
  ADDRESS 1, area, 4088
  CONFIG TOR << 8
  OK "TOR, its top below its bottom", S, area + 4088, lw a5, 0(a6)
  # The first entry's TOR begins at zero. (It covers the code too, so it permits.)
  ADDRESS 0, area, 64
  CONFIG TOR | 5
  OK "TOR of entry 0, inside", S, area + 60, lw a5, 0(a6)
  NO "TOR of entry 0, a store inside", S, 7, area + 60, sw a5, 0(a6)
  OK "TOR of entry 0, a store after it", S, area + 64, sw a5, 0(a6)
  # An entry that is off still is the bottom of the next.
  ADDRESS 2, area, 128
  ADDRESS 3, area, 192
  CONFIG TOR << 24
  COVERS "TOR above an entry that is off", 128, 188
  CONFIG 0
  OK "all off again", S, area + 128, lw a5, 0(a6)

  # Rights (pmpcfg: R 1, W 2, X 4) of S and U mode, and none for M mode to mind. The area begins with an ecall.
  .macro RIGHTS bits
  RANGE 0, area, 12
  CONFIG NAPOT | \bits
  .irp mode, S, U
  .if (\bits) & 1
  OK "load, rights \bits, mode \mode", \mode, area, lw a5, 0(a6)
  OK "lr, rights \bits, mode \mode", \mode, area, lr.w a5, (a6)
  .else
  NO "load, rights \bits, mode \mode", \mode, 5, area, lw a5, 0(a6)
  NO "lr, rights \bits, mode \mode", \mode, 5, area, lr.w a5, (a6)
  .endif
  .if (\bits) & 2
  OK "store, rights \bits, mode \mode", \mode, area + 8, sw a5, 0(a6)
  OK "AMO, rights \bits, mode \mode", \mode, area + 8, amoadd.w a5, a5, (a6)
  .else
  NO "store, rights \bits, mode \mode", \mode, 7, area + 8, sw a5, 0(a6)
  NO "AMO, rights \bits, mode \mode", \mode, 7, area + 8, amoadd.w a5, a5, (a6)
  .endif
  la a6, area
  BEGIN \mode
  jr a6
  END
  .if (\bits) & 4
  EXPECT a0, 8 + \mode, "fetch, rights \bits, mode \mode: cause, an environment call if all went well"
  EXPECT a2, area, "fetch, rights \bits, mode \mode: epc"
  .else
  TRAPPED "fetch, rights \bits, mode \mode", M, 1, area, area
  .endif
  .endr
  OK "load in M mode, rights \bits", M, area, lw a5, 0(a6)
  OK "store in M mode, rights \bits", M, area + 8, sw a5, 0(a6)
  la a6, area
  BEGIN M
  jr a6
  END
  EXPECT a0, 11, "fetch in M mode, rights \bits: cause, an environment call if all went well"
  .endm
  .irp bits, 0, 1, 3, 4, 5, 7
  RIGHTS \bits
  .endr

  # The lowest entry that matches decides.
  RANGE 0, area, 6
  RANGE 1, area, 12
  CONFIG (NAPOT | 1) | NAPOT << 8
  OK "load, entry 0 permits, entry 1 does not", S, area + 8, lw a5, 0(a6)
  NO "store, entry 0 permits loads", S, 7, area + 8, sw a5, 0(a6)
  NO "load, entry 1 alone", S, 5, area + 64, lw a5, 0(a6)
  CONFIG NAPOT | (NAPOT | 7) << 8
  NO "load, entry 0 refuses, entry 1 permits", S, 5, area + 8, lw a5, 0(a6)
  OK "load, entry 1 alone permits", S, area + 64, lw a5, 0(a6)
  RANGE 1, area, 6
  RANGE 0, area, 12
  CONFIG (NAPOT | 7) | NAPOT << 8
  OK "load, the larger range first", S, area + 8, lw a5, 0(a6)

  # An access that the entry covers in part fails whatever the entry says, in M mode too.
  ADDRESS 0, area, 20
  CONFIG NA4 | 7
  NO "doubleword, its upper half in an entry that permits", S, 5, area + 16, ld a5, 0(a6)
  NO "stored doubleword, its upper half in an entry that permits", S, 7, area + 16, sd a5, 0(a6)
  NO "doubleword in M mode, its upper half in an entry", M, 5, area + 16, ld a5, 0(a6)
  NO "stored doubleword in M mode, its upper half in an entry", M, 7, area + 16, sd a5, 0(a6)
  OK "word in it", S, area + 20, lw a5, 0(a6)
  OK "word before it", S, area + 16, lw a5, 0(a6)
  OK "doubleword after it", S, area + 24, ld a5, 0(a6)
  ADDRESS 0, area, 16
  CONFIG NA4 | 7
  NO "doubleword, its lower half in an entry that permits", U, 5, area + 16, ld a5, 0(a6)
  ADDRESS 0, area, 4100
  CONFIG NA4 | 7
  NO "doubleword at a page's begin, its upper half in an entry", U, 5, area + 4096, ld a5, 0(a6)

  # An instruction whose second half may not be fetched: tval is the half's address. The same where both may.
  la a6, area + 62
  li t0, 0x0793 # li a5, 0x7b
  sh t0, 0(a6)
  li t0, 0x07b0
  sh t0, 2(a6)
  li t0, 0x73
  sh t0, 4(a6)
  sh x0, 6(a6)
  fence.i
  RANGE 0, area, 6
  RANGE 1, area, 12
  CONFIG (NAPOT | 5) | (NAPOT | 3) << 8
  BEGIN U
  jr a6
  END
  TRAPPED "instruction, its second half not executable [QEMU 7.2: the first half decides]", M, 1, area + 64, area + 62
  CONFIG (NAPOT | 3) | (NAPOT | 5) << 8
  BEGIN S
  jr a6
  END
  TRAPPED "instruction, its first half not executable", M, 1, area + 62, area + 62
  CONFIG (NAPOT | 5) | (NAPOT | 5) << 8
  li a5, 0
  BEGIN S
  jr a6
  END
  EXPECT a0, 9, "instruction across two entries that permit it: cause, an environment call if all went well"
  EXPECT a5, 0x7b, "instruction across two entries that permit it: what it does"

  # MPRV: M mode's loads and stores are judged as MPP's, its fetches are not.
  RANGE 0, area, 12
  CONFIG NAPOT | 1
  .macro AS mode
  la a6, area
  BEGIN M
  CLEAR mstatus, STATUS_MPP
  SET mstatus, (\mode << 11) | STATUS_MPRV
  lw a5, 0(a6)
5:
  sw a5, 8(a6)
  CLEAR mstatus, STATUS_MPRV
  END
  .if \mode == M
  ARRIVED "MPRV as mode \mode", M
  .else
  TRAPPED "MPRV as mode \mode: a store", M, 7, area + 8, 5b
  .endif
  .endm
  AS S
  AS U
  AS M

  # Page tables are read and their A and D bits written with S mode's rights; what is refused is an access fault of the access's kind.
  TRANSLATE
  PTE l0, 0, area, LEAF
  RANGE 0, l0, 12
  CONFIG NAPOT
  REFUSED "load, the table may not be read", S, M, 5, PAGE + 8, ld a5, 0(a6)
  REFUSED "store, the table may not be read", S, M, 7, PAGE + 8, sd a5, 0(a6)
  FETCH_REFUSED "fetch, the table may not be read", S, M, 1, PAGE
  REFUSED "load in U mode, the table may not be read", U, M, 5, PAGE + 8, ld a5, 0(a6)
  CONFIG NAPOT | 1
  REACHES "load, the table may be read", S, PAGE + 8, ld a5, 0(a6)
  SET_PTE l0, 0, area, V+R+W+X
  sfence.vma
  REFUSED "load with A 0, the table may not be written [QEMU 7.2 writes it]", S, M, 5, PAGE + 8, ld a5, 0(a6)
  REFUSED "store with D 0, the table may not be written [QEMU 7.2 writes it]", S, M, 7, PAGE + 8, sd a5, 0(a6)
  SET_PTE l0, 0, area, LEAF
  RANGE 0, area, 12
  CONFIG NAPOT
  REFUSED "load, the page may not be read", S, M, 5, PAGE + 8, ld a5, 0(a6)
  REFUSED "store, the page may not be written", S, M, 7, PAGE + 8, sd a5, 0(a6)
  FETCH_REFUSED "fetch, the page may not be executed", S, M, 1, PAGE
  csrw satp, x0
  sfence.vma

  # Locked entries bind M mode, and hold until reset: 8 to 10 from here on. Their registers no longer change, nor the bottom of a TOR.
  CONFIG 0
  la t0, area
  srli t0, t0, 2
  ori t0, t0, 7 # 64 bytes.
  csrw pmpaddr8, t0
  ADDRESS 9, area, 128
  ADDRESS 10, area, 192
  li t0, 0x1f << 56 | (L | TOR | 1) << 16 | (L | NAPOT | 1)
  csrw pmpcfg2, t0
  csrr a5, pmpcfg2
  EXPECT a5, (0x1f << 56) | (0x89 << 16) | 0x99, "pmpcfg2 with two locked entries"
  OK "load in M mode, locked, R", M, area + 8, lw a5, 0(a6)
  NO "store in M mode, locked, R", M, 7, area + 8, sw a5, 0(a6)
  NO "AMO in M mode, locked, R", M, 7, area + 8, amoadd.w a5, a5, (a6)
  OK "load in M mode, locked TOR, R", M, area + 128, lw a5, 0(a6)
  NO "store in M mode, locked TOR, R", M, 7, area + 188, sw a5, 0(a6)
  OK "store in M mode before the locked TOR", M, area + 124, sw a5, 0(a6)
  OK "store in M mode after the locked TOR", M, area + 192, sw a5, 0(a6)
  la a6, area
  BEGIN M
  jr a6
  END
  TRAPPED "fetch in M mode, locked, no X", M, 1, area, area
  PUT pmpcfg2, 0x1f << 56
  csrr a5, pmpcfg2
  EXPECT a5, (0x1f << 56) | (0x89 << 16) | 0x99, "pmpcfg2 of locked entries after it is written"
  .irp entry, 8, 9, 10
  csrr a6, pmpaddr\entry
  csrw pmpaddr\entry, x0
  csrr a5, pmpaddr\entry
  sub a5, a5, a6
  EXPECT a5, 0, "pmpaddr\entry after it is written: locked, or the bottom of a locked TOR"
  .endr
  PUT pmpaddr11, 0x1234
  csrr a5, pmpaddr11
  EXPECT a5, 0x1234, "pmpaddr11 beside locked entries"
  # A locked entry that is off locks its own registers alone.
  PUT pmpcfg0, L << 40
  csrr a5, pmpcfg0
  EXPECT a5, L << 40, "pmpcfg0 with entry 5 locked and off"
  PUT pmpaddr4, 0x77
  csrr a5, pmpaddr4
  EXPECT a5, 0x77, "pmpaddr4 below a locked entry that is off"
  j finish

  .data
  .balign 8192
  .zero 8192 # So that the page before the area holds nothing else.
area:
  ecall
  .zero 16384 - 4
  .text
