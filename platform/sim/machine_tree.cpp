// SPDX-License-Identifier: Apache-2.0
#include "platform/sim/machine_tree.h"

#include <algorithm>
#include <cstdio>

namespace visoc {
namespace {

constexpr std::uint32_t kMachineSoftware = 3, kMachineTimer = 7, kSupervisorExternal = 9, kMachineExternal = 11;
constexpr std::uint32_t kNoInterrupt = 0xffffffff;

std::string at(const std::string& name, Addr base) {
  char text[64];
  std::snprintf(text, sizeof text, "@%llx", static_cast<unsigned long long>(base));
  return name + text;
}

/// Generic node names (Devicetree Specification, section 2.2.2) where there is one.
std::string node_name(const Instance& instance) {
  if (instance.model == "uart") return "serial";
  if (instance.model == "plic") return "plic";
  if (instance.model == "clint") return "clint";
  return instance.model;
}

void push_u64(std::vector<std::uint32_t>& cells, std::uint64_t value) {
  cells.push_back(static_cast<std::uint32_t>(value >> 32));
  cells.push_back(static_cast<std::uint32_t>(value));
}

struct HartNode {
  std::uint32_t id = 0;
  std::uint32_t phandle = 0;
};

class TreeBuilder {
 public:
  TreeBuilder(const Description& description, const Registry& registry) : description_(description), registry_(registry) {}

  DeviceTreeNode build(const ChosenMemory& chosen) {
    DeviceTreeNode root;
    root.cells("#address-cells", {2});
    root.cells("#size-cells", {2});
    root.text("compatible", "visoc,virt");
    root.text("model", "visoc," + description_.platform_name);
    add_chosen(root, chosen);
    add_cpus(root);
    add_memories(root);
    add_devices(root);
    return root;
  }

 private:
  void add_chosen(DeviceTreeNode& root, const ChosenMemory& memory) {
    DeviceTreeNode& chosen = root.child("chosen");
    for (const Instance& instance : description_.instances)
      if (instance.model == "uart") {
        chosen.text("stdout-path", "/soc/" + at("serial", instance.base));
        break;
      }
    if (memory.free.size != 0) {
      std::vector<std::uint32_t> cells;
      push_u64(cells, memory.free.base);
      push_u64(cells, memory.free.size);
      chosen.cells("visoc,free-memory", cells);
    }
    add_regions(chosen, "visoc-inputs", memory.inputs);
    add_regions(chosen, "visoc-outputs", memory.outputs);
  }

  static void add_regions(DeviceTreeNode& chosen, const std::string& name, const std::vector<NamedRegion>& regions) {
    if (regions.empty()) return;
    DeviceTreeNode& parent = chosen.child(name);
    parent.cells("#address-cells", {2});
    parent.cells("#size-cells", {2});
    for (const NamedRegion& region : regions) parent.child(region.name).reg(region.base, region.size);
  }

  void add_cpus(DeviceTreeNode& root) {
    DeviceTreeNode& cpus = root.child("cpus");
    cpus.cells("#address-cells", {1});
    cpus.cells("#size-cells", {0});
    const Instance* timer = description_.first_with_role(ModelRole::kTimer);
    if (timer != nullptr && timer->parameters.has("timebase")) {
      const std::uint64_t period = timer->parameters.clock("timebase").period_ps;
      cpus.cells("timebase-frequency", {static_cast<std::uint32_t>((kPicosPerSecond + period / 2) / period)});
    }
    for (const Instance& instance : description_.instances) {
      if (instance.role != ModelRole::kHart) continue;
      HartNode hart{static_cast<std::uint32_t>(instance.parameters.has("hart_id") ? instance.parameters.count("hart_id") : 0),
                    next_phandle_++};
      harts_.push_back(hart);
      DeviceTreeNode& cpu = cpus.child(at("cpu", hart.id));
      cpu.text("device_type", "cpu");
      cpu.cells("reg", {hart.id});
      cpu.text("status", "okay");
      const ModelSpec* spec = registry_.find(instance.model);
      if (spec != nullptr && !spec->compatible.empty()) cpu.strings("compatible", spec->compatible);
      if (spec != nullptr)
        for (const auto& [name, value] : spec->device_tree_text) cpu.text(name, value);
      DeviceTreeNode& local = cpu.child("interrupt-controller");
      local.cells("#interrupt-cells", {1});
      local.empty("interrupt-controller");
      local.text("compatible", "riscv,cpu-intc");
      local.cells("phandle", {hart.phandle});
    }
    std::sort(harts_.begin(), harts_.end(), [](const HartNode& a, const HartNode& b) { return a.id < b.id; });
    plic_phandle_ = next_phandle_++;
  }

  void add_memories(DeviceTreeNode& root) {
    for (const Instance& instance : description_.instances) {
      if (instance.role != ModelRole::kMemory) continue;
      DeviceTreeNode& node = root.child(at("memory", instance.base));
      node.text("device_type", "memory");
      node.reg(instance.base, instance.size);
    }
  }

  void add_devices(DeviceTreeNode& root) {
    DeviceTreeNode& soc = root.child("soc");
    soc.cells("#address-cells", {2});
    soc.cells("#size-cells", {2});
    soc.text("compatible", "simple-bus");
    soc.empty("ranges");
    for (const Instance& instance : description_.instances) {
      const bool skip = instance.role == ModelRole::kHart || instance.role == ModelRole::kMemory || instance.role == ModelRole::kBus ||
                        instance.role == ModelRole::kRom || !instance.mapped;
      if (!skip) add_device(soc.child(at(node_name(instance), instance.base)), instance);
    }
  }

  void add_device(DeviceTreeNode& node, const Instance& instance) {
    const ModelSpec* spec = registry_.find(instance.model);
    if (spec != nullptr && !spec->compatible.empty()) node.strings("compatible", spec->compatible);
    node.reg(instance.base, instance.size);
    node.text("visoc,instance", instance.name);
    if (instance.role == ModelRole::kTimer) {
      std::vector<std::uint32_t> cells;
      for (const HartNode& hart : harts_) cells.insert(cells.end(), {hart.phandle, kMachineSoftware, hart.phandle, kMachineTimer});
      node.cells("interrupts-extended", cells);
    } else if (instance.role == ModelRole::kInterruptController) {
      std::vector<std::uint32_t> cells;
      // Contexts are counted from hart 0; a gap in the hart ids leaves two unconnected contexts.
      for (std::uint32_t id = 0; !harts_.empty() && id <= harts_.back().id; ++id) {
        const auto hart = std::find_if(harts_.begin(), harts_.end(), [&](const HartNode& candidate) { return candidate.id == id; });
        const std::uint32_t phandle = hart == harts_.end() ? 0 : hart->phandle;
        if (phandle == 0) {
          cells.insert(cells.end(), {harts_.front().phandle, kNoInterrupt, harts_.front().phandle, kNoInterrupt});
        } else {
          cells.insert(cells.end(), {phandle, kMachineExternal, phandle, kSupervisorExternal});
        }
      }
      node.cells("interrupts-extended", cells);
      node.cells("#interrupt-cells", {1});
      node.cells("#address-cells", {0});
      node.empty("interrupt-controller");
      node.cells("phandle", {plic_phandle_});
      if (instance.parameters.has("sources")) node.cells("riscv,ndev", {static_cast<std::uint32_t>(instance.parameters.count("sources"))});
    } else if (!instance.irqs.empty()) {
      node.cells("interrupt-parent", {plic_phandle_});
      node.cells("interrupts", std::vector<std::uint32_t>(instance.irqs.begin(), instance.irqs.end()));
    }
    if (spec != nullptr)
      for (const auto& [name, values] : spec->device_tree_cells) node.cells(name, values);
  }

  const Description& description_;
  const Registry& registry_;
  std::vector<HartNode> harts_;
  std::uint32_t next_phandle_ = 1;
  std::uint32_t plic_phandle_ = 0;
};

}  // namespace

DeviceTreeNode machine_device_tree(const Description& description, const Registry& registry, const ChosenMemory& chosen) {
  return TreeBuilder(description, registry).build(chosen);
}

}  // namespace visoc
