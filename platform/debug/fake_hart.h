// A hart for tests of the debugger: registers, a stretch of memory, and a memory of what it was told.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstring>
#include <map>
#include <vector>

#include "platform/contract/hart_debug.h"

namespace visoc {

class FakeHart : public HartDebug {
 public:
  static constexpr Addr kMemory = 0x80000000;

  explicit FakeHart(unsigned id = 0) : memory(256), id_(id) {
    for (unsigned number = 0; number <= 64; ++number) registers[number] = 0;
    registers[32] = kMemory;
    registers[65 + 0x001] = registers[65 + 0x300] = registers[65 + 0xf14] = 0;
    registers[4161] = 3;
  }

  unsigned hart_id() const override { return id_; }
  bool read_register(unsigned number, std::uint64_t& value) override {
    const auto found = registers.find(number);
    if (found == registers.end()) return false;
    value = found->second;
    return true;
  }
  bool write_register(unsigned number, std::uint64_t value) override {
    if (registers.count(number) == 0 || number == 65 + 0xf14) return false;
    registers[number] = value;
    return true;
  }
  std::size_t read_memory(Addr addr, std::uint8_t* to, std::size_t bytes) override {
    const std::size_t done = there(addr, bytes);
    if (done != 0) std::memcpy(to, memory.data() + (addr - kMemory), done);
    return done;
  }
  std::size_t write_memory(Addr addr, const std::uint8_t* from, std::size_t bytes) override {
    const std::size_t done = there(addr, bytes);
    if (done != 0) std::memcpy(memory.data() + (addr - kMemory), from, done);
    return done;
  }
  void set_breakpoints(const std::vector<Addr>& pcs) override {
    breakpoints = pcs;
    ++breakpoint_changes;
  }
  void set_watchpoints(const std::vector<Watchpoint>& wanted) override { watchpoints = wanted; }

  std::map<unsigned, std::uint64_t> registers;
  std::vector<std::uint8_t> memory;
  std::vector<Addr> breakpoints;
  std::vector<Watchpoint> watchpoints;
  unsigned breakpoint_changes = 0;

 private:
  std::size_t there(Addr addr, std::size_t bytes) const {
    if (addr < kMemory || addr - kMemory >= memory.size()) return 0;
    return std::min<std::size_t>(bytes, memory.size() - (addr - kMemory));
  }

  unsigned id_;
};

}  // namespace visoc
