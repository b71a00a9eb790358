// SPDX-License-Identifier: Apache-2.0
#include "command_ring.h"

#include "command_ring_regs.h"
#include "csr.h"
#include "machine.h"
#include "memory.h"
#include "mmio.h"
#include "trap.h"

enum { MAX_ENTRIES_LOG2 = 12 };

static uint32_t get(const command_ring_t* ring, uint32_t offset) { return mmio_read32(ring->config.base + offset); }

static void put(const command_ring_t* ring, uint32_t offset, uint32_t value) { mmio_write32(ring->config.base + offset, value); }

static uint32_t entries(const command_ring_t* ring) { return 1u << ring->config.entries_log2; }

// The interrupt only wakes the hart; what has ended is read from RING_TAIL.
static void acknowledge(void* argument) {
  const command_ring_t* ring = argument;
  put(ring, COMMAND_RING_INTR_STATE_OFFSET, COMMAND_RING_INTR_STATE_DONE_MASK | COMMAND_RING_INTR_STATE_ERROR_MASK);
}

command_ring_status_t command_ring_init(command_ring_t* ring, command_ring_config_t config) {
  if (config.base == 0 || config.entries_log2 > MAX_ENTRIES_LOG2 || config.interrupt >= MAX_INTERRUPT_SOURCES)
    return COMMAND_RING_BAD_CONFIG;
  ring->config = config;
  ring->head = 0;
  ring->descriptors = arena_alloc(sizeof(command_descriptor_t) << config.entries_log2, sizeof(command_descriptor_t));
  ring->completions = arena_alloc(sizeof(command_completion_t) << config.entries_log2, sizeof(command_completion_t));
  if (ring->descriptors == 0 || ring->completions == 0) return COMMAND_RING_NO_MEMORY;

  put(ring, COMMAND_RING_CONTROL_OFFSET, COMMAND_RING_CONTROL_RESET_MASK);
  mmio_write_pair(config.base + COMMAND_RING_RING_BASE_LO_OFFSET, (uintptr_t)ring->descriptors);
  mmio_write_pair(config.base + COMMAND_RING_COMPLETION_BASE_LO_OFFSET, (uintptr_t)ring->completions);
  mmio_write_pair(config.base + COMMAND_RING_SYNC_BASE_LO_OFFSET, config.sync_base);
  put(ring, COMMAND_RING_RING_ENTRIES_LOG2_OFFSET, config.entries_log2);
  if (config.interrupt != 0) {
    interrupt_connect(config.interrupt, 1, acknowledge, ring);
    put(ring, COMMAND_RING_INTR_ENABLE_OFFSET, COMMAND_RING_INTR_ENABLE_DONE_MASK | COMMAND_RING_INTR_ENABLE_ERROR_MASK);
  }
  put(ring, COMMAND_RING_CONTROL_OFFSET, COMMAND_RING_CONTROL_ENABLE_MASK);
  return COMMAND_RING_OK;
}

bool command_ring_find(const char* compatible, unsigned index, unsigned entries_log2, command_ring_config_t* config) {
  config->base = machine_device(compatible, index);
  config->sync_base = machine_device("visoc,syncpoint", 0);
  config->entries_log2 = entries_log2;
  config->interrupt = machine_interrupt(compatible, index);
  return config->base != 0;
}

command_ring_status_t command_ring_submit(command_ring_t* ring, const command_t* command, uint32_t* index) {
  if (command->wait_count > COMMAND_MAX_WAITS || command->parameter_bytes > COMMAND_MAX_PARAMETER_BYTES) return COMMAND_RING_BAD_COMMAND;
  if (ring->head - get(ring, COMMAND_RING_RING_TAIL_OFFSET) >= entries(ring)) return COMMAND_RING_FULL;
  volatile command_descriptor_t* descriptor = &ring->descriptors[ring->head & (entries(ring) - 1)];
  descriptor->opcode = command->opcode;
  descriptor->flags =
      (uint16_t)(command->wait_count | (command->post ? COMMAND_FLAG_POST : 0) | (command->silent ? 0 : COMMAND_FLAG_INTERRUPT));
  descriptor->tag = command->tag;
  for (unsigned i = 0; i < COMMAND_MAX_WAITS; ++i) {
    descriptor->waits[i].id = i < command->wait_count ? command->waits[i].id : 0;
    descriptor->waits[i].value = i < command->wait_count ? command->waits[i].value : 0;
  }
  descriptor->post_id = command->post ? command->post_id : 0;
  descriptor->post_increment = command->post ? command->post_increment : 0;
  descriptor->parameters = (uintptr_t)command->parameters;
  descriptor->parameter_bytes = command->parameter_bytes;
  descriptor->reserved = 0;
  if (index != 0) *index = ring->head;
  ++ring->head;
  fence();  // The descriptor and the data lie in memory before the engine hears of them.
  put(ring, COMMAND_RING_RING_HEAD_OFFSET, ring->head);
  return COMMAND_RING_OK;
}

command_ring_status_t command_ring_submit_block(command_ring_t* ring, uint16_t opcode, const void* parameters, uint32_t bytes, void* pool,
                                                uint32_t block_bytes, const command_t* order, uint32_t* index) {
  uint8_t* block = (uint8_t*)pool + (size_t)(ring->head & (2 * entries(ring) - 1)) * block_bytes;
  if (bytes > block_bytes) return COMMAND_RING_BAD_COMMAND;
  if (bytes != 0) memcpy(block, parameters, bytes);
  command_t command;
  if (order != 0) {
    command = *order;
  } else {
    memset(&command, 0, sizeof command);
  }
  command.opcode = opcode;
  command.parameters = block;
  command.parameter_bytes = bytes;
  return command_ring_submit(ring, &command, index);
}

bool command_ring_done(const command_ring_t* ring, uint32_t index) {
  const bool done = (int32_t)(get(ring, COMMAND_RING_RING_TAIL_OFFSET) - (index + 1)) >= 0;
  fence();
  return done;
}

static bool stopped(const command_ring_t* ring) {
  return (get(ring, COMMAND_RING_CONTROL_OFFSET) & COMMAND_RING_CONTROL_ENABLE_MASK) == 0 &&
         (get(ring, COMMAND_RING_STATUS_OFFSET) & COMMAND_RING_STATUS_BUSY_MASK) == 0;
}

typedef struct {
  const command_ring_t* ring;
  uint32_t index;
} awaited_t;

static bool done_or_stopped(void* argument) {
  const awaited_t* awaited = argument;
  return command_ring_done(awaited->ring, awaited->index) || stopped(awaited->ring);
}

command_ring_status_t command_ring_wait(command_ring_t* ring, uint32_t index, command_completion_t* completion) {
  awaited_t awaited = {ring, index};
  if (ring->config.interrupt != 0) {
    wait_until(done_or_stopped, &awaited);
  } else {
    while (!done_or_stopped(&awaited)) {
    }
  }
  if (!command_ring_done(ring, index)) return COMMAND_RING_STOPPED;
  if (completion != 0) {
    const volatile command_completion_t* record = &ring->completions[index & (entries(ring) - 1)];
    completion->tag = record->tag;
    completion->status = record->status;
    completion->cycles = record->cycles;
    completion->detail = record->detail;
    completion->fault_addr = record->fault_addr;
  }
  return COMMAND_RING_OK;
}

command_ring_status_t command_ring_run(command_ring_t* ring, const command_t* command, command_completion_t* completion) {
  uint32_t index = 0;
  const command_ring_status_t status = command_ring_submit(ring, command, &index);
  return status != COMMAND_RING_OK ? status : command_ring_wait(ring, index, completion);
}

void command_ring_abort(command_ring_t* ring) {
  put(ring, COMMAND_RING_CONTROL_OFFSET, COMMAND_RING_CONTROL_ENABLE_MASK | COMMAND_RING_CONTROL_ABORT_MASK);
}

const char* command_status_text(uint32_t status) {
  static const char* const texts[] = {"ok",      "unknown opcode",  "bad parameter", "read fault",   "write fault",
                                      "aborted", "upstream failed", "unsupported",   "damaged input"};
  return status < sizeof texts / sizeof texts[0] ? texts[status] : "unknown status";
}
