// Commands, tables and states that are damaged: a status, never a crash, and the ring goes on.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "ip/npu/npu_test_bench.h"

using namespace visoc;
using namespace visoc::npu;

namespace {

constexpr unsigned kMaxSteps = 200'000;

bool known(CommandStatus status) { return status <= CommandStatus::kInputError; }

/// A program that has one layer of each kind, all on small maps.
std::vector<LayerCommand> every_operation() {
  std::vector<LayerCommand> layers;
  Convolution c;
  for (Op op : {Op::kConv2d, Op::kTransposedConv2d, Op::kAdd, Op::kCopy, Op::kMaxPool, Op::kAveragePool, Op::kResizeNearest,
                Op::kResizeBilinear, Op::kLut}) {
    LayerCommand layer = layer_of(c);
    layer.op = op;
    layer.lut_offset = 0x4000;
    for (int i = 0; i < 3; ++i) layer.multiplier[i] = 1 << 30;
    if (op == Op::kAdd) layer.in1 = layer.in0;
    if (op != Op::kConv2d && op != Op::kTransposedConv2d) layer.out = tensor(Base::kOutput, c.h, c.w, c.in, 0);
    layers.push_back(layer);
  }
  return layers;
}

/// Runs to the end, or says that there is none.
CommandStatus status_of(Bench& bench, unsigned index) {
  CHECK(bench.driver.run(kMaxSteps) < kMaxSteps);
  return bench.driver.completion(index).status;
}

}  // namespace

TEST_CASE("Any one bit of the parameter block flipped: a status, and the same as before afterwards", "[fast][bad-input]") {
  const Convolution c;
  Bench bench;
  bench.fill(c, 1);
  const std::vector<std::uint8_t> inputs = bench.memory.bytes;
  RunParameters run = Bench::parameters_for(1);
  run.aux = 0;
  for (unsigned bit = 0; bit < 8 * sizeof run; ++bit) {
    INFO("bit " << bit);
    bench.memory.bytes = inputs;  // A flipped output address may lead into them.
    bench.put_program({layer_of(c)});
    std::vector<std::uint8_t> bytes(sizeof run);
    std::memcpy(bytes.data(), &run, sizeof run);
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 1u << bit % 8);
    const CommandStatus status = status_of(bench, bench.submit_raw(bytes));
    CHECK(known(status));
    const std::size_t field = bit / 8;
    if (field >= offsetof(RunParameters, flags) && field < offsetof(RunParameters, weights)) CHECK(status == CommandStatus::kBadParameter);
    if (field >= offsetof(RunParameters, reserved)) CHECK(status == CommandStatus::kBadParameter);
    if (field >= offsetof(RunParameters, aux) && field < offsetof(RunParameters, reserved)) CHECK(status == CommandStatus::kOk);
    bench.memory.bytes = inputs;
    CHECK(status_of(bench, bench.submit({layer_of(c)})) == CommandStatus::kOk);
  }
}

TEST_CASE("Parameter blocks that are refused say which field is wrong", "[fast][bad-input]") {
  const auto detail = [](const RunParameters& run) {
    Bench bench;
    const unsigned index = bench.submit(run);
    CHECK(status_of(bench, index) == CommandStatus::kBadParameter);
    CHECK(bench.statistic("dma_read_bytes") == 0);
    return bench.driver.completion(index).detail;
  };
  RunParameters run = Bench::parameters_for(1);
  run.program += 4;
  CHECK(detail(run) == (kDetailParameters | offsetof(RunParameters, program)));
  CHECK(detail(Bench::parameters_for(0)) == (kDetailParameters | offsetof(RunParameters, layer_count)));
  CHECK(detail(Bench::parameters_for(kMaxLayers + 1)) == (kDetailParameters | offsetof(RunParameters, layer_count)));
  run = Bench::parameters_for(1);
  run.flags = 1;
  CHECK(detail(run) == (kDetailParameters | offsetof(RunParameters, flags)));
  run = Bench::parameters_for(1);
  run.reserved = 1;
  CHECK(detail(run) == (kDetailParameters | offsetof(RunParameters, reserved)));
}

TEST_CASE("Any bits of a program flipped, layer by layer of every kind: a status", "[slow][bad-input]") {
  const std::vector<LayerCommand> sound = every_operation();
  std::mt19937 random(12);
  const Convolution c;
  for (std::size_t which = 0; which < sound.size(); ++which) {
    unsigned refused = 0;
    for (unsigned i = 0; i < 400; ++i) {
      Bench bench;
      bench.fill(c, 1);
      std::vector<LayerCommand> layers{sound[which]};
      auto* bytes = reinterpret_cast<std::uint8_t*>(layers.data());
      for (unsigned flips = 0; flips <= i % 3; ++flips) {
        const std::size_t at = random() % sizeof(LayerCommand);
        bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ 1u << random() % 8);
      }
      const CommandStatus status = status_of(bench, bench.submit(layers));
      CHECK(known(status));
      refused += status != CommandStatus::kOk ? 1 : 0;
    }
    INFO("operation " << which + 1);
    CHECK(refused > 100);
  }
}

TEST_CASE("Random bytes as a program, as weights and as a channel table: a status", "[fast][bad-input]") {
  std::mt19937 random(13);
  const Convolution c;
  for (unsigned i = 0; i < 200; ++i) {
    Bench bench;
    const std::size_t first = (i % 2 == 0 ? kProgram : kWeights) - kBase, bytes = i % 2 == 0 ? sizeof(LayerCommand) : 4096;
    bench.put_program({layer_of(c)});
    for (std::size_t k = 0; k < bytes; ++k) bench.memory.bytes[first + k] = static_cast<std::uint8_t>(random());
    CHECK(known(status_of(bench, bench.submit(Bench::parameters_for(1)))));
  }
  // A shift that no channel may have.
  for (std::int32_t shift : {-32, 32, INT32_MIN, INT32_MAX}) {
    Bench bench;
    bench.fill(c, 1);
    bench.memory.put(kWeights + 12 * 7 + 8, shift);
    const unsigned index = bench.submit({layer_of(c), layer_of(c)});
    CHECK(status_of(bench, index) == CommandStatus::kBadParameter);
    CHECK(bench.driver.completion(index).detail == layer_detail(0, offsetof(LayerCommand, channel_offset)));
  }
}

TEST_CASE("A fault names the address, the layer and the field, and nothing of the tile is stored", "[fast][bad-input]") {
  struct Fault {
    Addr at;
    CommandStatus status;
    std::size_t field;
  };
  const Convolution c;
  const Fault faults[] = {
      {kProgram + sizeof(LayerCommand) + 8, CommandStatus::kReadFault, 0},
      {kWeights + 20, CommandStatus::kReadFault, offsetof(LayerCommand, channel_offset)},
      {kWeights + c.channel_bytes() + 5, CommandStatus::kReadFault, offsetof(LayerCommand, weights_offset)},
      {kInput + 17, CommandStatus::kReadFault, offsetof(LayerCommand, in0)},
      {kOutput + 33, CommandStatus::kWriteFault, offsetof(LayerCommand, out)},
  };
  for (const Fault& fault : faults) {
    Bench bench;
    bench.fill(c, 1);
    std::fill_n(bench.memory.bytes.begin() + (kOutput - kBase), 4096, 0x55);
    // Layer 0 fills tensors that lie elsewhere; layer 1 meets the hole.
    LayerCommand elsewhere = layer_of(c);
    elsewhere.in0.offset = 0x2000;
    elsewhere.out.offset = 0x2000;
    elsewhere.weights_offset += 0x2000;
    elsewhere.channel_offset += 0x2000;
    const std::vector<LayerCommand> layers = {elsewhere, layer_of(c)};
    bench.memory.add_hole(fault.at, 1);
    const unsigned index = bench.submit(layers);
    CHECK(status_of(bench, index) == fault.status);
    const Completion done = bench.driver.completion(index);
    CHECK(done.fault_addr == fault.at);
    CHECK(done.detail == layer_detail(1, fault.field));
    const auto* out = &bench.memory.bytes[kOutput - kBase];
    const std::size_t stored = fault.status == CommandStatus::kWriteFault ? fault.at - kOutput : 0;
    CHECK(std::all_of(out + stored, out + 0x1000, [](std::uint8_t byte) { return byte == 0x55; }));
    CHECK(bench.driver.read(0x88) == 1);
  }
}

TEST_CASE("An abort or a reset between any two steps ends the command, and the next one runs", "[fast]") {
  const Convolution c;
  NpuOptions options;
  options.limits.tile_bytes = 1024;
  Bench reference(options);
  reference.fill(c, 5);
  reference.submit({layer_of(c)});
  const unsigned steps = reference.driver.run();
  for (unsigned cut = 3; cut + 4 < steps; ++cut) {
    Bench bench(options);
    bench.fill(c, 5);
    const unsigned index = bench.submit({layer_of(c)});
    bench.driver.run(cut);
    bench.driver.write(0x08, 3);  // Enable and abort.
    CHECK(status_of(bench, index) == CommandStatus::kAborted);
    CHECK(status_of(bench, bench.submit({layer_of(c)})) == CommandStatus::kOk);
    CHECK(std::equal(bench.memory.bytes.begin() + (kOutput - kBase), bench.memory.bytes.end(),
                     reference.memory.bytes.begin() + (kOutput - kBase)));

    Bench other(options);
    other.fill(c, 5);
    other.submit({layer_of(c)});
    other.driver.run(cut);
    other.driver.write(0x08, 4);
    const std::vector<std::uint8_t> before = other.memory.bytes;
    CHECK(other.driver.run(kMaxSteps) <= 2);
    CHECK(other.memory.bytes == before);
    CHECK(other.driver.read(0x2c) == 0);
  }
}

TEST_CASE("A damaged state is refused or harmless", "[slow][bad-input]") {
  const Convolution c;
  NpuOptions options;
  options.limits.tile_bytes = 1024;
  std::mt19937 random(14);
  for (unsigned cut = 3; cut < 14; ++cut) {
    Bench bench(options);
    bench.fill(c, 5);
    bench.submit({layer_of(c), layer_of(c)});
    bench.driver.run(cut);
    StateWriter out;
    bench.core.save(out);
    unsigned refused = 0;
    for (unsigned i = 0; i < 300; ++i) {
      std::vector<std::uint8_t> bytes = out.data();
      if (i % 3 == 0) bytes.resize(random() % bytes.size());
      for (unsigned k = 0; k < 4 && !bytes.empty(); ++k) {
        const std::size_t at = random() % bytes.size();
        bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ 1u << random() % 8);
      }
      NpuCore fresh(options);
      fresh.reset();
      StateReader in{ConstBytes(bytes)};
      refused += fresh.load(in) ? 0 : 1;
      test::FakeMemory memory = bench.memory;
      Picos now = bench.driver.now();
      for (unsigned step = 0; step < 400; ++step) {
        const Picos wake = fresh.step(now, memory);
        if (wake == kNever) break;
        now = std::max(now, wake);
      }
    }
    CHECK(refused >= 100);  // At least those that were cut short.
  }
}
