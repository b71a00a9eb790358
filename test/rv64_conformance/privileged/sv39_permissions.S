# Sv39: every combination of R, W, X and U with load, store and fetch, in S and U mode, with SUM and MXR; W without R; MPRV.
# SPDX-License-Identifier: Apache-2.0
  .include "conformance.inc"
  .include "privileged.inc"
  .include "sv39.inc"

  # What the specification says: allowed by the page's kind and the mode, then by R, W and X (or X for R with MXR).
  .macro ONE mode, flags, sum, mxr
  .set leaf, ((\flags) & (R + X)) && !(((\flags) & (R + W)) == W)
  .set user, ((\flags) & USER) != 0
  .set may_access, leaf && ((\mode == U && user) || (\mode == S && (!user || \sum)))
  .set may_fetch, leaf && ((\mode == U && user) || (\mode == S && !user))
  .if may_access && (((\flags) & R) || (\mxr && ((\flags) & X)))
  REACHES "load, flags \flags, mode \mode, SUM \sum, MXR \mxr", \mode, PAGE, ld a5, 8(a6)
  .else
  REFUSED "load, flags \flags, mode \mode, SUM \sum, MXR \mxr", \mode, M, 13, PAGE, ld a5, 0(a6)
  .endif
  .if may_access && ((\flags) & W)
  REACHES "store, flags \flags, mode \mode, SUM \sum, MXR \mxr", \mode, PAGE, sd a5, 16(a6)
  .else
  REFUSED "store, flags \flags, mode \mode, SUM \sum, MXR \mxr", \mode, M, 15, PAGE, sb a5, 0(a6)
  .endif
  .if may_fetch && ((\flags) & X)
  FETCHES "fetch, flags \flags, mode \mode, SUM \sum, MXR \mxr", \mode, PAGE
  .else
  FETCH_REFUSED "fetch, flags \flags, mode \mode, SUM \sum, MXR \mxr", \mode, M, 12, PAGE
  .endif
  .endm

main:
  TRANSLATE
  .irp mxr, 0, 1
  .irp sum, 0, 1
  CLEAR mstatus, STATUS_SUM | STATUS_MXR
  SET mstatus, (\sum << 18) | (\mxr << 19)
  .irp permissions, R, R+W, X, R+X, R+W+X, W, W+X
  .irp user, 0, USER
  PTE l0, 0, page_a, V+A+D+\permissions+\user
  ONE S, \permissions+\user, \sum, \mxr
  ONE U, \permissions+\user, \sum, \mxr
  .endr
  .endr
  .endr
  .endr

  # MPRV: loads and stores of M mode with MPP's rights and translation; fetches are not changed.
  .macro AS mode, sum, flags, expected
  CLEAR mstatus, STATUS_SUM | STATUS_MXR
  SET mstatus, \sum << 18
  PTE l0, 0, page_a, V+A+D+\flags
  li a6, PAGE
  BEGIN M
  CLEAR mstatus, STATUS_MPP
  SET mstatus, (\mode << 11) | STATUS_MPRV
5:
  ld a5, 8(a6)
  CLEAR mstatus, STATUS_MPRV
  END
  .if \expected
  ARRIVED "MPRV as mode \mode, SUM \sum, flags \flags", M
  EXPECT a5, 0xaaaaaaaaaaaaaaaa, "MPRV as mode \mode, SUM \sum, flags \flags: value"
  .else
  TRAPPED "MPRV as mode \mode, SUM \sum, flags \flags", M, 13, PAGE + 8, 5b
  srli a3, a3, 11
  andi a3, a3, 3
  EXPECT a3, M, "MPRV as mode \mode, SUM \sum, flags \flags: MPP"
  .endif
  .endm
  AS S, 0, R, 1
  AS S, 0, R+USER, 0
  AS S, 1, R+USER, 1
  AS S, 0, X, 0
  AS U, 0, R+USER, 1
  AS U, 0, R, 0
  AS U, 1, R, 0
  # M mode alone is never translated.
  la a6, page_a
  BEGIN M
  ld a5, 8(a6)
  END
  ARRIVED "a physical address in M mode", M
  EXPECT a5, 0xaaaaaaaaaaaaaaaa, "a physical address in M mode: value"
  PTE root, 0, _start, LEAF
  REACHES "a virtual address in S mode", S, NOWHERE, ld a5, 0(a6)
  REFUSED "the same address in M mode", M, M, 5, NOWHERE, ld a5, 0(a6)

  # AMOs need R and W, LR needs R.
  CLEAR mstatus, STATUS_SUM | STATUS_MXR
  PTE l0, 0, page_a, V+A+D+R
  REFUSED "AMO on a page that is read-only", S, M, 15, PAGE, amoadd.d a5, a5, (a6)
  REACHES "lr on a page that is read-only", S, PAGE, lr.d a5, (a6)
  li a6, PAGE
  ENTER S
  lr.d a5, (a6)
5:
  sc.d a5, a5, (a6)
  END
  TRAPPED "lr and sc on a page that is read-only", M, 15, PAGE, 5b
  PTE l0, 0, page_a, V+A+D+X
  REFUSED "lr on a page that is execute-only", S, M, 13, PAGE, lr.d a5, (a6)
  REFUSED "AMO on a page that is execute-only", S, M, 15, PAGE, amoadd.d a5, a5, (a6)
  PTE l0, 0, page_a, 0
  REFUSED "AMO on a page that is not there", S, M, 15, PAGE, amoadd.d a5, a5, (a6)
  REFUSED "lr on a page that is not there", S, M, 13, PAGE, lr.w a5, (a6)
  REFUSED "fsd on a page that is not there", S, M, 15, PAGE, fsd fa0, 0(a6)
  REFUSED "flw on a page that is not there", S, M, 13, PAGE, flw fa0, 0(a6)
  csrw satp, x0
  j finish
