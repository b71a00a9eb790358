// SPDX-License-Identifier: Apache-2.0
#include "platform/tlm/device_module.h"

#include <cstring>
#include <utility>

#include "platform/tlm/sim_time.h"

namespace visoc {
namespace {

/// The core of a device without a bus master never touches memory; this port answers with an error if it does.
class NoMemory : public MemoryPort {
 public:
  MemoryReply read(Picos at, Addr addr, MutableBytes) override { return {MemoryStatus::kAddressError, at, 0, addr}; }
  MemoryReply write(Picos at, Addr addr, ConstBytes) override { return {MemoryStatus::kAddressError, at, 0, addr}; }
};

constexpr unsigned kStepStackBytes = 1u << 20;  // FFmpeg and oneDNN run on this stack; the kernel's default is 64 KiB.

std::uint64_t little_endian(const std::uint8_t* bytes, unsigned count) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < count; ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
  return value;
}

void put_little_endian(std::uint8_t* bytes, unsigned count, std::uint64_t value) {
  static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
  std::memcpy(bytes, &value, count);
}

}  // namespace

DeviceModule::DeviceModule(const sc_core::sc_module_name& name, std::unique_ptr<DeviceCore> core, DeviceOptions options,
                           RunServices* services)
    : sc_module(name), core_(std::move(core)), options_(options), slave_("slave") {
  slave_.register_b_transport(this, &DeviceModule::b_transport);
  slave_.register_transport_dbg(this, &DeviceModule::transport_dbg);
  if (options_.has_master) port_ = std::make_unique<DmaPort>("master");
  core_->connect_services(services, std::string(static_cast<const char*>(name)));
  core_->reset();
  SC_THREAD(run_steps);
  set_stack_size(kStepStackBytes);
}

bool DeviceModule::acceptable(const tlm::tlm_generic_payload& payload) {
  const Offset offset = payload.get_address();
  const unsigned size = payload.get_data_length();
  if (payload.get_streaming_width() < size || (!payload.is_write() && !payload.is_read())) return false;
  CheckedRead& checked = checked_reads_[offset % checked_reads_.size()];
  if (payload.is_read() && size != 0 && checked.offset == offset && checked.size == size) return true;
  const bool ok = check_access(core_->table(), offset, size, payload.is_write()) == AccessCheck::kOk;
  if (ok && payload.is_read()) checked = {offset, size};
  return ok;
}

void DeviceModule::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const Offset offset = payload.get_address();
  const unsigned size = payload.get_data_length();
  const bool is_write = payload.is_write();
  payload.set_dmi_allowed(false);
  if (payload.get_byte_enable_ptr() != nullptr) {
    payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    return;
  }
  if (!acceptable(payload)) {
    ++refused_accesses_;
    payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    return;
  }
  if (is_write || core_->read_needs_sync(offset)) {
    if (delay != sc_core::SC_ZERO_TIME) wait(delay);
    delay = sc_core::SC_ZERO_TIME;
  }
  const Picos at = kernel_now() + to_picos(delay);
  bool accepted = true;
  if (is_write) {
    ++register_writes_;
    accepted = core_->write_register(at, offset, size, little_endian(payload.get_data_ptr(), size)) == RegisterStatus::kOk;
    wake();
  } else {
    ++register_reads_;
    const RegisterReply reply = core_->read_register(at, offset, size);
    accepted = reply.status == RegisterStatus::kOk;
    if (accepted) put_little_endian(payload.get_data_ptr(), size, reply.value);
  }
  delay += to_sc_time(options_.register_latency_ps);
  payload.set_response_status(accepted ? tlm::TLM_OK_RESPONSE : tlm::TLM_GENERIC_ERROR_RESPONSE);
}

unsigned DeviceModule::transport_dbg(tlm::tlm_generic_payload& payload) {
  const unsigned size = payload.get_data_length();
  if (!payload.is_read() || check_access(core_->table(), payload.get_address(), size, false) != AccessCheck::kOk) return 0;
  const RegisterReply reply = core_->peek_register(kernel_now(), payload.get_address(), size);
  if (reply.status != RegisterStatus::kOk) return 0;
  put_little_endian(payload.get_data_ptr(), size, reply.value);
  return size;
}

WakeLine* DeviceModule::wake_input() {
  core_->expect_wake_pulses();
  return this;
}

void DeviceModule::wake() {
  if (steps_running_) kicked_meanwhile_ = true;
  kick_.notify();
}

void DeviceModule::run_steps() {
  NoMemory no_memory;
  MemoryPort& memory = port_ ? static_cast<MemoryPort&>(*port_) : static_cast<MemoryPort&>(no_memory);
  while (true) {
    kicked_meanwhile_ = false;
    steps_running_ = true;
    const Picos wake_at = core_->step(kernel_now(), memory);
    steps_running_ = false;
    if (kicked_meanwhile_ || wake_at <= kernel_now()) continue;
    if (wake_at == kNever) {
      wait(kick_);
    } else {
      wait(to_sc_time(wake_at - kernel_now()), kick_);
    }
  }
}

std::vector<Statistic> DeviceModule::statistics() const {
  std::vector<Statistic> all = core_->statistics();
  all.push_back({"register_reads", register_reads_, "register reads accepted"});
  all.push_back({"register_writes", register_writes_, "register writes accepted"});
  all.push_back({"register_refused", refused_accesses_, "accesses of a wrong size, alignment or offset"});
  if (port_)
    for (Statistic& statistic : port_->statistics()) all.push_back(std::move(statistic));
  return all;
}

bool DeviceModule::load(StateReader& in) {
  const bool loaded = core_->load(in);
  wake();
  return loaded;
}

}  // namespace visoc
