// SPDX-License-Identifier: Apache-2.0
#include "platform/config/description_checks.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "platform/config/quantity.h"

namespace visoc {
namespace {

constexpr std::uint64_t kWindowAlignment = 256;

std::string range_text(const Instance& instance) {
  return instance.name + " [" + format_address(instance.base) + ", " + format_address(instance.base + instance.size) + ")";
}

void check_windows(const Description& description, const std::string& file, Problems& problems) {
  std::vector<const Instance*> mapped;
  for (const Instance& instance : description.instances) {
    if (!instance.mapped) continue;
    const std::string where = pointer_step("/instances", instance.name);
    if (instance.base % kWindowAlignment != 0)
      problems.push_back({file, where + "/base", "is " + format_address(instance.base) + "; a multiple of 256 was expected"});
    if (instance.size == 0) problems.push_back({file, where + "/size", "is 0"});
    if (!range_does_not_wrap(instance.base, instance.size) || instance.base + instance.size < instance.base) {
      problems.push_back(
          {file, where,
           "the window at " + format_address(instance.base) + " of " + format_size(instance.size) + " wraps around the address space"});
      continue;
    }
    mapped.push_back(&instance);
  }
  std::sort(mapped.begin(), mapped.end(), [](const Instance* a, const Instance* b) { return a->base < b->base; });
  for (std::size_t i = 1; i < mapped.size(); ++i)
    if (mapped[i]->base < mapped[i - 1]->base + mapped[i - 1]->size && mapped[i]->bus == mapped[i - 1]->bus)
      problems.push_back({file, "/instances", "windows overlap: " + range_text(*mapped[i - 1]) + " and " + range_text(*mapped[i])});
}

void check_irqs(const Description& description, const std::string& file, Problems& problems) {
  const Instance* controller = description.first_with_role(ModelRole::kInterruptController);
  std::uint64_t sources = 0;
  if (controller != nullptr && controller->parameters.has("sources")) sources = controller->parameters.count("sources");
  std::map<unsigned, std::string> taken;
  for (const Instance& instance : description.instances) {
    const std::string where = pointer_step("/instances", instance.name) + "/irq";
    for (unsigned irq : instance.irqs) {
      if (controller == nullptr) {
        problems.push_back({file, where, "there is no interrupt controller in this platform"});
      } else if (irq > sources) {
        problems.push_back(
            {file, where, "is " + std::to_string(irq) + "; " + controller->name + " has sources 1 to " + std::to_string(sources)});
      }
      const auto [found, fresh] = taken.emplace(irq, instance.name);
      if (!fresh) problems.push_back({file, where, "interrupt " + std::to_string(irq) + " is already used by " + found->second});
    }
  }
}

void check_harts(const Description& description, const std::string& file, Problems& problems) {
  std::map<std::uint64_t, std::string> ids;
  bool any = false;
  for (const Instance& instance : description.instances) {
    if (instance.role != ModelRole::kHart) continue;
    any = true;
    if (!instance.parameters.has("hart_id")) continue;
    const auto [found, fresh] = ids.emplace(instance.parameters.count("hart_id"), instance.name);
    if (!fresh)
      problems.push_back({file, pointer_step("/instances", instance.name) + "/hart_id",
                          "is " + std::to_string(found->first) + ", the id of " + found->second + "; each hart needs its own"});
  }
  // Timer and interrupt controller have outputs for as many harts as their parameter "harts" says.
  for (const Instance& instance : description.instances) {
    if (!instance.parameters.has("harts")) continue;
    const std::uint64_t harts = instance.parameters.count("harts");
    for (const auto& [id, name] : ids)
      if (id >= harts)
        problems.push_back({file, pointer_step("/instances", name) + "/hart_id",
                            "is " + std::to_string(id) + ", but " + instance.name + " has outputs for " + std::to_string(harts) +
                                " harts only (its parameter harts)"});
  }
  if (!any) problems.push_back({file, "/instances", "there is no hart (model rv64)"});
  if (any && ids.count(0) == 0) problems.push_back({file, "/instances", "there is no hart with hart_id 0"});
}

void check_parameters(const Description& description, const ModelCatalog& catalog, const std::string& file, Problems& problems) {
  for (const Instance& instance : description.instances) {
    ModelOutline outline;
    if (!catalog.outline(instance.model, outline) || !outline.check) continue;
    for (const ParameterProblem& problem : outline.check(instance.parameters))
      problems.push_back({file, pointer_step("/instances", instance.name) + "/" + problem.parameter, problem.message});
  }
}

void check_caches(const Description& description, const std::string& file, Problems& problems) {
  std::map<std::string, std::string> caches;  // By bus.
  for (const Instance& instance : description.instances) {
    if (instance.role != ModelRole::kCache) continue;
    const auto [other, is_first] = caches.emplace(instance.bus, instance.name);
    if (!is_first)
      problems.push_back({file, pointer_step("/instances", instance.name),
                          "'" + other->second + "' is the cache of '" + instance.bus + "' already; harts share one"});
  }
}

}  // namespace

bool valid_instance_name(const std::string& name) {
  if (name.empty() || name.size() > 32 || std::isalpha(static_cast<unsigned char>(name[0])) == 0) return false;
  return std::all_of(name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; });
}

void check_machine(const Description& description, const ModelCatalog& catalog, const std::string& file, Problems& problems) {
  if (description.first_with_role(ModelRole::kBus) == nullptr) problems.push_back({file, "/instances", "there is no bus (model bus)"});
  if (description.first_with_role(ModelRole::kMemory) == nullptr)
    problems.push_back({file, "/instances", "there is no memory (model dram_controller)"});
  for (const Instance& instance : description.instances) {
    if (instance.bus.empty()) continue;
    const Instance* bus = description.find(instance.bus);
    if (bus != nullptr && bus->role != ModelRole::kBus)
      problems.push_back({file, pointer_step("/instances", instance.name) + "/bus", "'" + instance.bus + "' is not a bus"});
  }
  check_harts(description, file, problems);
  check_caches(description, file, problems);
  check_windows(description, file, problems);
  check_irqs(description, file, problems);
  if (problems.empty()) check_parameters(description, catalog, file, problems);
}

}  // namespace visoc
