// SPDX-License-Identifier: Apache-2.0
#include "platform/registry/registry.h"

#include <utility>

#include "platform/base/check.h"

namespace visoc {

void Registry::add(const ModelSpec& spec, const std::string& impl, BlockFactory factory) {
  Entry& entry = entries_[spec.model];
  if (entry.spec.model.empty()) entry.spec = spec;
  VISOC_CHECK(entry.factories.count(impl) == 0, "model '" + spec.model + "' impl '" + impl + "' is registered twice");
  VISOC_CHECK(entry.spec.registers == spec.registers && entry.spec.role == spec.role,
              "model '" + spec.model + "' is registered with two descriptions");
  // Parameters of a further implementation join those of the first.
  for (const ParameterSpec& parameter : spec.parameters) {
    bool known = false;
    for (const ParameterSpec& mine : entry.spec.parameters) known = known || mine.name == parameter.name;
    if (!known) entry.spec.parameters.push_back(parameter);
  }
  entry.missing.erase(impl);
  entry.order.push_back(impl);
  entry.factories[impl] = std::move(factory);
}

void Registry::add_missing(const std::string& model, const std::string& impl, const std::string& how_to_get) {
  Entry& entry = entries_[model];
  if (entry.factories.count(impl) == 0) entry.missing[impl] = how_to_get;
}

const ModelSpec* Registry::find(const std::string& model) const {
  const auto found = entries_.find(model);
  return found == entries_.end() || found->second.factories.empty() ? nullptr : &found->second.spec;
}

std::vector<std::string> Registry::models() const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries_)
    if (!entry.factories.empty()) names.push_back(name);
  return names;
}

std::vector<std::string> Registry::impls(const std::string& model) const {
  const auto found = entries_.find(model);
  return found == entries_.end() ? std::vector<std::string>{} : found->second.order;
}

bool Registry::has(const std::string& model, const std::string& impl) const {
  const auto found = entries_.find(model);
  return found != entries_.end() && found->second.factories.count(impl) != 0;
}

std::string Registry::how_to_get(const std::string& model, const std::string& impl) const {
  const auto found = entries_.find(model);
  if (found == entries_.end()) return {};
  const auto missing = found->second.missing.find(impl);
  return missing == found->second.missing.end() ? std::string{} : missing->second;
}

bool Registry::outline(const std::string& model, ModelOutline& out) const {
  const ModelSpec* spec = find(model);
  if (spec == nullptr) return false;
  out.model = spec->model;
  out.role = spec->role;
  out.parameters = spec->parameters;
  out.check = spec->check;
  out.impls = impls(model);
  out.window_bytes = spec->registers != nullptr ? spec->registers->window_bytes : 0;
  out.sized = spec->sized;
  out.interrupts = spec->interrupts;
  return true;
}

std::unique_ptr<Block> Registry::create(const std::string& model, const BlockContext& context) const {
  VISOC_CHECK(has(model, context.impl), "no factory for model '" + model + "' impl '" + context.impl + "'");
  return entries_.at(model).factories.at(context.impl)(context);
}

}  // namespace visoc
