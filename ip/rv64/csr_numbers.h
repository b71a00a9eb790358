// Numbers of the control and status registers (privileged specification 20211203, tables 2.2 to 2.6).
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace visoc::rv64::csr_number {

inline constexpr unsigned kFflags = 0x001, kFrm = 0x002, kFcsr = 0x003;
inline constexpr unsigned kSstatus = 0x100, kSie = 0x104, kStvec = 0x105, kScounteren = 0x106, kSenvcfg = 0x10a, kSscratch = 0x140,
                          kSepc = 0x141, kScause = 0x142, kStval = 0x143, kSip = 0x144, kStimecmp = 0x14d, kSatp = 0x180;
inline constexpr unsigned kMstatus = 0x300, kMisa = 0x301, kMedeleg = 0x302, kMideleg = 0x303, kMie = 0x304, kMtvec = 0x305,
                          kMcounteren = 0x306, kMenvcfg = 0x30a, kMcountinhibit = 0x320, kMhpmevent3 = 0x323, kMhpmevent31 = 0x33f,
                          kMscratch = 0x340, kMepc = 0x341, kMcause = 0x342, kMtval = 0x343, kMip = 0x344, kPmpcfg0 = 0x3a0,
                          kPmpcfg2 = 0x3a2, kPmpaddr0 = 0x3b0;
inline constexpr unsigned kMcycle = 0xb00, kMinstret = 0xb02, kMhpmcounter3 = 0xb03, kMhpmcounter31 = 0xb1f, kCycle = 0xc00, kTime = 0xc01,
                          kInstret = 0xc02, kHpmcounter3 = 0xc03, kHpmcounter31 = 0xc1f, kMvendorid = 0xf11, kMarchid = 0xf12,
                          kMimpid = 0xf13, kMhartid = 0xf14, kMconfigptr = 0xf15;

}  // namespace visoc::rv64::csr_number
