// One JSON value to one typed parameter value, and back.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "platform/config/json_text.h"
#include "platform/config/parameters.h"

namespace visoc {

/// Converts `json` as `spec` says. Relative paths start at `folder`. On failure returns the sentence that says what is wrong and
/// what would be right; `value` is then unchanged.
std::string read_parameter(const ParameterSpec& spec, const Json& json, const std::string& folder, Parameters::Value& value);

/// Text of an override or a default ("true", "0x10", "10us", "a,b") as the JSON value of that type.
Json parameter_text_to_json(const ParameterSpec& spec, const std::string& text);

/// The canonical way to write a value.
Json write_parameter(const ParameterSpec& spec, const Parameters::Value& value);

/// "size with unit, for example \"64KiB\"": what a person should write.
std::string parameter_form(const ParameterSpec& spec);

}  // namespace visoc
