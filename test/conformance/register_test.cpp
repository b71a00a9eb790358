// The generic register tests on every implementation of every block that has registers, over its target socket.
// SPDX-License-Identifier: Apache-2.0
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "platform/config/parameter_value.h"
#include "platform/contract/register_conformance.h"
#include "platform/registry/registry.h"
#include "platform/tlm/sim_time.h"
#include "test/support/checked_links.h"
#include "test/support/fake_services.h"

namespace visoc {
namespace {

constexpr Picos kAfterWrite = 1'000;  ///< Lets a step that a write has woken run before the next access.

/// What the masters of the blocks see: nothing answers.
struct EmptyBus : sc_core::sc_module {
  explicit EmptyBus(const sc_core::sc_module_name& name) : sc_module(name), socket("socket") {
    socket.register_b_transport(this, &EmptyBus::b_transport);
  }
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time&) { payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE); }

  tlm_utils::simple_target_socket<EmptyBus, kBusWidthBits> socket;
};

struct Initiator : sc_core::sc_module {
  explicit Initiator(const sc_core::sc_module_name& name) : sc_module(name), socket("socket") {}
  tlm_utils::simple_initiator_socket<Initiator, kBusWidthBits> socket;
};

/// One implementation with a socket of its own. Reset is the saved power-on state, or CONTROL.RESET where a block cannot load one.
class Bench : public RegisterAccessor {
 public:
  Bench(const Registry& registry, const ModelSpec& spec, const std::string& impl)
      : name_(spec.model + "_" + impl), table_(*spec.registers), initiator_((name_ + "_initiator").c_str()), parameters_(defaults(spec)) {
    block_ = registry.create(spec.model, BlockContext{name_, impl, parameters_, services_, table_.window_bytes});
    links_.bind("initiator_to_" + name_, initiator_.socket, *block_->slave());
    if (block_->master() != nullptr) {
      empty_ = std::make_unique<EmptyBus>((name_ + "_memory").c_str());
      links_.bind(name_ + "_to_memory", *block_->master(), empty_->socket);
    }
  }

  const std::string& name() const { return name_; }

  ConformanceReport run() {
    block_->save(power_on_);
    ConformanceReport report = run_register_conformance(table_, *this);
    report.failures.insert(report.failures.begin(), problems_.begin(), problems_.end());
    return report;
  }

  void reset() override {
    StateReader in{ConstBytes(power_on_.data())};
    if (!block_->load(in) && !reset_by_register() && problems_.empty())
      problems_.push_back(name_ + " can neither load its power-on state nor be reset by CONTROL.RESET");
    sc_core::wait(to_sc_time(kAfterWrite));
  }

  RegisterReply read(Offset offset, unsigned size_bytes) override {
    data_.fill(0);
    const bool ok = access(tlm::TLM_READ_COMMAND, offset, size_bytes);
    std::uint64_t value = 0;
    for (unsigned i = 0; ok && i < size_bytes; ++i) value |= std::uint64_t{data_[i]} << (8 * i);
    return {ok ? RegisterStatus::kOk : RegisterStatus::kNoRegister, value};
  }

  RegisterStatus write(Offset offset, unsigned size_bytes, std::uint64_t value) override {
    for (unsigned i = 0; i < size_bytes; ++i) data_[i] = static_cast<std::uint8_t>(value >> (8 * i));
    const bool ok = access(tlm::TLM_WRITE_COMMAND, offset, size_bytes);
    sc_core::wait(to_sc_time(kAfterWrite));
    return ok ? RegisterStatus::kOk : RegisterStatus::kNoRegister;
  }

 private:
  static Parameters defaults(const ModelSpec& spec) {
    Parameters parameters;
    for (const ParameterSpec& parameter : spec.parameters) {
      Parameters::Value value;
      const std::string problem = read_parameter(parameter, parameter_text_to_json(parameter, parameter.default_text), ".", value);
      INFO(spec.model << "." << parameter.name << ": the default must do for the generic register tests: " << problem);
      CHECK(problem.empty());
      parameters.set(parameter.name, value);
    }
    return parameters;
  }

  bool access(tlm::tlm_command command, Offset offset, unsigned size_bytes) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(offset);
    payload.set_data_ptr(data_.data());
    payload.set_data_length(size_bytes);
    payload.set_streaming_width(size_bytes);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    initiator_.socket->b_transport(payload, delay);
    if (payload.get_response_status() == tlm::TLM_INCOMPLETE_RESPONSE && problems_.empty())
      problems_.push_back(name_ + " left an access at " + register_name(table_, offset) + " without a response");
    if (delay != sc_core::SC_ZERO_TIME) sc_core::wait(delay);
    return payload.is_response_ok();
  }

  bool reset_by_register() {
    for (std::uint16_t i = 0; i < table_.register_count; ++i) {
      const RegisterInfo& info = table_.registers[i];
      if (std::string(info.name) != "CONTROL") continue;
      for (std::uint16_t f = 0; f < info.field_count; ++f)
        if (std::string(info.fields[f].name) == "RESET")
          return write(info.offset, info.size_bytes, info.fields[f].mask()) == RegisterStatus::kOk;
    }
    return false;
  }

  std::string name_;
  const RegisterTable& table_;
  test::FakeServices services_;
  Initiator initiator_;
  std::unique_ptr<EmptyBus> empty_;
  test::CheckedLinks links_;
  Parameters parameters_;
  std::unique_ptr<Block> block_;
  StateWriter power_on_;
  std::array<std::uint8_t, 8> data_{};
  std::vector<std::string> problems_;
};

/// Runs one bench after the other, in a thread of the kernel.
struct Sequence : sc_core::sc_module {
  SC_HAS_PROCESS(Sequence);
  explicit Sequence(const sc_core::sc_module_name& name) : sc_module(name) {
    SC_THREAD(run);
    set_stack_size(1u << 20);
  }
  void run() {
    wait(to_sc_time(kAfterWrite));
    for (const std::unique_ptr<Bench>& bench : benches) reports.push_back(bench->run());
    finished = true;
    sc_core::sc_stop();
  }

  std::vector<std::unique_ptr<Bench>> benches;
  std::vector<ConformanceReport> reports;
  bool finished = false;
};

}  // namespace

// VISOC_CONFORMANCE=dma runs the implementations of one block only, dma_tlm a single one.
TEST_CASE("every implementation of every block passes the generic register tests", "[slow]") {
  const char* only = std::getenv("VISOC_CONFORMANCE");
  Registry registry;
  register_all_blocks(registry);
  Sequence sequence("sequence");
  for (const std::string& model : registry.models()) {
    const ModelSpec& spec = *registry.find(model);
    if (spec.registers == nullptr) continue;
    for (const std::string& impl : registry.impls(model))
      if (only == nullptr || model == only || model + "_" + impl == only)
        sequence.benches.push_back(std::make_unique<Bench>(registry, spec, impl));
  }
  sc_core::sc_start();
  CHECK(sequence.finished);
  for (std::size_t i = 0; i < sequence.reports.size(); ++i) {
    const ConformanceReport& report = sequence.reports[i];
    INFO(sequence.benches[i]->name() << ": " << report.checks << " checks");
    CHECK(report.checks != 0);
    for (const std::string& failure : report.failures) FAIL_CHECK(sequence.benches[i]->name() << ": " << failure);
    for (const std::string& reason : report.skipped) WARN("left out: " << reason);
  }
}

}  // namespace visoc
