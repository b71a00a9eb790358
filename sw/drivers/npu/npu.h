// Driver of the NPU: network files and runs of them. ip/npu/npu_program.h has the file's layout.
// SPDX-License-Identifier: Apache-2.0
#ifndef VISOC_DRIVERS_NPU_H
#define VISOC_DRIVERS_NPU_H

#include <stdint.h>

#include "command_ring.h"

typedef enum {
  NPU_OK = 0,
  NPU_NO_DEVICE,     // Nothing was set up: no such engine, or its registers are another block's.
  NPU_NO_MEMORY,     // Nothing was set up: the arena is used up.
  NPU_BAD_NETWORK,   // Not a network file of this version, cut short, or its checksum is wrong.
  NPU_BAD_ARGUMENT,  // Nothing was submitted.
  NPU_FULL,          // Nothing was submitted: as many commands are under way as the ring holds.
  NPU_FAILED,        // The completion record says why and in which layer.
  NPU_STOPPED,       // The ring is disabled.
} npu_status_t;

// The parameter block of RUN as it lies in memory.
typedef struct {
  uint64_t program;
  uint32_t layer_count, flags;
  uint64_t weights, arena, input, output, aux, reserved;
} npu_parameters_t;
_Static_assert(sizeof(npu_parameters_t) == 64, "a parameter block has 64 bytes");

// h x w x c int8, channels together; real = scale * (q - zero_point).
typedef struct {
  uint64_t arena_offset;
  uint32_t h, w, c;
  float scale;
  int32_t zero_point;
  uint32_t reserved;
} npu_tensor_t;
_Static_assert(sizeof(npu_tensor_t) == 32, "layout of the network file");

typedef struct {
  const uint8_t* file;
  uint64_t program_offset, weights_offset;
  uint32_t layer_count;
  uint8_t* arena;
  npu_tensor_t input, output;
  uint64_t macs;
  char name[32];
} npu_network_t;

typedef struct {
  command_ring_t ring;
  npu_parameters_t* parameters;
} npu_t;

// Sets the index-th engine of the device tree up. `npu` stays where it is from now on.
npu_status_t npu_init(npu_t* npu, unsigned index, unsigned entries_log2);

// Checks a network file of `bytes` bytes that stays where it is (64-byte aligned), and takes its activation memory from the arena.
npu_status_t npu_load(npu_network_t* network, const void* file, uint64_t bytes);

// Queues a run. `input` and `output` may be null: the tensors then lie in the network's own arena. `order` (may be null) gives the
// command's tag, waits, post and whether it is silent; `index` (may be null) gets the number to wait for.
npu_status_t npu_submit(npu_t* npu, const npu_network_t* network, const int8_t* input, int8_t* output, const command_t* order,
                        uint32_t* index);
// Sleeps until the run has ended. `completion` may be null.
npu_status_t npu_wait(npu_t* npu, uint32_t index, command_completion_t* completion);

// Smallest q with scale * (q - zero_point) >= value; 128 if there is none.
int32_t npu_threshold(const npu_tensor_t* tensor, float value);

#endif  // VISOC_DRIVERS_NPU_H
