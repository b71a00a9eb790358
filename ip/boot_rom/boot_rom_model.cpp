// SPDX-License-Identifier: Apache-2.0
#include "ip/boot_rom/boot_rom_model.h"

#include <algorithm>
#include <cstring>

#include "platform/registry/registry.h"
#include "platform/tlm/sim_time.h"
#include "platform/tlm/timing_only.h"

namespace visoc {

BootRomModule::BootRomModule(const sc_core::sc_module_name& name, std::uint64_t size_bytes, Picos latency_ps)
    : sc_module(name), slave_("slave"), bytes_(size_bytes), latency_(to_sc_time(latency_ps)) {
  slave_.register_b_transport(this, &BootRomModule::b_transport);
  slave_.register_transport_dbg(this, &BootRomModule::transport_dbg);
  slave_.register_get_direct_mem_ptr(this, &BootRomModule::get_direct_mem_ptr);
}

void BootRomModule::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const Offset offset = payload.get_address();
  const unsigned size = payload.get_data_length();
  payload.set_dmi_allowed(false);
  if (payload.get_byte_enable_ptr() != nullptr) {
    payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
  } else if (payload.is_write()) {
    ++refused_writes_;
    payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
  } else if (!fits(offset, size, bytes_.size())) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  } else if (payload.get_streaming_width() < size) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  } else {
    if (payload.is_read()) {
      std::memcpy(payload.get_data_ptr(), bytes_.data() + offset, size);
      bytes_read_ += size;
    }
    const auto* timing_only = payload.get_extension<TimingOnly>();
    if (payload.is_read() || timing_only != nullptr) delay += latency_;
    payload.set_dmi_allowed(payload.is_read());
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }
}

unsigned BootRomModule::transport_dbg(tlm::tlm_generic_payload& payload) {
  const Offset offset = payload.get_address();
  if (!payload.is_read() || offset >= bytes_.size()) return 0;
  const auto size = static_cast<unsigned>(std::min<std::uint64_t>(payload.get_data_length(), bytes_.size() - offset));
  std::memcpy(payload.get_data_ptr(), bytes_.data() + offset, size);
  return size;
}

bool BootRomModule::get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  dmi.init();
  if (payload.get_address() >= bytes_.size()) {
    dmi.set_start_address(payload.get_address());
    dmi.set_end_address(payload.get_address());
    return false;
  }
  dmi.set_start_address(0);
  dmi.set_end_address(bytes_.size() - 1);
  if (payload.is_write()) return false;
  dmi.set_dmi_ptr(bytes_.data());
  dmi.set_read_latency(latency_);
  dmi.set_write_latency(latency_);
  dmi.set_granted_access(tlm::tlm_dmi::DMI_ACCESS_READ);
  return true;
}

std::vector<Statistic> BootRomModule::statistics() const {
  return {{"bytes_read", bytes_read_, "bytes read over the bus, without DMI"},
          {"refused_writes", refused_writes_, "writes, which a ROM refuses"}};
}

/// The contents belong to the state: a snapshot may be loaded into a machine that was built from another firmware.
void BootRomModule::save(StateWriter& out) const {
  std::size_t used = bytes_.size();
  while (used != 0 && bytes_[used - 1] == 0) --used;
  out.u64(bytes_.size());
  out.blob(std::vector<std::uint8_t>(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(used)));
  out.u64(bytes_read_);
  out.u64(refused_writes_);
}

bool BootRomModule::load(StateReader& in) {
  const std::uint64_t size = in.u64();
  const std::vector<std::uint8_t> used = in.blob();
  const std::uint64_t bytes_read = in.u64(), refused_writes = in.u64();
  if (!in.ok() || size != bytes_.size() || used.size() > bytes_.size()) return false;
  std::fill(std::copy(used.begin(), used.end(), bytes_.begin()), bytes_.end(), std::uint8_t{0});
  bytes_read_ = bytes_read;
  refused_writes_ = refused_writes;
  return true;
}

void register_boot_rom(Registry& registry) {
  ModelSpec spec;
  spec.model = "boot_rom";
  spec.doc = "Read-only memory with the reset code and the device tree.";
  spec.role = ModelRole::kRom;
  spec.sized = true;
  spec.parameters.push_back(
      {"latency", ParameterType::kTime, "20ns", "time of a read (assumed: one 50 MHz cycle)", false, 0, kPicosPerMilli, {}});
  registry.add(spec, "tlm", [](const BlockContext& context) -> std::unique_ptr<Block> {
    return std::make_unique<BootRomModule>(context.instance.c_str(), context.size, context.parameters.time("latency"));
  });
}

}  // namespace visoc
