// SPDX-License-Identifier: Apache-2.0
#include "ip/pim/pim_core.h"
#include "platform/registry/device_parameters.h"
#include "platform/registry/registry.h"
#include "platform/tlm/device_module.h"
#include "regs/pim_regs.h"

namespace visoc {
namespace {

// Shafiee et al., "ISAAC: A Convolutional Neural Network Accelerator with In-Situ Analog Arithmetic in Crossbars", ISCA 2016, uses
// 128 x 128 crossbars of 2-bit cells, 1-bit DACs, a 100 ns read and an ADC of 1.28 GS/s per crossbar.
std::vector<ParameterSpec> pim_parameters() {
  std::vector<ParameterSpec> parameters = device_parameters(/*engine=*/true);
  const auto count = [&](const char* name, const char* text, const char* doc, std::uint64_t min, std::uint64_t max) {
    parameters.push_back({name, ParameterType::kCount, text, doc, false, min, max, {}});
  };
  const auto time = [&](const char* name, const char* text, const char* doc) {
    parameters.push_back({name, ParameterType::kTime, text, doc, false, 0, kPicosPerSecond, {}});
  };
  count("tiles", "16", "tiles (assumed)", 1, PimCore::kMaxTiles);
  count("rows", "128", "inputs of a tile (ISAAC)", 1, 512);
  count("cols", "128", "outputs of a tile (ISAAC)", 1, 512);
  parameters.push_back({"cell_bits", ParameterType::kChoice, "2", "bits a cell stores (ISAAC: 2)", false, 0, 0, {"1", "2", "4"}});
  count("adc_bits", "9", "bits of a conversion; below log2(rows * (2^cell_bits - 1) + 1) results can be clipped", 1, 16);
  count("input_bits", "8", "low bits of an input that are applied, one a phase", 1, 8);
  count("adcs_per_crossbar", "1", "converters of a crossbar (ISAAC)", 1, 512);
  time("crossbar_read_time", "100ns", "one input bit through a crossbar (ISAAC)");
  time("adc_sample_time", "781ps", "one conversion (ISAAC: 1.28 GS/s)");
  time("row_write_time", "1us", "programming and verifying one row of a tile (assumed)");
  count("shift_add_cycles", "1", "cycles after the last conversion, for each tile that is added up (assumed)", 0, 1'000'000);
  return parameters;
}

PimOptions options_of(const Parameters& given) {
  const auto count = [&](const char* name) { return static_cast<std::uint32_t>(given.count(name)); };
  PimOptions options;
  options.clock = given.clock("clock");
  options.poll_interval = given.time("poll_interval");
  options.geometry.tiles = count("tiles");
  options.geometry.rows = count("rows");
  options.geometry.cols = count("cols");
  options.geometry.cell_bits = static_cast<std::uint32_t>(given.text("cell_bits")[0] - '0');
  options.geometry.adc_bits = count("adc_bits");
  options.geometry.input_bits = count("input_bits");
  options.geometry.adcs_per_crossbar = count("adcs_per_crossbar");
  options.crossbar_read_time = given.time("crossbar_read_time");
  options.adc_sample_time = given.time("adc_sample_time");
  options.row_write_time = given.time("row_write_time");
  options.shift_add_cycles = given.count("shift_add_cycles");
  return options;
}

}  // namespace

void register_pim(Registry& registry) {
  ModelSpec spec;
  spec.model = "pim";
  spec.doc = "Tiles of ReRAM crossbars that multiply int8 matrices by vectors in place.";
  spec.registers = &regs::pim::kTable;
  spec.has_master = true;
  spec.interrupts = 1;
  spec.compatible = {"visoc,pim"};
  spec.parameters = pim_parameters();
  registry.add(spec, "tlm", [](const BlockContext& context) -> std::unique_ptr<Block> {
    return std::make_unique<DeviceModule>(context.instance.c_str(), std::make_unique<PimCore>(options_of(context.parameters)),
                                          device_options(context, /*has_master=*/true), &context.services);
  });
}

}  // namespace visoc
