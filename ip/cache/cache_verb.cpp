// `visoc cache`: a trace of addresses through two levels of cache.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "ip/cache/cache_trace.h"
#include "platform/cli/verbs.h"
#include "platform/config/quantity.h"

namespace visoc {
namespace {

struct CacheArguments {
  std::string trace, instructions = "32KiB,8,64", data = "32KiB,8,64", last = "1MiB,16,64", replacement = "lru", write_policy = "back";
  std::uint64_t seed = 1;
  bool json = false;
};

/// "32KiB,8,64": size, ways, line. A size without a unit is in bytes.
Result<CacheGeometry> parse_geometry(const std::string& text, const std::string& option, const CacheArguments& arguments) {
  CacheGeometry geometry;
  const std::size_t first = text.find(','), second = first == std::string::npos ? first : text.find(',', first + 1);
  const std::string words[] = {text.substr(0, first), first == std::string::npos ? "" : text.substr(first + 1, second - first - 1),
                               second == std::string::npos ? "" : text.substr(second + 1)};
  auto size = parse_size(words[0]);
  if (!size.has_value()) size = parse_integer(words[0]);
  const auto ways = parse_integer(words[1]), line = parse_integer(words[2]);
  constexpr std::uint64_t kMost = 1u << 20;
  if (!size.has_value() || !ways.has_value() || !line.has_value() || *ways > kMost || *line > kMost)
    return Problem{option + " " + text, "", "size, ways and line were expected, such as 32KiB,8,64", ExitCode::kBadInput};
  geometry.size_bytes = *size;
  geometry.ways = static_cast<unsigned>(*ways);
  geometry.line_bytes = static_cast<unsigned>(*line);
  geometry.replacement = arguments.replacement == "lru"         ? Replacement::kLru
                         : arguments.replacement == "tree_plru" ? Replacement::kTreePlru
                         : arguments.replacement == "fifo"      ? Replacement::kFifo
                                                                : Replacement::kRandom;
  geometry.write_policy = arguments.write_policy == "back" ? WritePolicy::kWriteBack : WritePolicy::kWriteThrough;
  geometry.seed = arguments.seed;
  const Problems problems = check_cache_geometry(geometry, option + " " + text);
  if (!problems.empty()) return problems;
  return geometry;
}

nlohmann::ordered_json as_json(const CacheTraceLevel& level) {
  nlohmann::ordered_json json;
  for (const auto& [name, use] : {std::pair{"fetch", CacheUse::kFetch}, {"read", CacheUse::kRead}, {"write", CacheUse::kWrite}}) {
    json[std::string(name) + "_accesses"] = level.accesses[static_cast<unsigned>(use)];
    json[std::string(name) + "_misses"] = level.misses[static_cast<unsigned>(use)];
  }
  return json;
}

ExitCode run(const CacheArguments& arguments) {
  Problems problems;
  CacheGeometry geometries[3];
  const std::pair<const char*, const std::string*> options[] = {
      {"--instructions", &arguments.instructions}, {"--data", &arguments.data}, {"--last", &arguments.last}};
  for (std::size_t i = 0; i < 3; ++i) {
    const Result<CacheGeometry> geometry = parse_geometry(*options[i].second, options[i].first, arguments);
    if (geometry.ok()) geometries[i] = geometry.value();
    for (const Problem& problem : geometry.problems()) problems.push_back(problem);
  }
  if (problems.empty()) {
    CacheTrace trace(geometries[0], geometries[1], geometries[2]);
    std::ifstream file;
    if (arguments.trace != "-") file.open(arguments.trace);
    std::istream& in = arguments.trace == "-" ? std::cin : file;
    problems =
        in.good() ? read_cache_trace(in, arguments.trace, trace) : Problems{{arguments.trace, "", "cannot be opened", ExitCode::kHostIo}};
    if (problems.empty()) {
      const CacheTraceResult result = trace.result();
      nlohmann::ordered_json json = {{"schema", "visoc-cache-1"},
                                     {"instructions", as_json(result.instructions)},
                                     {"data", as_json(result.data)},
                                     {"last", as_json(result.last)}};
      json["data"]["write_backs"] = result.data_write_backs;
      json["last"]["write_backs"] = result.last_write_backs;
      if (arguments.json) {
        std::cout << json.dump(2) << "\n";
      } else {
        for (const char* level : {"instructions", "data", "last"})
          for (const auto& [name, value] : json[level].items())
            std::cout << fmt::format("{:<14}{:<18}{:>16}\n", level, name, value.get<std::uint64_t>());
      }
    }
  }
  for (const Problem& problem : problems) std::cerr << problem.text() << "\n";
  return problems.empty() ? ExitCode::kPass : exit_code_of(problems);
}

}  // namespace

Verb add_cache(CLI::App& app) {
  auto arguments = std::make_shared<CacheArguments>();
  CLI::App* verb = app.add_subcommand("cache", "Run a trace of addresses through caches and count hits and misses");
  verb->add_option("trace", arguments->trace,
                   "Lines I|R|W|M ADDRESS[,BYTES], as valgrind --tool=lackey prints them; - for the standard input")
      ->required();
  verb->add_option("--instructions", arguments->instructions, "First level for instructions: size,ways,line")->capture_default_str();
  verb->add_option("--data", arguments->data, "First level for data: size,ways,line")->capture_default_str();
  verb->add_option("--last", arguments->last, "Level behind both: size,ways,line")->capture_default_str();
  verb->add_option("--replacement", arguments->replacement, "Which line makes room")
      ->check(CLI::IsMember({"lru", "tree_plru", "fifo", "random"}))
      ->capture_default_str();
  verb->add_option("--write", arguments->write_policy, "back: write misses fill; through: they do not")
      ->check(CLI::IsMember({"back", "through"}))
      ->capture_default_str();
  verb->add_option("--seed", arguments->seed, "Of random replacement")->capture_default_str();
  verb->add_flag("--json", arguments->json, "Print JSON");
  return {verb, [arguments] { return run(*arguments); }};
}

}  // namespace visoc
