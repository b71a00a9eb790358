// Typed parameters: what a model says it accepts, and the checked values one instance gets.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "platform/base/units.h"

namespace visoc {

/// How a value is written in JSON, and what it becomes.
enum class ParameterType {
  kBool,       ///< true / false
  kCount,      ///< A non-negative JSON integer, or a string "0x..". Becomes uint64.
  kAddress,    ///< String "0x8000_0000" (underscores allowed) or integer. Becomes uint64.
  kSize,       ///< String with unit: "64B", "4KiB", "256MiB", "1GiB". Becomes bytes.
  kTime,       ///< String with unit: "250ps", "10ns", "1us", "5ms", "1s". Becomes picoseconds.
  kFrequency,  ///< String with unit: "32768Hz", "100kHz", "10MHz", "1.2GHz". Becomes a period in picoseconds, rounded; see
               ///< Parameters::clock.
  kRate,       ///< A JSON number >= 0 (a real value; unit in the doc). Becomes double.
  kText,       ///< String.
  kChoice,     ///< One of `choices`.
  kPath,       ///< A file, relative to the JSON file that names it; must exist when the run starts. Becomes an absolute path.
  kList,       ///< Array of strings.
};

/// One parameter of a model.
struct ParameterSpec {
  std::string name;
  ParameterType type = ParameterType::kCount;
  std::string default_text;  ///< As written in JSON (strings without quotes, lists comma-separated). Empty with `required`: must be given.
  std::string doc;           ///< Meaning, unit, source of the default.
  bool required = false;
  std::uint64_t min = 0, max = ~std::uint64_t{0};  ///< Range for counts, addresses, sizes, times.
  std::vector<std::string> choices;
};

/// Checked values of one instance. Asking for a name the model did not declare is our bug (exit 70).
class Parameters {
 public:
  using Value = std::variant<bool, std::uint64_t, double, std::string, std::vector<std::string>>;

  void set(const std::string& name, Value value) { values_[name] = std::move(value); }
  bool has(const std::string& name) const { return values_.count(name) != 0; }

  bool boolean(const std::string& name) const;
  std::uint64_t count(const std::string& name) const;  ///< kCount, kAddress, kSize (bytes).
  Picos time(const std::string& name) const;
  Clock clock(const std::string& name) const;
  double rate(const std::string& name) const;
  const std::string& text(const std::string& name) const;  ///< kText, kChoice, kPath.
  const std::vector<std::string>& list(const std::string& name) const;

  const std::map<std::string, Value>& values() const { return values_; }

 private:
  const Value& at(const std::string& name) const;

  std::map<std::string, Value> values_;
};

/// What is wrong about one parameter in view of the others.
struct ParameterProblem {
  std::string parameter, message;
};

/// Looks at all parameters of an instance together, each right by itself.
using ParameterCheck = std::function<std::vector<ParameterProblem>(const Parameters&)>;

}  // namespace visoc
