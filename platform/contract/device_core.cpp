// SPDX-License-Identifier: Apache-2.0
#include "platform/contract/device_core.h"

#include <utility>

#include "platform/base/check.h"

namespace visoc {

DeviceCore::DeviceCore(const RegisterTable& table, unsigned irq_outputs)
    : registers_(table), table_(table), irq_lines_(irq_outputs, nullptr), irq_levels_(irq_outputs, false) {
  registers_.connect(*this);
}

void DeviceCore::reset() {
  registers_.reset();
  for (unsigned i = 0; i < irq_outputs(); ++i) drive_irq(i, false);
}

RegisterReply DeviceCore::read_register(Picos now, Offset offset, unsigned size_bytes) {
  now_ = now;
  return registers_.read(offset, size_bytes);
}

RegisterStatus DeviceCore::write_register(Picos now, Offset offset, unsigned size_bytes, std::uint64_t value) {
  now_ = now;
  return registers_.write(offset, size_bytes, value);
}

RegisterReply DeviceCore::peek_register(Picos now, Offset offset, unsigned size_bytes) {
  now_ = now;
  return registers_.peek(offset, size_bytes);
}

Picos DeviceCore::step(Picos now, MemoryPort&) {
  now_ = now;
  return kNever;
}

void DeviceCore::save(StateWriter& out) const {
  out.text(table_.block);
  registers_.save(out);
  for (bool level : irq_levels_) out.boolean(level);
  save_core(out);
}

bool DeviceCore::load(StateReader& in) {
  reset();
  const bool same_block = in.text() == table_.block;
  if (same_block) {
    registers_.load(in);
    for (unsigned i = 0; i < irq_outputs(); ++i) drive_irq(i, in.boolean());
    load_core(in);
  }
  if (same_block && in.ok()) return true;
  reset();
  return false;
}

void DeviceCore::connect_irq(unsigned output, IrqLine& line) {
  VISOC_CHECK(output < irq_lines_.size(), "interrupt output out of range");
  irq_lines_[output] = &line;
  line.set(irq_levels_[output]);
}

void DeviceCore::connect_services(RunServices* services, std::string instance) {
  services_ = services;
  instance_ = std::move(instance);
}

void DeviceCore::drive_irq(unsigned output, bool level) {
  if (irq_levels_[output] == level) return;
  irq_levels_[output] = level;
  if (irq_lines_[output] != nullptr) irq_lines_[output]->set(level);
}

}  // namespace visoc
