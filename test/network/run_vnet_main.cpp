// Runs a .vnet file over every *.s8 of a folder on the NPU's core and writes each output as a *.s8 of the same name.
// Usage: run_vnet NET.vnet IN_FOLDER OUT_FOLDER
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "platform/base/text_file.h"
#include "test/network/vnet_runner.h"

using namespace visoc;

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: run_vnet NET.vnet IN_FOLDER OUT_FOLDER\n");
    return static_cast<int>(ExitCode::kBadInput);
  }
  const auto fail = [](const Problems& problems) {
    print_problems(problems);
    return static_cast<int>(exit_code_of(problems));
  };
  const Result<std::string> text = read_file(argv[1], std::size_t{1} << 30);
  if (!text) return fail(text.problems());
  const std::vector<std::uint8_t> network(text.value().begin(), text.value().end());
  if (const std::string wrong = test::check_vnet(network); !wrong.empty()) return fail({{argv[1], "", wrong}});

  std::vector<std::filesystem::path> inputs;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(argv[2], error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().extension() == ".s8") inputs.push_back(entry->path());
  }
  if (inputs.empty()) return fail({{argv[2], "", "contains no *.s8 file"}});
  std::sort(inputs.begin(), inputs.end());
  if (const Problems problems = make_folder(argv[3]); !problems.empty()) return fail(problems);

  npu::VnetHeader header;
  std::copy(network.begin(), network.begin() + sizeof header, reinterpret_cast<std::uint8_t*>(&header));
  const std::uint64_t expected = std::uint64_t{header.input.h} * header.input.w * header.input.c;
  for (const std::filesystem::path& path : inputs) {
    const Result<std::string> input = read_file(path.string(), static_cast<std::size_t>(expected) + 1);
    if (!input) return fail(input.problems());
    if (input.value().size() != expected) {
      return fail(
          {{path.string(), "", std::to_string(input.value().size()) + " bytes; the network's input has " + std::to_string(expected)}});
    }
    const test::VnetRun run = test::run_vnet(network, {input.value().begin(), input.value().end()});
    if (run.completion.status != CommandStatus::kOk) {
      std::fprintf(stderr, "%s: status %u, detail 0x%llx\n", path.string().c_str(), static_cast<unsigned>(run.completion.status),
                   static_cast<unsigned long long>(run.completion.detail));
      return static_cast<int>(ExitCode::kMismatch);
    }
    const std::string to = (std::filesystem::path(argv[3]) / path.filename()).string();
    if (const Problems problems = write_file(to, ConstBytes(run.output.data(), run.output.size())); !problems.empty())
      return fail(problems);
    std::printf("%s: %llu cycles\n", path.filename().string().c_str(), static_cast<unsigned long long>(run.completion.cycles));
  }
  return 0;
}
