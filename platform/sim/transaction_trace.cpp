// SPDX-License-Identifier: Apache-2.0
#include "platform/sim/transaction_trace.h"

#include <cerrno>
#include <cstring>

#include "platform/contract/register_file.h"

namespace visoc {

TransactionTrace::TransactionTrace(const Machine& machine) {
  for (const NamedBlock& entry : machine.blocks())
    if (entry.instance->mapped) targets_[entry.name] = {entry.instance->base, entry.block->registers()};
}

TransactionTrace::~TransactionTrace() {
  if (file_ != nullptr) std::fclose(file_);
}

Problems TransactionTrace::open(const std::string& path) {
  path_ = path;
  file_ = std::fopen(path.c_str(), "w");
  if (file_ == nullptr) return {{path, "", std::string("cannot be created: ") + std::strerror(errno), ExitCode::kHostIo}};
  std::fputs("begin_ps,end_ps,initiator,target,command,address,bytes,register,value,status\n", file_);
  return {};
}

void TransactionTrace::transaction(const BusTransaction& t) {
  if (file_ == nullptr) return;
  static constexpr const char* kCommands[] = {"read", "write", "timing"};
  std::string name;
  char value[24] = "";
  const auto target = targets_.find(t.target);
  if (target != targets_.end() && target->second.registers != nullptr && t.data != nullptr && t.bytes <= 8) {
    name = register_name(*target->second.registers, t.addr - target->second.base);
    std::uint64_t bits = 0;
    std::memcpy(&bits, t.data, t.bytes);
    std::snprintf(value, sizeof value, "0x%llx", static_cast<unsigned long long>(bits));
  }
  std::fprintf(file_, "%llu,%llu,%s,%s,%s,0x%llx,%llu,%s,%s,%s\n", static_cast<unsigned long long>(t.begin),
               static_cast<unsigned long long>(t.end), t.initiator, t.target, kCommands[static_cast<unsigned>(t.kind)],
               static_cast<unsigned long long>(t.addr), static_cast<unsigned long long>(t.bytes), name.c_str(), value,
               t.ok ? "ok" : "error");
}

Problems TransactionTrace::close() {
  if (file_ == nullptr) return {};
  const bool failed = std::ferror(file_) != 0;
  const bool closed = std::fclose(file_) == 0;
  file_ = nullptr;
  if (failed || !closed) return {{path_, "", "cannot be written", ExitCode::kHostIo}};
  return {};
}

}  // namespace visoc
