// SPDX-License-Identifier: Apache-2.0
#include "rtl/common/rtl_device.h"

#include <algorithm>
#include <utility>

#include "platform/base/check.h"
#include "platform/tlm/sim_time.h"

namespace visoc {
namespace {

constexpr unsigned kRegisterBytes = 4;  ///< Width of the AXI4-Lite slave.
constexpr unsigned kResetCycles = 4;

std::uint32_t little_endian(const std::uint8_t* bytes) {
  return bytes[0] | std::uint32_t{bytes[1]} << 8 | std::uint32_t{bytes[2]} << 16 | std::uint32_t{bytes[3]} << 24;
}

void put_little_endian(std::uint8_t* bytes, std::uint32_t value) {
  for (unsigned i = 0; i < kRegisterBytes; ++i) bytes[i] = static_cast<std::uint8_t>(value >> (8 * i));
}

}  // namespace

RtlDevice::RtlDevice(const sc_core::sc_module_name& name, const RegisterTable& table, std::unique_ptr<RtlPins> pins, RtlOptions options,
                     RunServices* services)
    : sc_module(name),
      table_(table),
      pins_(std::move(pins)),
      options_(std::move(options)),
      services_(services),
      instance_(static_cast<const char*>(name)),
      slave_("slave"),
      checker_([this](const RtlViolation& violation) { violate(violation); }),
      memory_(options_.stall_seed) {
  VISOC_CHECK(table.access_sizes == kRegisterBytes, std::string(table.block) + ": the RTL shell knows registers of 4 bytes only");
  slave_.register_b_transport(this, &RtlDevice::b_transport);
  slave_.register_transport_dbg(this, &RtlDevice::transport_dbg);
  if (options_.has_master) port_ = std::make_unique<DmaPort>("master");
  in_.poll_cycles = static_cast<std::uint32_t>(std::min<Cycles>(options_.clock.to_cycles(options_.poll_interval), 0xffff'ffff));
  in_.plant_bug = options_.plant_bug;
  power_on();
  SC_THREAD(run_clock);
  if (port_) SC_THREAD(run_memory);
}

/// Before time begins.
void RtlDevice::power_on() {
  in_.rst_n = false;
  for (unsigned i = 0; i < kResetCycles; ++i) {
    pins_->settle(in_, out_);
    if (i != 0) checker_.sample(cycle_, in_, out_);  // The first cycle brings the flip-flops into reset.
    pins_->clock_edge(out_);
  }
  in_.rst_n = true;
  pins_->settle(in_, out_);
}

void RtlDevice::connect_irq(unsigned output, IrqLine& line) {
  VISOC_CHECK(output == 0, "an RTL block has one interrupt output");
  irq_line_ = &line;
  line.set(irq_level_);
}

WakeLine* RtlDevice::wake_input() {
  in_.wake_connected = true;
  return this;
}

void RtlDevice::wake() {
  wake_due_ = true;
  kick_.notify();
}

void RtlDevice::violate(const RtlViolation& violation) {
  ++violations_;
  if (options_.on_violation) {
    options_.on_violation(violation);
    return;
  }
  VISOC_CHECK(false, instance_ + " (rtl): " + violation.rule + " at cycle " + std::to_string(violation.cycle) + ": " + violation.text);
}

void RtlDevice::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const Offset offset = payload.get_address();
  const unsigned size = payload.get_data_length();
  const bool is_write = payload.is_write();
  payload.set_dmi_allowed(false);
  if (payload.get_byte_enable_ptr() != nullptr) {
    payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    return;
  }
  const AccessCheck check = check_access(table_, offset, size, is_write);
  if (check != AccessCheck::kOk || payload.get_streaming_width() < size || (!is_write && !payload.is_read())) {
    ++refused_accesses_;
    payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    return;
  }
  if (delay != sc_core::SC_ZERO_TIME) wait(delay);
  lite_mutex_.lock();
  lite_ = {};
  lite_.phase = LiteAccess::Phase::kAddress;
  lite_.is_write = is_write;
  lite_.offset = static_cast<std::uint32_t>(offset);
  if (is_write) lite_.value = little_endian(payload.get_data_ptr());
  ++(is_write ? register_writes_ : register_reads_);
  kick_.notify();
  while (lite_.phase != LiteAccess::Phase::kDone) wait(lite_done_);
  const bool ok = lite_.ok;
  if (!is_write) put_little_endian(payload.get_data_ptr(), lite_.value);
  lite_.phase = LiteAccess::Phase::kNone;
  lite_mutex_.unlock();
  delay = to_sc_time(options_.register_latency_ps);
  payload.set_response_status(ok ? tlm::TLM_OK_RESPONSE : tlm::TLM_GENERIC_ERROR_RESPONSE);
}

unsigned RtlDevice::transport_dbg(tlm::tlm_generic_payload& payload) {
  const unsigned size = payload.get_data_length();
  if (!payload.is_read() || check_access(table_, payload.get_address(), size, false) != AccessCheck::kOk) return 0;
  RtlInputs look = in_;
  RtlOutputs seen;
  look.peek_addr = static_cast<std::uint32_t>(payload.get_address());
  pins_->settle(look, seen);
  put_little_endian(payload.get_data_ptr(), seen.peek_data);
  return size;
}

bool RtlDevice::needs_clock() const {
  const bool access_open = lite_.phase == LiteAccess::Phase::kAddress || lite_.phase == LiteAccess::Phase::kAnswer;
  return out_.busy || access_open || wake_due_ || memory_open_ || !memory_.idle();
}

void RtlDevice::run_clock() {
  const Picos period = options_.clock.period_ps;
  while (true) {
    while (!needs_clock()) {
      publish();
      wait(kick_);
    }
    const Picos past_edge = kernel_now() % period;
    if (past_edge != 0) wait(to_sc_time(period - past_edge));
    tick();
    wait(to_sc_time(period));
  }
}

void RtlDevice::tick() {
  drive_lite();
  memory_.drive(in_);
  in_.wake = wake_due_;
  wake_due_ = false;
  pins_->settle(in_, out_);
  checker_.sample(cycle_, in_, out_);
  memory_.sample(in_, out_);
  sample_lite();
  pins_->clock_edge(out_);
  ++cycle_;
  publish();
  if (port_ && !memory_.idle()) memory_kick_.notify();
}

/// Levels that others see, and the time line.
void RtlDevice::publish() {
  if (out_.irq != irq_level_) {
    irq_level_ = out_.irq;
    if (irq_line_ != nullptr) irq_line_->set(irq_level_);
  }
  if (out_.pending == was_pending_) return;
  was_pending_ = out_.pending;
  if (was_pending_) {
    pending_since_ = kernel_now();
  } else if (services_ != nullptr) {
    services_->activity(instance_, {pending_since_, kernel_now(), "command", 0});
  }
}

void RtlDevice::drive_lite() {
  const bool in_address = lite_.phase == LiteAccess::Phase::kAddress;
  const bool open = in_address || lite_.phase == LiteAccess::Phase::kAnswer;
  in_.s_awvalid = in_address && lite_.is_write && !lite_.address_taken;
  in_.s_wvalid = in_address && lite_.is_write && !lite_.data_taken;
  in_.s_arvalid = in_address && !lite_.is_write;
  in_.s_awaddr = lite_.offset;
  in_.s_araddr = lite_.offset;
  in_.s_wdata = lite_.value;
  in_.s_wstrb = 0xf;
  in_.s_bready = open && lite_.is_write;
  in_.s_rready = open && !lite_.is_write;
}

void RtlDevice::sample_lite() {
  if (in_.s_awvalid && out_.s_awready) lite_.address_taken = true;
  if (in_.s_wvalid && out_.s_wready) lite_.data_taken = true;
  if (in_.s_arvalid && out_.s_arready) lite_.address_taken = lite_.data_taken = true;
  if (lite_.phase == LiteAccess::Phase::kAddress && lite_.address_taken && lite_.data_taken) lite_.phase = LiteAccess::Phase::kAnswer;
  if (in_.s_bready && out_.s_bvalid) {
    end_lite((out_.s_bresp & 2) == 0);
  } else if (in_.s_rready && out_.s_rvalid) {
    lite_.value = out_.s_rdata;
    end_lite((out_.s_rresp & 2) == 0);
  } else if ((in_.s_bready || in_.s_rready) && ++lite_waits_ > AxiChecker::kMaxWaitCycles) {
    end_lite(false);  // The checker has reported it.
  }
}

void RtlDevice::end_lite(bool ok) {
  lite_.ok = ok;
  lite_.phase = LiteAccess::Phase::kDone;
  lite_waits_ = 0;
  lite_done_.notify();
}

void RtlDevice::run_memory() {
  while (true) {
    AxiRequest request;
    while (!memory_.take(request)) wait(memory_kick_);
    memory_open_ = true;
    Picos at = kernel_now();
    bool ok = true;
    for (AxiRequest::Run& run : request.runs) {
      const MemoryReply reply = request.is_write ? port_->write(at, run.addr, ConstBytes(run.bytes)) : port_->read(at, run.addr, run.bytes);
      at = std::max(at, reply.done_at);
      ok = ok && reply.ok();
    }
    if (at > kernel_now()) wait(to_sc_time(at - kernel_now()));
    if (request.is_write) {
      memory_.answer_write(ok);
    } else {
      memory_.answer_read(std::move(request.runs.front().bytes), ok);
    }
    memory_open_ = false;
    kick_.notify();
  }
}

std::vector<Statistic> RtlDevice::statistics() const {
  std::vector<Statistic> all = {{"clocked_cycles", cycle_, "cycles in which the block was clocked"},
                                {"work_done", out_.work_done, "units of the block's own work"},
                                {"register_reads", register_reads_, "register reads accepted"},
                                {"register_writes", register_writes_, "register writes accepted"},
                                {"register_refused", refused_accesses_, "accesses of a wrong size, alignment or offset"},
                                {"violations", violations_, "AXI rules broken and bounds passed"}};
  if (port_)
    for (Statistic& statistic : port_->statistics()) all.push_back(std::move(statistic));
  return all;
}

std::vector<EnergyEvent> RtlDevice::energy_events() const {
  if (options_.energy_event.empty()) return {};
  return {{options_.energy_event, out_.work_done}};
}

std::string RtlDevice::pending() const {
  if (!out_.pending) return {};
  return out_.busy ? "a command is under way (RTL)" : "a command waits for a syncpoint (RTL)";
}

void RtlDevice::save(StateWriter& out) const {
  const bool quiet = memory_.idle() && !memory_open_ && lite_.phase == LiteAccess::Phase::kNone;
  out.text(table_.block);
  out.boolean(quiet);
  out.boolean(wake_due_);
  pins_->save(out);
}

bool RtlDevice::load(StateReader& in) {
  const bool quiet = memory_.idle() && !memory_open_ && lite_.phase == LiteAccess::Phase::kNone;
  const bool same_block = in.text() == table_.block;
  const bool state_quiet = in.boolean();
  const bool wake_due = in.boolean();
  if (!in.ok() || !same_block || !state_quiet || !quiet || !pins_->load(in)) return false;
  wake_due_ = wake_due;
  checker_ = AxiChecker([this](const RtlViolation& violation) { violate(violation); });
  pins_->settle(in_, out_);
  publish();
  kick_.notify();
  return true;
}

}  // namespace visoc
