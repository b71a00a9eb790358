// What GDB is told of a hart's registers: the target description, and how wide each register is.
// Source: the manual of GDB 13, appendix G.5.14 "RISC-V Features"; CSR numbers: RISC-V privileged specification 20211203, section 2.2.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "platform/contract/hart_debug.h"

namespace visoc {

inline constexpr unsigned kGdbPc = 32, kGdbPrivilege = 4161;
/// x0 to x31 and pc travel together in the packets g and G.
inline constexpr unsigned kGdbGeneralRegisters = 33;

/// target.xml: x, f, privilege, and those of the known CSRs that `hart` can read now.
std::string gdb_target_xml(HartDebug& hart);

/// Bytes of register `number` in packets: 8, or 4 for fflags, frm and fcsr. 0: there is no such number.
unsigned gdb_register_bytes(unsigned number);

}  // namespace visoc
