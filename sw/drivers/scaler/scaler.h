// Driver of the scaler, which makes a network's input of a picture; ip/scaler/README.md has the command.
// SPDX-License-Identifier: Apache-2.0
#ifndef VISOC_DRIVERS_SCALER_H
#define VISOC_DRIVERS_SCALER_H

#include <stdint.h>

#include "command_ring.h"

typedef enum {
  SCALER_OK = 0,
  SCALER_NO_DEVICE,     // Nothing was set up: no such engine, or its registers are another block's.
  SCALER_NO_MEMORY,     // Nothing was set up: the arena is used up.
  SCALER_BAD_ARGUMENT,  // Nothing was submitted: a side the engine does not take, or a stride below the width.
  SCALER_FULL,          // Nothing was submitted: as many commands are under way as the ring holds.
  SCALER_FAILED,        // The command ended early; the completion record says where and after how many tensor rows.
  SCALER_STOPPED,       // The ring is disabled; whether the command was carried out is unknown.
} scaler_status_t;

// The parameter block as it lies in memory, little endian.
typedef struct {
  uint64_t luma, chroma, dst;
  uint32_t width_px, height_px;
  uint32_t luma_stride, chroma_stride, dst_stride;
  uint32_t reserved[5];
} scaler_parameters_t;
_Static_assert(sizeof(scaler_parameters_t) == 64, "a parameter block has 64 bytes");

typedef struct {
  command_ring_t ring;
  scaler_parameters_t* parameters;
  uint32_t max_side, side_multiple;
} scaler_t;

// A picture in NV12 and the place of its tensor: height_px / 3 rows of width_px / 3 triples Y U V. A stride of 0 means width_px.
typedef struct {
  const uint8_t* luma;
  const uint8_t* chroma;  // height_px / 2 rows of width_px bytes.
  int8_t* tensor;
  uint32_t width_px, height_px;  // Multiples of 6.
  uint32_t luma_stride, chroma_stride, tensor_stride;
} scaler_job_t;

// Sets the index-th engine of the device tree up. `scaler` stays where it is from now on.
scaler_status_t scaler_init(scaler_t* scaler, unsigned index, unsigned entries_log2);

// Queues a picture. `order` (may be null) gives the command's tag, waits, post and whether it is silent; its other fields are not
// looked at. `index` (may be null) gets the number to wait for.
scaler_status_t scaler_submit(scaler_t* scaler, const scaler_job_t* job, const command_t* order, uint32_t* index);
// Sleeps until the command has ended. `completion` may be null; its detail is the number of tensor rows written.
scaler_status_t scaler_wait(scaler_t* scaler, uint32_t index, command_completion_t* completion);
// Both.
scaler_status_t scaler_scale(scaler_t* scaler, const scaler_job_t* job);

// Tensor rows that the command under way, or else the last one, has written.
uint32_t scaler_rows_done(const scaler_t* scaler);

#endif  // VISOC_DRIVERS_SCALER_H
