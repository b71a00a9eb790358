// SPDX-License-Identifier: Apache-2.0
#include "ip/rv64/csr.h"
#include "ip/rv64/csr_numbers.h"

namespace visoc::rv64 {

using namespace csr_number;  // NOLINT: the specification's own names.

const char* csr_name(unsigned number) {
  static constexpr struct {
    unsigned number;
    const char* name;
  } kNames[] = {{kFflags, "fflags"},
                {kFrm, "frm"},
                {kFcsr, "fcsr"},
                {kSstatus, "sstatus"},
                {kSie, "sie"},
                {kStvec, "stvec"},
                {kScounteren, "scounteren"},
                {kSenvcfg, "senvcfg"},
                {kSscratch, "sscratch"},
                {kSepc, "sepc"},
                {kScause, "scause"},
                {kStval, "stval"},
                {kSip, "sip"},
                {kStimecmp, "stimecmp"},
                {kSatp, "satp"},
                {kMstatus, "mstatus"},
                {kMisa, "misa"},
                {kMedeleg, "medeleg"},
                {kMideleg, "mideleg"},
                {kMie, "mie"},
                {kMtvec, "mtvec"},
                {kMcounteren, "mcounteren"},
                {kMenvcfg, "menvcfg"},
                {kMcountinhibit, "mcountinhibit"},
                {kMscratch, "mscratch"},
                {kMepc, "mepc"},
                {kMcause, "mcause"},
                {kMtval, "mtval"},
                {kMip, "mip"},
                {kPmpcfg0, "pmpcfg0"},
                {kPmpcfg2, "pmpcfg2"},
                {kMcycle, "mcycle"},
                {kMinstret, "minstret"},
                {kCycle, "cycle"},
                {kTime, "time"},
                {kInstret, "instret"}};
  for (const auto& entry : kNames)
    if (entry.number == number) return entry.name;
  return "csr";
}

}  // namespace visoc::rv64
