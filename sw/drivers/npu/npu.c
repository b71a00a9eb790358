// SPDX-License-Identifier: Apache-2.0
#include "npu.h"

#include "machine.h"
#include "memory.h"
#include "mmio.h"
#include "npu_regs.h"

enum { OPCODE_RUN = 1, ALIGNMENT = 64, LAYER_BYTES = 192, MAX_LAYERS = 4096, CHECKSUM_AT = 56 };
#define VNET_MAGIC 0x54454e56u
#define VNET_VERSION 1u

// VnetHeader of ip/npu/npu_program.h.
typedef struct {
  uint32_t magic, version;
  uint64_t total_bytes, program_offset;
  uint32_t layer_count, layer_bytes;
  uint64_t weights_offset, weights_bytes, arena_bytes;
  uint32_t checksum, flags;
  npu_tensor_t input, output;
  char name[32];
  uint64_t macs;
  uint64_t reserved[3];
} vnet_header_t;
_Static_assert(sizeof(vnet_header_t) == 192, "layout of the network file");

npu_status_t npu_init(npu_t* npu, unsigned index, unsigned entries_log2) {
  command_ring_config_t config;
  if (!command_ring_find("visoc,npu", index, entries_log2, &config)) return NPU_NO_DEVICE;
  if (mmio_read32(config.base + NPU_ID_OFFSET) != NPU_ID_RESET_VALUE) return NPU_NO_DEVICE;
  const command_ring_status_t status = command_ring_init(&npu->ring, config);
  if (status != COMMAND_RING_OK) return status == COMMAND_RING_NO_MEMORY ? NPU_NO_MEMORY : NPU_NO_DEVICE;
  // Twice as many blocks as commands can be under way, so that the next one's is never in use.
  npu->parameters = arena_alloc(sizeof(npu_parameters_t) << (entries_log2 + 1), sizeof(npu_parameters_t));
  return npu->parameters != 0 ? NPU_OK : NPU_NO_MEMORY;
}

// CRC-32 of IEEE 802.3 with a table of 16 entries (four bits a step).
static uint32_t crc32_update(uint32_t crc, const uint8_t* bytes, uint64_t count) {
  static uint32_t table[16];
  if (table[1] == 0) {
    for (uint32_t i = 0; i < 16; ++i) {
      uint32_t value = i;
      for (unsigned bit = 0; bit < 4; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0xedb88320u : 0);
      table[i] = value;
    }
  }
  for (uint64_t i = 0; i < count; ++i) {
    crc ^= bytes[i];
    crc = (crc >> 4) ^ table[crc & 15];
    crc = (crc >> 4) ^ table[crc & 15];
  }
  return crc;
}

static uint32_t checksum_of(const uint8_t* file, uint64_t bytes) {
  static const uint8_t zero[4];
  uint32_t crc = crc32_update(0xffffffffu, file, CHECKSUM_AT);
  crc = crc32_update(crc, zero, sizeof zero);
  return ~crc32_update(crc, file + CHECKSUM_AT + 4, bytes - CHECKSUM_AT - 4);
}

static bool inside(uint64_t offset, uint64_t bytes, uint64_t total) { return offset <= total && bytes <= total - offset; }

npu_status_t npu_load(npu_network_t* network, const void* file, uint64_t bytes) {
  vnet_header_t header;
  if (bytes < sizeof header || (uintptr_t)file % ALIGNMENT != 0) return NPU_BAD_NETWORK;
  memcpy(&header, file, sizeof header);
  if (header.magic != VNET_MAGIC || header.version != VNET_VERSION || header.layer_bytes != LAYER_BYTES) return NPU_BAD_NETWORK;
  if (header.layer_count == 0 || header.layer_count > MAX_LAYERS) return NPU_BAD_NETWORK;
  if (header.total_bytes < sizeof header || header.total_bytes > bytes) return NPU_BAD_NETWORK;
  if (!inside(header.program_offset, (uint64_t)header.layer_count * LAYER_BYTES, header.total_bytes)) return NPU_BAD_NETWORK;
  if (!inside(header.weights_offset, header.weights_bytes, header.total_bytes)) return NPU_BAD_NETWORK;
  if (header.program_offset % ALIGNMENT != 0 || header.weights_offset % ALIGNMENT != 0) return NPU_BAD_NETWORK;
  if (checksum_of(file, header.total_bytes) != header.checksum) return NPU_BAD_NETWORK;
  if (!(header.input.scale > 0) || !(header.output.scale > 0)) return NPU_BAD_NETWORK;
  network->arena = arena_alloc(header.arena_bytes != 0 ? header.arena_bytes : ALIGNMENT, ALIGNMENT);
  if (network->arena == 0) return NPU_NO_MEMORY;
  network->file = file;
  network->program_offset = header.program_offset;
  network->weights_offset = header.weights_offset;
  network->layer_count = header.layer_count;
  network->input = header.input;
  network->output = header.output;
  network->macs = header.macs;
  memcpy(network->name, header.name, sizeof network->name);
  network->name[sizeof network->name - 1] = 0;
  return NPU_OK;
}

npu_status_t npu_submit(npu_t* npu, const npu_network_t* network, const int8_t* input, int8_t* output, const command_t* order,
                        uint32_t* index) {
  const uintptr_t arena = (uintptr_t)network->arena;
  const npu_parameters_t parameters = {.program = (uintptr_t)network->file + network->program_offset,
                                       .layer_count = network->layer_count,
                                       .weights = (uintptr_t)network->file + network->weights_offset,
                                       .arena = arena,
                                       .input = input != 0 ? (uintptr_t)input : arena + network->input.arena_offset,
                                       .output = output != 0 ? (uintptr_t)output : arena + network->output.arena_offset};
  switch (command_ring_submit_block(&npu->ring, OPCODE_RUN, &parameters, sizeof parameters, npu->parameters, sizeof *npu->parameters, order,
                                    index)) {
    case COMMAND_RING_OK:
      return NPU_OK;
    case COMMAND_RING_FULL:
      return NPU_FULL;
    case COMMAND_RING_STOPPED:
      return NPU_STOPPED;
    default:
      return NPU_BAD_ARGUMENT;
  }
}

npu_status_t npu_wait(npu_t* npu, uint32_t index, command_completion_t* completion) {
  command_completion_t record;
  if (command_ring_wait(&npu->ring, index, &record) != COMMAND_RING_OK) return NPU_STOPPED;
  if (completion != 0) *completion = record;
  return record.status == COMMAND_OK ? NPU_OK : NPU_FAILED;
}

int32_t npu_threshold(const npu_tensor_t* tensor, float value) {
  for (int32_t q = -128; q < 128; ++q)
    if (tensor->scale * (float)(q - tensor->zero_point) >= value) return q;
  return 128;
}
