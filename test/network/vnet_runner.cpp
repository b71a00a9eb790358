// Runs a .vnet file on the NPU's core, without SystemC.
// SPDX-License-Identifier: Apache-2.0
#include "test/network/vnet_runner.h"

#include <cstring>

#include "platform/base/units.h"
#include "test/support/fake_memory.h"
#include "test/support/ring_driver.h"

namespace visoc::test {
namespace {

npu::VnetHeader header_of(const std::vector<std::uint8_t>& file) {
  npu::VnetHeader header;
  std::memcpy(&header, file.data(), sizeof header);
  return header;
}

std::uint64_t elements(const npu::VnetTensor& tensor) { return std::uint64_t{tensor.h} * tensor.w * tensor.c; }

bool sides_fit(const npu::VnetTensor& tensor, std::uint64_t arena_bytes) {
  for (const std::uint32_t side : {tensor.h, tensor.w, tensor.c}) {
    if (side == 0 || side > npu::kMaxSide) return false;
  }
  return fits(tensor.arena_offset, elements(tensor), arena_bytes);
}

}  // namespace

std::string check_vnet(const std::vector<std::uint8_t>& file) {
  if (file.size() < sizeof(npu::VnetHeader)) return "is shorter than its header";
  const npu::VnetHeader header = header_of(file);
  if (header.magic != npu::kVnetMagic || header.version != npu::kVnetVersion) return "is not a network file of version 1";
  if (header.total_bytes != file.size()) return "has another length than its header says";
  if (header.layer_bytes != sizeof(npu::LayerCommand) || header.layer_count == 0 || header.layer_count > npu::kMaxLayers ||
      !fits(header.program_offset, header.layer_count * sizeof(npu::LayerCommand), file.size()) ||
      !fits(header.weights_offset, header.weights_bytes, file.size())) {
    return "has parts outside the file";
  }
  if (header.arena_bytes > std::uint64_t{1} << 30 || !sides_fit(header.input, header.arena_bytes) ||
      !sides_fit(header.output, header.arena_bytes)) {
    return "has an input or output outside its arena, or an arena above 1 GiB";
  }
  return "";
}

VnetRun run_vnet(const std::vector<std::uint8_t>& file, const std::vector<std::int8_t>& input, bool in_arena,
                 const npu::NpuOptions& options) {
  const npu::VnetHeader header = header_of(file);
  constexpr Addr kBase = 0x80000000;
  const Addr ring = kBase, completions = kBase + 0x1000, parameters_at = kBase + 0x2000, network = kBase + 0x3000;
  const Addr arena = align_up(network + file.size(), 64), own_input = arena + align_up(header.arena_bytes, 64);
  const Addr own_output = own_input + align_up(elements(header.input), 64), end = own_output + elements(header.output);
  FakeMemory memory(kBase, static_cast<std::size_t>(end - kBase));

  std::memcpy(&memory.bytes[network - kBase], file.data(), file.size());
  for (Addr at = arena; at < end; ++at) memory.bytes[at - kBase] = static_cast<std::uint8_t>(at * 37 + 11);
  npu::RunParameters run{};
  run.program = network + header.program_offset;
  run.layer_count = header.layer_count;
  run.weights = network + header.weights_offset;
  run.arena = arena;
  run.input = in_arena ? arena + header.input.arena_offset : own_input;
  run.output = in_arena ? arena + header.output.arena_offset : own_output;
  std::memcpy(&memory.bytes[run.input - kBase], input.data(), input.size());

  npu::NpuCore core(options);
  RingDriver driver(core, memory, ring, completions);
  std::vector<std::uint8_t> parameters(sizeof run);
  std::memcpy(parameters.data(), &run, sizeof run);
  Descriptor descriptor;
  descriptor.opcode = npu::kOpcodeRun;
  const unsigned index = driver.submit(descriptor, parameters, parameters_at);
  driver.run(10'000'000);

  VnetRun out;
  out.completion = driver.completion(index);
  if (driver.tail() != index + 1) out.completion.status = CommandStatus::kAborted;  // It never ended.
  out.output.resize(static_cast<std::size_t>(elements(header.output)));
  std::memcpy(out.output.data(), &memory.bytes[run.output - kBase], out.output.size());
  return out;
}

}  // namespace visoc::test
