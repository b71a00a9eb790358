// The hart as a module on the bus: one thread, one master, a clock counted in integers.
// SPDX-License-Identifier: Apache-2.0
#include <tlm_utils/simple_initiator_socket.h>

#include <algorithm>
#include <cstring>
#include <systemc>

#include "ip/rv64/hart.h"
#include "platform/base/check.h"
#include "platform/base/log.h"
#include "platform/config/quantity.h"
#include "platform/registry/registry.h"
#include "platform/tlm/block.h"
#include "platform/tlm/direct_guards.h"
#include "platform/tlm/sim_time.h"
#include "platform/tlm/timing_only_port.h"

namespace visoc {
namespace {

using rv64::DirectRegion;
using rv64::Hart;
using rv64::HartBus;
using rv64::RunEnd;

constexpr std::size_t kStackBytes = 1u << 20;
constexpr unsigned kMipBits[] = {rv64::mip::kMsi, rv64::mip::kMti, rv64::mip::kMei, rv64::mip::kSei};

struct HartOptions {
  unsigned hart_id = 0;
  Clock clock;
  std::uint64_t cycles_per_instruction = 1;
  bool translate = false;  ///< impl "jit".
  std::uint32_t translate_after = 0;
  bool charge_memory = false;  ///< timing "dmi": each load and store costs the memory's averaged latency.
  bool cached = false;         ///< timing "cached".
  rv64::HartCacheOptions caches;
  Cycles hit_cycles = 0, clean_cycles = 0;
  std::size_t write_places = 1;
};

/// The hart runs ahead of the kernel by up to the global quantum. Its own time is `anchor + cycles since the anchor`; every access over
/// the bus carries the distance to the kernel's time as delay, and targets that need the exact time wait for it.
class HartModule : public sc_core::sc_module, public Block, private HartControl, private HartDebug, private HartBus, private CacheLevel {
 public:
  SC_HAS_PROCESS(HartModule);
  HartModule(const sc_core::sc_module_name& name, const HartOptions& options, RunServices& services)
      : sc_module(name),
        options_(options),
        services_(services),
        hart_(options.hart_id, *this),
        socket_("socket"),
        writes_(options.write_places) {
    for (std::size_t i = 0; i < std::size(kMipBits); ++i) lines_[i] = InterruptInput(*this, kMipBits[i]);
    socket_.register_invalidate_direct_mem_ptr(this, &HartModule::invalidate);
    if (options.cached) {
      hart_.enable_caches(options.caches);
      access_cycles_ = options.hit_cycles;
    } else if (options.translate && !hart_.enable_jit(options.translate_after))
      log(LogLevel::kWarning, std::string(name) + ": this host cannot run translated code; impl jit interprets, with the same results");
    SC_THREAD(execute);
    set_stack_size(kStackBytes);
  }

  MasterSocket* master() override { return &socket_; }
  HartControl* hart() override { return this; }
  IrqLine* irq_input(unsigned input) override {
    for (std::size_t i = 0; i < std::size(kMipBits); ++i)
      if (kMipBits[i] == input) return &lines_[i];
    return nullptr;
  }
  void connect_time(const TimeSource& source) override { time_source_ = &source; }
  void connect_cache(CacheLevel& cache) override { below_ = &cache; }

  std::vector<Statistic> statistics() const override;
  std::vector<EnergyEvent> energy_events() const override {
    std::vector<EnergyEvent> events = {{"instruction", hart_.retired()}};
    if (hart_.caches() != nullptr) events.push_back({"l1d_access", hart_.caches()->data.counts().all_accesses()});
    return events;
  }
  std::vector<DirectTraffic> direct_traffic() const override {
    const rv64::HartCounts counts = hart_.counts();
    return {{direct_base_, counts.loaded_bytes - counts.bus_bytes_read, counts.stored_bytes - counts.bus_bytes_written}};
  }
  std::string pending() const override { return waiting_ ? "sleeping in WFI" : ""; }
  void save(StateWriter& out) const override {
    hart_.save(out);
    out.boolean(waiting_);
    if (!options_.cached) return;
    out.u64(writes_.ends().size());
    for (const Picos end : writes_.ends()) out.u64(end);
  }
  bool load(StateReader& in) override {
    const bool ok = hart_.load(in);
    waiting_ = in.boolean();
    if (options_.cached) {
      std::vector<Picos> ends;
      for (std::uint64_t left = in.u64(); left != 0 && in.ok(); --left) ends.push_back(in.u64());
      writes_.restore(std::move(ends));
    }
    return ok && in.ok();
  }

 private:
  class InterruptInput : public IrqLine {
   public:
    InterruptInput() = default;
    InterruptInput(HartModule& module, unsigned bit) : module_(&module), bit_(bit) {}
    void set(bool level) override { module_->interrupt(bit_, level); }

   private:
    HartModule* module_ = nullptr;
    unsigned bit_ = 0;
  };

  // HartControl
  unsigned hart_id() const override { return options_.hart_id; }
  void set_start(Addr pc, std::uint64_t a0, std::uint64_t a1) override { hart_.reset(pc, a0, a1); }
  void set_instruction_limit(std::uint64_t instructions) override { instruction_limit_ = instructions; }
  void set_commit_log(std::FILE* file) override { hart_.set_commit_log(file); }
  void set_state_log(std::FILE* file) override { state_log_ = file; }
  std::uint64_t retired() const override { return hart_.retired(); }
  Addr pc() const override { return hart_.pc(); }
  bool waiting() const override { return waiting_; }
  std::string where() const override;
  void set_execution_observer(ExecutionObserver* observer) override { hart_.set_observer(observer); }
  HartDebug* attach_debugger(Debugger& debugger) override {
    debugger_ = &debugger;
    return this;
  }

  // HartDebug
  bool read_register(unsigned number, std::uint64_t& value) override { return hart_.read_register(number, value); }
  bool write_register(unsigned number, std::uint64_t value) override { return hart_.write_register(number, value); }
  std::size_t read_memory(Addr addr, std::uint8_t* to, std::size_t bytes) override {
    return debug_access(tlm::TLM_READ_COMMAND, addr, to, bytes);
  }
  std::size_t write_memory(Addr addr, const std::uint8_t* from, std::size_t bytes) override {
    return debug_access(tlm::TLM_WRITE_COMMAND, addr, const_cast<std::uint8_t*>(from), bytes);
  }
  void set_breakpoints(const std::vector<Addr>& pcs) override { hart_.set_breakpoints(pcs); }
  void set_watchpoints(const std::vector<Watchpoint>& watchpoints) override { hart_.set_watchpoints(watchpoints); }

  // HartBus
  DirectRegion direct(Addr addr) override;
  bool read(Addr addr, unsigned bytes, std::uint64_t& value) override;
  bool write(Addr addr, unsigned bytes, std::uint64_t value) override;
  std::uint64_t cycles() override { return local_time() / options_.clock.period_ps; }
  void supervisor_timer_changed() override { hart_.yield(); }
  void cache_fetch(Addr line, unsigned bytes, bool instruction) override;
  void cache_write(Addr addr, unsigned bytes) override;
  void cache_publish(const std::vector<Addr>& lines, unsigned line_bytes, bool forget) override;

  // CacheLevel: the memory itself, where harts share no cache.
  Picos fetch(Picos at, Addr addr, unsigned bytes) override { return port_.transfer(socket_, at, addr, bytes, false); }
  Picos write(Picos at, Addr addr, unsigned bytes) override { return port_.transfer(socket_, at, addr, bytes, true); }
  Picos publish(Picos at, bool) override { return at; }
  std::uint64_t time() override { return time_source_ != nullptr ? time_source_->ticks_at(local_time()) : cycles(); }

  bool transport(tlm::tlm_command command, Addr addr, std::uint8_t* data, unsigned bytes);
  void invalidate(sc_dt::uint64, sc_dt::uint64) { hart_.invalidate_direct(); }
  void interrupt(unsigned bit, bool level);
  std::size_t debug_access(tlm::tlm_command command, Addr addr, std::uint8_t* data, std::size_t bytes);
  void execute();
  RunEnd run_slice(std::uint64_t permitted);
  std::uint64_t slice_budget();
  void log_state() const;
  bool alone_until(Picos local) const;
  void sleep();
  Picos compare_supervisor_timer();
  Cycles consumed() const { return hart_.retired() * options_.cycles_per_instruction + hart_.memory_accesses() * access_cycles_; }
  Picos local_time() const { return anchor_time_ + options_.clock.to_picos(consumed() - anchor_cycles_); }
  void anchor(Picos time) {
    anchor_time_ = time;
    anchor_cycles_ = consumed();
  }
  void catch_up();
  void stall(Picos until, bool between_instructions);
  void note_activity(const char* what, Picos begin, Picos end);

  HartOptions options_;
  RunServices& services_;
  Hart hart_;
  tlm_utils::simple_initiator_socket<HartModule, kBusWidthBits> socket_;
  tlm::tlm_generic_payload payload_;
  TimingOnlyPort port_;
  CacheLevel* below_ = this;  ///< What the hart's caches miss.
  PostedWrites writes_;
  Picos stalled_ = 0;
  InterruptInput lines_[std::size(kMipBits)];
  sc_core::sc_event wake_;
  const TimeSource* time_source_ = nullptr;
  std::uint64_t instruction_limit_ = ~std::uint64_t{0};
  Picos anchor_time_ = 0;
  Cycles anchor_cycles_ = 0;
  Cycles access_cycles_ = 0;
  std::FILE* state_log_ = nullptr;
  Debugger* debugger_ = nullptr;
  std::uint64_t slice_left_ = 0;   ///< Instructions of a slice that ended before its budget did.
  std::uint64_t slice_began_ = 0;  ///< Instructions retired before the run under way.
  Picos slice_end_ = 0;            ///< Of the time that the slice's budget was made from.
  bool waiting_ = false;
  bool has_direct_ = false;
  Addr direct_base_ = 0;
  Picos horizon_ = 0;  ///< End of the quantum under way.
  Picos awake_since_ = 0, asleep_ = 0;
  std::uint64_t sleeps_ = 0;
};

std::vector<Statistic> HartModule::statistics() const {
  const rv64::HartCounts counts = hart_.counts();
  std::vector<Statistic> all = {
      {"instructions", hart_.retired(), "instructions retired"},
      {"loads", counts.loads, "load instructions, atomic operations included"},
      {"stores", counts.stores, "store instructions, atomic operations included"},
      {"bytes_read", counts.bus_bytes_read, "bytes read over the bus"},
      {"bytes_written", counts.bus_bytes_written, "bytes written over the bus"},
      {"direct_bytes_read", counts.loaded_bytes - counts.bus_bytes_read, "bytes loaded past the bus, by direct access to memory"},
      {"direct_bytes_written", counts.stored_bytes - counts.bus_bytes_written, "bytes stored past the bus"},
      {"traps", counts.traps, "synchronous exceptions taken"},
      {"interrupts", counts.interrupts, "interrupts taken"},
      {"sleeps", sleeps_, "times it slept in WFI"},
      {"sleep_ps", asleep_, "simulated time asleep in WFI, in picoseconds"}};
  if (hart_.caches() == nullptr) return all;
  const CacheCounts& code = hart_.caches()->instructions.counts();
  const CacheCounts& data = hart_.caches()->data.counts();
  const auto fetch = static_cast<unsigned>(CacheUse::kFetch), read = static_cast<unsigned>(CacheUse::kRead),
             write = static_cast<unsigned>(CacheUse::kWrite);
  for (Statistic& statistic : std::vector<Statistic>{
           {"l1i_fetches", code.accesses[fetch], "lines fetched, those in a row from one line once"},
           {"l1i_misses", code.misses[fetch], "of them not in the instruction cache"},
           {"l1d_reads", data.accesses[read], "lines read by loads from memory"},
           {"l1d_read_misses", data.misses[read], "of them not in the data cache"},
           {"l1d_writes", data.accesses[write], "lines written by stores to memory and atomic operations"},
           {"l1d_write_misses", data.misses[write], "of them not in the data cache"},
           {"l1d_hits", data.all_accesses() - data.all_misses(), "lines read or written that were in the data cache"},
           {"l1d_evictions", data.evictions, "lines that made room for others"},
           {"l1d_write_backs", data.write_backs, "dirty lines among them"},
           {"fence_write_backs", data.cleaned, "dirty lines of the data cache that went down for a fence"},
           {"cache_stall_ps", stalled_, "simulated time that misses, full write buffers and fences took, in picoseconds"},
           {"timing_only_bytes", port_.bytes(), "bytes of lines read and written over the bus; the data themselves go past it"}})
    all.push_back(std::move(statistic));
  return all;
}

std::string HartModule::where() const {
  const rv64::Csr& csr = hart_.csr();
  std::string text = csr.privilege == rv64::Privilege::kMachine      ? "machine mode"
                     : csr.privilege == rv64::Privilege::kSupervisor ? "supervisor mode"
                                                                     : "user mode";
  if (waiting_) text += ", sleeping in WFI";
  return text + ", mie " + format_address(csr.mie) + ", mip " + format_address(csr.mip()) + ", " + std::to_string(hart_.retired()) +
         " instructions retired";
}

DirectRegion HartModule::direct(Addr addr) {
  tlm::tlm_dmi dmi;
  payload_.set_command(tlm::TLM_READ_COMMAND);
  payload_.set_address(addr);
  payload_.set_data_length(1);
  DirectGuards guards;
  payload_.set_extension(&guards);
  const bool granted = socket_->get_direct_mem_ptr(payload_, dmi) && dmi.is_read_allowed();
  payload_.clear_extension(&guards);
  if (!granted) return {};
  DirectRegion region;
  region.guards = guards.guards;
  region.base = dmi.get_start_address();
  region.size = dmi.get_end_address() - dmi.get_start_address() + 1;
  region.host = dmi.get_dmi_ptr();
  // Loads and stores are direct in one memory only, so that their bytes have one target; elsewhere they are bus accesses.
  if (dmi.is_write_allowed() && (!has_direct_ || direct_base_ == region.base)) {
    if (!has_direct_ && options_.charge_memory) {
      anchor(local_time());
      access_cycles_ = options_.clock.to_cycles((to_picos(dmi.get_read_latency()) + to_picos(dmi.get_write_latency())) / 2);
      anchor_cycles_ = consumed();
    }
    has_direct_ = true;
    direct_base_ = region.base;
    region.readable = region.writable = true;
  }
  return region;
}

bool HartModule::transport(tlm::tlm_command command, Addr addr, std::uint8_t* data, unsigned bytes) {
  payload_.set_command(command);
  payload_.set_address(addr);
  payload_.set_data_ptr(data);
  payload_.set_data_length(bytes);
  payload_.set_streaming_width(bytes);
  payload_.set_byte_enable_ptr(nullptr);
  payload_.set_dmi_allowed(false);
  payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  sc_core::sc_time delay = to_sc_time(local_time() - kernel_now());
  socket_->b_transport(payload_, delay);
  anchor(kernel_now() + to_picos(delay));
  if (services_.stopping()) hart_.stop();
  return payload_.is_response_ok();
}

bool HartModule::read(Addr addr, unsigned bytes, std::uint64_t& value) {
  value = 0;
  return transport(tlm::TLM_READ_COMMAND, addr, reinterpret_cast<std::uint8_t*>(&value), bytes);
}

bool HartModule::write(Addr addr, unsigned bytes, std::uint64_t value) {
  const bool ok = transport(tlm::TLM_WRITE_COMMAND, addr, reinterpret_cast<std::uint8_t*>(&value), bytes);
  if (hart_.csr().supervisor_timer_enabled()) hart_.yield();  // It may have set mtime.
  return ok;
}

/// The hart does nothing until then; its slice loses as many instructions as would have been executed meanwhile.
void HartModule::stall(Picos until, bool between_instructions) {
  until = std::max(until, kernel_now());
  const Picos begin = local_time();
  if (until > begin) {
    stalled_ += until - begin;
    anchor(until);
  }
  if (services_.stopping()) hart_.stop();
  const Cycles step = options_.cycles_per_instruction + access_cycles_;
  const std::uint64_t under_way = between_instructions ? 0 : 1;
  const Picos next = local_time() + options_.clock.to_picos(under_way * step);
  const std::uint64_t left = under_way + (slice_end_ > next ? (slice_end_ - next) / options_.clock.period_ps / step : 0);
  if (left == 0) return hart_.yield();
  hart_.shorten(left);
  slice_left_ = std::min(slice_left_, hart_.retired() - slice_began_ + left);
}

void HartModule::cache_fetch(Addr line, unsigned bytes, bool instruction) { stall(below_->fetch(local_time(), line, bytes), instruction); }

void HartModule::cache_write(Addr addr, unsigned bytes) {
  const Picos begin = writes_.admit(local_time());
  writes_.posted(below_->write(begin, addr, bytes));
  stall(begin, false);
}

void HartModule::cache_publish(const std::vector<Addr>& lines, unsigned line_bytes, bool forget) {
  Picos at = local_time();
  for (const Addr line : lines) {
    at = writes_.admit(at + options_.clock.to_picos(options_.clean_cycles));
    writes_.posted(below_->write(std::max(at, kernel_now()), line, line_bytes));
  }
  at = std::max(writes_.drained(at), kernel_now());
  stall(below_->publish(at, forget), false);
}

std::size_t HartModule::debug_access(tlm::tlm_command command, Addr addr, std::uint8_t* data, std::size_t bytes) {
  constexpr std::size_t kPage = 4096;
  tlm::tlm_generic_payload payload;
  std::size_t done = 0;
  while (done < bytes) {
    const auto part = static_cast<unsigned>(std::min<std::size_t>(bytes - done, kPage - (addr + done) % kPage));
    Addr physical = 0;
    if (!hart_.debug_translate(addr + done, physical)) break;
    payload.set_command(command);
    payload.set_address(physical);
    payload.set_data_ptr(data + done);
    payload.set_data_length(part);
    payload.set_streaming_width(part);
    const unsigned moved = socket_->transport_dbg(payload);
    done += moved;
    if (moved != part) break;
  }
  if (command == tlm::TLM_WRITE_COMMAND) hart_.forget_code();
  return done;
}

void HartModule::interrupt(unsigned bit, bool level) {
  hart_.set_interrupt(bit, level);
  if (waiting_ && hart_.interrupt_pending()) wake_.notify(sc_core::SC_ZERO_TIME);
}

void HartModule::note_activity(const char* what, Picos begin, Picos end) {
  if (end > begin) services_.activity(name(), {begin, end, what, 0});
}

/// Lets the kernel come up to the hart's own time.
void HartModule::catch_up() {
  const Picos local = local_time(), now = kernel_now();
  if (local > now) wait(to_sc_time(local - now));
}

/// Drives STIP from stimecmp as of the hart's own time; returns when it will rise (kNever if it is up, or off).
Picos HartModule::compare_supervisor_timer() {
  const rv64::Csr& csr = hart_.csr();
  if (!csr.supervisor_timer_enabled()) {
    if ((csr.lines >> rv64::mip::kSti & 1) != 0) hart_.set_interrupt(rv64::mip::kSti, false);
    return kNever;
  }
  const Picos now = local_time();
  const std::uint64_t ticks = time_source_ != nullptr ? time_source_->ticks_at(now) : cycles();
  const bool reached = ticks >= csr.stimecmp;
  hart_.set_interrupt(rv64::mip::kSti, reached);
  if (reached) return kNever;
  if (time_source_ != nullptr) return time_source_->reaches(csr.stimecmp, now);
  return csr.stimecmp >= kNever / options_.clock.period_ps ? kNever : csr.stimecmp * options_.clock.period_ps;
}

void HartModule::sleep() {
  catch_up();
  Picos alarm = compare_supervisor_timer();
  if (hart_.interrupt_pending() || services_.stopping()) return;
  const Picos from = kernel_now();
  note_activity("run", awake_since_, from);
  waiting_ = true;
  ++sleeps_;
  while (!hart_.interrupt_pending()) {
    if (alarm == kNever) {
      wait(wake_);
    } else {
      wait(to_sc_time(alarm - kernel_now()), wake_);
    }
    anchor(kernel_now());
    alarm = compare_supervisor_timer();
  }
  waiting_ = false;
  awake_since_ = kernel_now();
  asleep_ += awake_since_ - from;
  note_activity("sleep", from, awake_since_);
  anchor(awake_since_);
}

/// Runs to the end of the quantum, the next rise of STIP or what is permitted, whichever comes first. A slice that a debugger cut goes
/// on to where it would have ended: accesses over the bus take time that its budget does not know of.
RunEnd HartModule::run_slice(std::uint64_t permitted) {
  if (slice_left_ == 0) slice_left_ = slice_budget();
  slice_began_ = hart_.retired();
  const RunEnd end = hart_.run(std::min(slice_left_, permitted));
  slice_left_ -= std::min(slice_left_, hart_.retired() - slice_began_);
  if (end != RunEnd::kBudget && end != RunEnd::kBreakpoint && end != RunEnd::kWatchpoint) slice_left_ = 0;
  return end;
}

/// The hash is FNV-1a over the saved state: it tells states apart, nobody attacks it.
void HartModule::log_state() const {
  StateWriter out;
  hart_.save(out);
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::uint8_t byte : out.data()) hash = (hash ^ byte) * 0x100000001b3;
  std::fprintf(state_log_, "%s %llu %016llx\n", name(), static_cast<unsigned long long>(hart_.retired()),
               static_cast<unsigned long long>(hash));
}

std::uint64_t HartModule::slice_budget() {
  const Picos local = local_time();
  horizon_ = std::max(horizon_, kernel_now() + to_picos(tlm::tlm_global_quantum::instance().get()));
  Picos room = horizon_ > local ? horizon_ - local : 0;
  const Picos alarm = compare_supervisor_timer();
  // Up to the first instruction that starts at the alarm or behind it.
  if (alarm != kNever && alarm - local < room) room = alarm - local + options_.clock.period_ps - 1;
  slice_end_ = local + room;
  const Cycles cycles_left = room / options_.clock.period_ps;
  return std::max<std::uint64_t>(cycles_left / (options_.cycles_per_instruction + access_cycles_), 1);
}

/// Nothing in the machine can happen before the hart's own time, so nobody can tell whether the kernel has caught up.
bool HartModule::alone_until(Picos local) const {
  if (sc_core::sc_pending_activity_at_current_time()) return false;
  if (!sc_core::sc_pending_activity_at_future_time()) return true;
  return to_picos(sc_core::sc_time_to_pending_activity()) > local - kernel_now();
}

void HartModule::execute() {
  const Picos quantum = to_picos(tlm::tlm_global_quantum::instance().get());
  DebugStop stop;
  while (!services_.stopping()) {
    const std::uint64_t left = instruction_limit_ - hart_.retired();
    if (left == 0) {
      catch_up();
      services_.instruction_limit(name());
      break;
    }
    const std::uint64_t permitted = debugger_ != nullptr ? debugger_->permit(*this, stop) : left;
    if (services_.stopping()) break;
    const std::uint64_t before = hart_.retired();
    const RunEnd end = run_slice(std::min(permitted, left));
    if (state_log_ != nullptr) log_state();
    stop = {};
    if (end == RunEnd::kWatchpoint) {
      stop = hart_.watch_hit();
    } else if (end == RunEnd::kBreakpoint) {
      stop.reason = DebugStop::Reason::kBreakpoint;
    } else if (permitted != Debugger::kUnlimited && hart_.retired() - before >= permitted) {
      stop.reason = DebugStop::Reason::kStep;
    }
    if (end == RunEnd::kTrapLoop) {
      catch_up();
      services_.guest_fault(name(), "the trap handler at " + format_address(hart_.csr().mtvec) + " traps itself; first cause " +
                                        std::to_string(hart_.csr().mcause) + ", mtval " + format_address(hart_.csr().mtval));
      break;
    }
    if (end == RunEnd::kWaiting) {
      sleep();
    } else if (slice_left_ == 0) {
      const Picos local = local_time();
      if (local + options_.clock.to_picos(options_.cycles_per_instruction + access_cycles_) <= horizon_) continue;
      if (alone_until(local)) {
        horizon_ = local + quantum;
      } else {
        catch_up();
      }
    }
  }
  note_activity("run", awake_since_, kernel_now());
}

rv64::HartCacheOptions cache_options(const Parameters& p, std::uint64_t seed) {
  rv64::HartCacheOptions options;
  const std::string& replacement = p.text("l1_replacement");
  for (CacheGeometry* geometry : {&options.instructions, &options.data}) {
    const std::string name = geometry == &options.data ? "l1d_" : "l1i_";
    geometry->size_bytes = p.count(name + "size");
    geometry->ways = static_cast<unsigned>(p.count(name + "ways"));
    geometry->line_bytes = static_cast<unsigned>(p.count("l1_line"));
    geometry->replacement = replacement == "lru"         ? Replacement::kLru
                            : replacement == "tree_plru" ? Replacement::kTreePlru
                            : replacement == "fifo"      ? Replacement::kFifo
                                                         : Replacement::kRandom;
    geometry->seed = seed;
  }
  if (p.text("l1d_write") == "through") options.data.write_policy = WritePolicy::kWriteThrough;
  const std::string& fence = p.text("fence");
  options.fence = fence == "coherent" ? rv64::FenceRule::kCoherent : fence == "clean" ? rv64::FenceRule::kClean : rv64::FenceRule::kFlush;
  return options;
}

void add_cache_parameters(ModelSpec& spec) {
  const auto size = [&](const char* name, const char* preset, const char* doc, std::uint64_t least, std::uint64_t most) {
    spec.parameters.push_back({name, ParameterType::kSize, preset, doc, false, least, most, {}});
  };
  const auto count = [&](const char* name, const char* preset, const char* doc, std::uint64_t least, std::uint64_t most) {
    spec.parameters.push_back({name, ParameterType::kCount, preset, doc, false, least, most, {}});
  };
  const auto choice = [&](const char* name, const char* preset, const char* doc, const std::vector<std::string>& choices) {
    spec.parameters.push_back({name, ParameterType::kChoice, preset, doc, false, 0, 0, choices});
  };
  size("l1i_size", "32KiB", "cached: instruction cache (assumed)", 1, CacheGeometry::kMostBytes);
  count("l1i_ways", "8", "cached: lines a set (assumed)", 1, CacheGeometry::kMostWays);
  size("l1d_size", "32KiB", "cached: data cache (assumed)", 1, CacheGeometry::kMostBytes);
  count("l1d_ways", "8", "cached: lines a set (assumed)", 1, CacheGeometry::kMostWays);
  size("l1_line", "64B", "cached: bytes of a line of both (assumed)", CacheGeometry::kLeastLine, CacheGeometry::kMostLine);
  choice("l1_replacement", "lru", "cached: which line makes room, in both", {"lru", "tree_plru", "fifo", "random"});
  choice("l1d_write", "back", "cached: write-back with write-allocate, or write-through without", {"back", "through"});
  count("l1_hit_cycles", "0", "cached: what a load or store takes besides where it hits (assumed: hidden by the pipeline)", 0, 1000);
  count("l1_write_buffer", "8", "cached: writes on their way down while the hart goes on (assumed)", 1, 1024);
  count("l1_clean_cycles", "4", "cached: cycles between two dirty lines that a fence sends down (assumed: 16 bytes a cycle)", 0, 1000);
  choice("fence", "clean", "cached: what a FENCE between memory and devices costs; README of rv64, Caches", {"coherent", "clean", "flush"});
  spec.check = [](const Parameters& parameters) {
    std::vector<ParameterProblem> problems;
    const rv64::HartCacheOptions options = cache_options(parameters, 1);
    for (const Problem& problem : check_cache_geometry(options.instructions, "")) problems.push_back({"l1i_size", problem.message});
    for (const Problem& problem : check_cache_geometry(options.data, "")) problems.push_back({"l1d_size", problem.message});
    return problems;
  };
}

}  // namespace

void register_rv64(Registry& registry) {
  ModelSpec spec;
  spec.model = "rv64";
  spec.doc = "RV64IMAFDC hart with machine, supervisor and user mode, Sv39, PMP, Zicsr, Zifencei, Zba, Zbb, Zbs and Sstc.";
  spec.role = ModelRole::kHart;
  spec.has_master = true;
  spec.compatible = {"riscv"};
  spec.device_tree_text = {{"riscv,isa", "rv64imafdc_zicsr_zifencei_zba_zbb_zbs_sstc"}, {"mmu-type", "riscv,sv39"}};
  spec.parameters = {
      {"hart_id", ParameterType::kCount, "0", "mhartid; unique, and one hart has 0", false, 0, 63, {}},
      {"clock", ParameterType::kFrequency, "1GHz", "the hart's clock (assumed)", false, 1, kPicosPerSecond, {}},
      {"cycles_per_instruction",
       ParameterType::kCount,
       "1",
       "base cycles an instruction (assumed: single issue, no stalls)",
       false,
       1,
       1000,
       {}},
      {"translate_after",
       ParameterType::kCount,
       "24",
       "impl jit: how often the outer loop starts a block before it is translated; changes no result",
       false,
       1,
       1'000'000,
       {}},
      {"timing",
       ParameterType::kChoice,
       "ideal",
       "what loads and stores cost besides: nothing, the memory's averaged latency, or what caches and their misses cost",
       false,
       0,
       0,
       {"ideal", "dmi", "cached"}},
  };
  add_cache_parameters(spec);
  const auto make = [](const BlockContext& context) -> std::unique_ptr<Block> {
    HartOptions options;
    options.translate = context.impl == "jit";
    options.translate_after = static_cast<std::uint32_t>(context.parameters.count("translate_after"));
    options.hart_id = static_cast<unsigned>(context.parameters.count("hart_id"));
    options.clock = context.parameters.clock("clock");
    options.cycles_per_instruction = context.parameters.count("cycles_per_instruction");
    options.charge_memory = context.parameters.text("timing") == "dmi";
    options.cached = context.parameters.text("timing") == "cached";
    options.caches = cache_options(context.parameters, context.services.seed());
    options.hit_cycles = context.parameters.count("l1_hit_cycles");
    options.clean_cycles = context.parameters.count("l1_clean_cycles");
    options.write_places = context.parameters.count("l1_write_buffer");
    return std::make_unique<HartModule>(context.instance.c_str(), options, context.services);
  };
  registry.add(spec, "jit", make);  // The default: same results, faster.
  registry.add(spec, "interp", make);
}

}  // namespace visoc
