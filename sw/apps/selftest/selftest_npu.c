// A 3x3 convolution that the hart works out too, written as a layer command by hand; then a command that is none.
// SPDX-License-Identifier: Apache-2.0
#include "memory.h"
#include "npu.h"
#include "selftest.h"

enum { SIDE = 6, IN = 4, OUT = 5, INPUT_ZERO = -3, OUTPUT_ZERO = 7 };
enum { BASE_NONE = 0, BASE_WEIGHTS = 2, BASE_INPUT = 3, BASE_OUTPUT = 4, OP_CONV2D = 1 };

// TensorRef and LayerCommand of ip/npu/npu_program.h.
typedef struct {
  uint8_t base, type;
  uint16_t reserved;
  uint32_t offset, h, w, c, row_stride, pixel_stride;
  int32_t zero_point;
} tensor_t;
typedef struct {
  uint16_t op, flags;
  uint32_t tag;
  tensor_t in0, in1, out;
  uint16_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
  uint32_t groups;
  uint8_t requant, weight_type, coordinates, reserved0;
  uint32_t weights_offset, channel_offset, lut_offset, reserved1;
  int32_t clamp_min, clamp_max;
  int32_t multiplier[3], shift[3];
  uint32_t side_offset, side_bytes, mask_in_offset, mask_out_offset;
} layer_t;
_Static_assert(sizeof(layer_t) == 192, "a layer command has 192 bytes");
typedef struct {
  int32_t bias, multiplier, shift;
} channel_t;

static struct {
  channel_t channels[OUT];
  int8_t weights[OUT][3][3][IN];
} blob __attribute__((aligned(64)));
static layer_t layer __attribute__((aligned(64)));
static int8_t input[SIDE][SIDE][IN] __attribute__((aligned(64)));
static int8_t output[SIDE][SIDE][OUT] __attribute__((aligned(64)));

static int expected(int y, int x, int k) {
  int32_t sum = blob.channels[k].bias;
  for (int dy = 0; dy < 3; ++dy)
    for (int dx = 0; dx < 3; ++dx)
      for (int i = 0; i < IN; ++i) {
        const int row = y + dy - 1, column = x + dx - 1;
        if (row >= 0 && row < SIDE && column >= 0 && column < SIDE)
          sum += (input[row][column][i] - INPUT_ZERO) * blob.weights[k][dy][dx][i];
      }
  sum += OUTPUT_ZERO;
  return sum < -100 ? -100 : sum > 100 ? 100 : sum;
}

static const char* test_npu(const selftest_device_t* device) {
  static npu_t npu;
  EXPECT(npu_init(&npu, device->index, 2) == NPU_OK);
  for (unsigned i = 0; i < sizeof input; ++i) ((int8_t*)input)[i] = (int8_t)((int)(i * 29 % 17) - 8);
  for (unsigned i = 0; i < sizeof blob.weights; ++i) ((int8_t*)blob.weights)[i] = (int8_t)((int)(i * 13 % 7) - 3);
  // 2^30 shifted left by one is one: the sums go out as they are.
  for (int k = 0; k < OUT; ++k) blob.channels[k] = (channel_t){5 * k - 9, 1 << 30, 1};
  layer = (layer_t){
      .op = OP_CONV2D,
      .in0 = {.base = BASE_INPUT, .h = SIDE, .w = SIDE, .c = IN, .row_stride = SIDE * IN, .pixel_stride = IN, .zero_point = INPUT_ZERO},
      .out =
          {.base = BASE_OUTPUT, .h = SIDE, .w = SIDE, .c = OUT, .row_stride = SIDE * OUT, .pixel_stride = OUT, .zero_point = OUTPUT_ZERO},
      .kernel_h = 3,
      .kernel_w = 3,
      .stride_h = 1,
      .stride_w = 1,
      .dilation_h = 1,
      .dilation_w = 1,
      .pad_top = 1,
      .pad_left = 1,
      .groups = 1,
      .weights_offset = (uint32_t)((uintptr_t)blob.weights - (uintptr_t)&blob),
      .clamp_min = -100,
      .clamp_max = 100};
  memset(output, 0x55, sizeof output);
  const npu_network_t network = {.file = 0, .program_offset = (uintptr_t)&layer, .weights_offset = (uintptr_t)&blob, .layer_count = 1};
  uint32_t index = 0;
  command_completion_t completion;
  EXPECT(npu_submit(&npu, &network, &input[0][0][0], &output[0][0][0], 0, &index) == NPU_OK);
  EXPECT(npu_wait(&npu, index, &completion) == NPU_OK);
  EXPECT(completion.cycles != 0);
  for (int y = 0; y < SIDE; ++y)
    for (int x = 0; x < SIDE; ++x)
      for (int k = 0; k < OUT; ++k) EXPECT(output[y][x][k] == expected(y, x, k));

  layer.op = 999;
  EXPECT(npu_submit(&npu, &network, &input[0][0][0], &output[0][0][0], 0, &index) == NPU_OK);
  EXPECT(npu_wait(&npu, index, &completion) == NPU_FAILED);
  EXPECT(completion.status == COMMAND_BAD_PARAMETER || completion.status == COMMAND_UNSUPPORTED);
  npu_network_t none;
  EXPECT(npu_load(&none, input, sizeof input) == NPU_BAD_NETWORK);
  return 0;
}

SELFTEST(85_npu, "npu", "visoc,npu", test_npu);
