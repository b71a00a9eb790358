// One implementation of the dma with memory, syncpoints and an interrupt line of its own, driven through its sockets.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <functional>
#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "ip/dma/dma_core.h"
#include "platform/contract/command.h"
#include "platform/contract/register_conformance.h"
#include "platform/tlm/device_module.h"
#include "rtl/dma/dma_rtl.h"
#include "test/support/checked_links.h"
#include "test/support/fake_services.h"

namespace visoc::test {

constexpr Addr kRamBase = 0x8000'0000;
constexpr std::size_t kRamBytes = 0x60000;
constexpr Addr kSyncBase = 0x1200'0000;
constexpr std::uint64_t kSyncBytes = 0x4000;
// What lies where in the memory.
constexpr Addr kRing = kRamBase, kDone = kRamBase + 0x1000, kParameters = kRamBase + 0x2000;
constexpr Addr kSrc = kRamBase + 0x10000, kDst = kRamBase + 0x30000;
constexpr std::size_t kSrcBytes = 0x20000, kDstBytes = 0x30000;

/// The machine around the block: memory with holes of whole pages, syncpoints, and a list of what the block's master wrote.
class DmaBus : public sc_core::sc_module {
 public:
  struct Write {
    Picos at = 0;
    Addr addr = 0;
    std::uint64_t bytes = 0;
  };

  explicit DmaBus(const sc_core::sc_module_name& name);

  void add_hole(Addr page) { holes_.push_back(page & ~Addr{0xfff}); }
  void clear_holes() { holes_.clear(); }

  tlm_utils::simple_target_socket<DmaBus, kBusWidthBits> from_master;
  tlm_utils::simple_initiator_socket<DmaBus, kBusWidthBits> to_sync, to_device;
  std::vector<std::uint8_t> ram;
  std::vector<Write> writes;

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  bool is_hole(Addr addr) const;

  std::vector<Addr> holes_;
};

enum class DmaKind { kModel, kRtl, kRtlStalled };

struct DmaBenchOptions {
  DmaKind kind = DmaKind::kModel;
  DmaBug bug = DmaBug::kNone;
  bool wake_line = true;           ///< Else open waits are polled.
  bool collect_violations = true;  ///< Else the first broken AXI rule ends the process, as in a run.
};

/// Everything here runs in one SC_THREAD. Expectations that fail are collected, as text.
class DmaBench : private IrqLine, public RegisterAccessor {
 public:
  DmaBench(const std::string& name, const DmaBenchOptions& options);
  ~DmaBench() override;

  // Registers.
  std::uint32_t get(Offset offset);
  void set(Offset offset, std::uint32_t value);
  void reset() override;
  RegisterReply read(Offset offset, unsigned size_bytes) override;
  RegisterStatus write(Offset offset, unsigned size_bytes, std::uint64_t value) override;

  // Memory.
  std::uint8_t& at(Addr addr) { return bus.ram.at(addr - kRamBase); }
  void put(Addr addr, const std::vector<std::uint8_t>& bytes);
  void fill_source(std::uint32_t seed);

  // Commands. `start` brings up the ring; `submit` puts one in it and rings.
  void start(Addr ring = kRing, Addr completions = kDone);
  unsigned submit(Descriptor descriptor, const std::vector<std::uint8_t>& parameters, Addr parameters_at = 0);
  unsigned submit(DmaOpcode opcode, const DmaParameters& parameters, std::uint16_t flags = kFlagInterrupt);
  /// Waits until all commands are done; a failed expectation if that takes longer than 10 ms.
  bool finish();
  Completion completion(unsigned index);
  Completion run(DmaOpcode opcode, const DmaParameters& parameters);

  // Syncpoints.
  std::uint32_t sync_value(unsigned id);
  std::uint32_t sync_errors(unsigned id);
  void post(unsigned id, unsigned increment, bool error = false);

  void wait_for(Picos time);
  bool irq() const { return irq_; }
  unsigned irq_edges() const { return irq_edges_; }

  void expect(bool holds, const std::string& what);
  void equal(const std::string& what, std::uint64_t found, std::uint64_t expected);

  Block& block() { return *block_; }
  DmaBus bus;
  FakeServices services;
  std::vector<std::string> problems;     ///< Failed expectations.
  std::vector<RtlViolation> violations;  ///< Broken AXI rules.
  bool has_violation(const std::string& rule) const;

 private:
  void set(bool level) override;
  bool access(tlm_utils::simple_initiator_socket<DmaBus, kBusWidthBits>& socket, tlm::tlm_command command, Offset offset, unsigned size,
              std::uint64_t& value);

  std::unique_ptr<Block> block_;
  std::unique_ptr<DeviceModule> sync_;
  CheckedLinks links_;
  StateWriter power_on_;
  Addr ring_ = 0, completions_ = 0;
  std::uint32_t head_ = 0;
  bool irq_ = false;
  unsigned irq_edges_ = 0;
};

DmaParameters copy_of(Addr src, Addr dst, std::uint32_t row_bytes, std::uint32_t rows, std::uint32_t src_stride, std::uint32_t dst_stride);
DmaParameters fill_of(Addr dst, std::uint32_t row_bytes, std::uint32_t rows, std::uint32_t dst_stride, std::uint32_t pattern);

/// Runs `body` in an SC_THREAD and ends the simulation. False if it did not come to its end.
bool run_in_kernel(std::function<void()> body);

}  // namespace visoc::test
