// SPDX-License-Identifier: Apache-2.0
#include "platform/sim/machine.h"

#include "platform/base/check.h"
#include "platform/base/sha256.h"
#include "platform/tlm/sim_time.h"

namespace visoc {
namespace {

// mip bit numbers (RISC-V privileged specification, section "Machine Interrupt Registers").
constexpr unsigned kMipSoftware = 3, kMipTimer = 7, kMipSupervisorExternal = 9, kMipExternal = 11;

}  // namespace

Machine::Machine(const Description& description, const Registry& registry, RunServices& services, const std::string& check_protocol)
    : description_(description), links_(check_protocol) {
  for (const Instance& instance : description.instances) {
    BlockContext context{instance.name, instance.impl, instance.parameters, services, instance.size};
    blocks_.push_back({instance.name, &instance, registry.create(instance.model, context)});
  }
  tlm::tlm_global_quantum::instance().set(to_sc_time(description.quantum));
  wire_bus();
  wire_interrupts();
  wire_wakes();
  wire_caches();
}

Machine::~Machine() = default;

Block* Machine::find(const std::string& name) const {
  for (const NamedBlock& entry : blocks_)
    if (entry.name == name) return entry.block.get();
  return nullptr;
}

std::vector<HartControl*> Machine::harts() const {
  std::vector<HartControl*> harts;
  for (const NamedBlock& entry : blocks_)
    if (HartControl* hart = entry.block->hart()) harts.push_back(hart);
  return harts;
}

std::uint8_t* Machine::host_bytes(Addr addr, std::uint64_t bytes) const {
  for (const NamedBlock& entry : blocks_) {
    const HostMemory memory = entry.block->host_memory();
    if (memory.data == nullptr || addr < entry.instance->base) continue;
    const Offset offset = addr - entry.instance->base;
    if (fits(offset, bytes, memory.size)) return memory.data + offset;
  }
  return nullptr;
}

void Machine::wire_bus() {
  for (const NamedBlock& entry : blocks_) {
    if (entry.instance->role == ModelRole::kBus) continue;
    Block* bus = find(entry.instance->bus);
    Interconnect* interconnect = bus != nullptr ? bus->interconnect() : nullptr;
    VISOC_CHECK(interconnect != nullptr, "instance '" + entry.name + "' has no bus");
    if (MasterSocket* master = entry.block->master())
      interconnect->attach_master(entry.name, links_.after(entry.name + "_to_" + entry.instance->bus, *master));
    if (SlaveSocket* slave = entry.block->slave())
      interconnect->attach_slave(entry.name, entry.instance->base, entry.instance->size,
                                 links_.before(entry.instance->bus + "_to_" + entry.name, *slave));
  }
}

void Machine::wire_interrupts() {
  Block* controller = nullptr;
  Block* timer = nullptr;
  for (const NamedBlock& entry : blocks_) {
    if (entry.instance->role == ModelRole::kInterruptController && controller == nullptr) controller = entry.block.get();
    if (entry.instance->role == ModelRole::kTimer && timer == nullptr) timer = entry.block.get();
  }
  for (const NamedBlock& entry : blocks_) {
    for (unsigned output = 0; output < entry.instance->irqs.size(); ++output) {
      IrqLine* line = controller != nullptr ? controller->irq_input(entry.instance->irqs[output]) : nullptr;
      VISOC_CHECK(line != nullptr, "interrupt source " + std::to_string(entry.instance->irqs[output]) + " does not exist");
      entry.block->connect_irq(output, *line);
    }
    HartControl* hart = entry.block->hart();
    if (hart == nullptr) continue;
    const unsigned id = hart->hart_id();
    if (timer != nullptr) {
      timer->connect_irq(2 * id, *entry.block->irq_input(kMipSoftware));
      timer->connect_irq(2 * id + 1, *entry.block->irq_input(kMipTimer));
      if (timer->time_source() != nullptr) entry.block->connect_time(*timer->time_source());
    }
    if (controller != nullptr) {
      controller->connect_irq(2 * id, *entry.block->irq_input(kMipExternal));
      if (IrqLine* supervisor = entry.block->irq_input(kMipSupervisorExternal)) controller->connect_irq(2 * id + 1, *supervisor);
    }
  }
}

void Machine::wire_wakes() {
  for (const NamedBlock& source : blocks_) {
    if (source.instance->role != ModelRole::kSyncpoints) continue;
    for (const NamedBlock& entry : blocks_)
      if (entry.block->master() != nullptr && entry.block->wake_input() != nullptr) source.block->connect_wake(*entry.block->wake_input());
  }
}

void Machine::wire_caches() {
  for (const NamedBlock& cache : blocks_) {
    CacheLevel* level = cache.block->shared_cache();
    if (level == nullptr) continue;
    for (const NamedBlock& entry : blocks_)
      if (entry.block->hart() != nullptr && entry.instance->bus == cache.instance->bus) entry.block->connect_cache(*level);
  }
}

void Machine::observe(TransactionObserver& observer) {
  for (const NamedBlock& entry : blocks_)
    if (Interconnect* interconnect = entry.block->interconnect()) interconnect->observe(observer);
}

void Machine::settle_direct_traffic() {
  for (const NamedBlock& entry : blocks_) {
    Block* bus = find(entry.instance->bus);
    Interconnect* interconnect = bus != nullptr ? bus->interconnect() : nullptr;
    if (interconnect == nullptr) continue;
    for (const DirectTraffic& traffic : entry.block->direct_traffic())
      interconnect->count_direct(entry.name, traffic.target, traffic.bytes_read, traffic.bytes_written);
  }
}

std::string Machine::state_hash() const {
  StateWriter out;
  for (const NamedBlock& entry : blocks_) {
    out.text(entry.name);
    entry.block->save(out);
  }
  return sha256_hex(ConstBytes(out.data()));
}

}  // namespace visoc
