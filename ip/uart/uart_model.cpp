// The name of the serial port in the registry, and its parameters.
// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "ip/uart/uart_core.h"
#include "platform/base/log.h"
#include "platform/base/text_file.h"
#include "platform/registry/device_parameters.h"
#include "regs/uart_regs.h"

namespace visoc {
namespace {

constexpr std::size_t kMaxInputBytes = 64u << 20;

std::vector<std::uint8_t> read_input(const std::string& instance, const std::string& path) {
  if (path.empty()) return {};
  const Result<std::string> content = read_file(path, kMaxInputBytes);
  if (content.ok()) return std::vector<std::uint8_t>(content.value().begin(), content.value().end());
  for (const Problem& problem : content.problems()) log(LogLevel::kError, instance + ": " + problem.text() + "; there is no input");
  return {};
}

}  // namespace

void register_uart(Registry& registry) {
  ModelSpec spec;
  spec.model = "uart";
  spec.doc = "16550 serial port; what it sends is the run's console.";
  spec.registers = &regs::uart::kTable;
  spec.interrupts = 1;
  spec.compatible = {"ns16550a"};
  spec.device_tree_cells["clock-frequency"] = {UartCore::kClockHz};
  spec.parameters = device_parameters();
  spec.parameters.push_back({"input", ParameterType::kPath, "", "file whose bytes the port receives; none by default", false, 0, 0, {}});
  spec.parameters.push_back(
      {"timed_transmit", ParameterType::kBool, "false", "a byte takes the time of its bits; false: it is sent at once", false, 0, 0, {}});
  registry.add(spec, "tlm", [](const BlockContext& context) -> std::unique_ptr<Block> {
    UartOptions options;
    options.timed_transmit = context.parameters.boolean("timed_transmit");
    options.input = read_input(context.instance, context.parameters.text("input"));
    return std::make_unique<DeviceModule>(context.instance.c_str(), std::make_unique<UartCore>(std::move(options)),
                                          device_options(context, /*has_master=*/false), &context.services);
  });
}

}  // namespace visoc
