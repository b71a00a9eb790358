// SPDX-License-Identifier: Apache-2.0
#include "platform/config/parameters.h"

#include "platform/base/check.h"

namespace visoc {
namespace {

template <typename T>
const T& as(const Parameters::Value& value, const std::string& name) {
  const T* typed = std::get_if<T>(&value);
  VISOC_CHECK(typed != nullptr, "parameter '" + name + "' was read as another type than declared");
  return *typed;
}

}  // namespace

const Parameters::Value& Parameters::at(const std::string& name) const {
  const auto found = values_.find(name);
  VISOC_CHECK(found != values_.end(), "parameter '" + name + "' was never declared");
  return found->second;
}

bool Parameters::boolean(const std::string& name) const { return as<bool>(at(name), name); }
std::uint64_t Parameters::count(const std::string& name) const { return as<std::uint64_t>(at(name), name); }
Picos Parameters::time(const std::string& name) const { return as<std::uint64_t>(at(name), name); }
Clock Parameters::clock(const std::string& name) const { return Clock{as<std::uint64_t>(at(name), name)}; }
double Parameters::rate(const std::string& name) const { return as<double>(at(name), name); }
const std::string& Parameters::text(const std::string& name) const { return as<std::string>(at(name), name); }
const std::vector<std::string>& Parameters::list(const std::string& name) const { return as<std::vector<std::string>>(at(name), name); }

}  // namespace visoc
