// SPDX-License-Identifier: Apache-2.0
#include "platform/config/parameter_value.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "platform/config/nearest.h"
#include "platform/config/quantity.h"

namespace visoc {
namespace {

std::string what_it_is(const Json& json) {
  std::string text = json.dump();
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return text + " (" + json.type_name() + ")";
}

std::optional<std::uint64_t> quantity(ParameterType type, const Json& json) {
  if (type == ParameterType::kCount || type == ParameterType::kAddress) {
    if (json.is_number_unsigned()) return json.get<std::uint64_t>();
    if (json.is_string()) return parse_integer(json.get<std::string>());
    return std::nullopt;
  }
  if (!json.is_string()) return std::nullopt;
  const std::string text = json.get<std::string>();
  if (type == ParameterType::kSize) return parse_size(text);
  if (type == ParameterType::kTime) return parse_time(text);
  return parse_frequency_as_period(text);
}

std::string format(ParameterType type, std::uint64_t value) {
  switch (type) {
    case ParameterType::kAddress:
      return format_address(value);
    case ParameterType::kSize:
      return format_size(value);
    case ParameterType::kTime:
      return format_time(value);
    case ParameterType::kFrequency:
      return format_time(value) + " period";
    default:
      return std::to_string(value);
  }
}

}  // namespace

std::string parameter_form(const ParameterSpec& spec) {
  switch (spec.type) {
    case ParameterType::kBool:
      return "true or false";
    case ParameterType::kCount:
      return "a whole number from 0";
    case ParameterType::kAddress:
      return "an address such as \"0x8000_0000\"";
    case ParameterType::kSize:
      return "a size with its unit such as \"64KiB\" (B, KiB, MiB, GiB, TiB)";
    case ParameterType::kTime:
      return "a time with its unit such as \"10us\" (ps, ns, us, ms, s)";
    case ParameterType::kFrequency:
      return "a frequency above 0 with its unit such as \"800MHz\" (Hz, kHz, MHz, GHz)";
    case ParameterType::kRate:
      return "a number from 0";
    case ParameterType::kText:
      return "a string";
    case ParameterType::kPath:
      return "a file name";
    case ParameterType::kList:
      return "an array of strings";
    case ParameterType::kChoice: {
      std::string text = "one of";
      for (std::size_t i = 0; i < spec.choices.size(); ++i) text += (i == 0 ? " '" : ", '") + spec.choices[i] + "'";
      return text;
    }
  }
  return {};
}

std::string read_parameter(const ParameterSpec& spec, const Json& json, const std::string& folder, Parameters::Value& value) {
  const std::string wrong = "is " + what_it_is(json) + "; " + parameter_form(spec) + " was expected";
  switch (spec.type) {
    case ParameterType::kBool:
      if (!json.is_boolean()) return wrong;
      value = json.get<bool>();
      return {};
    case ParameterType::kCount:
    case ParameterType::kAddress:
    case ParameterType::kSize:
    case ParameterType::kTime:
    case ParameterType::kFrequency: {
      const auto number = quantity(spec.type, json);
      if (!number) return wrong;
      if (*number < spec.min || *number > spec.max)
        return "is " + format(spec.type, *number) + "; allowed are " + format(spec.type, spec.min) + " to " + format(spec.type, spec.max);
      value = *number;
      return {};
    }
    case ParameterType::kRate: {
      if (!json.is_number() || !std::isfinite(json.get<double>()) || json.get<double>() < 0) return wrong;
      value = json.get<double>();
      return {};
    }
    case ParameterType::kText:
      if (!json.is_string()) return wrong;
      value = json.get<std::string>();
      return {};
    case ParameterType::kPath: {
      if (!json.is_string()) return wrong;
      const std::string text = json.get<std::string>();
      if (text.empty()) {
        value = text;
        return {};
      }
      value = std::filesystem::absolute(std::filesystem::path(folder) / text).lexically_normal().string();
      return {};
    }
    case ParameterType::kChoice: {
      if (!json.is_string()) return wrong;
      const std::string text = json.get<std::string>();
      if (std::find(spec.choices.begin(), spec.choices.end(), text) == spec.choices.end())
        return "is '" + text + "'" + name_hint(text, spec.choices);
      value = text;
      return {};
    }
    case ParameterType::kList: {
      if (!json.is_array()) return wrong;
      std::vector<std::string> list;
      for (const Json& item : json) {
        if (!item.is_string()) return wrong;
        list.push_back(item.get<std::string>());
      }
      value = list;
      return {};
    }
  }
  return wrong;
}

Json parameter_text_to_json(const ParameterSpec& spec, const std::string& text) {
  switch (spec.type) {
    case ParameterType::kBool:
      if (text == "true" || text == "false") return text == "true";
      return text;
    case ParameterType::kRate: {
      const Json number = Json::parse(text, nullptr, false);
      return number.is_number() ? number : Json(text);
    }
    case ParameterType::kList: {
      Json list = Json::array();
      for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t comma = std::min(text.find(',', begin), text.size());
        list.push_back(text.substr(begin, comma - begin));
        begin = comma + 1;
      }
      return list;
    }
    default:
      return text;
  }
}

Json write_parameter(const ParameterSpec& spec, const Parameters::Value& value) {
  switch (spec.type) {
    case ParameterType::kCount:
      return std::get<std::uint64_t>(value);
    case ParameterType::kAddress:
      return format_address(std::get<std::uint64_t>(value));
    case ParameterType::kSize:
      return format_size(std::get<std::uint64_t>(value));
    case ParameterType::kTime:
      return format_time(std::get<std::uint64_t>(value));
    case ParameterType::kFrequency: {
      // Periods are whole picoseconds, so the frequency in Hz that rounds to the same period is the one to write.
      const std::uint64_t period = std::get<std::uint64_t>(value);
      const std::uint64_t hertz = (kPicosPerSecond + period / 2) / period;
      if (hertz % 1'000'000 == 0) return std::to_string(hertz / 1'000'000) + "MHz";
      if (hertz % 1'000 == 0) return std::to_string(hertz / 1'000) + "kHz";
      return std::to_string(hertz) + "Hz";
    }
    default:
      return std::visit([](const auto& typed) { return Json(typed); }, value);
  }
}

}  // namespace visoc
