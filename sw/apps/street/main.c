// Sees the people in a street: decodes a clip, scales each frame, runs a segmentation network on it, counts and shows what was found.
// Decoder, scaler and NPU hand frames to each other by syncpoints; the hart sleeps until a mask is there, and works on it while the
// engines are at the next frame.
// SPDX-License-Identifier: Apache-2.0
#include "components.h"
#include "csr.h"
#include "display.h"
#include "finish.h"
#include "machine.h"
#include "memory.h"
#include "npu.h"
#include "print.h"
#include "scaler.h"
#include "syncpoint.h"
#include "timer.h"
#include "video_decoder.h"

enum {
  SLOTS = 2,               // Frames in flight.
  RING_LOG2 = 3,           // Commands an engine's ring holds.
  MIN_PERSON_PIXELS = 28,  // Of the mask: about 250 of the picture, as in the labels the network was trained on.
  SIDE_INFO_BYTES = 256 * 1024,
  STRIDE_MULTIPLE = 64,
  BOX_COLOUR = 0x1090d2,  // Y 0xd2, Cb 0x90, Cr 0x10: a light green.
};

typedef struct {
  uint8_t *luma, *chroma;
  side_info_t* side_info;
  int8_t *tensor, *scores;
  uint8_t* mask;
  uint32_t decode_index, scale_index, npu_index, show_index;
} slot_t;

static video_decoder_t decoder;
static scaler_t scaler;
static npu_t npu;
static npu_network_t network;
static display_t display;
static syncpoints_t sync;
static slot_t slots[SLOTS];
static uint32_t width, height, stride;
static uint32_t decoded_id, scaled_id, shown_id;
static uint8_t* masks_out;
static uint64_t masks_bytes;
static uint64_t decode_cycles, scale_cycles, npu_cycles, hart_cycles;

static void* allocate(size_t bytes) {
  void* memory = arena_alloc(bytes, STRIDE_MULTIPLE);
  if (memory == 0) print("street: no memory for %zu bytes, %zu left\n", bytes, arena_left());
  FW_CHECK(memory != 0);
  return memory;
}

static _Noreturn void give_up(const char* what, const command_completion_t* completion) {
  print("street: %s: %s, detail 0x%lx, at 0x%lx\n", what, command_status_text(completion->status), completion->detail,
        completion->fault_addr);
  finish_fail(1);
}

static void find_engines(void) {
  FW_CHECK(video_decoder_init(&decoder, 0, RING_LOG2) == VIDEO_DECODER_OK);
  FW_CHECK(scaler_init(&scaler, 0, RING_LOG2) == SCALER_OK);
  FW_CHECK(npu_init(&npu, 0, RING_LOG2) == NPU_OK);
  FW_CHECK(display_init(&display, 0, RING_LOG2) == DISPLAY_OK);
  const syncpoint_config_t config = {.base = machine_device("visoc,syncpoint", 0), .interrupt = machine_interrupt("visoc,syncpoint", 0)};
  FW_CHECK(syncpoint_init(&sync, config) == SYNCPOINT_OK);
  FW_CHECK(syncpoint_alloc(&sync, &decoded_id) == SYNCPOINT_OK);
  FW_CHECK(syncpoint_alloc(&sync, &scaled_id) == SYNCPOINT_OK);
  FW_CHECK(syncpoint_alloc(&sync, &shown_id) == SYNCPOINT_OK);
}

static void open_inputs(void) {
  uint64_t base = 0, bytes = 0;
  if (!dt_chosen_region(&machine.tree, "visoc-inputs", "network", &base, &bytes) ||
      npu_load(&network, (const void*)base, bytes) != NPU_OK) {
    print("street: the input 'network' is missing or not a network file\n");
    finish_fail(2);
  }
  if (!dt_chosen_region(&machine.tree, "visoc-inputs", "stream", &base, &bytes)) {
    print("street: the input 'stream' is missing\n");
    finish_fail(2);
  }
  FW_CHECK(video_decoder_open(&decoder, VIDEO_CODEC_H264, (const void*)base, bytes) == VIDEO_DECODER_OK);
  const video_decoder_status_t status = video_decoder_probe(&decoder, &width, &height);
  if (status != VIDEO_DECODER_OK) {
    print("street: the stream has no picture (%u)\n", (unsigned)status);
    finish_fail(2);
  }
  if (width != 3 * network.input.w || height != 3 * network.input.h || network.input.c != 3 || network.output.w != network.input.w ||
      network.output.h != network.input.h || network.output.c != 1) {
    print("street: a stream of %u x %u does not fit network '%s', which takes a third of %u x %u\n", width, height, network.name,
          3 * network.input.w, 3 * network.input.h);
    finish_fail(2);
  }
  print("street: %u x %u, network '%s' of %lu kMAC a frame\n", width, height, network.name, network.macs / 1000);
  if (dt_chosen_region(&machine.tree, "visoc-outputs", "masks", &base, &masks_bytes)) masks_out = (uint8_t*)base;
}

static void make_slots(void) {
  stride = (width + STRIDE_MULTIPLE - 1) / STRIDE_MULTIPLE * STRIDE_MULTIPLE;
  const size_t pixels = (size_t)network.output.w * network.output.h;
  for (unsigned i = 0; i < SLOTS; ++i) {
    slot_t* slot = &slots[i];
    slot->luma = allocate((size_t)stride * height);
    slot->chroma = allocate((size_t)stride * (height / 2));
    slot->side_info = allocate(SIDE_INFO_BYTES);
    slot->tensor = allocate(pixels * 3);
    slot->scores = allocate(pixels);
    slot->mask = allocate(pixels);
  }
}

// The whole way of frame `number` into its slot. Nothing waits here: the engines do.
static void queue_frame(uint32_t number) {
  slot_t* slot = &slots[number % SLOTS];
  const video_frame_t frame = {.luma = slot->luma,
                               .chroma = slot->chroma,
                               .stride = stride,
                               .rows = height,
                               .side_info = slot->side_info,
                               .side_info_bytes = SIDE_INFO_BYTES};
  // The slot's picture must have been shown; its tensor and scores have been read when its mask was made.
  command_t decode = {.tag = number, .post = true, .post_id = decoded_id, .post_increment = 1, .silent = true};
  if (number >= SLOTS) {
    decode.wait_count = 1;
    decode.waits[0] = (command_wait_t){shown_id, number - SLOTS + 1};
  }
  FW_CHECK(video_decoder_submit(&decoder, &frame, &decode, &slot->decode_index) == VIDEO_DECODER_OK);

  const scaler_job_t job = {.luma = slot->luma,
                            .chroma = slot->chroma,
                            .tensor = slot->tensor,
                            .width_px = width,
                            .height_px = height,
                            .luma_stride = stride,
                            .chroma_stride = stride};
  const command_t scale = {.tag = number,
                           .wait_count = 1,
                           .waits = {{decoded_id, number + 1}},
                           .post = true,
                           .post_id = scaled_id,
                           .post_increment = 1,
                           .silent = true};
  FW_CHECK(scaler_submit(&scaler, &job, &scale, &slot->scale_index) == SCALER_OK);

  const command_t run = {.tag = number, .wait_count = 1, .waits = {{scaled_id, number + 1}}};
  FW_CHECK(npu_submit(&npu, &network, slot->tensor, slot->scores, &run, &slot->npu_index) == NPU_OK);
}

// Threshold, count, print, show.
static void finish_frame(uint32_t number, int32_t threshold, const command_completion_t* run) {
  slot_t* slot = &slots[number % SLOTS];
  const uint64_t begin = CSR_READ(mcycle);
  const uint32_t pixels = network.output.w * network.output.h;
  uint32_t lit = 0;
  for (uint32_t i = 0; i < pixels; ++i) {
    const uint8_t inside = slot->scores[i] >= threshold;
    slot->mask[i] = inside;
    lit += inside;
  }
  static component_t people[COMPONENTS_MAX];
  static display_box_t boxes[SLOTS][COMPONENTS_MAX];
  display_box_t* frame_boxes = boxes[number % SLOTS];
  const unsigned count = find_components(slot->mask, network.output.w, network.output.h, MIN_PERSON_PIXELS, people);
  const unsigned shown = count < COMPONENTS_MAX ? count : COMPONENTS_MAX;
  for (unsigned i = 0; i < shown; ++i) {
    frame_boxes[i].x = (uint16_t)(3 * people[i].left);
    frame_boxes[i].y = (uint16_t)(3 * people[i].top);
    frame_boxes[i].width = (uint16_t)(3 * (people[i].right - people[i].left + 1));
    frame_boxes[i].height = (uint16_t)(3 * (people[i].bottom - people[i].top + 1));
  }
  if (masks_out != 0 && (uint64_t)(number + 1) * pixels <= masks_bytes) memcpy(masks_out + (uint64_t)number * pixels, slot->mask, pixels);

  const display_mask_t mask = {
      .mode = DISPLAY_MASK_NONZERO, .pixels = slot->mask, .width_px = network.output.w, .height_px = network.output.h};
  const display_frame_t frame = {.luma = slot->luma,
                                 .chroma = slot->chroma,
                                 .width_px = width,
                                 .height_px = height,
                                 .luma_stride = stride,
                                 .chroma_stride = stride,
                                 .frame_index = number,
                                 .mask = &mask,
                                 .boxes = frame_boxes,
                                 .box_count = shown,
                                 .box_colour = BOX_COLOUR};
  const command_t show = {.tag = number, .post = true, .post_id = shown_id, .post_increment = 1};
  FW_CHECK(display_submit(&display, &frame, &show, &slot->show_index) == DISPLAY_OK);

  command_completion_t decode, scale;
  FW_CHECK(video_decoder_wait(&decoder, slot->decode_index, &decode) == VIDEO_DECODER_OK);
  FW_CHECK(scaler_wait(&scaler, slot->scale_index, &scale) == SCALER_OK);
  decode_cycles += decode.cycles;
  scale_cycles += scale.cycles;
  npu_cycles += run->cycles;
  print("frame %3u %c: %u people, %u mask pixels, %u vectors, %lu us\n", number, slot->side_info->picture_type, count, lit,
        slot->side_info->vector_count, timer_nanoseconds() / 1000);
  hart_cycles += CSR_READ(mcycle) - begin;
}

int main(void) {
  find_engines();
  open_inputs();
  make_slots();
  const int32_t threshold = npu_threshold(&network.output, 0.5f);
  for (uint32_t i = 0; i < SLOTS; ++i) queue_frame(i);
  uint32_t frames = 0;
  for (;; ++frames) {
    slot_t* slot = &slots[frames % SLOTS];
    command_completion_t run;
    const npu_status_t status = npu_wait(&npu, slot->npu_index, &run);
    if (status != NPU_OK) {
      // What the NPU waited for has failed: at the end of the stream that is how it should be.
      command_completion_t scale, decode;
      if (run.status != COMMAND_UPSTREAM) give_up("the NPU", &run);
      scaler_wait(&scaler, slot->scale_index, &scale);
      if (scale.status != COMMAND_UPSTREAM) give_up("the scaler", &scale);
      const video_decoder_status_t ended = video_decoder_wait(&decoder, slot->decode_index, &decode);
      if (ended != VIDEO_DECODER_END_OF_STREAM) give_up("the decoder", &decode);
      break;
    }
    finish_frame(frames, threshold, &run);
    queue_frame(frames + SLOTS);
  }
  command_completion_t shown;
  if (frames != 0 && display_wait(&display, slots[(frames - 1) % SLOTS].show_index, &shown) != DISPLAY_OK) give_up("the display", &shown);
  print("street: %u frames, %u shown, %lu us\n", frames, display_frames_shown(&display), timer_nanoseconds() / 1000);
  print("street: cycles a frame: decode %lu, scale %lu, network %lu (each of its engine's clock), hart %lu\n", decode_cycles / frames,
        scale_cycles / frames, npu_cycles / frames, hart_cycles / frames);
  return frames != 0 && display_frames_shown(&display) == frames ? 0 : 1;
}
