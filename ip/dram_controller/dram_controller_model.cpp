// SPDX-License-Identifier: Apache-2.0
#include "ip/dram_controller/dram_controller_model.h"

#include <algorithm>
#include <utility>

#include "ip/dram_controller/dram_cycle_model.h"
#include "platform/base/check.h"
#include "platform/base/log.h"
#include "platform/registry/registry.h"
#include "platform/tlm/sim_time.h"

namespace visoc {

DramModule::DramModule(const sc_core::sc_module_name& name, std::uint64_t size, std::unique_ptr<DramTiming> timing)
    : sc_module(name), socket_("socket"), bytes_(size), timing_(std::move(timing)) {
  socket_.bind(*this);
}

void DramModule::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  bool write = false;
  const bool takes_time = bytes_.access(payload, write);
  payload.set_dmi_allowed(true);
  if (!takes_time) return;
  const Picos now = kernel_now();
  const Picos ends = timing_->access(now + to_picos(delay), now, payload.get_address(), payload.get_data_length(), write);
  delay = to_sc_time(ends - now);
}

unsigned DramModule::transport_dbg(tlm::tlm_generic_payload& payload) { return bytes_.debug(payload); }

bool DramModule::get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  return bytes_.grant(payload, dmi, timing_->average_latency(false), timing_->average_latency(true));
}

tlm::tlm_sync_enum DramModule::nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase&, sc_core::sc_time&) {
  payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);  // The machine is loosely timed: blocking transport only.
  return tlm::TLM_COMPLETED;
}

std::vector<Statistic> DramModule::statistics() const {
  std::vector<Statistic> all = bytes_.statistics();
  for (Statistic& statistic : timing_->statistics(kernel_now())) all.push_back(std::move(statistic));
  return all;
}

std::vector<EnergyEvent> DramModule::energy_events() const { return timing_->energy_events(kernel_now()); }

void DramModule::save(StateWriter& out) const {
  bytes_.save(out);
  timing_->save(out);
}

bool DramModule::load(StateReader& in) {
  const bool loaded = bytes_.load(in);
  if (loaded) timing_->load(in);
  return loaded && in.ok();
}

namespace {

constexpr std::uint64_t kMostBandwidth = 1'000'000'000;  // Bytes a microsecond.

std::unique_ptr<Block> make_fixed(const BlockContext& context) {
  const Parameters& p = context.parameters;
  auto timing = std::make_unique<FixedDramTiming>(p.time("latency"), p.count("bandwidth_mb_s"));
  return std::make_unique<DramModule>(context.instance.c_str(), context.size, std::move(timing));
}

const std::vector<std::string> kPages = {"open", "closed", "adaptive"}, kRefreshes = {"all_bank", "per_bank", "none"},
                               kSchedulings = {"fr_fcfs", "fcfs"};

template <typename T>
T choice(const Parameters& parameters, const std::string& name, const std::vector<std::string>& choices) {
  return static_cast<T>(std::find(choices.begin(), choices.end(), parameters.text(name)) - choices.begin());
}

DramPolicy policy_of(const Parameters& p) {
  DramPolicy policy;
  policy.page = choice<DramPagePolicy>(p, "page", kPages);
  policy.refresh = choice<DramRefreshMode>(p, "refresh", kRefreshes);
  policy.page_timeout = p.count("page_timeout");
  policy.power_down_after = p.count("power_down_after");
  policy.self_refresh_after = p.count("self_refresh_after");
  policy.write_queue = static_cast<unsigned>(p.count("write_queue"));
  policy.write_high = static_cast<unsigned>(p.count("write_high"));
  policy.write_low = static_cast<unsigned>(p.count("write_low"));
  policy.scheduling = choice<DramScheduling>(p, "scheduling", kSchedulings);
  policy.starvation = p.count("starvation");
  policy.refresh_postpone = static_cast<unsigned>(p.count("refresh_postpone"));
  policy.read_queue = static_cast<unsigned>(p.count("read_queue"));
  return policy;
}

/// The device as the instance has it: with a mapping of its own if it says one.
DramDevice device_of(const Parameters& p, const std::map<std::string, DramDevice>& devices, Problems& problems) {
  DramDevice device = devices.at(p.text("device"));
  if (!p.list("mapping").empty()) problems = set_dram_mapping(device, p.list("mapping"), "");
  return device;
}

BankedDramOptions banked_options(const Parameters& p) {
  BankedDramOptions options;
  options.frontend = p.time("frontend_latency");
  options.backend = p.time("backend_latency");
  options.dmi_hit_percent = static_cast<unsigned>(p.count("dmi_row_hit_percent"));
  options.posted = p.count("write_queue") != 0;
  options.policy = policy_of(p);
  return options;
}

std::unique_ptr<Block> make_banked(const BlockContext& context, const std::map<std::string, DramDevice>& devices) {
  const Parameters& p = context.parameters;
  Problems problems;
  auto timing = std::make_unique<BankedDramTiming>(device_of(p, devices, problems), banked_options(p));
  VISOC_CHECK(problems.empty(), "a mapping that was checked is wrong");
  return std::make_unique<DramModule>(context.instance.c_str(), context.size, std::move(timing));
}

std::unique_ptr<Block> make_cycle(const BlockContext& context, const std::map<std::string, DramDevice>& devices) {
  const Parameters& p = context.parameters;
  Problems problems;
  DramDevice device = device_of(p, devices, problems);
  VISOC_CHECK(problems.empty(), "a mapping that was checked is wrong");
  CycleDramOptions options;
  options.policy = policy_of(p);
  if (options.policy.write_queue == 0) options.policy.write_queue = options.policy.write_high = 1, options.policy.write_low = 0;
  options.frontend = p.time("frontend_latency");
  options.backend = p.time("backend_latency");
  options.dmi = p.boolean("dmi");
  const BankedDramTiming average(device, banked_options(p));
  options.dmi_read_latency = average.average_latency(false);
  options.dmi_write_latency = average.average_latency(true);
  return std::make_unique<CycleDramModule>(context.instance.c_str(), context.size, std::move(device), options);
}

std::vector<ParameterProblem> check_banked(const Parameters& p, const std::map<std::string, DramDevice>& devices) {
  if (!p.has("write_queue")) return {};
  std::vector<ParameterProblem> all;
  Problems problems;
  const DramDevice device = device_of(p, devices, problems);
  for (const Problem& problem : problems) all.push_back({"mapping", problem.message});
  if (p.count("write_queue") == 0) return all;
  for (const Problem& problem : check_dram_policy(policy_of(p), device)) all.push_back({problem.where, problem.message});
  return all;
}

ParameterSpec cycles(const std::string& name, const std::string& preset, const std::string& doc) {
  return {name, ParameterType::kCount, preset, doc, false, 0, 1'000'000, {}};
}

std::vector<ParameterSpec> banked_parameters(const std::string& preset, const std::vector<std::string>& devices) {
  constexpr std::uint64_t kMostQueue = 4096;
  return {
      {"device", ParameterType::kChoice, preset, "banked, cycle: device table, a file of ip/dram_controller/devices", false, 0, 0, devices},
      {"mapping",
       ParameterType::kList,
       "",
       "banked, cycle: address bits in place of the table's, such as [bank_group:2, column:7, bank:2^row:0]",
       false,
       0,
       0,
       {}},
      {"page", ParameterType::kChoice, "open",
       "banked, cycle: rows stay open, are closed at once, or when nothing hit them for page_timeout", false, 0, 0, kPages},
      cycles("page_timeout", "200", "banked, cycle: idle memory clocks until an adaptive page is closed (assumed)"),
      {"refresh", ParameterType::kChoice, "all_bank", "banked, cycle: all banks of a rank at once, one after the other, or never", false, 0,
       0, kRefreshes},
      {"write_queue",
       ParameterType::kCount,
       "32",
       "banked, cycle: writes a channel can hold that are done for their master; 0: none, under cycle one (assumed)",
       false,
       0,
       kMostQueue,
       {}},
      {"write_high",
       ParameterType::kCount,
       "24",
       "banked, cycle: waiting writes at which they go before reads (assumed)",
       false,
       1,
       kMostQueue,
       {}},
      {"write_low",
       ParameterType::kCount,
       "8",
       "banked, cycle: waiting writes at which reads go again (assumed)",
       false,
       0,
       kMostQueue,
       {}},
      cycles("power_down_after", "0", "banked, cycle: idle memory clocks until a rank is powered down; 0: never"),
      cycles("self_refresh_after", "0", "banked, cycle: idle memory clocks until a rank refreshes itself; 0: never"),
      {"read_queue", ParameterType::kCount, "32", "cycle: reads a channel can hold (assumed)", false, 1, kMostQueue, {}},
      {"scheduling", ParameterType::kChoice, "fr_fcfs", "cycle: row hits first, then by age; or strictly by age", false, 0, 0,
       kSchedulings},
      cycles("starvation", "2000", "cycle: memory clocks after which a waiting request goes before row hits (assumed)"),
      {"refresh_postpone", ParameterType::kCount, "0", "cycle: refreshes that may be due while requests go first", false, 0, 8, {}},
      {"dmi", ParameterType::kBool, "true", "cycle: harts may go past the controller, at its averaged latency", false, 0, 0, {}},
      {"frontend_latency",
       ParameterType::kTime,
       "10ns",
       "banked, cycle: request queue and scheduling before the first command (assumed)",
       false,
       0,
       kPicosPerMilli,
       {}},
      {"backend_latency",
       ParameterType::kTime,
       "10ns",
       "banked, cycle: PHY and return path after the last data (assumed)",
       false,
       0,
       kPicosPerMilli,
       {}},
      {"dmi_row_hit_percent",
       ParameterType::kCount,
       "70",
       "banked, cycle: row hits assumed in the averaged latency of DMI accesses (assumed)",
       false,
       0,
       100,
       {}},
  };
}

}  // namespace

void register_dram_controller(Registry& registry) {
  // Only tables that are right can be chosen, so building a controller cannot fail.
  std::map<std::string, DramDevice> devices;
  std::vector<std::string> names;
  for (const std::string& name : dram_device_names()) {
    Result<DramDevice> device = load_dram_device(name);
    if (device.ok()) {
      devices.emplace(name, std::move(device.value()));
      names.push_back(name);
    } else {
      for (const Problem& problem : device.problems()) log(LogLevel::kWarning, problem.text());
    }
  }

  ModelSpec spec;
  spec.model = "dram_controller";
  spec.doc = "DRAM behind its controller: constant latency, or the state and timing of every bank.";
  spec.role = ModelRole::kMemory;
  spec.sized = true;
  if (!devices.empty()) {
    const std::string preset = devices.count("ddr4_2400") != 0 ? "ddr4_2400" : names.front();
    spec.parameters = banked_parameters(preset, names);
    spec.check = [devices](const Parameters& parameters) { return check_banked(parameters, devices); };
    registry.add(spec, "banked", [devices](const BlockContext& context) { return make_banked(context, devices); });
    registry.add(spec, "cycle", [devices](const BlockContext& context) { return make_cycle(context, devices); });
  } else {
    for (const char* impl : {"banked", "cycle"})
      registry.add_missing(spec.model, impl, "no device tables in " + dram_device_folder() + "; set VISOC_ROOT to the source tree");
  }
  spec.parameters = {
      {"latency", ParameterType::kTime, "60ns", "fixed: from the arrival to the first byte (assumed)", false, 0, kPicosPerMilli, {}},
      {"bandwidth_mb_s", ParameterType::kCount, "16000", "fixed: megabytes (10^6 bytes) a second (assumed)", false, 1, kMostBandwidth, {}},
  };
  registry.add(spec, "fixed", make_fixed);
}

}  // namespace visoc
