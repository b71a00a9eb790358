// Runs of the standard machine with one more block, whose master breaks the protocol: what the run makes of it.
// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "platform/config/description.h"
#include "platform/registry/registry.h"
#include "platform/sim/run.h"
#include "platform/tlm/dma_port.h"

namespace fs = std::filesystem;
using namespace visoc;

namespace {

constexpr unsigned kViolations = 12;
constexpr Addr kMemory = 0x8000'0000;

/// Reads kViolations times with a DMI hint from the access before, as a careless master would.
class CarelessMaster : public sc_core::sc_module, public Block {
 public:
  SC_HAS_PROCESS(CarelessMaster);
  explicit CarelessMaster(const sc_core::sc_module_name& name) : sc_module(name), socket_("master") { SC_THREAD(read_all); }
  MasterSocket* master() override { return &socket_; }
  void save(StateWriter&) const override {}
  bool load(StateReader&) override { return true; }

 private:
  void read_all() {
    tlm::tlm_generic_payload payload;
    std::uint8_t data[8];
    for (unsigned i = 0; i < kViolations; ++i) {
      payload.set_read();
      payload.set_address(kMemory);
      payload.set_data_ptr(data);
      payload.set_data_length(sizeof data);
      payload.set_streaming_width(sizeof data);
      payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
      payload.set_dmi_allowed(true);
      sc_core::sc_time delay;
      socket_->b_transport(payload, delay);
    }
  }

  tlm_utils::simple_initiator_socket<CarelessMaster, kBusWidthBits> socket_;
};

struct Outcome {
  ExitCode code = ExitCode::kPass;
  nlohmann::json result;
};

/// `check_protocol` empty: the configuration does not say.
Outcome run_with(const std::string& check_protocol) {
  Registry registry;
  register_all_blocks(registry);
  ModelSpec spec;
  spec.model = "careless";
  spec.doc = "A master that breaks the protocol.";
  spec.has_master = true;
  registry.add(spec, "tlm", [](const BlockContext& context) { return std::make_unique<CarelessMaster>(context.instance.c_str()); });

  const fs::path folder = fs::temp_directory_path() / ("visoc_protocol_" + std::to_string(getpid()));
  fs::create_directories(folder);
  std::ofstream(folder / "platform.json") << nlohmann::json{{"schema", "visoc-platform-1"},
                                                            {"name", "careless"},
                                                            {"extends", std::string(VISOC_SOURCE_DIR) + "/platforms/standard.json"},
                                                            {"instances", {{"careless0", {{"model", "careless"}}}}}};
  DescriptionSource source;
  source.elf_path = std::string(VISOC_BINARY_DIR) + "/firmware/hello.elf";
  source.platform_path = (folder / "platform.json").string();
  if (!check_protocol.empty()) source.overrides = {"run.check_protocol=" + check_protocol};
  auto description = read_description(source, registry);
  REQUIRE(description.ok());
  RunOptions options;
  options.out_dir = (folder / "out").string();
  options.echo_console = false;
  options.report = false;
  Outcome outcome;
  outcome.code = run(description.value(), registry, options);
  outcome.result = nlohmann::json::parse(std::ifstream(folder / "out" / "result.json"));
  fs::remove_all(folder);
  return outcome;
}

}  // namespace

TEST_CASE("a model that breaks the protocol ends a run with exit code 70, though the firmware passed", "[protocol][fast]") {
  const Outcome outcome = run_with("on");
  CHECK(outcome.code == ExitCode::kInternal);
  CHECK(outcome.result["status"] == "error");
  CHECK(outcome.result["exit_code"] == 70);
  CHECK(outcome.result["firmware_code"] == 0);
  const std::string reason = outcome.result["reason"];
  INFO(reason);
  CHECK(reason.find("24 violations of the TLM-2.0 protocol, for example: ") == 0);
  CHECK(reason.find("dmi_hint_initial: read of 8 bytes at ") != std::string::npos);
  // The bus hands the hint on, so its other side sees it too.
  const auto& protocol = outcome.result["protocol"];
  CHECK(protocol["protocol_violations"] == 2 * kViolations);
  CHECK(protocol["links"]["bus0_to_dram0"]["protocol_violations"] == kViolations);
  const auto& link = protocol["links"]["careless0_to_bus0"];
  CHECK(link["protocol_violations"] == kViolations);
  CHECK(link["rules"]["dmi_hint_initial"]["checks"] == kViolations);
  CHECK(link["rules"]["dmi_hint_initial"]["violations"] == kViolations);
  CHECK(link["rules"]["data_pointer"]["violations"] == 0);
}

TEST_CASE("what the environment asks for holds where the configuration does not say", "[protocol][fast]") {
  setenv("VISOC_CHECK_PROTOCOL", "careless0_to_*", 1);
  const Outcome outcome = run_with("");
  CHECK(outcome.code == ExitCode::kInternal);
  CHECK(outcome.result["protocol"]["links"].size() == 1);
}

TEST_CASE("the configuration goes before the environment", "[protocol][fast]") {
  setenv("VISOC_CHECK_PROTOCOL", "1", 1);
  const Outcome outcome = run_with("off");
  CHECK(outcome.code == ExitCode::kPass);
  CHECK_FALSE(outcome.result.contains("protocol"));
}

TEST_CASE("links that are not named are not checked", "[protocol][fast]") {
  const Outcome outcome = run_with("cpu0_to_bus0,bus0_to_rom0");
  CHECK(outcome.code == ExitCode::kPass);
  CHECK(outcome.result["protocol"]["links"].size() == 2);
  CHECK(outcome.result["protocol"]["protocol_checks"] > 1'000);
  CHECK(outcome.result["protocol"]["protocol_violations"] == 0);
}
