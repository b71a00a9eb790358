// check, dump-config, list, describe, map: what the configuration says, without running it.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <memory>

#include "platform/cli/verbs.h"
#include "platform/config/nearest.h"
#include "platform/config/parameter_value.h"
#include "platform/config/quantity.h"
#include "platform/sim/loader.h"

namespace visoc {
namespace {

/// Prints and reports a failed write (a closed or full stdout is host I/O).
ExitCode print(const std::string& text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (written) return ExitCode::kPass;
  std::fprintf(stderr, "visoc: error: stdout cannot be written\n");
  return ExitCode::kHostIo;
}

ExitCode fail(const Problems& problems) {
  print_problems(problems);
  return exit_code_of(problems);
}

std::string pad(const std::string& text, std::size_t width) {
  return text.size() >= width ? text + " " : text + std::string(width - text.size(), ' ');
}

std::string role_name(ModelRole role) {
  switch (role) {
    case ModelRole::kDevice:
      return "device";
    case ModelRole::kHart:
      return "hart";
    case ModelRole::kBus:
      return "bus";
    case ModelRole::kMemory:
      return "memory";
    case ModelRole::kRom:
      return "rom";
    case ModelRole::kTimer:
      return "timer";
    case ModelRole::kInterruptController:
      return "interrupt controller";
    case ModelRole::kSyncpoints:
      return "syncpoints";
    case ModelRole::kCache:
      return "cache";
  }
  return {};
}

std::string list_text(const Registry& registry) {
  std::string text;
  for (const std::string& model : registry.models()) {
    std::string impls;
    for (const std::string& impl : registry.impls(model)) impls += (impls.empty() ? "" : ", ") + impl;
    text += pad(model, 18) + pad(impls, 22) + registry.find(model)->doc + "\n";
  }
  return text;
}

Json model_json(const Registry& registry, const std::string& model) {
  const ModelSpec& spec = *registry.find(model);
  Json parameters = Json::array();
  for (const ParameterSpec& parameter : spec.parameters)
    parameters.push_back({{"name", parameter.name},
                          {"default", parameter.default_text},
                          {"required", parameter.required},
                          {"form", parameter_form(parameter)},
                          {"doc", parameter.doc}});
  return {{"model", model},
          {"doc", spec.doc},
          {"role", role_name(spec.role)},
          {"impls", registry.impls(model)},
          {"window_bytes", spec.registers != nullptr ? spec.registers->window_bytes : 0},
          {"bus_master", spec.has_master},
          {"interrupts", spec.interrupts},
          {"compatible", spec.compatible},
          {"parameters", parameters}};
}

std::string describe_text(const Registry& registry, const std::string& model) {
  const ModelSpec& spec = *registry.find(model);
  std::string text = model + ": " + spec.doc + "\n";
  text += "role: " + role_name(spec.role) + "; implementations:";
  for (const std::string& impl : registry.impls(model)) text += " " + impl;
  text += "\n";
  if (spec.registers != nullptr)
    text += "window: " + format_size(spec.registers->window_bytes) + ", registers: ip/" + model + "/registers.md\n";
  if (spec.interrupts != 0) text += "interrupt outputs: " + std::to_string(spec.interrupts) + "\n";
  text += "parameters:\n";
  for (const ParameterSpec& parameter : spec.parameters) {
    text += "  " + pad(parameter.name, 26) + (parameter.required ? "(required)" : "default " + parameter.default_text) + "\n";
    text += "      " + parameter.doc + "\n      " + parameter_form(parameter) + "\n";
  }
  return text;
}

std::string map_text(const Description& description) {
  std::vector<const Instance*> mapped;
  for (const Instance& instance : description.instances)
    if (instance.mapped) mapped.push_back(&instance);
  std::sort(mapped.begin(), mapped.end(), [](const Instance* a, const Instance* b) { return a->base < b->base; });
  std::string text =
      pad("base", 20) + pad("end", 20) + pad("size", 10) + pad("instance", 12) + pad("model", 18) + pad("impl", 10) + "irq\n";
  for (const Instance* instance : mapped) {
    std::string irqs;
    for (unsigned irq : instance->irqs) irqs += (irqs.empty() ? "" : ",") + std::to_string(irq);
    text += pad(format_address(instance->base), 20) + pad(format_address(instance->base + instance->size), 20) +
            pad(format_size(instance->size), 10) + pad(instance->name, 12) + pad(instance->model, 18) + pad(instance->impl, 10) + irqs +
            "\n";
  }
  return text;
}

}  // namespace

Verb add_check(CLI::App& app, const Registry& registry) {
  auto arguments = std::make_shared<ConfigurationArguments>();
  CLI::App* verb = app.add_subcommand("check", "Check a scenario and its files without running it");
  add_configuration_arguments(*verb, *arguments, false);
  return {verb, [arguments, &registry] {
            auto description = describe(*arguments, registry);
            if (!description.ok()) return fail(description.problems());
            if (!description.value().firmware.empty()) {
              auto plan = plan_load(description.value(), registry);
              if (!plan.ok()) return fail(plan.problems());
              for (const std::string& warning : plan.value().warnings) std::fprintf(stderr, "visoc: warning: %s\n", warning.c_str());
            }
            return print(description.value().name + ": ok, " + std::to_string(description.value().instances.size()) + " instances\n");
          }};
}

Verb add_dump_config(CLI::App& app, const Registry& registry) {
  auto arguments = std::make_shared<ConfigurationArguments>();
  CLI::App* verb = app.add_subcommand("dump-config", "Print the effective configuration; it can be fed back");
  add_configuration_arguments(*verb, *arguments, false);
  return {verb, [arguments, &registry] {
            auto description = describe(*arguments, registry);
            return description.ok() ? print(dump_description(description.value(), registry)) : fail(description.problems());
          }};
}

Verb add_list(CLI::App& app, const Registry& registry) {
  auto json = std::make_shared<bool>(false);
  CLI::App* verb = app.add_subcommand("list", "List models and their implementations");
  verb->add_flag("--json", *json, "As JSON, with parameters");
  return {verb, [json, &registry] {
            if (!*json) return print(list_text(registry));
            Json models = Json::array();
            for (const std::string& model : registry.models()) models.push_back(model_json(registry, model));
            return print(models.dump(2) + "\n");
          }};
}

Verb add_describe(CLI::App& app, const Registry& registry) {
  auto model = std::make_shared<std::string>();
  CLI::App* verb = app.add_subcommand("describe", "Explain a model and its parameters");
  verb->add_option("model", *model, "Name as in 'visoc list'")->required();
  return {verb, [model, &registry] {
            if (registry.find(*model) == nullptr)
              return fail({{"", "", "there is no model '" + *model + "'" + name_hint(*model, registry.models())}});
            return print(describe_text(registry, *model));
          }};
}

Verb add_map(CLI::App& app, const Registry& registry) {
  auto arguments = std::make_shared<ConfigurationArguments>();
  auto dts = std::make_shared<bool>(false);
  CLI::App* verb = app.add_subcommand("map", "Print the memory map, or the device tree");
  add_configuration_arguments(*verb, *arguments, false);
  verb->add_flag("--dts", *dts, "Device-tree source");
  return {verb, [arguments, dts, &registry] {
            auto description = describe(*arguments, registry);
            if (!description.ok()) return fail(description.problems());
            if (!*dts) return print(map_text(description.value()));
            return print(device_tree_source(machine_device_tree(description.value(), registry, {})));
          }};
}

}  // namespace visoc
