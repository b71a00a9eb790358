// Ranges of every tensor over a folder of example inputs.
// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/calibrate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>

#include "platform/base/text_file.h"
#include "sw/compiler/float_executor.h"

namespace visoc::compiler {
namespace {

constexpr std::size_t kBins = 4096;

Result<std::vector<std::string>> list_examples(const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code error;
  std::vector<std::string> files;
  fs::directory_iterator entry(folder, error);
  if (error) return Problem{folder, "", "cannot list the calibration folder: " + error.message()};
  for (; entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string extension = entry->path().extension().string();
    if (extension == ".s8" || extension == ".f32") files.push_back(entry->path().string());
    if (error) break;
  }
  if (error) return Problem{folder, "", "cannot list the calibration folder: " + error.message(), ExitCode::kHostIo};
  if (files.empty()) return Problem{folder, "", "contains no *.s8 and no *.f32 file; at least one example input is needed"};
  std::sort(files.begin(), files.end());
  return files;
}

bool is_s8(const std::string& file) { return file.size() > 3 && file.compare(file.size() - 3, 3, ".s8") == 0; }

Result<std::vector<float>> read_example(const std::string& file, const Shape& shape) {
  const auto count = static_cast<std::size_t>(shape.elements());
  const std::size_t expected = is_s8(file) ? count : count * sizeof(float);
  Result<std::string> bytes = read_file(file, expected + 1);
  if (!bytes) return bytes.problems();
  if (bytes.value().size() != expected) {
    return Problem{file, "",
                   fmt::format("has {}{} bytes; an input of {} has {}", bytes.value().size() > expected ? "at least " : "",
                               bytes.value().size(), to_string(shape), expected)};
  }
  std::vector<float> values(count);
  if (is_s8(file)) {
    const auto channels = static_cast<std::size_t>(shape.c), pixels = count / channels;
    for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
      for (std::size_t c = 0; c < channels; ++c) {
        values[c * pixels + pixel] = static_cast<float>(static_cast<std::int8_t>(bytes.value()[pixel * channels + c])) / 128.0f;
      }
    }
    return values;
  }
  std::memcpy(values.data(), bytes.value().data(), expected);
  for (std::size_t i = 0; i < count; ++i) {
    if (!std::isfinite(values[i])) return Problem{file, fmt::format("element {}", i), "is not a finite number"};
  }
  return values;
}

/// Narrows `range` until each end has cut at most `tail` of the values.
Range cut(const Range& range, const std::vector<std::uint64_t>& bins, double tail) {
  std::uint64_t total = 0;
  for (const std::uint64_t bin : bins) total += bin;
  const auto allowed = static_cast<std::uint64_t>(static_cast<double>(total) * tail);
  std::size_t first = 0, last = kBins;
  for (std::uint64_t sum = 0; first < kBins && sum + bins[first] <= allowed; ++first) sum += bins[first];
  for (std::uint64_t sum = 0; last > first + 1 && sum + bins[last - 1] <= allowed; --last) sum += bins[last - 1];
  const double width = (range.high - range.low) / static_cast<double>(kBins);
  return {std::min(0.0, range.low + width * static_cast<double>(first)), std::max(0.0, range.low + width * static_cast<double>(last))};
}

}  // namespace

Result<Calibration> calibrate(const Graph& graph, const std::string& folder, const CalibrationMethod& method) {
  if (!(method.percentile > 50 && method.percentile <= 100)) {
    return Problem{"--percentile", "", fmt::format("is {}; expected a number above 50, up to 100", method.percentile)};
  }
  Result<std::vector<std::string>> files = list_examples(folder);
  if (!files) return files.problems();
  Calibration out;
  out.ranges.resize(graph.tensors.size());
  out.input_is_s8 = std::all_of(files.value().begin(), files.value().end(), is_s8);
  out.examples = files.value().size();

  for (const std::string& file : files.value()) {
    Result<std::vector<float>> example = read_example(file, graph.tensors[graph.input].shape);
    if (!example) return example.problems();
    std::size_t infinite = graph.tensors.size();
    run_float(graph, example.value(), [&](std::size_t tensor, const std::vector<float>& values) {
      Range& range = out.ranges[tensor];
      bool finite = true;
      for (const float value : values) {
        finite = finite && std::isfinite(value);
        range.low = std::min(range.low, static_cast<double>(value));
        range.high = std::max(range.high, static_cast<double>(value));
      }
      if (!finite && infinite == graph.tensors.size()) infinite = tensor;
    });
    if (infinite != graph.tensors.size()) {
      return Problem{file, "", "makes tensor '" + graph.tensors[infinite].name + "' of the network infinite; its weights cannot be right"};
    }
  }
  if (!method.use_percentile) return out;

  std::vector<std::vector<std::uint64_t>> bins(graph.tensors.size(), std::vector<std::uint64_t>(kBins, 0));
  for (const std::string& file : files.value()) {
    Result<std::vector<float>> example = read_example(file, graph.tensors[graph.input].shape);
    if (!example) return example.problems();
    run_float(graph, example.value(), [&](std::size_t tensor, const std::vector<float>& values) {
      const Range& range = out.ranges[tensor];
      const double factor = range.high > range.low ? static_cast<double>(kBins) / (range.high - range.low) : 0;
      for (const float value : values) {
        const double position = std::min(std::max((static_cast<double>(value) - range.low) * factor, 0.0), static_cast<double>(kBins - 1));
        ++bins[tensor][static_cast<std::size_t>(position)];
      }
    });
  }
  for (std::size_t tensor = 0; tensor < bins.size(); ++tensor) {
    out.ranges[tensor] = cut(out.ranges[tensor], bins[tensor], (100 - method.percentile) / 100);
  }
  return out;
}

}  // namespace visoc::compiler
