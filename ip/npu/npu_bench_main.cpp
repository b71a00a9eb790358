// Measures the convolution kernels against oneDNN's f32 convolution on the layers of a street-scene network, one host thread.
// SPDX-License-Identifier: Apache-2.0
#include <dnnl.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "ip/npu/conv_kernels.h"

namespace {

using namespace visoc::npu;

struct Shape {
  const char* name;
  std::uint32_t h, w, c, out_c, kernel, stride, groups;
};

constexpr Shape kShapes[] = {
    {"stem", 192, 256, 3, 16, 3, 2, 1},   {"enc1", 96, 128, 16, 16, 3, 1, 1}, {"enc2a", 48, 64, 16, 32, 3, 1, 1},
    {"enc2b", 48, 64, 32, 32, 3, 1, 1},   {"enc3", 48, 64, 32, 64, 3, 2, 1},  {"mix3_dw", 24, 32, 64, 64, 5, 1, 64},
    {"mix3_pw", 24, 32, 64, 64, 1, 1, 1}, {"enc4", 24, 32, 64, 96, 3, 2, 1},  {"mix4_dw", 12, 16, 96, 96, 5, 1, 96},
    {"mix4_pw", 12, 16, 96, 96, 1, 1, 1}, {"dec4", 12, 16, 96, 64, 1, 1, 1},  {"dec3", 24, 32, 64, 32, 3, 1, 1},
    {"dec2", 48, 64, 64, 16, 3, 1, 1},    {"dec1", 96, 128, 16, 16, 3, 1, 1}, {"head", 192, 256, 8, 1, 3, 1, 1},
    {"wide", 48, 64, 128, 128, 3, 1, 1},
};

/// Best of several runs, in seconds.
template <typename Work>
double best_time(Work work) {
  double best = 1e9;
  for (int i = 0; i < 15; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

LayerCommand layer_of(const Shape& shape) {
  LayerCommand layer{};
  layer.op = Op::kConv2d;
  layer.in0 = {Base::kArena, ElementType::kInt8, 0, 0, shape.h, shape.w, shape.c, shape.w * shape.c, shape.c, 3};
  const std::uint32_t out_h = shape.h / shape.stride, out_w = shape.w / shape.stride;
  layer.out = {Base::kArena, ElementType::kInt8, 0, 0, out_h, out_w, shape.out_c, out_w * shape.out_c, shape.out_c, -5};
  layer.kernel_h = layer.kernel_w = static_cast<std::uint16_t>(shape.kernel);
  layer.stride_h = layer.stride_w = static_cast<std::uint16_t>(shape.stride);
  layer.dilation_h = layer.dilation_w = 1;
  layer.pad_top = layer.pad_left = static_cast<std::uint16_t>((shape.kernel - 1) / 2);
  layer.groups = shape.groups;
  layer.clamp_min = -128;
  layer.clamp_max = 127;
  return layer;
}

double time_own(HostIsa isa, const Shape& shape, std::uint32_t tile_rows) {
  const LayerCommand layer = layer_of(shape);
  const std::size_t filter = std::size_t{shape.kernel} * shape.kernel * shape.c / shape.groups;
  std::vector<std::int8_t> in(std::size_t{shape.h} * shape.w * shape.c), weights(shape.out_c * filter),
      out(std::size_t{layer.out.h} * layer.out.w * shape.out_c);
  for (auto& value : in) value = static_cast<std::int8_t>(std::rand());
  for (auto& value : weights) value = static_cast<std::int8_t>(std::rand());
  const std::vector<ChannelEntry> channels(shape.out_c, {100, 1 << 30, -8});
  const FilterSlice slice{0, shape.out_c, weights.data(), channels.data()};
  const PackedLayer packed = pack_layer(layer, slice);
  ConvScratch scratch;
  return best_time([&] {
    for (std::uint32_t row = 0; row < layer.out.h; row += tile_rows) {
      const RowRange rows{row, std::min(tile_rows, layer.out.h - row)};
      const RowRange needed = input_rows(layer, rows);
      convolve_rows(isa, layer, slice, packed, rows,
                    {in.data() + std::size_t{needed.first} * shape.w * shape.c, needed.first, needed.count}, {}, scratch,
                    out.data() + std::size_t{row} * layer.out.w * shape.out_c);
    }
  });
}

double time_dnnl(const Shape& shape) {
  using namespace dnnl;
  using Dims = memory::dims;
  engine cpu(engine::kind::cpu, 0);
  stream queue(cpu);
  const auto any = memory::format_tag::any;
  const auto f32 = memory::data_type::f32;
  const long k = shape.kernel, c = shape.c, n = shape.out_c, g = shape.groups, pad = (k - 1) / 2;
  const long out_h = shape.h / shape.stride, out_w = shape.w / shape.stride;
  const memory::desc src({1, c, shape.h, shape.w}, f32, any), bias({n}, f32, memory::format_tag::a), dst({1, n, out_h, out_w}, f32, any);
  const memory::desc weights = g == 1 ? memory::desc({n, c, k, k}, f32, any) : memory::desc({g, n / g, c / g, k, k}, f32, any);
  const long bottom = (out_h - 1) * shape.stride + k - pad - shape.h, right = (out_w - 1) * shape.stride + k - pad - shape.w;
  const convolution_forward::desc desc(prop_kind::forward_inference, algorithm::convolution_direct, src, weights, bias, dst,
                                       Dims{shape.stride, shape.stride}, Dims{pad, pad}, Dims{bottom, right});
  const convolution_forward::primitive_desc pd(desc, cpu);
  const convolution_forward conv(pd);
  memory in(pd.src_desc(), cpu), w(pd.weights_desc(), cpu), b(pd.bias_desc(), cpu), out(pd.dst_desc(), cpu);
  for (memory* m : {&in, &w, &b}) std::fill_n(static_cast<float*>(m->get_data_handle()), m->get_desc().get_size() / 4, 1.0f);
  return best_time([&] {
    conv.execute(queue, {{DNNL_ARG_SRC, in}, {DNNL_ARG_WEIGHTS, w}, {DNNL_ARG_BIAS, b}, {DNNL_ARG_DST, out}});
    queue.wait();
  });
}

}  // namespace

int main() {
  const HostIsa best = detect_host_isa();
  std::printf("%-8s %8s %10s %10s %10s %7s\n", "layer", "MMAC", "own us", "f32 us", "GMAC/s", "ratio");
  double own_total = 0, dnnl_total = 0, macs_total = 0;
  for (const Shape& shape : kShapes) {
    const double macs =
        double(shape.h / shape.stride) * (shape.w / shape.stride) * shape.out_c * shape.kernel * shape.kernel * shape.c / shape.groups;
    const double own = time_own(best, shape, 16), other = time_dnnl(shape);
    std::printf("%-8s %8.2f %10.1f %10.1f %10.2f %7.2f\n", shape.name, macs / 1e6, own * 1e6, other * 1e6, macs / own / 1e9, other / own);
    own_total += own;
    dnnl_total += other;
    macs_total += macs;
  }
  std::printf("%-8s %8.2f %10.1f %10.1f %10.2f %7.2f\n", host_isa_name(best), macs_total / 1e6, own_total * 1e6, dnnl_total * 1e6,
              macs_total / own_total / 1e9, dnnl_total / own_total);
  for (HostIsa isa : {HostIsa::kPortable, HostIsa::kAvx2, HostIsa::kAvx512}) {
    if (isa >= best) continue;
    double total = 0;
    for (const Shape& shape : kShapes) total += time_own(isa, shape, 16);
    std::printf("%-8s %8.2f %10.1f %32.2f\n", host_isa_name(isa), macs_total / 1e6, total * 1e6, macs_total / total / 1e9);
  }
  return 0;
}
