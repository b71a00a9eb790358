// Driver of the two-dimensional DMA engine; ip/dma/README.md has the commands.
// SPDX-License-Identifier: Apache-2.0
#ifndef VISOC_DRIVERS_DMA_H
#define VISOC_DRIVERS_DMA_H

#include <stdint.h>

#include "command_ring.h"

typedef enum {
  DMA_OK = 0,
  DMA_NO_DEVICE,     // Nothing was set up: no such engine, or its registers are another block's.
  DMA_NO_MEMORY,     // Nothing was set up: the arena is used up.
  DMA_BAD_ARGUMENT,  // Nothing was submitted: a length above what the engine takes.
  DMA_FULL,          // Nothing was submitted: as many commands are under way as the ring holds.
  DMA_FAILED,        // The command ended early; the completion record says where and after how many bytes.
  DMA_STOPPED,       // The ring is disabled; whether the command was carried out is unknown.
} dma_status_t;

// The parameter block as it lies in memory, little endian.
typedef struct {
  uint64_t src, dst;
  uint32_t row_bytes, rows;
  uint32_t src_stride, dst_stride;
  uint32_t pattern;
  uint32_t reserved[7];
} dma_parameters_t;
_Static_assert(sizeof(dma_parameters_t) == 64, "a parameter block has 64 bytes");

typedef struct {
  command_ring_t ring;
  dma_parameters_t* parameters;
  uint32_t max_row_bytes, max_rows;
} dma_t;

// `rows` rows of `row_bytes`. An overlapping copy must not go to a higher address.
typedef struct {
  const void* src;
  void* dst;
  uint32_t row_bytes, rows;
  uint32_t src_stride, dst_stride;
} dma_copy_t;

// Each row starts with the pattern's least significant byte.
typedef struct {
  void* dst;
  uint32_t row_bytes, rows;
  uint32_t dst_stride;
  uint32_t pattern;
} dma_fill_t;

// Sets the index-th engine of the device tree up. `dma` stays where it is from now on.
dma_status_t dma_init(dma_t* dma, unsigned index, unsigned entries_log2);

// Queues a command. `order` (may be null) gives its tag, waits, post and whether it is silent; its other fields are not looked at.
// `index` (may be null) gets the number to wait for.
dma_status_t dma_submit_copy(dma_t* dma, const dma_copy_t* copy, const command_t* order, uint32_t* index);
dma_status_t dma_submit_fill(dma_t* dma, const dma_fill_t* fill, const command_t* order, uint32_t* index);
// Sleeps until the command has ended. `completion` may be null; its detail is the number of bytes written.
dma_status_t dma_wait(dma_t* dma, uint32_t index, command_completion_t* completion);

// A plain copy or fill of any length, waited for.
dma_status_t dma_copy(dma_t* dma, void* dst, const void* src, uint64_t bytes);
dma_status_t dma_set(dma_t* dma, void* dst, uint8_t value, uint64_t bytes);

// Bytes that the command under way, or else the last one, has written.
uint64_t dma_bytes_done(const dma_t* dma);

#endif  // VISOC_DRIVERS_DMA_H
