// The commit log: one line a retired instruction, in the form of Spike's --log-commits.
// SPDX-License-Identifier: Apache-2.0
#include "ip/rv64/hart.h"

namespace visoc::rv64 {
namespace {

bool is_amo(Op op) { return op == Op::kAmoW || op == Op::kAmoD || op == Op::kScW || op == Op::kScD || op == Op::kLrW || op == Op::kLrD; }

enum class Destination { kNone, kInteger, kFloat };

/// The register file that an instruction writes, from its expanded encoding.
Destination destination(const Instruction& instruction, std::uint32_t word) {
  const unsigned funct5 = word >> 27;
  switch (word & 0x7f) {
    case 0x63:
    case 0x23:
    case 0x27:
    case 0x0f:
      return Destination::kNone;
    case 0x07:
    case 0x43:
    case 0x47:
    case 0x4b:
    case 0x4f:
      return Destination::kFloat;
    case 0x53:
      return funct5 == 0x14 || funct5 == 0x18 || funct5 == 0x1c ? Destination::kInteger : Destination::kFloat;
    case 0x73:
      return (word >> 12 & 7) == 0 ? Destination::kNone : Destination::kInteger;
    default:
      return instruction.rd == 0 || instruction.rd == 32 ? Destination::kNone : Destination::kInteger;
  }
}

}  // namespace

RunEnd Hart::run_logged() {
  RunEnd run_end = RunEnd::kStopped;
  while (!must_end(run_end)) {
    const std::unique_ptr<Block> block = make_block(pc_, 1);
    if (block == nullptr) {
      const Addr at = pc_;
      enter_trap(pending_trap_.cause, pending_trap_.value, at);
      observe_trap(at);
      continue;
    }
    const Instruction instruction = block->code.front();
    const Addr at = pc_;
    const bool float_access =
        instruction.op == Op::kFlw || instruction.op == Op::kFld || instruction.op == Op::kFsw || instruction.op == Op::kFsd;
    const bool accesses = loaded_bytes(instruction) != 0 || stored_bytes(instruction) != 0;
    const Addr address = x_[instruction.rs1] + (is_amo(instruction.op) ? 0 : static_cast<std::uint64_t>(std::int64_t{instruction.imm}));
    const std::uint64_t stored = float_access ? f_[instruction.rs2] : x_[instruction.rs2];
    const Privilege privilege = csr_.privilege;
    limit_ = retired_ + 1;
    const std::uint64_t before = retired_, traps_before = counts_.traps;
    const BlockEnd end = execute(block.get());
    count_block(*block, 0, block->count, block->executions, counts_);
    if (retired_ > before) log_commit({instruction, at, privilege, accesses, address, stored});
    if (observer_ != nullptr) observe(*block, before, traps_before);
    if (end == BlockEnd::kWaiting && !csr_.interrupt_pending()) return RunEnd::kWaiting;
  }
  return run_end;
}

void Hart::log_commit(const Commit& commit) {
  const Instruction& i = commit.instruction;
  const std::uint32_t word = i.length == 2 ? expand_compressed(static_cast<std::uint16_t>(i.raw)) : i.raw;
  std::fprintf(commit_log_, "core %3u: %u 0x%016llx (0x%0*x)", csr_.hart_id, static_cast<unsigned>(commit.privilege),
               static_cast<unsigned long long>(commit.at), i.length * 2, i.raw);
  const unsigned rd = word >> 7 & 31;
  const Destination where = destination(i, word);
  if (where == Destination::kInteger && rd != 0) std::fprintf(commit_log_, " x%-2u 0x%016llx", rd, static_cast<unsigned long long>(x_[rd]));
  if (where == Destination::kFloat) std::fprintf(commit_log_, " f%-2u 0x%016llx", rd, static_cast<unsigned long long>(f_[rd]));
  if ((word & 0x7f) == 0x73 && (word >> 12 & 7) != 0) {
    const bool writes = (word >> 12 & 3) == 1 || (word >> 15 & 31) != 0;
    std::uint64_t value = 0;
    if (writes && csr_.read(word >> 20, counter_values(), value))
      std::fprintf(commit_log_, " c%u_%s 0x%016llx", word >> 20, csr_name(word >> 20), static_cast<unsigned long long>(value));
  }
  if (commit.accesses) {
    std::fprintf(commit_log_, " mem 0x%016llx", static_cast<unsigned long long>(commit.address));
    const unsigned bytes = loaded_bytes(i) == 0 ? stored_bytes(i) : 0;
    const std::uint64_t mask = bytes == 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << 8 * bytes) - 1;
    if (bytes != 0)
      std::fprintf(commit_log_, " 0x%0*llx", static_cast<int>(bytes) * 2, static_cast<unsigned long long>(commit.stored & mask));
  }
  std::fputc('\n', commit_log_);
}

}  // namespace visoc::rv64
