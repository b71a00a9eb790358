// What the NPU reads from memory: the network file, the RUN command's parameters, the layer commands, and the exact integer
// meaning of every operation. This is the contract between sw/compiler, the firmware's driver and ip/npu.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace visoc::npu {

// Everything is little endian, and every structure below lies in memory byte for byte as it is declared.
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the structures below are memory images");

// ------------------------------------------------------------------------------------------------------------------------
// 1. The network file `net.vnet`
//
//     offset 0                VnetHeader, 192 bytes
//     program_offset          layer_count x LayerCommand (192 bytes each), in the order of execution
//     weights_offset          the weight blob: weights, channel tables, lookup tables, side tables
//
// Position independent: the file may lie anywhere in memory (64-byte aligned), and so may the arena (activation memory). The
// firmware reads the header only, allocates `arena_bytes`, and hands the three addresses to RUN.

inline constexpr std::uint32_t kVnetMagic = 0x54454e56;  ///< The bytes 'V' 'N' 'E' 'T'.
inline constexpr std::uint32_t kVnetVersion = 1;
inline constexpr std::uint64_t kVnetAlignment = 64;  ///< Of program_offset, weights_offset, arena base and the file itself.

/// Network input or output: dense NHWC int8 (N = 1), h x w pixels of c bytes. real = scale * (q - zero_point).
struct VnetTensor {
  std::uint64_t arena_offset;  ///< Where the tensor lies unless RUN gives it an address of its own.
  std::uint32_t h, w, c;
  float scale;              ///< IEEE 754 binary32; firmware without floating point may treat it as 32 opaque bits.
  std::int32_t zero_point;  ///< -128 to 127.
  std::uint32_t reserved;   ///< 0.
};
static_assert(sizeof(VnetTensor) == 32, "layout");

struct VnetHeader {
  std::uint32_t magic;           ///< kVnetMagic.
  std::uint32_t version;         ///< kVnetVersion.
  std::uint64_t total_bytes;     ///< Of the whole file.
  std::uint64_t program_offset;  ///< From the start of the file; multiple of 64.
  std::uint32_t layer_count;     ///< 1 to kMaxLayers.
  std::uint32_t layer_bytes;     ///< sizeof(LayerCommand) = 192.
  std::uint64_t weights_offset;  ///< From the start of the file; multiple of 64.
  std::uint64_t weights_bytes;
  std::uint64_t arena_bytes;  ///< Activation memory the network needs; multiple of 64.
  std::uint32_t checksum;     ///< CRC-32 (IEEE 802.3, reflected, init and final xor ~0: zlib's crc32) of all bytes with this field 0.
  std::uint32_t flags;        ///< 0.
  VnetTensor input;           ///< At byte 64.
  VnetTensor output;          ///< At byte 96.
  char name[32];              ///< Network name, zero-terminated, for people.
  std::uint64_t macs;         ///< Multiply-accumulates of one run, for reports.
  std::uint64_t reserved[3];  ///< 0.
};
static_assert(sizeof(VnetHeader) == 192 && offsetof(VnetHeader, checksum) == 56 && offsetof(VnetHeader, input) == 64 &&
                  offsetof(VnetHeader, output) == 96 && offsetof(VnetHeader, name) == 128,
              "layout");

// ------------------------------------------------------------------------------------------------------------------------
// 2. The command

/// Descriptor opcode: runs `layer_count` layer commands.
inline constexpr std::uint16_t kOpcodeRun = 1;

/// The 64-byte parameter block of RUN.
struct RunParameters {
  std::uint64_t program;      ///< Address of the first LayerCommand; multiple of 8.
  std::uint32_t layer_count;  ///< 1 to kMaxLayers.
  std::uint32_t flags;        ///< 0.
  std::uint64_t weights;      ///< Base of Base::kWeights.
  std::uint64_t arena;        ///< Base of Base::kArena.
  std::uint64_t input;   ///< Base of Base::kInput: the network's input tensor (arena + input.arena_offset if it has no buffer of its own).
  std::uint64_t output;  ///< Base of Base::kOutput: the network's output tensor, likewise.
  std::uint64_t aux;     ///< Base of Base::kAux: maps a method keeps beside the activations (region masks, token tags); 0 if unused.
  std::uint64_t reserved;  ///< 0.
};
static_assert(sizeof(RunParameters) == 64 && offsetof(RunParameters, reserved) == 56, "layout");

/// Completion.detail of kBadParameter and kUnsupported inside the program: layer index << 16 | byte offset of the field in LayerCommand.
/// For the parameter block itself: kDetailParameters | byte offset. For a table in the weight blob: the offset of its *_offset field.
constexpr std::uint64_t layer_detail(std::uint64_t layer, std::size_t field) { return layer << 16 | field; }
inline constexpr std::uint64_t kDetailParameters = std::uint64_t{1} << 63;

// ------------------------------------------------------------------------------------------------------------------------
// 3. A layer command

/// What an offset counts from. Base + offset is taken modulo 2^64; what does not answer there is a read or write fault.
enum class Base : std::uint8_t { kNone = 0, kArena = 1, kWeights = 2, kInput = 3, kOutput = 4, kAux = 5 };

enum class ElementType : std::uint8_t { kInt8 = 0, kInt4 = 1, kInt16 = 2 };  ///< Version 1 executes kInt8 only; others: kUnsupported.

/// An h x w x c tensor. Element (y, x, k) is the byte at base + offset + y * row_stride + x * pixel_stride + k.
/// A dense tensor has pixel_stride = c and row_stride = w * c. A slice of channels of a wider tensor (concatenation) has the wide
/// tensor's strides and an offset that starts at its first channel; bytes between the slices are never written.
/// Limits, else kBadParameter: h, w, c from 1 to kMaxSide; pixel_stride >= c; row_stride >= (w - 1) * pixel_stride + c.
struct TensorRef {
  Base base;
  ElementType type;
  std::uint16_t reserved;    ///< 0.
  std::uint32_t offset;      ///< Bytes.
  std::uint32_t h, w, c;     ///< Rows, columns, channels.
  std::uint32_t row_stride;  ///< Bytes from one row to the next.
  std::uint32_t pixel_stride;
  std::int32_t zero_point;  ///< -128 to 127; the q that means real 0.
};
static_assert(sizeof(TensorRef) == 32, "layout");

enum class Op : std::uint16_t {
  kConv2d = 1,            ///< Convolution with groups; depthwise is groups = in.c; fully connected is a 1x1 kernel on 1x1 pixels.
  kTransposedConv2d = 2,  ///< Any kernel and stride; groups = 1.
  kAdd = 3,               ///< in0 + in1, each with its own scale.
  kCopy = 4,              ///< Copy with requantisation: one command an input makes a concatenation; slice and pad-free moves too.
  kMaxPool = 5,
  kAveragePool = 6,
  kResizeNearest = 7,
  kResizeBilinear = 8,
  kLut = 9,  ///< Any unary function as a table.
};

enum class RequantMode : std::uint8_t { kTflite = 0, kOnnx = 1 };  ///< Version 1 executes kTflite only.

/// How an output coordinate maps to the input, for resize.
enum class Coordinates : std::uint8_t { kAsymmetric = 0, kHalfPixel = 1, kAlignCorners = 2 };

inline constexpr std::uint16_t kLayerLut = 1u << 0;  ///< After the clamp, look the result up (any op): see section 4, finish().

/// 192 bytes. Fields an operation does not use are 0.
struct LayerCommand {
  Op op;
  std::uint16_t flags;
  std::uint32_t tag;  ///< The compiler's own number of the layer; shown in reports, otherwise unused.

  TensorRef in0;  ///< At byte 8.
  TensorRef in1;  ///< At byte 40. kAdd only; base kNone otherwise.
  TensorRef out;  ///< At byte 72.

  // At byte 104. Convolutions and pools. Each from 1 (pads from 0) to kMaxKernel.
  std::uint16_t kernel_h, kernel_w;
  std::uint16_t stride_h, stride_w;
  std::uint16_t dilation_h, dilation_w;  ///< 1 for pools and transposed convolutions.
  std::uint16_t pad_top, pad_left;       ///< Bottom and right follow from out.h and out.w; may be anything.
  std::uint32_t groups;                  ///< kConv2d: divides in0.c and out.c. 1 otherwise.

  RequantMode requant;      ///< At byte 124.
  ElementType weight_type;  ///< kInt8.
  Coordinates coordinates;  ///< Resize.
  std::uint8_t reserved0;   ///< 0.

  // At byte 128. Offsets count from Base::kWeights.
  std::uint32_t weights_offset;  ///< int8 [out.c][kernel_h][kernel_w][in0.c / groups], dense, both convolutions. Symmetric: zero point 0.
  std::uint32_t channel_offset;  ///< ChannelEntry [out.c]; both convolutions; multiple of 4.
  std::uint32_t lut_offset;      ///< int8 [256]; kLut, or kLayerLut set.
  std::uint32_t reserved1;       ///< 0.

  // At byte 144. Fused activation: every op clamps to [clamp_min, clamp_max] (-128, 127: none).
  std::int32_t clamp_min, clamp_max;

  // At byte 152. kAdd: in0, in1, out. kCopy: [0]. Unused otherwise.
  std::int32_t multiplier[3];
  std::int32_t shift[3];

  // At byte 176. Side tables of further compute cores (thresholds, row indices, region sizes; masks lie in Base::kAux). 0 for `systolic`.
  std::uint32_t side_offset;  ///< From Base::kWeights.
  std::uint32_t side_bytes;
  std::uint32_t mask_in_offset;  ///< From Base::kAux.
  std::uint32_t mask_out_offset;
};
static_assert(sizeof(LayerCommand) == 192 && offsetof(LayerCommand, in1) == 40 && offsetof(LayerCommand, out) == 72 &&
                  offsetof(LayerCommand, kernel_h) == 104 && offsetof(LayerCommand, groups) == 120 &&
                  offsetof(LayerCommand, requant) == 124 && offsetof(LayerCommand, weights_offset) == 128 &&
                  offsetof(LayerCommand, clamp_min) == 144 && offsetof(LayerCommand, multiplier) == 152 &&
                  offsetof(LayerCommand, shift) == 164 && offsetof(LayerCommand, side_offset) == 176,
              "layout");

/// Per output channel of a convolution: 12 bytes.
struct ChannelEntry {
  std::int32_t bias;        ///< In units of input scale x weight scale.
  std::int32_t multiplier;  ///< Q31: real factor = multiplier / 2^31 * 2^shift. Normalised multipliers lie in [2^30, 2^31).
  std::int32_t shift;       ///< -31 to 31; positive is a left shift.
};
static_assert(sizeof(ChannelEntry) == 12, "layout");

inline constexpr std::uint32_t kMaxLayers = 4096;
inline constexpr std::uint32_t kMaxSide = 16384;  ///< Of h, w and c.
inline constexpr std::uint32_t kMaxKernel = 255;  ///< Kernel, stride, dilation; pads likewise (average and max pool too).

// Every window must touch its input, else kBadParameter at the pad or at out.h / out.w:
//   convolution, pools     pad < (kernel - 1) * dilation + 1,  (out - 1) * stride - pad < in
//   transposed             pad < kernel,                       out + pad <= in * stride + kernel
// One output row of at least one filter (its weights, its input rows twice, the row twice) must fit the scratchpad, else kUnsupported at
// out.w. The engine cuts rows and filters into tiles itself; a program need not know the scratchpad's size.

// ------------------------------------------------------------------------------------------------------------------------
// 4. What each operation computes. Exact; every implementation gives these bytes.
//
// Notation: q(y, x, k) an int8 of a tensor; z0, z1, zo the zero points of in0, in1, out; integers unbounded unless said otherwise;
// trunc(a / b) rounds towards zero, floor(a / b) down; wrap32 keeps the low 32 bits as two's complement.
//
// finish(v, z): the common end.  r = clamp(v + z, clamp_min, clamp_max);  if kLayerLut: r = lut[r + 128].  (lut[0] belongs to q = -128.)
//
// Requantisation `tflite`, as the gemmlowp fixed-point routines define it:
//   high_mul(a, b)   a, b int32. If a = b = -2^31: 2^31 - 1. Otherwise with p = a * b (64 bits):
//                    trunc((p + (p >= 0 ? 2^30 : 1 - 2^30)) / 2^31).                  (product's high half, rounded half away from 0
//                                                                                     for p > 0, half towards +infinity for p < 0)
//   round_shift(x, e) e from 0 to 31. m = x mod 2^e (0 <= m < 2^e); floor(x / 2^e) + (m > t ? 1 : 0),
//                    where t = floor((2^e - 1) / 2) + (x < 0 ? 1 : 0).                (divide by 2^e, round half away from 0)
//   scale(x, multiplier, shift)
//                    l = max(shift, 0), r = max(-shift, 0); s = x * 2^l saturated to int32; round_shift(high_mul(s, multiplier), r).
//                    Identity: multiplier = 2^30, shift = 1.
//
// kConv2d   Ig = in0.c / groups, Og = out.c / groups, g = floor(k / Og).
//   acc = wrap32(bias[k] + sum over ky < kernel_h, kx < kernel_w, i < Ig of
//                (in0(y*stride_h + ky*dilation_h - pad_top, x*stride_w + kx*dilation_w - pad_left, g*Ig + i) - z0) * weight[k][ky][kx][i])
//   where positions outside in0 contribute 0.       out(y, x, k) = finish(scale(acc, multiplier[k], shift[k]), zo).
//   At most 2^31 / (255 * 128) = 65 793 products cannot wrap; a longer reduction wraps, the same on every host.
//
// kTransposedConv2d   out.h and out.w as given (usually (in0.h - 1) * stride + kernel - pads).
//   acc = wrap32(bias[k] + sum over ky, kx, i < in0.c with (y + pad_top - ky) = stride_h * sy, (x + pad_left - kx) = stride_w * sx
//                for an integer position (sy, sx) inside in0, of (in0(sy, sx, i) - z0) * weight[k][ky][kx][i])
//   finished like kConv2d. The 2x case of ONNX ConvTranspose kernel 2, stride 2: pads 0, out = 2 * in; weights transposed to
//   [out.c][kh][kw][in.c] by the compiler, kernel not flipped.
//
// kAdd      in0, in1 and out have one shape. With a_j = (q_j - z_j) * 2^20 (fits int32):
//   out = finish(scale(wrap32(scale(a_0, multiplier[0], shift[0]) + scale(a_1, multiplier[1], shift[1])), multiplier[2], shift[2]), zo).
//   (TFLite's int8 ADD: twice the larger input scale as common scale, left shift 20.)
//
// kCopy     in0 and out have one shape.     out = finish(scale(in0 - z0, multiplier[0], shift[0]), zo).
//
// kMaxPool  out.c = in0.c. out = finish(max of in0 over the window positions inside in0, 0): no zero points, in and out share
//   their quantisation. Window of (y, x): rows y*stride_h - pad_top + [0, kernel_h), columns likewise. A window with no position
//   inside in0 gives finish(-128, 0).
//
// kAveragePool  out.c = in0.c; in and out share their quantisation. s = sum over the positions inside in0, n = their number
//   (padding is not counted): out = finish(s >= 0 ? floor((s + floor(n/2)) / n) : trunc((s - floor(n/2)) / n), 0); n = 0 gives finish(0,
//   0). n must not exceed 2^16 (kernel_h * kernel_w <= 65025 by kMaxKernel).
//
// kResizeNearest   out.c = in0.c, any sizes. out(y, x, k) = finish(in0(row(y), column(x), k), 0), where row(y) for H = in0.h, O = out.h is
//   kAsymmetric    min(floor(y * H / O), H - 1)
//   kHalfPixel     min(floor((2*y + 1) * H / (2 * O)), H - 1)
//   kAlignCorners  O = 1: 0; else min(floor((2*y*(H-1) + (O-1)) / (2*(O-1))), H - 1)          (round half up)
//   and column(x) the same with w. For whole upscale factors kAsymmetric and kHalfPixel pick the same element.
//
// kResizeBilinear  out.c = in0.c, any sizes; positions in 1/1024 of a pixel (10 fraction bits, as TFLite's integer kernel):
//   step = floor((1024*H + floor(O/2)) / O);  kAlignCorners and O > 1: step = floor((1024*(H-1) + floor((O-1)/2)) / (O-1))
//   p = y * step                                  kAsymmetric, kAlignCorners
//   p = y * step + floor(step/2) - 512            kHalfPixel
//   p' = clamp(p, 0, 1024*(H-1)); y0 = floor(p' / 1024); fy = p' - 1024*y0; y1 = min(y0 + 1, H - 1).     Columns likewise: x0, x1, fx.
//   s = in0(y0,x0)*(1024-fy)*(1024-fx) + in0(y1,x0)*fy*(1024-fx) + in0(y0,x1)*(1024-fy)*fx + in0(y1,x1)*fy*fx
//   out = finish(s > 0 ? trunc((s + 2^19) / 2^20) : trunc((s - 2^19) / 2^20), 0).                         No zero points: equal
//   quantisation.
//
// kLut      in0 and out have one shape. r = lut[in0 + 128]; out = clamp(r, clamp_min, clamp_max). kLayerLut must not be set.
//
// In-place: kAdd, kCopy and kLut may write over an input with the same strides and offset. Every other overlap of an output with an
// input of the same layer gives undefined (but repeatable) bytes. A layer starts when the one before it has been stored.

}  // namespace visoc::npu
