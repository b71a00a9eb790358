// Driver of the DMA engine; ip/dma/README.md has the commands.
// SPDX-License-Identifier: Apache-2.0
#ifndef VISOC_DRIVERS_DMA_H
#define VISOC_DRIVERS_DMA_H

#include <stdbool.h>
#include <stdint.h>

#include "command_ring.h"

typedef enum {
  DMA_OK = 0,
  DMA_NO_DEVICE,     // Nothing was set up: no such engine, or its registers are another block's.
  DMA_NO_MEMORY,     // Nothing was set up: the arena is used up.
  DMA_BAD_ARGUMENT,  // Nothing was submitted: a length above what the engine takes, or a period that no row keeps.
  DMA_UNSUPPORTED,   // Nothing was submitted: this engine's CAPABILITY does not offer it.
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
  uint32_t period, offset;
  uint32_t options;
  uint32_t reserved[4];
} dma_parameters_t;
_Static_assert(sizeof(dma_parameters_t) == 64, "a parameter block has 64 bytes");

// An entry of a list as it lies in memory, little endian.
typedef struct {
  uint64_t src, dst;
  uint32_t bytes;
  uint32_t reserved;  // Zero.
} dma_list_entry_t;
_Static_assert(sizeof(dma_list_entry_t) == 24, "a list entry has 24 bytes");

typedef struct {
  command_ring_t ring;
  dma_parameters_t* parameters;
  uint32_t max_row_bytes, max_rows;
  uint32_t capability;  // The register.
} dma_t;

// `rows` rows of `row_bytes`. An overlapping copy must not go to a higher address.
typedef struct {
  const void* src;
  void* dst;
  uint32_t row_bytes, rows;
  uint32_t src_stride, dst_stride;
  bool crc;  // dma_crc_of() then gives the CRC-32 of the bytes in the order in which they move.
} dma_copy_t;

// Each row starts with the pattern's least significant byte.
typedef struct {
  void* dst;
  uint32_t row_bytes, rows;
  uint32_t dst_stride;
  uint32_t pattern;
  bool crc;
} dma_fill_t;

// Of the source's rows those with i mod period == offset, side by side. `rows` of `copy` counts those of the source.
typedef struct {
  dma_copy_t copy;
  uint32_t period, offset;
} dma_gather_t;

// Sets the index-th engine of the device tree up. `dma` stays where it is from now on.
dma_status_t dma_init(dma_t* dma, unsigned index, unsigned entries_log2);

// Queues a command. `order` (may be null) gives its tag, waits, post and whether it is silent; its other fields are not looked at.
// `index` (may be null) gets the number to wait for.
dma_status_t dma_submit_copy(dma_t* dma, const dma_copy_t* copy, const command_t* order, uint32_t* index);
dma_status_t dma_submit_fill(dma_t* dma, const dma_fill_t* fill, const command_t* order, uint32_t* index);
// `entries` stays as it is until the command has ended. It ends at the first bad entry.
dma_status_t dma_submit_list(dma_t* dma, const dma_list_entry_t* entries, uint32_t count, bool crc, const command_t* order,
                             uint32_t* index);
dma_status_t dma_submit_gather(dma_t* dma, const dma_gather_t* gather, const command_t* order, uint32_t* index);
// Reads rows as a copy does and writes nothing; `dst` and `dst_stride` are not looked at.
dma_status_t dma_submit_crc(dma_t* dma, const dma_copy_t* rows, const command_t* order, uint32_t* index);
// Sleeps until the command has ended. `completion` may be null; its detail is the number of bytes written.
dma_status_t dma_wait(dma_t* dma, uint32_t index, command_completion_t* completion);

// A plain copy or fill of any length, waited for.
dma_status_t dma_copy(dma_t* dma, void* dst, const void* src, uint64_t bytes);
dma_status_t dma_set(dma_t* dma, void* dst, uint8_t value, uint64_t bytes);

// CRC-32 (IEEE 802.3) of at most max_row_bytes bytes, waited for.
dma_status_t dma_crc32(dma_t* dma, const void* src, uint64_t bytes, uint32_t* crc);
// What a command with CRC that ended with COMMAND_OK found.
static inline uint32_t dma_crc_of(const command_completion_t* completion) { return (uint32_t)completion->fault_addr; }

// Bytes that the command under way, or else the last one, has written.
uint64_t dma_bytes_done(const dma_t* dma);

#endif  // VISOC_DRIVERS_DMA_H
