// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <memory>

#include "platform/cli/verbs.h"
#include "platform/config/json_text.h"

namespace visoc {
namespace {

std::string result_file(const std::string& path) {
  const bool json = path.size() > 5 && path.compare(path.size() - 5, 5, ".json") == 0;
  return json ? path : path + "/result.json";
}

/// Prints every leaf in which the two differ; returns how many.
std::size_t print_differences(const Json& a, const Json& b) {
  const Json flat_a = a.flatten();
  const Json flat_b = b.flatten();
  std::size_t count = 0;
  const auto line = [&count](const std::string& pointer, const std::string& left, const std::string& right) {
    std::printf("%s: %s -> %s\n", pointer.c_str(), left.c_str(), right.c_str());
    ++count;
  };
  for (const auto& item : flat_a.items()) {
    const auto other = flat_b.find(item.key());
    if (other == flat_b.end()) {
      line(item.key(), item.value().dump(), "(absent)");
    } else if (*other != item.value()) {
      const bool numbers = other->is_number() && item.value().is_number() && item.value().get<double>() != 0;
      char ratio[48] = "";
      if (numbers) std::snprintf(ratio, sizeof ratio, "  (x%.4f)", other->get<double>() / item.value().get<double>());
      line(item.key(), item.value().dump(), other->dump() + ratio);
    }
  }
  for (const auto& item : flat_b.items())
    if (flat_a.find(item.key()) == flat_a.end()) line(item.key(), "(absent)", item.value().dump());
  return count;
}

}  // namespace

Verb add_compare(CLI::App& app) {
  auto paths = std::make_shared<std::vector<std::string>>();
  CLI::App* verb = app.add_subcommand("compare", "Print every figure in which two results differ");
  verb->add_option("results", *paths, "Two result folders or result.json files")->required()->expected(2);
  return {verb, [paths] {
            auto a = read_json_file(result_file((*paths)[0]));
            auto b = read_json_file(result_file((*paths)[1]));
            Problems problems = a.problems();
            problems.insert(problems.end(), b.problems().begin(), b.problems().end());
            if (!problems.empty()) {
              print_problems(problems);
              return exit_code_of(problems);
            }
            const std::size_t count = print_differences(a.value(), b.value());
            if (count == 0) std::printf("no difference\n");
            return ExitCode::kPass;
          }};
}

}  // namespace visoc
