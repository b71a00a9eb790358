// Commands for an engine, through a ring in memory: the C side of platform/contract/command.h.
// SPDX-License-Identifier: Apache-2.0
#ifndef VISOC_RUNTIME_COMMAND_RING_H
#define VISOC_RUNTIME_COMMAND_RING_H

#include <stdbool.h>
#include <stdint.h>

#define COMMAND_MAX_WAITS 4
#define COMMAND_MAX_PARAMETER_BYTES 4096

typedef enum {
  COMMAND_OK = 0,
  COMMAND_UNKNOWN_OPCODE = 1,
  COMMAND_BAD_PARAMETER = 2,  // detail: byte offset of the field in the parameter block, or an engine's own code.
  COMMAND_READ_FAULT = 3,     // fault_addr: first address that did not answer.
  COMMAND_WRITE_FAULT = 4,
  COMMAND_ABORTED = 5,
  COMMAND_UPSTREAM = 6,     // A command this one waited for had failed. detail: syncpoint.
  COMMAND_UNSUPPORTED = 7,  // Valid, but this implementation does not offer it.
  COMMAND_INPUT_ERROR = 8,  // The data are damaged.
} command_status_t;

#define COMMAND_FLAG_POST (1u << 3)
#define COMMAND_FLAG_INTERRUPT (1u << 4)

typedef struct {
  uint32_t id;
  uint32_t value;  // Reached when (int32_t)(counter - value) >= 0.
} command_wait_t;

// As it lies in memory, little endian.
typedef struct {
  uint16_t opcode;
  uint16_t flags;  // Bits 2:0: how many of the waits count.
  uint32_t tag;
  command_wait_t waits[COMMAND_MAX_WAITS];
  uint32_t post_id;
  uint32_t post_increment;
  uint64_t parameters;
  uint32_t parameter_bytes;
  uint32_t reserved;
} command_descriptor_t;
_Static_assert(sizeof(command_descriptor_t) == 64, "a descriptor has 64 bytes");

typedef struct {
  uint32_t tag;
  uint32_t status;  // command_status_t.
  uint64_t cycles;  // Of the engine's clock, from the end of the waits to the end of the data.
  uint64_t detail;
  uint64_t fault_addr;  // Of a command that ended well: an engine's own second result, else 0.
} command_completion_t;
_Static_assert(sizeof(command_completion_t) == 32, "a completion record has 32 bytes");

// A command as a driver writes it down.
typedef struct {
  uint16_t opcode;
  uint32_t tag;
  unsigned wait_count;  // 0 to COMMAND_MAX_WAITS.
  command_wait_t waits[COMMAND_MAX_WAITS];
  bool post;  // Add post_increment (1 to 31) to syncpoint post_id at the end.
  uint32_t post_id, post_increment;
  bool silent;             // Raise no DONE interrupt; do not wait for this command itself, but for a later one or a syncpoint.
  const void* parameters;  // Stays as it is until the command has ended.
  uint32_t parameter_bytes;
} command_t;

typedef enum {
  COMMAND_RING_OK = 0,
  COMMAND_RING_BAD_CONFIG,   // Nothing was set up.
  COMMAND_RING_NO_MEMORY,    // Nothing was set up: the arena is used up.
  COMMAND_RING_FULL,         // The command was not taken: as many are under way as the ring holds.
  COMMAND_RING_BAD_COMMAND,  // The command was not taken: more waits or parameter bytes than a descriptor holds.
  COMMAND_RING_STOPPED,      // The ring is disabled (its memory did not answer, or it was reset): the command will not end.
} command_ring_status_t;

typedef struct {
  uintptr_t base;         // Of the engine's registers.
  uintptr_t sync_base;    // Of the syncpoint block; 0 if no command waits or posts.
  unsigned entries_log2;  // The ring holds 2^n commands, n = 0 to 12.
  unsigned interrupt;     // PLIC source; 0: waiting polls.
} command_ring_config_t;

typedef struct {
  command_ring_config_t config;
  volatile command_descriptor_t* descriptors;
  volatile command_completion_t* completions;
  uint32_t head;  // Commands submitted.
} command_ring_t;

// Takes ring and completion records from the arena, resets the engine and enables it. `ring` stays where it is from now on.
command_ring_status_t command_ring_init(command_ring_t* ring, command_ring_config_t config);
// Config of the index-th engine with that compatible string, from the device tree: its base and interrupt, and the syncpoint block.
// False if there is none.
bool command_ring_find(const char* compatible, unsigned index, unsigned entries_log2, command_ring_config_t* config);

// Queues a command; `index` (may be null) gets the number to wait for.
command_ring_status_t command_ring_submit(command_ring_t* ring, const command_t* command, uint32_t* index);
// Queues a command like `order` (may be null: no waits, no post) with that opcode, after copying `bytes` bytes of parameters into the next
// block of `pool`, which holds twice as many blocks of `block_bytes` as the ring has entries: so the next one is never in use.
command_ring_status_t command_ring_submit_block(command_ring_t* ring, uint16_t opcode, const void* parameters, uint32_t bytes, void* pool,
                                                uint32_t block_bytes, const command_t* order, uint32_t* index);
// True when the command with that number has ended.
bool command_ring_done(const command_ring_t* ring, uint32_t index);
// Sleeps until it has, and copies its completion record (may be null), which stays valid for 2^entries_log2 further commands.
command_ring_status_t command_ring_wait(command_ring_t* ring, uint32_t index, command_completion_t* completion);
// Both. `completion` must not be null.
command_ring_status_t command_ring_run(command_ring_t* ring, const command_t* command, command_completion_t* completion);
// Ends the command under way with COMMAND_ABORTED.
void command_ring_abort(command_ring_t* ring);

// "read fault": for messages.
const char* command_status_text(uint32_t status);

#endif  // VISOC_RUNTIME_COMMAND_RING_H
