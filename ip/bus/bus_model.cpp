// SPDX-License-Identifier: Apache-2.0
#include "ip/bus/bus_model.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <utility>

#include "platform/config/quantity.h"
#include "platform/registry/registry.h"
#include "platform/tlm/sim_time.h"
#include "platform/tlm/timing_only.h"

namespace visoc {
namespace {

using Payload = tlm::tlm_generic_payload;

std::string hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

/// Bytes from the address on that a transaction touches.
std::uint64_t extent(const Payload& payload) {
  const std::uint64_t length = payload.get_data_length();
  const std::uint64_t streaming = payload.get_streaming_width();
  return streaming != 0 ? std::min(length, streaming) : length;
}

/// Gives the payload its system address back, however the call ends.
class Rebased {
 public:
  Rebased(Payload& payload, const BusWindow& window) : payload_(payload), addr_(payload.get_address()) {
    payload.set_address(addr_ - window.base);
  }
  ~Rebased() { payload_.set_address(addr_); }
  Rebased(const Rebased&) = delete;
  Rebased& operator=(const Rebased&) = delete;

 private:
  Payload& payload_;
  Addr addr_;
};

}  // namespace

class BusModule::InitiatorSide : public sc_core::sc_module, public tlm::tlm_fw_transport_if<> {
 public:
  InitiatorSide(const sc_core::sc_module_name& name, BusModule& bus, unsigned number)
      : sc_module(name), socket("socket"), number_(number), bus_(bus) {
    socket.bind(*this);
  }
  void b_transport(Payload& payload, sc_core::sc_time& delay) override { bus_.transport(*this, payload, delay); }
  unsigned transport_dbg(Payload& payload) override { return bus_.debug(*this, payload); }
  bool get_direct_mem_ptr(Payload& payload, tlm::tlm_dmi& dmi) override { return bus_.direct_memory(*this, payload, dmi); }
  tlm::tlm_sync_enum nb_transport_fw(Payload& payload, tlm::tlm_phase&, sc_core::sc_time&) override {
    payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);  // The machine is loosely timed: blocking transport only.
    return tlm::TLM_COMPLETED;
  }

  unsigned number() const { return number_; }

  SlaveSocket socket;
  std::size_t last_hit = 0;

 private:
  unsigned number_;
  BusModule& bus_;
};

class BusModule::TargetSide : public sc_core::sc_module, public tlm::tlm_bw_transport_if<> {
 public:
  TargetSide(const sc_core::sc_module_name& name, BusModule& bus, const BusWindow& window)
      : sc_module(name), socket("socket"), window_(window), bus_(bus) {
    socket.bind(*this);
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last) override { bus_.invalidate(*this, first, last); }
  tlm::tlm_sync_enum nb_transport_bw(Payload&, tlm::tlm_phase&, sc_core::sc_time&) override { return tlm::TLM_COMPLETED; }

  const BusWindow& window() const { return window_; }

  MasterSocket socket;

 private:
  BusWindow window_;
  BusModule& bus_;
};

BusModule::BusModule(const sc_core::sc_module_name& name, const BusTiming& timing, RunServices* services)
    : sc_module(name), core_(timing), services_(services) {}

BusModule::~BusModule() = default;

void BusModule::attach_master(const std::string& name, MasterSocket& socket) {
  const unsigned number = core_.add_initiator(name);
  const std::string module = std::string(basename()) + "_from_" + name;
  initiators_.push_back(std::make_unique<InitiatorSide>(module.c_str(), *this, number));
  socket.bind(initiators_.back()->socket);
}

void BusModule::attach_slave(const std::string& name, Addr base, std::uint64_t size, SlaveSocket& socket) {
  const unsigned target = core_.add_target(name, base, size);
  const std::string module = std::string(basename()) + "_to_" + name;
  targets_.push_back(std::make_unique<TargetSide>(module.c_str(), *this, BusWindow{base, size, target}));
  targets_.back()->socket.bind(socket);
}

void BusModule::count_direct(const std::string& master, Addr addr, std::uint64_t bytes_read, std::uint64_t bytes_written) {
  core_.count_direct(master, addr, bytes_read, bytes_written);
}

const BusWindow* BusModule::decode(InitiatorSide& from, Addr addr, std::uint64_t bytes, const char* what) {
  const BusWindow* window = core_.map().find(addr, from.last_hit);
  if (window != nullptr && bytes <= window->size - (addr - window->base)) return window;
  core_.count_decode_error();
  if (services_ != nullptr) {
    std::string text = core_.initiator_name(from.number()) + ": " + what + " of " + std::to_string(bytes) + " bytes at " + hex(addr);
    text += window == nullptr ? ": nothing answers there" : ": crosses the end of the window at " + hex(window->last());
    services_->guest_warning(name(), "bus-decode", text);
  }
  return nullptr;
}

void BusModule::transport(InitiatorSide& from, Payload& payload, sc_core::sc_time& delay) {
  const BusTiming& timing = core_.timing();
  const TimingOnly* timing_only = nullptr;
  if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) timing_only = payload.get_extension<TimingOnly>();
  const std::uint64_t bytes = extent(payload);
  const char* what = payload.is_write() ? "write" : payload.is_read() ? "read" : "access";
  const BusWindow* window = decode(from, payload.get_address(), bytes, what);
  if (window == nullptr) {
    const Picos begin = kernel_now() + to_picos(delay);
    delay += to_sc_time(timing.request_ps() + timing.response_ps());
    payload.set_dmi_allowed(false);
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    if (observer_ != nullptr) report(from, nullptr, payload, begin, kernel_now() + to_picos(delay));
    return;
  }
  const Picos oldest = kernel_now();
  const Picos begin = oldest + to_picos(delay);
  const bool write = timing_only != nullptr ? timing_only->is_write : payload.is_write();
  const BusPassage passage =
      core_.pass(from.number(), window->target, begin, payload.get_address(), payload.get_data_length(), write, oldest);
  delay = to_sc_time(passage.start - oldest);
  {
    const Rebased rebased(payload, *window);
    targets_[window->target]->socket->b_transport(payload, delay);
  }
  // Data flow through while the target works; whoever is slower decides. The target may have taken simulated time.
  const Picos now = kernel_now();
  const Picos ends = std::max(now + to_picos(delay), passage.passed);
  delay = to_sc_time(ends + timing.response_ps() - now);
  core_.ended(from.number(), window->target, begin, ends + timing.response_ps(), payload.get_data_length());

  BusTraffic& row = core_.traffic(from.number(), window->target);
  ++row.transactions;
  if (payload.is_response_error()) {
    ++row.errors;
  } else if (payload.is_read()) {
    row.bytes_read += payload.get_data_length();
  } else if (payload.is_write()) {
    row.bytes_written += payload.get_data_length();
  } else if (timing_only != nullptr) {
    row.timing_only_bytes += payload.get_data_length();
  }
  if (observer_ != nullptr) report(from, window, payload, begin, now + to_picos(delay));
}

void BusModule::report(const InitiatorSide& from, const BusWindow* window, const Payload& payload, Picos begin, Picos end) const {
  BusTransaction transaction;
  transaction.begin = begin;
  transaction.end = end;
  transaction.initiator = core_.initiator_name(from.number()).c_str();
  transaction.target = window != nullptr ? core_.target_name(window->target).c_str() : "";
  transaction.addr = payload.get_address();
  transaction.bytes = payload.get_data_length();
  const bool moves_data = payload.is_read() || payload.is_write();
  transaction.kind = !moves_data          ? BusTransaction::Kind::kTimingOnly
                     : payload.is_write() ? BusTransaction::Kind::kWrite
                                          : BusTransaction::Kind::kRead;
  transaction.ok = payload.is_response_ok();
  transaction.data = moves_data ? payload.get_data_ptr() : nullptr;
  observer_->transaction(transaction);
}

unsigned BusModule::debug(InitiatorSide& from, Payload& payload) {
  const BusWindow* window = core_.map().find(payload.get_address(), from.last_hit);
  if (window == nullptr) return 0;
  const unsigned length = payload.get_data_length();
  const std::uint64_t room = window->size - (payload.get_address() - window->base);
  const Rebased rebased(payload, *window);
  payload.set_data_length(static_cast<unsigned>(std::min<std::uint64_t>(length, room)));
  const unsigned done = targets_[window->target]->socket->transport_dbg(payload);
  payload.set_data_length(length);
  return done;
}

bool BusModule::direct_memory(InitiatorSide& from, Payload& payload, tlm::tlm_dmi& dmi) {
  const BusWindow* window = core_.map().find(payload.get_address(), from.last_hit);
  const Addr addr = payload.get_address();
  dmi.init();
  if (window == nullptr || !core_.timing().dmi) {
    dmi.set_start_address(addr);
    dmi.set_end_address(addr);
    return false;
  }
  bool granted = false;
  {
    const Rebased rebased(payload, *window);
    granted = targets_[window->target]->socket->get_direct_mem_ptr(payload, dmi);
  }
  const Offset last = std::min<Offset>(dmi.get_end_address(), window->size - 1);
  const Offset offset = addr - window->base;
  if (dmi.get_start_address() > offset || last < offset) {  // A grant for something else is of no use here.
    granted = false;
    dmi.set_start_address(addr);
    dmi.set_end_address(addr);
  } else {
    dmi.set_start_address(window->base + dmi.get_start_address());
    dmi.set_end_address(window->base + last);
  }
  if (!granted) {
    dmi.allow_none();
    dmi.set_dmi_ptr(nullptr);
    return false;
  }
  const sc_core::sc_time through = to_sc_time(core_.timing().request_ps() + core_.timing().response_ps());
  dmi.set_read_latency(dmi.get_read_latency() + through);
  dmi.set_write_latency(dmi.get_write_latency() + through);
  return true;
}

void BusModule::invalidate(const TargetSide& from, Offset first, Offset last) {
  const BusWindow& window = from.window();
  if (first >= window.size || last < first) return;
  last = std::min<Offset>(last, window.size - 1);
  for (const auto& initiator : initiators_) initiator->socket->invalidate_direct_mem_ptr(window.base + first, window.base + last);
}

namespace {

const std::vector<std::string> kArbitrations = {"time", "round_robin", "priority"}, kChannels = {"shared", "separate"};

struct NamedValue {
  std::string name, value;
};

/// "dram0:64@2GHz" -> dram0, 64@2GHz.
NamedValue named_value(const std::string& text) {
  const std::size_t colon = text.find(':');
  return {text.substr(0, colon), colon == std::string::npos ? "" : text.substr(colon + 1)};
}

/// "64" or "64@2GHz"; the bus's own clock otherwise.
std::optional<PortTiming> port_timing(const std::string& text, const Clock& clock) {
  const std::size_t at = text.find('@');
  PortTiming timing{clock, parse_integer(text.substr(0, at)).value_or(0)};
  if (at != std::string::npos) {
    const std::optional<Picos> period = parse_frequency_as_period(text.substr(at + 1));
    if (!period.has_value()) return std::nullopt;
    timing.clock.period_ps = *period;
  }
  if (timing.width_bytes == 0 || timing.width_bytes > 4096) return std::nullopt;
  return timing;
}

std::vector<ParameterProblem> check_bus(const Parameters& p) {
  std::vector<ParameterProblem> all;
  if (const std::uint64_t bytes = p.count("burst_bytes"); (bytes & (bytes - 1)) != 0)
    all.push_back({"burst_bytes", "is " + std::to_string(bytes) + "; a power of two was expected"});
  for (const std::string& text : p.list("ports"))
    if (!port_timing(named_value(text).value, p.clock("clock")).has_value())
      all.push_back({"ports", "has \"" + text + "\"; <instance>:<bytes a cycle, 1 to 4096>[@<clock>] was expected, such as dram0:64@2GHz"});
  const std::pair<const char*, std::uint64_t> lists[] = {{"classes", BusPort::kMostClasses - 1}, {"outstanding", 4096}};
  for (const auto& [list, most] : lists)
    for (const std::string& text : p.list(list))
      if (const auto value = parse_integer(named_value(text).value); !value.has_value() || *value > most)
        all.push_back({list, "has \"" + text + "\"; <instance>:<0 to " + std::to_string(most) + "> was expected"});
  return all;
}

BusTiming timing_of(const Parameters& p) {
  const auto choice = [&p](const char* name, const std::vector<std::string>& choices) {
    return std::find(choices.begin(), choices.end(), p.text(name)) - choices.begin();
  };
  BusTiming timing;
  timing.clock = p.clock("clock");
  timing.width_bytes = p.count("width_bytes");
  timing.request_cycles = p.count("request_cycles");
  timing.response_cycles = p.count("response_cycles");
  timing.dmi = p.boolean("dmi");
  timing.burst_bytes = p.count("burst_bytes");
  timing.burst_cycles = p.count("burst_cycles");
  timing.separate_channels = choice("channels", kChannels) == 1;
  timing.arbitration = static_cast<BusArbitration>(choice("arbitration", kArbitrations));
  for (const std::string& text : p.list("ports"))
    timing.ports[named_value(text).name] = *port_timing(named_value(text).value, timing.clock);
  for (const std::string& text : p.list("classes")) timing.classes[named_value(text).name] = *parse_integer(named_value(text).value);
  for (const std::string& text : p.list("outstanding"))
    timing.outstanding[named_value(text).name] = *parse_integer(named_value(text).value);
  return timing;
}

}  // namespace

void register_bus(Registry& registry) {
  ModelSpec spec;
  spec.model = "bus";
  spec.doc = "Routes transactions between initiators and targets, with a port of limited width at each target.";
  spec.role = ModelRole::kBus;
  spec.parameters = {
      {"clock", ParameterType::kFrequency, "1GHz", "clock of the bus (assumed)", false, 1, kPicosPerSecond, {}},
      {"width_bytes", ParameterType::kCount, "32", "bytes a target's port moves a cycle (assumed: a 256-bit AXI port)", false, 1, 4096, {}},
      {"request_cycles", ParameterType::kCount, "4", "cycles from an initiator to a target's port (assumed)", false, 0, 1'000'000, {}},
      {"response_cycles", ParameterType::kCount, "4", "cycles back (assumed)", false, 0, 1'000'000, {}},
      {"dmi",
       ParameterType::kBool,
       "true",
       "whether masters may reach memory past the bus (without: every access passes here)",
       false,
       0,
       0,
       {}},
      {"ports",
       ParameterType::kList,
       "",
       "ports of initiators and targets with a width or clock of their own: dram0:64@2GHz",
       false,
       0,
       0,
       {}},
      {"channels", ParameterType::kChoice, "shared", "whether reads and writes pass a port one at a time or side by side", false, 0, 0,
       kChannels},
      {"burst_bytes",
       ParameterType::kCount,
       "4096",
       "bursts do not cross a multiple of it; a power of two (AXI: 4096)",
       false,
       1,
       1u << 20,
       {}},
      {"burst_cycles", ParameterType::kCount, "0", "cycles for each further burst of an access (assumed)", false, 0, 1'000, {}},
      {"arbitration", ParameterType::kChoice, "time", "who goes first at a port", false, 0, 0, kArbitrations},
      {"classes",
       ParameterType::kList,
       "",
       "arbitration priority: class by initiator, 0 (the default) first, to 7: npu0:1",
       false,
       0,
       0,
       {}},
      {"outstanding",
       ParameterType::kList,
       "",
       "accesses an initiator may have under way; 0, the default: any number: npu0:4",
       false,
       0,
       0,
       {}},
  };
  spec.check = check_bus;
  registry.add(spec, "tlm", [](const BlockContext& context) -> std::unique_ptr<Block> {
    return std::make_unique<BusModule>(context.instance.c_str(), timing_of(context.parameters), &context.services);
  });
}

}  // namespace visoc
