// SPDX-License-Identifier: Apache-2.0
#include "platform/contract/command.h"

#include "platform/base/state.h"

namespace visoc {

Descriptor Descriptor::decode(const std::uint8_t (&bytes)[kDescriptorBytes]) {
  StateReader in(ConstBytes(bytes, kDescriptorBytes));
  Descriptor d;
  d.opcode = in.u16();
  d.flags = in.u16();
  d.tag = in.u32();
  for (SyncpointWait& wait : d.waits) {
    wait.id = in.u32();
    wait.value = in.u32();
  }
  d.post_id = in.u32();
  d.post_increment = in.u32();
  d.parameters = in.u64();
  d.parameter_bytes = in.u32();
  d.reserved = in.u32();
  return d;
}

void Descriptor::encode(std::uint8_t (&bytes)[kDescriptorBytes]) const {
  StateWriter out;
  out.u16(opcode);
  out.u16(flags);
  out.u32(tag);
  for (const SyncpointWait& wait : waits) {
    out.u32(wait.id);
    out.u32(wait.value);
  }
  out.u32(post_id);
  out.u32(post_increment);
  out.u64(parameters);
  out.u32(parameter_bytes);
  out.u32(reserved);
  std::memcpy(bytes, out.data().data(), kDescriptorBytes);
}

void Completion::encode(std::uint8_t (&bytes)[kCompletionBytes]) const {
  StateWriter out;
  out.u32(tag);
  out.u32(static_cast<std::uint32_t>(status));
  out.u64(cycles);
  out.u64(detail);
  out.u64(fault_addr);
  std::memcpy(bytes, out.data().data(), kCompletionBytes);
}

Completion Completion::decode(const std::uint8_t (&bytes)[kCompletionBytes]) {
  StateReader in(ConstBytes(bytes, kCompletionBytes));
  Completion c;
  c.tag = in.u32();
  c.status = static_cast<CommandStatus>(in.u32());
  c.cycles = in.u64();
  c.detail = in.u64();
  c.fault_addr = in.u64();
  return c;
}

}  // namespace visoc
