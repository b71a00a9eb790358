// SPDX-License-Identifier: Apache-2.0
#include "platform/config/json_text.h"

#include <set>
#include <vector>

namespace visoc {
namespace {

/// First pass: finds duplicate keys and excessive depth, which the plain parser would accept.
class StrictScan : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override {
    keys_.emplace_back();
    path_.emplace_back();
    return deeper();
  }
  bool key(string_t& name) override {
    path_.back() = name;
    if (keys_.back().insert(name).second) return true;
    message = "the key is given twice";
    for (const std::string& step : path_) pointer = pointer_step(pointer, step);
    return false;
  }
  bool end_object() override {
    keys_.pop_back();
    path_.pop_back();
    --depth_;
    return true;
  }
  bool start_array(std::size_t) override {
    path_.emplace_back("-");
    return deeper();
  }
  bool end_array() override {
    path_.pop_back();
    --depth_;
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& error) override {
    message = error.what();
    const std::size_t prefix = message.find("] ");
    if (prefix != std::string::npos) message.erase(0, prefix + 2);
    pointer = "byte " + std::to_string(position);
    return false;
  }

  std::string message, pointer;

 private:
  bool deeper() {
    if (++depth_ <= kMaxJsonDepth) return true;
    message = "nested deeper than " + std::to_string(kMaxJsonDepth) + " levels";
    return false;
  }

  std::vector<std::set<std::string>> keys_;
  std::vector<std::string> path_;
  int depth_ = 0;
};

}  // namespace

std::string pointer_step(const std::string& pointer, const std::string& key) {
  std::string result = pointer + "/";
  for (char c : key) {
    if (c == '~') {
      result += "~0";
    } else if (c == '/') {
      result += "~1";
    } else {
      result += c;
    }
  }
  return result;
}

Result<Json> parse_json(const std::string& text, const std::string& file) {
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) return Problem{file, "", "the file is empty; a JSON object was expected"};
  StrictScan scan;
  if (!Json::sax_parse(text, &scan)) return Problem{file, scan.pointer, "not valid JSON: " + scan.message};
  return Json::parse(text, nullptr, /*allow_exceptions=*/false);
}

Result<Json> read_json_file(const std::string& path) {
  auto text = read_file(path, kMaxJsonBytes);
  if (!text.ok()) return text.problems();
  return parse_json(text.value(), path);
}

}  // namespace visoc
