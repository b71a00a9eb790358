# Sv39: page sizes, A and D set by hardware, entries that are not valid, addresses that are not canonical, SFENCE.VMA, accesses across
# pages, faults of the walk itself, page faults that S mode handles. SPDX-License-Identifier: Apache-2.0
  .include "conformance.inc"
  .include "privileged.inc"
  .include "sv39.inc"
  .equ FAR, 0x80200000 # Beyond the program, on a boundary of two MiB.

  .macro SHOWS what, mode, va, value
  REACHES "\what", \mode, \va, ld a5, 0(a6)
  EXPECT a5, "\value", "\what: value"
  .endm
  .macro ALL_REFUSED what, va
  REFUSED "load, \what", S, M, 13, \va, lw a5, 0(a6)
  REFUSED "store, \what", S, M, 15, \va, sw a5, 0(a6)
  FETCH_REFUSED "fetch, \what", S, M, 12, \va
  .endm
  # A and D after an access, from the entry's lowest eight bits.
  .macro LEAVES what, index, expected
  lbu a5, l0 + 8 * \index
  EXPECT a5, "\expected", "\what: flags of the entry after"
  .endm

main:
  TRANSLATE
  # Sizes.
  PTE l0, 0, page_a, LEAF
  PTE l0, 511, page_b, LEAF
  SHOWS "4 KiB page, the first", S, PAGE + 8, 0xaaaaaaaaaaaaaaaa
  SHOWS "4 KiB page, the last of its table", S, PAGE + 511 * 4096 + 8, 0xbbbbbbbbbbbbbbbb
  li t0, FAR + 0x12340
  li t1, 0x2222222222222222
  sd t1, 0(t0)
  li t0, FAR + 0x1ffff8
  li t1, 0x3333333333333333
  sd t1, 0(t0)
  PTE l1, 1, FAR, LEAF
  SHOWS "2 MiB page", S, PAGE + 0x212340, 0x2222222222222222
  SHOWS "2 MiB page, its last doubleword", S, PAGE + 0x3ffff8, 0x3333333333333333
  SHOWS "1 GiB page", S, FAR + 0x12340, 0x2222222222222222
  SHOWS "1 GiB page of U mode", U, FAR + 0x12340 + ALIAS, 0x2222222222222222
  PTE l1, 2, FAR + 0x1000, LEAF
  ALL_REFUSED "2 MiB page, misaligned", PAGE + 0x400000
  PTE l1, 2, FAR + 0x100000, LEAF
  ALL_REFUSED "2 MiB page, misaligned in its highest bit", PAGE + 0x400000
  PTE root, 4, FAR, LEAF
  ALL_REFUSED "1 GiB page, misaligned", 0x100000000
  PTE root, 4, _start + 0x1000, LEAF
  ALL_REFUSED "1 GiB page, misaligned in its lowest bit", 0x100000000

  # Entries that are not valid or reserved.
  PTE l0, 1, page_a, LEAF-V
  ALL_REFUSED "V 0", PAGE + 0x1000
  PTE l0, 1, page_a, V
  ALL_REFUSED "a pointer in the last level", PAGE + 0x1000
  ALL_REFUSED "no entry in the root", 0x140000000
  ALL_REFUSED "no entry in the second level", PAGE + 0x600000
  .irp bit, 54, 55, 59, 60, 61, 62, 63
  SET_PTE l0, 1, page_a, LEAF
  li t1, 1 << \bit
  la t2, l0
  ld t0, 8(t2)
  or t0, t0, t1
  sd t0, 8(t2)
  sfence.vma
  ALL_REFUSED "reserved bit \bit", PAGE + 0x1000
  .endr
  .irp flag, A, D, USER
  PTE l1, 3, l0, V+\flag
  ALL_REFUSED "pointer with flag \flag", PAGE + 0x600000
  .endr
  PTE l1, 3, l0, V+G
  SHOWS "pointer with flag G", S, PAGE + 0x600008, 0xaaaaaaaaaaaaaaaa
  # Bits 8 and 9 are the software's.
  PTE l0, 1, page_a, LEAF+0x300
  SHOWS "software's bits", S, PAGE + 0x1008, 0xaaaaaaaaaaaaaaaa
  PTE l0, 1, page_a, LEAF+G
  SHOWS "a global page", S, PAGE + 0x1008, 0xaaaaaaaaaaaaaaaa

  # Addresses: bits 63 to 39 equal bit 38.
  PTE root, 511, _start, LEAF
  SHOWS "the highest GiB", S, 0xffffffffc0212340, 0x2222222222222222
  PTE root, 256, _start, LEAF
  SHOWS "the first GiB of the upper half", S, 0xffffffc000212340, 0x2222222222222222
  .irp va, 0x4000212340, 0x8000212340, 0x8080212340, 0xffffffbfc0212340, 0x7fffffffc0212340, 0x0100000080212340, 0x8000000080212340
  ALL_REFUSED "address \va", \va
  .endr

  # Accessed and dirty.
  PTE l0, 2, page_a, V+R+W+X
  SHOWS "load with A 0", S, PAGE + 0x2008, 0xaaaaaaaaaaaaaaaa
  LEAVES "load with A 0", 2, V+R+W+X+A
  REACHES "store with D 0", S, PAGE + 0x2010, sd a5, 0(a6)
  LEAVES "store with D 0", 2, V+R+W+X+A+D
  PTE l0, 2, page_a, V+R+W+X
  REACHES "store with A and D 0", S, PAGE + 0x2010, sb a5, 0(a6)
  LEAVES "store with A and D 0", 2, V+R+W+X+A+D
  PTE l0, 2, page_a, V+R+W+X
  FETCHES "fetch with A 0", S, PAGE + 0x2000
  LEAVES "fetch with A 0", 2, V+R+W+X+A
  PTE l0, 2, page_a, V+R+W+X
  REACHES "AMO with A and D 0", S, PAGE + 0x2010, amoadd.w a5, a5, (a6)
  LEAVES "AMO with A and D 0", 2, V+R+W+X+A+D
  PTE l0, 2, page_a, V+R+W+X
  REACHES "lr with A and D 0", S, PAGE + 0x2010, lr.w a5, (a6)
  LEAVES "lr with A and D 0", 2, V+R+W+X+A
  PTE l0, 2, page_a, V+R
  REFUSED "store to a read-only page with A 0", S, M, 15, PAGE + 0x2010, sd a5, 0(a6)
  LEAVES "store to a read-only page with A 0", 2, V+R
  PTE l0, 2, page_a, V+R+USER
  REFUSED "load of a page of U mode with A 0", S, M, 13, PAGE + 0x2010, ld a5, 0(a6)
  LEAVES "load of a page of U mode with A 0", 2, V+R+USER
  SET_PTE l1, 4, FAR, V+R+W
  sfence.vma
  REACHES "store to a 2 MiB page with A and D 0", S, PAGE + 0x800010, sd a5, 0(a6)
  lbu a5, l1 + 32
  EXPECT a5, V+R+W+A+D, "store to a 2 MiB page: flags of the entry after"
  lbu a5, l1
  EXPECT a5, V, "flags of a pointer after accesses through it"

  # SFENCE.VMA after an entry changed, in its four forms; run by S mode.
  .macro FENCED what, fence:vararg
  PTE l0, 3, page_a, LEAF
  SHOWS "before \what", S, PAGE + 0x3008, 0xaaaaaaaaaaaaaaaa
  SET_PTE l0, 3, page_b, LEAF
  li a6, PAGE + 0x3008
  li a7, 0
  BEGIN S
  \fence
  ld a5, 0(a6)
  END
  ARRIVED "\what", S
  EXPECT a5, 0xbbbbbbbbbbbbbbbb, "\what: value"
  .endm
  FENCED "sfence.vma", sfence.vma
  FENCED "sfence.vma of the address", sfence.vma a6
  FENCED "sfence.vma of the address space", sfence.vma x0, a7
  FENCED "sfence.vma of both", sfence.vma a6, a7
  # Code, too: another page at the same address.
  PTE l0, 3, code_a, LEAF
  li a6, PAGE + 0x3000
  BEGIN S
  jr a6
  END
  EXPECT a5, 1, "code before its page is exchanged"
  PTE l0, 3, code_b, LEAF
  li a6, PAGE + 0x3000
  BEGIN S
  jr a6
  END
  EXPECT a5, 2, "code after its page is exchanged and sfence.vma"
  PTE l0, 3, code_b, 0
  FETCH_REFUSED "code after its page is taken away and sfence.vma", S, M, 12, PAGE + 0x3000
  # A right taken away.
  PTE l0, 3, page_a, LEAF
  REACHES "store before W is taken away", S, PAGE + 0x3010, sd a5, 0(a6)
  PTE l0, 3, page_a, LEAF-W
  REFUSED "store after W is taken away", S, M, 15, PAGE + 0x3010, sd a5, 0(a6)
  # SUM and MXR count at once, with no fence.
  PTE l0, 3, page_a, LEAF+USER-X
  SET mstatus, STATUS_SUM
  SHOWS "a page of U mode with SUM", S, PAGE + 0x3008, 0xaaaaaaaaaaaaaaaa
  CLEAR mstatus, STATUS_SUM
  REFUSED "a page of U mode after SUM is cleared", S, M, 13, PAGE + 0x3008, ld a5, 0(a6)
  REACHES "a page of U mode, U mode", U, PAGE + 0x3008, ld a5, 0(a6)
  REFUSED "a page of U mode in S mode after U mode used it", S, M, 13, PAGE + 0x3008, ld a5, 0(a6)

  # Across pages that are not neighbours in memory.
  PTE l0, 8, page_b, LEAF
  PTE l0, 9, page_a, LEAF
  SHOWS "doubleword across pages", S, PAGE + 0x8ffc, 0x00000013b9babbbc
  li a5, 0x1122334455667788
  REACHES "store across pages", S, PAGE + 0x8ffe, sd a5, 0(a6)
  ld a5, page_b + 4088
  EXPECT a5, 0x7788bbbcbdbebfb0, "store across pages: the first part"
  ld a5, page_a
  EXPECT a5, 0x0000112233445566, "store across pages: the second part"
  .option push
  .option norvc
  la t0, page_a
  li t1, 0x00000013 | 0x00000073 << 32
  sd t1, 0(t0)
  .option pop
  PTE l0, 9, page_a, 0
  REFUSED "load across pages, the second is missing", S, M, 13, PAGE + 0x9000, ld a5, -4(a6)
  REFUSED "load across pages by one byte, the second is missing", S, M, 13, PAGE + 0x9000, lh a5, -1(a6)
  REFUSED "store across pages, the second is missing", S, M, 15, PAGE + 0x9000, sd a5, -1(a6)
  REFUSED "fld across pages, the second is missing", S, M, 13, PAGE + 0x9000, fld fa0, -4(a6)
  PTE l0, 9, page_a, LEAF-W
  REFUSED "store across pages, the second is read-only", S, M, 15, PAGE + 0x9000, sd a5, -7(a6)
  PTE l0, 8, page_b, 0
  PTE l0, 9, page_a, LEAF
  REFUSED "load across pages, the first is missing", S, M, 13, PAGE + 0x8ffc, ld a5, 0(a6)
  REFUSED "store across pages, the first is missing", S, M, 15, PAGE + 0x8ffd, sw a5, 0(a6)
  PTE l0, 9, page_a, 0
  REFUSED "load across pages, both are missing", S, M, 13, PAGE + 0x8ffc, ld a5, 0(a6)
  # An instruction across pages.
  PTE l0, 8, code_end, LEAF
  PTE l0, 9, code_begin, LEAF
  li a6, PAGE + 0x8ffe
  BEGIN S
  jr a6
  END
  EXPECT a0, 9, "instruction across pages: cause"
  EXPECT a2, PAGE + 0x9002, "instruction across pages: epc of the ecall after it"
  EXPECT a5, 0x7b, "instruction across pages: what it does"
  PTE l0, 9, code_begin, 0
  li a6, PAGE + 0x8ffe
  BEGIN S
  jr a6
  END
  TRAPPED "instruction across pages, the second is missing", M, 12, PAGE + 0x9000, PAGE + 0x8ffe
  PTE l0, 9, code_begin, LEAF-X
  li a6, PAGE + 0x8ffe
  BEGIN S
  jr a6
  END
  TRAPPED "instruction across pages, the second is not executable", M, 12, PAGE + 0x9000, PAGE + 0x8ffe
  li a6, PAGE + 0x8ffc
  BEGIN S
  jr a6
  END
  TRAPPED "an instruction before the one across pages runs first", M, 12, PAGE + 0x9000, PAGE + 0x8ffe
  EXPECT a5, 9, "an instruction before the one across pages: what it does"

  # Faults of the walk and of what it leads to are access faults of the kind of access.
  PTE l1, 5, NOWHERE, V
  REFUSED "load, the table is nowhere [QEMU 7.2: a page fault]", S, M, 5, PAGE + 0xa00000, ld a5, 0(a6)
  REFUSED "store, the table is nowhere [QEMU 7.2: a page fault]", S, M, 7, PAGE + 0xa00000, sd a5, 0(a6)
  FETCH_REFUSED "fetch, the table is nowhere [QEMU 7.2: a page fault]", S, M, 1, PAGE + 0xa00000
  PTE l0, 5, NOWHERE, LEAF
  REFUSED "load, the page is nowhere", S, M, 5, PAGE + 0x5010, ld a5, 0(a6)
  REFUSED "store, the page is nowhere", S, M, 7, PAGE + 0x5010, sd a5, 0(a6)
  FETCH_REFUSED "fetch, the page is nowhere", S, M, 1, PAGE + 0x5000

  # Delegated: S mode gets the virtual address in stval.
  PUT medeleg, 0xb000
  REFUSED "load in U mode, delegated", U, S, 13, PAGE + 0x1000000, ld a5, 0(a6)
  REFUSED "store in U mode, delegated", U, S, 15, PAGE + 0x1000000, sd a5, 0(a6)
  FETCH_REFUSED "fetch in U mode, delegated", U, S, 12, PAGE + 0x1000000
  REFUSED "load in S mode, delegated", S, S, 13, PAGE + 0x1000000, ld a5, 0(a6)
  FETCH_REFUSED "fetch in S mode, delegated", S, S, 12, PAGE + 0x1000000
  PUT medeleg, 1 << 13
  REFUSED "store in U mode, load faults delegated", U, M, 15, PAGE + 0x1000000, sd a5, 0(a6)
  PUT medeleg, 0

  # Off again: S mode has physical addresses.
  csrw satp, x0
  sfence.vma
  la a6, page_b
  BEGIN S
  ld a5, 8(a6)
  END
  ARRIVED "satp 0, S mode", S
  EXPECT a5, 0xbbbbbbbbbbbbbbbb, "satp 0, S mode: value"
  REFUSED "satp 0, a virtual address", S, M, 5, NOWHERE, ld a5, 0(a6)
  j finish

  .data
  .option push
  .option norvc
  .balign 4096
code_a:
  li a5, 1
  ecall
  .balign 4096
code_b:
  li a5, 2
  ecall
  # addi a5, x0, 0x7b: its halves end one page and begin another.
  .balign 4096
code_end:
  .zero 4092
  .2byte 0x47a5 # c.li a5, 9
  .2byte 0x0793
code_begin:
  .2byte 0x07b0
  ecall
  .balign 4096
  .option pop
