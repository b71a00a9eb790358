// SPDX-License-Identifier: Apache-2.0
#include "test/equivalence/dma_bench.h"

#include <algorithm>
#include <cstring>
#include <random>
#include <utility>

#include "ip/syncpoint/syncpoint_core.h"
#include "platform/tlm/sim_time.h"

namespace visoc::test {
namespace {

constexpr Picos kMemoryLatency = 40'000, kPicosPerByte = 100;
constexpr Picos kPatience = 10 * kPicosPerMilli;
constexpr Picos kRegisterLatency = 20'000;
constexpr unsigned kEntriesLog2 = 4;
constexpr std::uint32_t kStallSeed = 0x1234'5678;

std::string hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

}  // namespace

DmaBus::DmaBus(const sc_core::sc_module_name& name)
    : sc_module(name), from_master("from_master"), to_sync("to_sync"), to_device("to_device"), ram(kRamBytes, 0) {
  from_master.register_b_transport(this, &DmaBus::b_transport);
}

bool DmaBus::is_hole(Addr addr) const { return std::find(holes_.begin(), holes_.end(), addr & ~Addr{0xfff}) != holes_.end(); }

void DmaBus::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const Addr addr = payload.get_address();
  const std::uint64_t bytes = payload.get_data_length();
  if (payload.is_write()) writes.push_back({kernel_now() + to_picos(delay), addr, bytes});
  if (addr >= kSyncBase && fits(addr - kSyncBase, bytes, kSyncBytes)) {
    payload.set_address(addr - kSyncBase);
    to_sync->b_transport(payload, delay);
    payload.set_address(addr);
    return;
  }
  delay += to_sc_time(kMemoryLatency + bytes * kPicosPerByte);
  if (addr < kRamBase || !fits(addr - kRamBase, bytes, ram.size()) || is_hole(addr) || is_hole(addr + bytes - 1)) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  std::uint8_t* place = ram.data() + (addr - kRamBase);
  if (payload.is_write()) {
    std::memcpy(place, payload.get_data_ptr(), bytes);
  } else {
    std::memcpy(payload.get_data_ptr(), place, bytes);
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

DmaBench::DmaBench(const std::string& name, const DmaBenchOptions& options) : bus((name + "_bus").c_str()) {
  if (options.kind == DmaKind::kModel) {
    DeviceOptions device;
    device.has_master = true;
    device.register_latency_ps = kRegisterLatency;
    block_ = std::make_unique<DeviceModule>(name.c_str(), std::make_unique<DmaCore>(DmaOptions{}), device, &services);
  } else {
    RtlOptions rtl;
    rtl.clock = DmaOptions{}.clock;
    rtl.register_latency_ps = kRegisterLatency;
    rtl.plant_bug = static_cast<std::uint32_t>(options.bug);
    rtl.stall_seed = options.kind == DmaKind::kRtlStalled ? kStallSeed : 0;
    if (options.collect_violations) rtl.on_violation = [this](const RtlViolation& violation) { violations.push_back(violation); };
    block_ = make_dma_rtl(name, std::move(rtl), &services);
  }
  sync_ = std::make_unique<DeviceModule>((name + "_sync").c_str(), std::make_unique<SyncpointCore>(), DeviceOptions{}, &services);
  links_.bind(name + "_to_bus", *block_->master(), bus.from_master);
  links_.bind("bus_to_" + name, bus.to_device, *block_->slave());
  links_.bind("bus_to_" + name + "_sync", bus.to_sync, *sync_->slave());
  block_->connect_irq(0, *this);
  if (options.wake_line) static_cast<SyncpointCore&>(sync_->core()).connect_wake(*block_->wake_input());
  block_->save(power_on_);
}

DmaBench::~DmaBench() = default;

void DmaBench::set(bool level) {
  if (level && !irq_) ++irq_edges_;
  irq_ = level;
}

bool DmaBench::access(tlm_utils::simple_initiator_socket<DmaBus, kBusWidthBits>& socket, tlm::tlm_command command, Offset offset,
                      unsigned size, std::uint64_t& value) {
  std::uint8_t bytes[8] = {};
  for (unsigned i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(value >> (8 * i));
  tlm::tlm_generic_payload payload;
  payload.set_command(command);
  payload.set_address(offset);
  payload.set_data_ptr(bytes);
  payload.set_data_length(size);
  payload.set_streaming_width(size);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  socket->b_transport(payload, delay);
  expect(payload.get_response_status() != tlm::TLM_INCOMPLETE_RESPONSE, "an access at " + hex(offset) + " gets a response");
  if (delay != sc_core::SC_ZERO_TIME) sc_core::wait(delay);
  value = 0;
  for (unsigned i = 0; i < size; ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
  return payload.is_response_ok();
}

RegisterReply DmaBench::read(Offset offset, unsigned size_bytes) {
  std::uint64_t value = 0;
  const bool ok = access(bus.to_device, tlm::TLM_READ_COMMAND, offset, size_bytes, value);
  return {ok ? RegisterStatus::kOk : RegisterStatus::kNoRegister, ok ? value : 0};
}

RegisterStatus DmaBench::write(Offset offset, unsigned size_bytes, std::uint64_t value) {
  const bool ok = access(bus.to_device, tlm::TLM_WRITE_COMMAND, offset, size_bytes, value);
  return ok ? RegisterStatus::kOk : RegisterStatus::kNoRegister;
}

void DmaBench::reset() {
  StateReader in{ConstBytes(power_on_.data())};
  expect(block_->load(in), "the power-on state loads");
}

std::uint32_t DmaBench::get(Offset offset) {
  const RegisterReply reply = read(offset, 4);
  expect(reply.status == RegisterStatus::kOk, "the register at " + hex(offset) + " can be read");
  return static_cast<std::uint32_t>(reply.value);
}

void DmaBench::set(Offset offset, std::uint32_t value) {
  expect(write(offset, 4, value) == RegisterStatus::kOk, "the register at " + hex(offset) + " can be written");
}

void DmaBench::put(Addr addr, const std::vector<std::uint8_t>& bytes) {
  std::copy(bytes.begin(), bytes.end(), bus.ram.begin() + static_cast<std::ptrdiff_t>(addr - kRamBase));
}

void DmaBench::fill_source(std::uint32_t seed) {
  std::mt19937 random(seed);
  for (std::size_t i = 0; i < kSrcBytes; ++i) at(kSrc + i) = static_cast<std::uint8_t>(random());
}

void DmaBench::start(Addr ring, Addr completions) {
  ring_ = ring;
  completions_ = completions;
  head_ = 0;
  set(0x08, 4);
  set(0x20, static_cast<std::uint32_t>(ring));
  set(0x24, static_cast<std::uint32_t>(ring >> 32));
  set(0x28, kEntriesLog2);
  set(0x34, static_cast<std::uint32_t>(completions));
  set(0x38, static_cast<std::uint32_t>(completions >> 32));
  set(0x3c, static_cast<std::uint32_t>(kSyncBase));
  set(0x40, static_cast<std::uint32_t>(kSyncBase >> 32));
  set(0x14, 3);
  set(0x08, 1);
}

unsigned DmaBench::submit(Descriptor descriptor, const std::vector<std::uint8_t>& parameters, Addr parameters_at) {
  const unsigned slot = head_ & ((1u << kEntriesLog2) - 1);
  if (parameters_at == 0) parameters_at = kParameters + 0x100 * slot;
  descriptor.parameters = parameters_at;
  descriptor.parameter_bytes = static_cast<std::uint32_t>(parameters.size());
  if (fits(parameters_at - kRamBase, parameters.size(), kRamBytes)) put(parameters_at, parameters);
  std::uint8_t bytes[kDescriptorBytes];
  descriptor.encode(bytes);
  if (fits(ring_ - kRamBase, (slot + 1) * kDescriptorBytes, kRamBytes))
    put(ring_ + slot * kDescriptorBytes, std::vector<std::uint8_t>(bytes, bytes + sizeof bytes));
  set(0x2c, ++head_);
  return head_ - 1;
}

unsigned DmaBench::submit(DmaOpcode opcode, const DmaParameters& parameters, std::uint16_t flags) {
  Descriptor descriptor;
  descriptor.opcode = static_cast<std::uint16_t>(opcode);
  descriptor.tag = 0x1000 + head_;
  descriptor.flags = flags;
  return submit(descriptor, parameters.encode());
}

bool DmaBench::finish() {
  const Picos begun = kernel_now();
  while (get(0x30) != head_) {
    if (kernel_now() - begun > kPatience) {
      expect(false, "all commands end (tail " + std::to_string(get(0x30)) + " of " + std::to_string(head_) + ")");
      return false;
    }
    wait_for(200'000);
  }
  return true;
}

Completion DmaBench::completion(unsigned index) {
  std::uint8_t bytes[kCompletionBytes];
  const Addr place = completions_ + (index & ((1u << kEntriesLog2) - 1)) * kCompletionBytes;
  for (unsigned i = 0; i < kCompletionBytes; ++i) bytes[i] = at(place + i);
  return Completion::decode(bytes);
}

Completion DmaBench::run(DmaOpcode opcode, const DmaParameters& parameters) {
  const unsigned index = submit(opcode, parameters);
  finish();
  return completion(index);
}

std::uint32_t DmaBench::sync_value(unsigned id) {
  std::uint64_t value = 0;
  access(bus.to_sync, tlm::TLM_READ_COMMAND, kSyncpointPairs + 8 * id, 4, value);
  return static_cast<std::uint32_t>(value);
}

std::uint32_t DmaBench::sync_errors(unsigned id) {
  std::uint64_t value = 0;
  access(bus.to_sync, tlm::TLM_READ_COMMAND, kSyncpointPairs + 8 * id + 4, 4, value);
  return static_cast<std::uint32_t>(value);
}

void DmaBench::post(unsigned id, unsigned increment, bool error) {
  std::uint64_t value = increment | (error ? kPostErrorMark : 0);
  access(bus.to_sync, tlm::TLM_WRITE_COMMAND, kSyncpointPosts + 4 * id, 4, value);
}

void DmaBench::wait_for(Picos time) { sc_core::wait(to_sc_time(time)); }

void DmaBench::expect(bool holds, const std::string& what) {
  if (!holds && problems.size() < 20) problems.push_back("not so: " + what);
}

void DmaBench::equal(const std::string& what, std::uint64_t found, std::uint64_t expected) {
  if (found != expected && problems.size() < 20) problems.push_back(what + ": " + hex(found) + ", expected " + hex(expected));
}

bool DmaBench::has_violation(const std::string& rule) const {
  return std::any_of(violations.begin(), violations.end(), [&](const RtlViolation& violation) { return violation.rule == rule; });
}

DmaParameters copy_of(Addr src, Addr dst, std::uint32_t row_bytes, std::uint32_t rows, std::uint32_t src_stride, std::uint32_t dst_stride) {
  DmaParameters p;
  p.src = src;
  p.dst = dst;
  p.row_bytes = row_bytes;
  p.rows = rows;
  p.src_stride = src_stride;
  p.dst_stride = dst_stride;
  return p;
}

DmaParameters fill_of(Addr dst, std::uint32_t row_bytes, std::uint32_t rows, std::uint32_t dst_stride, std::uint32_t pattern) {
  DmaParameters p = copy_of(0, dst, row_bytes, rows, 0, dst_stride);
  p.pattern = pattern;
  return p;
}

namespace {

struct Runner : sc_core::sc_module {
  SC_HAS_PROCESS(Runner);
  Runner(const sc_core::sc_module_name& name, std::function<void()> what) : sc_module(name), body(std::move(what)) {
    SC_THREAD(run);
    set_stack_size(1u << 20);
  }
  void run() {
    wait(to_sc_time(kPicosPerNano));
    body();
    finished = true;
    sc_core::sc_stop();
  }

  std::function<void()> body;
  bool finished = false;
};

}  // namespace

bool run_in_kernel(std::function<void()> body) {
  sc_core::sc_report_handler::set_actions("/OSCI/SystemC", sc_core::SC_DO_NOTHING);
  Runner runner("runner", std::move(body));
  sc_core::sc_start();
  return runner.finished;
}

}  // namespace visoc::test
