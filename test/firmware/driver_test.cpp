// The firmware's drivers and their selftests, compiled for the host, against the cores: no kernel, no hart. A wait that nothing would
// end fails here instead of hanging.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "ip/dma/dma_core.h"
#include "ip/pim/pim_core.h"
#include "ip/syncpoint/syncpoint_core.h"

extern "C" {
#include "sw/apps/selftest/selftest.h"
#include "sw/runtime/timer.h"
#include "sw/runtime/trap.h"

machine_t machine;
extern const selftest_t selftest_60_syncpoint, selftest_70_dma_ring, selftest_72_pim_ring, selftest_80_dma, selftest_82_pim;
}

namespace visoc {
namespace {

constexpr Addr kLowestMemory = 0x8000'0000;  // Host pointers lie above; below is the device space.
constexpr Picos kRegisterAccess = 20'000;
constexpr Picos kTick = 100'000;

/// One hart's view of a few cores, with time that moves by register accesses and by sleeping.
class HostMachine : public MemoryPort {
 public:
  explicit HostMachine(bool wake_lines) : wake_lines_(wake_lines), arena_(1u << 20) {
    instance = this;
    auto sync = std::make_unique<SyncpointCore>();
    if (wake_lines) sync->connect_wake(wake_);
    add("visoc,syncpoint", 0x1200'0000, 32, std::move(sync));
    add("visoc,dma", 0x1201'0000, 33, std::make_unique<DmaCore>(DmaOptions{}));
    add("visoc,pim", 0x1205'0000, 37, std::make_unique<PimCore>(PimOptions{}));
  }
  ~HostMachine() override { instance = nullptr; }

  const char* run(const selftest_t& test) {
    selftest_device_t device{DT_NONE, device_base(test.compatible), device_interrupt(test.compatible), 0};
    const char* wrong = test.run(&device);
    return wrong == nullptr ? "" : wrong;
  }

  std::uint64_t access(Addr addr, unsigned size, bool is_write, std::uint64_t value) {
    now_ += kRegisterAccess;
    run_due();
    Device* device = at(addr);
    if (device == nullptr) throw std::runtime_error("a driver touched 0x" + std::to_string(addr));
    const Offset offset = addr - device->base;
    if (check_access(device->core->table(), offset, size, is_write) != AccessCheck::kOk) throw std::runtime_error("bus error");
    if (is_write) {
      device->core->write_register(now_, offset, size, value);
      device->wake_at = now_;
      run_due();
      return 0;
    }
    return device->core->read_register(now_, offset, size).value;
  }

  void wait_until(bool (*condition)(void*), void* argument) {
    for (unsigned wakes = 0; !condition(argument); ++wakes) {
      if (deliver()) continue;
      Picos next = timer_at_;
      for (const Device& device : devices_) next = std::min(next, device.wake_at);
      if (next == kNever || wakes > 1'000'000) throw std::runtime_error("the hart would sleep for ever");
      now_ = std::max(now_, next);
      run_due();
    }
  }

  MemoryReply read(Picos at_time, Addr addr, MutableBytes into) override {
    if (Device* device = at(addr)) {
      const std::uint64_t value = device->core->read_register(at_time, addr - device->base, static_cast<unsigned>(into.size)).value;
      std::memcpy(into.data, &value, into.size);
    } else if (addr >= kLowestMemory) {
      std::memcpy(into.data, reinterpret_cast<const void*>(addr), into.size);
    } else {
      return {MemoryStatus::kAddressError, at_time + 1'000, 0, addr};
    }
    return {MemoryStatus::kOk, at_time + 50'000, into.size, 0};
  }
  MemoryReply write(Picos at_time, Addr addr, ConstBytes from) override {
    if (Device* device = at(addr)) {
      std::uint64_t value = 0;
      std::memcpy(&value, from.data, from.size);
      device->core->write_register(at_time, addr - device->base, static_cast<unsigned>(from.size), value);
    } else if (addr >= kLowestMemory) {
      std::memcpy(reinterpret_cast<void*>(addr), from.data, from.size);
    } else {
      return {MemoryStatus::kAddressError, at_time + 1'000, 0, addr};
    }
    return {MemoryStatus::kOk, at_time + 50'000, from.size, 0};
  }

  void connect(unsigned source, interrupt_handler_t handler, void* argument) { handlers_[source] = {handler, argument}; }
  void disconnect(unsigned source) { handlers_.erase(source); }
  void connect_timer(interrupt_handler_t handler, void* argument) { timer_ = {handler, argument}; }
  void set_timer(std::uint64_t ticks) { timer_at_ = ticks > kNever / kTick ? kNever : ticks * kTick; }
  std::uint64_t ticks() { return (now_ += kRegisterAccess) / kTick; }

  void* allocate(std::size_t bytes, std::size_t alignment) {
    const auto first = reinterpret_cast<std::uintptr_t>(arena_.data());
    const std::uintptr_t place = (first + arena_used_ + alignment - 1) & ~(alignment - 1);
    if (place - first + bytes > arena_.size()) return nullptr;
    arena_used_ = place - first + bytes;
    return reinterpret_cast<void*>(place);
  }
  Addr device_base(const std::string& compatible) const {
    for (const Device& device : devices_)
      if (device.compatible == compatible) return device.base;
    return 0;
  }
  unsigned device_interrupt(const std::string& compatible) const {
    for (const Device& device : devices_)
      if (device.compatible == compatible) return device.source;
    return 0;
  }

  static HostMachine* instance;

 private:
  struct Device {
    std::string compatible;
    Addr base;
    unsigned source;
    std::unique_ptr<DeviceCore> core;
    Picos wake_at;
  };
  struct Handler {
    interrupt_handler_t call = nullptr;
    void* argument = nullptr;
  };
  struct Waker : WakeLine {
    void wake() override { pulsed = true; }
    bool pulsed = false;
  };

  void add(const std::string& compatible, Addr base, unsigned source, std::unique_ptr<DeviceCore> core) {
    core->reset();
    if (wake_lines_) core->expect_wake_pulses();
    devices_.push_back({compatible, base, source, std::move(core), kNever});
  }
  Device* at(Addr addr) {
    for (Device& device : devices_)
      if (addr >= device.base && addr - device.base < device.core->table().window_bytes) return &device;
    return nullptr;
  }
  /// Steps every core that is due, each at its own time, in the order of time.
  void run_due() {
    for (;;) {
      if (wake_.pulsed) {
        wake_.pulsed = false;
        for (Device& device : devices_) device.wake_at = std::min(device.wake_at, now_);
      }
      Device* first = nullptr;
      for (Device& device : devices_)
        if (device.wake_at <= now_ && (first == nullptr || device.wake_at < first->wake_at)) first = &device;
      if (first == nullptr) return;
      const Picos step_at = first->wake_at;
      const Picos next = first->core->step(step_at, *this);
      first->wake_at = next;
      if (next <= step_at && next != kNever) first->wake_at = step_at;
    }
  }
  bool deliver() {
    if (timer_at_ <= now_ && timer_.call != nullptr) {
      timer_.call(timer_.argument);
      return true;
    }
    for (Device& device : devices_) {
      const auto handler = handlers_.find(device.source);
      if (!device.core->irq_level(0) || handler == handlers_.end()) continue;
      handler->second.call(handler->second.argument);
      if (device.core->irq_level(0)) throw std::runtime_error("a handler left its interrupt pending");
      return true;
    }
    return false;
  }

  bool wake_lines_;
  Waker wake_;
  std::vector<Device> devices_;
  std::map<unsigned, Handler> handlers_;
  Handler timer_;
  Picos timer_at_ = kNever;
  Picos now_ = 0;
  std::vector<std::uint8_t> arena_;
  std::size_t arena_used_ = 0;
};

HostMachine* HostMachine::instance = nullptr;

}  // namespace
}  // namespace visoc

// What the drivers ask of the runtime.
using visoc::HostMachine;
extern "C" {
uint32_t mmio_read32(uintptr_t addr) { return static_cast<uint32_t>(HostMachine::instance->access(addr, 4, false, 0)); }
uint64_t mmio_read64(uintptr_t addr) { return HostMachine::instance->access(addr, 8, false, 0); }
void mmio_write32(uintptr_t addr, uint32_t value) { HostMachine::instance->access(addr, 4, true, value); }
uintptr_t machine_device(const char* compatible, unsigned index) { return index == 0 ? HostMachine::instance->device_base(compatible) : 0; }
unsigned machine_interrupt(const char* compatible, unsigned) { return HostMachine::instance->device_interrupt(compatible); }
void* arena_alloc(size_t bytes, size_t alignment) { return HostMachine::instance->allocate(bytes, alignment); }
bool interrupt_connect(unsigned source, unsigned, interrupt_handler_t handler, void* argument) {
  HostMachine::instance->connect(source, handler, argument);
  return true;
}
void interrupt_disconnect(unsigned source) { HostMachine::instance->disconnect(source); }
void timer_connect(interrupt_handler_t handler, void* argument) { HostMachine::instance->connect_timer(handler, argument); }
void timer_set(uint64_t ticks) { HostMachine::instance->set_timer(ticks); }
void timer_off(void) { HostMachine::instance->set_timer(~uint64_t{0}); }
uint64_t timer_ticks(void) { return HostMachine::instance->ticks(); }
void wait_until(bool (*condition)(void*), void* argument) { HostMachine::instance->wait_until(condition, argument); }
void wait_for_interrupt_until(volatile bool* flag) {
  wait_until([](void* set) { return *static_cast<volatile bool*>(set); }, const_cast<bool*>(flag));
}
}

namespace visoc {

TEST_CASE("drivers: the selftests of syncpoints, DMA and PIM pass on the cores, with wake lines and with polling", "[fast]") {
  machine.timebase_hz = kPicosPerSecond / kTick;
  for (bool wake_lines : {true, false}) {
    for (const selftest_t* test :
         {&selftest_60_syncpoint, &selftest_70_dma_ring, &selftest_72_pim_ring, &selftest_80_dma, &selftest_82_pim}) {
      INFO(test->name << (wake_lines ? ", woken by lines" : ", polling"));
      HostMachine host(wake_lines);
      CHECK(std::string(host.run(*test)) == "");
    }
  }
}

}  // namespace visoc
