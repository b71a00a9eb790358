// Bus transactions as CSV, with the names of registers.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <map>
#include <string>

#include "platform/base/result.h"
#include "platform/sim/machine.h"

namespace visoc {

/// Columns: begin_ps, end_ps, initiator, target, command (read, write, timing), address, bytes, register, value, status (ok, error).
/// `register` and `value` are there for accesses of up to eight bytes to a block with registers; `target` is empty where nothing answers.
class TransactionTrace : public TransactionObserver {
 public:
  explicit TransactionTrace(const Machine& machine);
  ~TransactionTrace() override;
  TransactionTrace(const TransactionTrace&) = delete;
  TransactionTrace& operator=(const TransactionTrace&) = delete;

  Problems open(const std::string& path);
  void transaction(const BusTransaction& transaction) override;
  /// Says whether everything got onto the disk. Without an open trace it does nothing.
  Problems close();

 private:
  struct Target {
    Addr base = 0;
    const RegisterTable* registers = nullptr;
  };

  std::map<std::string, Target, std::less<>> targets_;
  std::string path_;
  std::FILE* file_ = nullptr;
};

}  // namespace visoc
