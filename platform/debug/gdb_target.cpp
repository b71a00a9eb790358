// SPDX-License-Identifier: Apache-2.0
#include "platform/debug/gdb_target.h"

#include <utility>

namespace visoc {
namespace {

constexpr unsigned kFirstFloat = 33, kFirstCsr = 65;
constexpr unsigned kFflags = 0x001, kFrm = 0x002, kFcsr = 0x003;

constexpr const char* kIntegerNames[] = {"zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "fp", "s1", "a0",
                                         "a1",   "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
                                         "s6",   "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
constexpr const char* kFloatNames[] = {"ft0", "ft1", "ft2", "ft3", "ft4",  "ft5",  "ft6", "ft7", "fs0",  "fs1", "fa0",
                                       "fa1", "fa2", "fa3", "fa4", "fa5",  "fa6",  "fa7", "fs2", "fs3",  "fs4", "fs5",
                                       "fs6", "fs7", "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11"};

struct NamedCsr {
  unsigned number;
  const char* name;
};
constexpr NamedCsr kCsrs[] = {
    {0x100, "sstatus"},    {0x104, "sie"},           {0x105, "stvec"},    {0x106, "scounteren"}, {0x10a, "senvcfg"},  {0x140, "sscratch"},
    {0x141, "sepc"},       {0x142, "scause"},        {0x143, "stval"},    {0x144, "sip"},        {0x14d, "stimecmp"}, {0x180, "satp"},
    {0x5a8, "scontext"},   {0xf11, "mvendorid"},     {0xf12, "marchid"},  {0xf13, "mimpid"},     {0xf14, "mhartid"},  {0xf15, "mconfigptr"},
    {0x300, "mstatus"},    {0x301, "misa"},          {0x302, "medeleg"},  {0x303, "mideleg"},    {0x304, "mie"},      {0x305, "mtvec"},
    {0x306, "mcounteren"}, {0x320, "mcountinhibit"}, {0x340, "mscratch"}, {0x341, "mepc"},       {0x342, "mcause"},   {0x343, "mtval"},
    {0x344, "mip"},        {0x34a, "mtinst"},        {0x34b, "mtval2"},   {0x30a, "menvcfg"},    {0x747, "mseccfg"},  {0x7a0, "tselect"},
    {0x7a1, "tdata1"},     {0x7a2, "tdata2"},        {0x7a3, "tdata3"},   {0x7a8, "mcontext"},   {0xb00, "mcycle"},   {0xb02, "minstret"},
    {0xc00, "cycle"},      {0xc01, "time"},          {0xc02, "instret"}};
/// CSRs that come in rows: first number, first index, last index, what the index counts in.
struct CsrRow {
  unsigned number;
  const char* name;
  unsigned first, last;
};
constexpr CsrRow kCsrRows[] = {{0x3a0, "pmpcfg", 0, 15},
                               {0x3b0, "pmpaddr", 0, 63},
                               {0x323, "mhpmevent", 3, 31},
                               {0xb03, "mhpmcounter", 3, 31},
                               {0xc03, "hpmcounter", 3, 31}};

std::string reg(const std::string& name, unsigned number, unsigned bits, const char* type) {
  return "<reg name=\"" + name + "\" bitsize=\"" + std::to_string(bits) + "\" regnum=\"" + std::to_string(number) + "\" type=\"" + type +
         "\"/>\n";
}

}  // namespace

std::string gdb_target_xml(HartDebug& hart) {
  std::string text =
      "<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n<target version=\"1.0\">\n"
      "<architecture>riscv:rv64</architecture>\n<feature name=\"org.gnu.gdb.riscv.cpu\">\n";
  for (unsigned i = 0; i < 32; ++i) text += reg(kIntegerNames[i], i, 64, i == 1 ? "code_ptr" : i >= 2 && i <= 4 ? "data_ptr" : "int");
  text += reg("pc", kGdbPc, 64, "code_ptr");
  text +=
      "</feature>\n<feature name=\"org.gnu.gdb.riscv.fpu\">\n<union id=\"riscv_double\">\n<field name=\"float\" type=\"ieee_single\"/>\n"
      "<field name=\"double\" type=\"ieee_double\"/>\n</union>\n";
  for (unsigned i = 0; i < 32; ++i) text += reg(kFloatNames[i], kFirstFloat + i, 64, "riscv_double");
  text +=
      reg("fflags", kFirstCsr + kFflags, 32, "int") + reg("frm", kFirstCsr + kFrm, 32, "int") + reg("fcsr", kFirstCsr + kFcsr, 32, "int");
  text += "</feature>\n<feature name=\"org.gnu.gdb.riscv.virtual\">\n" + reg("priv", kGdbPrivilege, 64, "int");
  text += "</feature>\n<feature name=\"org.gnu.gdb.riscv.csr\">\n";
  const auto add_csr = [&](const std::string& name, unsigned number) {
    std::uint64_t value = 0;
    if (hart.read_register(kFirstCsr + number, value)) text += reg(name, kFirstCsr + number, 64, "int");
  };
  for (const NamedCsr& csr : kCsrs) add_csr(csr.name, csr.number);
  for (const CsrRow& row : kCsrRows)
    for (unsigned i = row.first; i <= row.last; ++i) add_csr(row.name + std::to_string(i), row.number + i - row.first);
  return text + "</feature>\n</target>\n";
}

unsigned gdb_register_bytes(unsigned number) {
  if (number > kGdbPrivilege) return 0;
  return number >= kFirstCsr + kFflags && number <= kFirstCsr + kFcsr ? 4 : 8;
}

}  // namespace visoc
