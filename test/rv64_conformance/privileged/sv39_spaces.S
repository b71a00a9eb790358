# Sv39: two address spaces with their own ASIDs and common global pages, code of both at one address, code written through another mapping.
# SPDX-License-Identifier: Apache-2.0
  .include "conformance.inc"
  .include "privileged.inc"
  .include "sv39.inc"

  # No fence: entries cached for another ASID may not be used.
  .macro SPACE table, asid
  la t0, \table
  srli t0, t0, 12
  li t1, (8 << 60) | (\asid << 44)
  or t0, t0, t1
  csrw satp, t0
  .endm
  .macro SHOWS what, mode, va, value
  REACHES "\what", \mode, \va, ld a5, 0(a6)
  EXPECT a5, "\value", "\what: value"
  .endm
  .macro CALLS what, mode, va, value
  li a6, \va
  li a5, 0
  ENTER \mode
  jr a6
  END
  EXPECT a5, \value, "\what: what the code does"
  EXPECT a2, \va + 4, "\what: epc, the code's ecall if all went well"
  .endm

main:
  TRANSLATE
  SET_PTE root_b, 1, l1_b, V
  SET_PTE root_b, 2, _start, LEAF
  SET_PTE root_b, 3, _start, LEAF+USER
  SET_PTE l1_b, 0, l0_b, V
  SET_PTE l0, 0, page_a, LEAF
  SET_PTE l0_b, 0, page_b, LEAF
  SET_PTE l0, 1, code_a, LEAF
  SET_PTE l0_b, 1, code_b, LEAF
  SET_PTE l0, 2, code_a, LEAF+USER
  SET_PTE l0_b, 2, code_b, LEAF+USER
  SET_PTE l0, 3, page_a, LEAF+G
  SET_PTE l0_b, 3, page_a, LEAF+G
  SET_PTE l0, 4, page_b, LEAF
  SET_PTE l0_b, 4, 0, 0
  sfence.vma

  # ASIDs that the machine does not have would make the switch without a fence undefined: 4 bits are asked for.
  SPACE root, 15
  csrr a5, satp
  srli a5, a5, 44
  andi a5, a5, 15
  EXPECT a5, 15, "ASID bits"
  .irp round, 1, 2, 3
  SPACE root, 1
  SHOWS "data of the first space, round \round", S, PAGE + 8, 0xaaaaaaaaaaaaaaaa
  CALLS "code of the first space, round \round", S, PAGE + 0x1000, 1
  CALLS "code of U mode of the first space, round \round", U, PAGE + 0x2000, 1
  SHOWS "a global page from the first space, round \round", S, PAGE + 0x3008, 0xaaaaaaaaaaaaaaaa
  SHOWS "a page of the first space alone, round \round", S, PAGE + 0x4008, 0xbbbbbbbbbbbbbbbb
  SPACE root_b, 2
  SHOWS "data of the second space, round \round", S, PAGE + 8, 0xbbbbbbbbbbbbbbbb
  CALLS "code of the second space, round \round", S, PAGE + 0x1000, 2
  CALLS "code of U mode of the second space, round \round", U, PAGE + 0x2000, 2
  SHOWS "a global page from the second space, round \round", S, PAGE + 0x3008, 0xaaaaaaaaaaaaaaaa
  REFUSED "a page of the first space alone, from the second, round \round", S, M, 13, PAGE + 0x4008, ld a5, 0(a6)
  .endr
  # The same ASID for both, with a fence.
  SPACE root, 2
  sfence.vma
  CALLS "code of the first space with the second's ASID, after a fence", S, PAGE + 0x1000, 1
  SPACE root_b, 2
  li t0, 2
  sfence.vma x0, t0
  CALLS "code of the second space with this ASID, after a fence of it", S, PAGE + 0x1000, 2
  SHOWS "data of the second space with this ASID, after a fence of it", S, PAGE + 8, 0xbbbbbbbbbbbbbbbb

  # S mode switches itself: what follows runs in the other space, as both map this code alike.
  SPACE root, 1
  la t0, root_b
  srli t0, t0, 12
  li t1, (8 << 60) | (2 << 44)
  or a7, t0, t1
  li a6, PAGE
  BEGIN S
  ld a5, 8(a6)
  csrw satp, a7
  ld a7, 8(a6)
  END
  ARRIVED "S mode switches its space", S
  EXPECT a5, 0xaaaaaaaaaaaaaaaa, "S mode before it switches its space"
  EXPECT a7, 0xbbbbbbbbbbbbbbbb, "S mode after it switched its space"

  # Code that is written through one mapping and run through another: with FENCE.I, many times.
  SPACE root, 1
  SET_PTE l0, 5, code_c, V+R+W+A+D
  SET_PTE l0, 6, code_c, V+X+A
  SET_PTE l0, 7, code_c, V+X+A+USER
  sfence.vma
  CALLS "code before it is written", S, PAGE + 0x6000, 3
  li s0, 100
  li s2, 0
  li s3, 0
again:
  slli s4, s0, 20
  ori s4, s4, 0x793 - 0x700
  li t0, 0x700
  add s4, s4, t0 # addi a5, x0, s0
  li a6, PAGE + 0x5000
  li a7, PAGE + 0x6000
  BEGIN S
  sw s4, 0(a6)
  fence.i
  jr a7
  END
  add s2, s2, a5
  li a7, PAGE + 0x7000
  BEGIN U, ALIAS
  jr a7
  END
  add s3, s3, a5
  addi s0, s0, -1
  bnez s0, again
  EXPECT s2, 5050, "code written a hundred times through another page"
  EXPECT s3, 5050, "the same code run by U mode"
  lw a5, code_c
  EXPECT a5, 0x00100793, "the code as memory has it"
  # M mode writes the physical address.
  la a6, code_c
  li a5, 0x02a00793
  sw a5, 0(a6)
  fence.i
  CALLS "code written by M mode at its physical address", S, PAGE + 0x6000, 42
  csrw satp, x0
  j finish

  .data
  .balign 4096
root_b:
  .zero 4096
l1_b:
  .zero 4096
l0_b:
  .zero 4096
  .irp name, a, b, c
  .balign 4096
code_\name:
  .ifc \name, a
  .4byte 0x00100793 # li a5, 1
  .endif
  .ifc \name, b
  .4byte 0x00200793
  .endif
  .ifc \name, c
  .4byte 0x00300793
  .endif
  ecall
  .endr
  .balign 4096
