// Every operation on random shapes against plain loops written from npu_program.h section 4, on every kind of vector instructions that
// the host has: the portable path, which other hosts take, is one of them.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "ip/npu/layer_plan.h"
#include "ip/npu/systolic_core.h"

using namespace visoc;
using namespace visoc::npu;

namespace {

using Wide = std::int64_t;

Wide floor_div(Wide a, Wide b) { return a / b - (a % b < 0 ? 1 : 0); }
Wide power(unsigned exponent) { return Wide{1} << exponent; }
std::int32_t wrap32(Wide value) { return static_cast<std::int32_t>(static_cast<std::uint32_t>(value)); }

Wide plain_scale(Wide x, Wide multiplier, int shift) {
  const Wide s = std::clamp<Wide>(shift > 0 ? x * power(static_cast<unsigned>(shift)) : x, INT32_MIN, INT32_MAX);
  Wide high = INT32_MAX;
  if (s != INT32_MIN || multiplier != INT32_MIN) {
    const Wide p = s * multiplier;
    high = (p + (p >= 0 ? power(30) : 1 - power(30))) / power(31);
  }
  const unsigned e = shift < 0 ? static_cast<unsigned>(-shift) : 0;
  const Wide floored = floor_div(high, power(e)), rest = high - floored * power(e);
  return floored + (rest > (power(e) - 1) / 2 + (high < 0 ? 1 : 0) ? 1 : 0);
}

/// A layer with all its numbers.
struct Case {
  LayerCommand layer{};
  std::vector<std::int8_t> in[2], weights, lut;
  std::vector<ChannelEntry> channels;

  Wide in0(Wide y, Wide x, Wide k) const { return at(in[0], layer.in0, y, x, k); }
  static Wide at(const std::vector<std::int8_t>& map, const TensorRef& t, Wide y, Wide x, Wide k) {
    return map[static_cast<std::size_t>((y * t.w + x) * t.c + k)];
  }
  bool inside(Wide y, Wide x) const { return y >= 0 && x >= 0 && y < layer.in0.h && x < layer.in0.w; }
  Wide weight(Wide k, Wide ky, Wide kx, Wide i) const {
    return weights[static_cast<std::size_t>(((k * layer.kernel_h + ky) * layer.kernel_w + kx) * (layer.in0.c / layer.groups) + i)];
  }
  std::int8_t finish(Wide value, Wide zero) const {
    const Wide r = std::clamp<Wide>(value + zero, layer.clamp_min, layer.clamp_max);
    return (layer.flags & kLayerLut) != 0 ? lut[static_cast<std::size_t>(r + 128)] : static_cast<std::int8_t>(r);
  }
  std::int8_t scaled(Wide acc, Wide k) const {
    const ChannelEntry& entry = channels[static_cast<std::size_t>(k)];
    return finish(plain_scale(wrap32(acc), entry.multiplier, entry.shift), layer.out.zero_point);
  }
  std::int8_t convolution(Wide y, Wide x, Wide k) const;
  std::int8_t transposed(Wide y, Wide x, Wide k) const;
  std::int8_t pool(Wide y, Wide x, Wide k) const;
  std::int8_t nearest(Wide y, Wide x, Wide k) const;
  std::int8_t bilinear(Wide y, Wide x, Wide k) const;
  std::int8_t result(Wide y, Wide x, Wide k) const;
};

std::int8_t Case::convolution(Wide y, Wide x, Wide k) const {
  const Wide per_in = layer.in0.c / layer.groups, group = k / (layer.out.c / layer.groups);
  Wide acc = channels[static_cast<std::size_t>(k)].bias;
  for (Wide ky = 0; ky < layer.kernel_h; ++ky)
    for (Wide kx = 0; kx < layer.kernel_w; ++kx) {
      const Wide row = y * layer.stride_h + ky * layer.dilation_h - layer.pad_top,
                 column = x * layer.stride_w + kx * layer.dilation_w - layer.pad_left;
      if (!inside(row, column)) continue;
      for (Wide i = 0; i < per_in; ++i) acc += (in0(row, column, group * per_in + i) - layer.in0.zero_point) * weight(k, ky, kx, i);
    }
  return scaled(acc, k);
}

std::int8_t Case::transposed(Wide y, Wide x, Wide k) const {
  Wide acc = channels[static_cast<std::size_t>(k)].bias;
  for (Wide ky = 0; ky < layer.kernel_h; ++ky)
    for (Wide kx = 0; kx < layer.kernel_w; ++kx) {
      const Wide row = y + layer.pad_top - ky, column = x + layer.pad_left - kx;
      if (row % layer.stride_h != 0 || column % layer.stride_w != 0 || !inside(row / layer.stride_h, column / layer.stride_w)) continue;
      for (Wide i = 0; i < layer.in0.c; ++i)
        acc += (in0(row / layer.stride_h, column / layer.stride_w, i) - layer.in0.zero_point) * weight(k, ky, kx, i);
    }
  return scaled(acc, k);
}

std::int8_t Case::pool(Wide y, Wide x, Wide k) const {
  Wide most = -128, sum = 0, count = 0;
  for (Wide ky = 0; ky < layer.kernel_h; ++ky)
    for (Wide kx = 0; kx < layer.kernel_w; ++kx) {
      const Wide row = y * layer.stride_h + ky - layer.pad_top, column = x * layer.stride_w + kx - layer.pad_left;
      if (!inside(row, column)) continue;
      most = std::max(most, in0(row, column, k));
      sum += in0(row, column, k);
      ++count;
    }
  if (layer.op == Op::kMaxPool) return finish(most, 0);
  return finish(count == 0 ? 0 : sum >= 0 ? (sum + count / 2) / count : (sum - count / 2) / count, 0);
}

std::int8_t Case::nearest(Wide y, Wide x, Wide k) const {
  const auto from = [&](Wide o, Wide outs, Wide ins) {
    Wide source = 0;
    if (layer.coordinates == Coordinates::kAsymmetric) source = o * ins / outs;
    if (layer.coordinates == Coordinates::kHalfPixel) source = (2 * o + 1) * ins / (2 * outs);
    if (layer.coordinates == Coordinates::kAlignCorners && outs > 1) source = (2 * o * (ins - 1) + outs - 1) / (2 * (outs - 1));
    return std::min(source, ins - 1);
  };
  return finish(in0(from(y, layer.out.h, layer.in0.h), from(x, layer.out.w, layer.in0.w), k), 0);
}

std::int8_t Case::bilinear(Wide y, Wide x, Wide k) const {
  const auto position = [&](Wide o, Wide outs, Wide ins) {
    const bool corners = layer.coordinates == Coordinates::kAlignCorners && outs > 1;
    const Wide step = corners ? (1024 * (ins - 1) + (outs - 1) / 2) / (outs - 1) : (1024 * ins + outs / 2) / outs;
    return std::clamp<Wide>(o * step + (layer.coordinates == Coordinates::kHalfPixel ? step / 2 - 512 : 0), 0, 1024 * (ins - 1));
  };
  const Wide py = position(y, layer.out.h, layer.in0.h), px = position(x, layer.out.w, layer.in0.w);
  const Wide y0 = py / 1024, fy = py % 1024, y1 = std::min<Wide>(y0 + 1, layer.in0.h - 1);
  const Wide x0 = px / 1024, fx = px % 1024, x1 = std::min<Wide>(x0 + 1, layer.in0.w - 1);
  const Wide s = in0(y0, x0, k) * (1024 - fy) * (1024 - fx) + in0(y1, x0, k) * fy * (1024 - fx) + in0(y0, x1, k) * (1024 - fy) * fx +
                 in0(y1, x1, k) * fy * fx;
  return finish((s > 0 ? s + power(19) : s - power(19)) / power(20), 0);
}

std::int8_t Case::result(Wide y, Wide x, Wide k) const {
  switch (layer.op) {
    case Op::kConv2d:
      return convolution(y, x, k);
    case Op::kTransposedConv2d:
      return transposed(y, x, k);
    case Op::kAdd: {
      const Wide a = (in0(y, x, k) - layer.in0.zero_point) * power(20),
                 b = (at(in[1], layer.in1, y, x, k) - layer.in1.zero_point) * power(20);
      const Wide sum = wrap32(plain_scale(a, layer.multiplier[0], layer.shift[0]) + plain_scale(b, layer.multiplier[1], layer.shift[1]));
      return finish(plain_scale(sum, layer.multiplier[2], layer.shift[2]), layer.out.zero_point);
    }
    case Op::kCopy:
      return finish(plain_scale(in0(y, x, k) - layer.in0.zero_point, layer.multiplier[0], layer.shift[0]), layer.out.zero_point);
    case Op::kMaxPool:
    case Op::kAveragePool:
      return pool(y, x, k);
    case Op::kResizeNearest:
      return nearest(y, x, k);
    case Op::kResizeBilinear:
      return bilinear(y, x, k);
    case Op::kLut:
      return static_cast<std::int8_t>(
          std::clamp<std::int32_t>(lut[static_cast<std::size_t>(in0(y, x, k) + 128)], layer.clamp_min, layer.clamp_max));
  }
  return 0;
}

class Maker {
 public:
  explicit Maker(unsigned seed) : random_(seed) {}

  std::uint32_t below(std::uint32_t count) { return static_cast<std::uint32_t>(random_() % count); }
  std::uint32_t between(std::uint32_t low, std::uint32_t high) { return low + below(high - low + 1); }
  std::int32_t zero_point() { return static_cast<std::int32_t>(below(256)) - 128; }

  std::vector<std::int8_t> numbers(std::size_t count) {
    std::vector<std::int8_t> out(count);
    for (std::int8_t& value : out) value = static_cast<std::int8_t>(below(8) == 0 ? (below(2) == 0 ? -128 : 127) : random_());
    return out;
  }
  /// Ordinary factors, and every eighth time any number at all.
  void factor(std::int32_t& multiplier, std::int32_t& shift, std::uint32_t reduction) {
    if (below(8) == 0) {
      multiplier = below(4) == 0 ? INT32_MIN : static_cast<std::int32_t>(random_());
      shift = static_cast<std::int32_t>(below(63)) - 31;
      return;
    }
    multiplier = static_cast<std::int32_t>((1u << 30) + below(1u << 30));
    shift = -static_cast<std::int32_t>(between(0, 4 + reduction));
  }

  Case make(Op op) {
    for (;;) {
      Case c = guess(op);
      if (check_layer(c.layer)) continue;
      c.in[0] = numbers(std::size_t{c.layer.in0.h} * c.layer.in0.w * c.layer.in0.c);
      if (op == Op::kAdd) c.in[1] = numbers(c.in[0].size());
      if (has_lut(c.layer)) c.lut = numbers(256);
      if (has_weights(c.layer)) {
        c.weights = numbers(filter_bytes(c.layer) * c.layer.out.c);
        for (std::uint32_t k = 0; k < c.layer.out.c; ++k) {
          ChannelEntry entry{};
          entry.bias = below(8) == 0 ? static_cast<std::int32_t>(random_()) : static_cast<std::int32_t>(below(20'000)) - 10'000;
          factor(entry.multiplier, entry.shift, 8);
          // The vector path takes a layer only if no channel shifts to the left.
          if (plain_ && (entry.shift > 0 || entry.multiplier == INT32_MIN)) entry = {entry.bias, 1 << 30, -3};
          c.channels.push_back(entry);
        }
      }
      return c;
    }
  }

 private:
  TensorRef map(std::uint32_t h, std::uint32_t w, std::uint32_t c) {
    return {Base::kArena, ElementType::kInt8, 0, 0, h, w, c, w * c, c, zero_point()};
  }
  std::uint16_t small(std::uint32_t most) { return static_cast<std::uint16_t>(between(1, most)); }

  Case guess(Op op) {
    Case c;
    LayerCommand& layer = c.layer;
    layer.op = op;
    plain_ = below(3) != 0;
    layer.in0 = map(between(1, 14), between(1, 30), between(1, 40));
    layer.out = layer.in0;
    layer.out.zero_point = zero_point();
    layer.groups = 1;
    layer.kernel_h = small(5);
    layer.kernel_w = small(5);
    layer.stride_h = small(3);
    layer.stride_w = small(3);
    layer.dilation_h = layer.dilation_w = 1;
    layer.pad_top = static_cast<std::uint16_t>(below(layer.kernel_h));
    layer.pad_left = static_cast<std::uint16_t>(below(layer.kernel_w));
    layer.clamp_min = below(3) == 0 ? -static_cast<std::int32_t>(below(100)) : -128;
    layer.clamp_max = below(3) == 0 ? static_cast<std::int32_t>(below(100)) : 127;
    if (op != Op::kLut && below(3) == 0) layer.flags = kLayerLut;
    layer.coordinates = static_cast<Coordinates>(below(3));
    for (int i = 0; i < 3; ++i) factor(layer.multiplier[i], layer.shift[i], i == 2 ? 12 : 0);
    if (op == Op::kAdd) layer.in1 = map(layer.in0.h, layer.in0.w, layer.in0.c);
    if (op == Op::kResizeNearest || op == Op::kResizeBilinear) {
      layer.out.h = between(1, 30);
      layer.out.w = between(1, 30);
    }
    if (op == Op::kConv2d || op == Op::kTransposedConv2d) layer.out.c = between(1, 40);
    if (op == Op::kConv2d) {
      const std::uint32_t kind = below(4);
      if (kind == 0) {  // Depthwise, with one or two filters a channel.
        layer.groups = layer.in0.c;
        layer.out.c = layer.in0.c * between(1, 2);
      } else if (kind == 1) {
        layer.groups = between(2, 4);
        layer.in0.c = layer.groups * between(1, 9);
        layer.out.c = layer.groups * between(1, 9);
      }
      layer.dilation_h = small(2);
      layer.dilation_w = small(2);
    }
    if (op == Op::kTransposedConv2d) {
      layer.out.h = layer.in0.h * layer.stride_h + layer.kernel_h - layer.pad_top - below(layer.stride_h + 1u);
      layer.out.w = layer.in0.w * layer.stride_w + layer.kernel_w - layer.pad_left - below(layer.stride_w + 1u);
    } else if (op == Op::kConv2d || op == Op::kMaxPool || op == Op::kAveragePool) {
      layer.out.h = between(1, (layer.in0.h + layer.pad_top - 1) / layer.stride_h + 1);
      layer.out.w = between(1, (layer.in0.w + layer.pad_left - 1) / layer.stride_w + 1);
    }
    for (TensorRef* t : {&layer.in0, &layer.out}) {
      t->pixel_stride = t->c;
      t->row_stride = t->w * t->c;
    }
    return c;
  }

  std::mt19937 random_;
  bool plain_ = true;
};

/// What the core makes of some rows and channels of the layer; only the input rows it may ask for are there.
std::vector<std::int8_t> run_tile(SystolicCore& core, const Case& c, RowRange rows, RowRange channels) {
  const LayerCommand& layer = c.layer;
  const RowRange needed = input_rows(layer, rows);
  const std::size_t row_bytes = std::size_t{layer.in0.w} * layer.in0.c;
  const std::vector<std::int8_t> in0(c.in[0].begin() + static_cast<std::ptrdiff_t>(needed.first * row_bytes),
                                     c.in[0].begin() + static_cast<std::ptrdiff_t>((needed.first + needed.count) * row_bytes));
  std::vector<std::int8_t> in1;
  Tile tile;
  tile.layer = &layer;
  tile.rows = rows;
  tile.filters = {channels.first, channels.count, nullptr, nullptr};
  if (has_weights(layer)) {
    tile.filters.weights = c.weights.data() + channels.first * filter_bytes(layer);
    tile.filters.channels = c.channels.data() + channels.first;
  }
  tile.in[0] = {in0.data(), needed.first, needed.count};
  if (layer.op == Op::kAdd) {
    in1.assign(c.in[1].begin() + static_cast<std::ptrdiff_t>(rows.first * row_bytes),
               c.in[1].begin() + static_cast<std::ptrdiff_t>((rows.first + rows.count) * row_bytes));
    tile.in[1] = {in1.data(), rows.first, rows.count};
  }
  tile.lut = c.lut.empty() ? nullptr : c.lut.data();
  std::vector<std::int8_t> out(std::size_t{rows.count} * layer.out.w * channels.count);
  tile.out = out.data();
  core.run(tile);
  return out;
}

void compare(Op op, unsigned cases) {
  std::vector<std::unique_ptr<SystolicCore>> cores;
  for (unsigned isa = 0; isa <= static_cast<unsigned>(detect_host_isa()); ++isa)
    cores.push_back(std::make_unique<SystolicCore>(32, 32, Dataflow::kWeightStationary, 32, static_cast<HostIsa>(isa)));
  Maker maker(static_cast<unsigned>(op));
  std::size_t saturated = 0, compared = 0;
  for (unsigned i = 0; i < cases; ++i) {
    const Case c = maker.make(op);
    const LayerCommand& layer = c.layer;
    // Tiles of a transposed convolution begin at whole phases.
    const std::uint32_t unit = op == Op::kTransposedConv2d ? layer.stride_h : 1;
    RowRange rows{maker.below((layer.out.h + unit - 1) / unit) * unit, 0};
    rows.count = maker.between(1, layer.out.h - rows.first);
    RowRange channels{0, layer.out.c};
    if (has_weights(layer)) {
      channels.first = maker.below(layer.out.c);
      channels.count = maker.between(1, layer.out.c - channels.first);
    }
    std::vector<std::int8_t> wanted;
    for (std::uint32_t y = rows.first; y < rows.first + rows.count; ++y)
      for (std::uint32_t x = 0; x < layer.out.w; ++x)
        for (std::uint32_t k = channels.first; k < channels.first + channels.count; ++k) wanted.push_back(c.result(y, x, k));
    for (std::int8_t value : wanted) saturated += value == layer.clamp_min || value == layer.clamp_max ? 1 : 0;
    compared += wanted.size();
    for (unsigned isa = 0; isa < cores.size(); ++isa) {
      INFO("case " << i << " on " << host_isa_name(static_cast<HostIsa>(isa)) << ": " << layer.in0.h << "x" << layer.in0.w << "x"
                   << layer.in0.c << " -> " << layer.out.h << "x" << layer.out.w << "x" << layer.out.c << ", kernel " << layer.kernel_h
                   << "x" << layer.kernel_w << ", stride " << layer.stride_h << "x" << layer.stride_w << ", groups " << layer.groups
                   << ", rows " << rows.first << "+" << rows.count << ", channels " << channels.first << "+" << channels.count);
      REQUIRE(run_tile(*cores[isa], c, rows, channels) == wanted);
    }
  }
  CHECK(saturated < compared * 3 / 4);  // Else the numbers would show little.
}

}  // namespace

TEST_CASE("Convolutions with groups, strides, dilations and pads equal plain loops on every host path", "[fast]") {
  compare(Op::kConv2d, 300);
}
TEST_CASE("Transposed convolutions equal plain loops on every host path", "[fast]") { compare(Op::kTransposedConv2d, 150); }
TEST_CASE("Sums of two scales equal plain loops on every host path", "[fast]") { compare(Op::kAdd, 200); }
TEST_CASE("Copies, pools, resizes and tables equal plain loops", "[fast]") {
  for (Op op : {Op::kCopy, Op::kMaxPool, Op::kAveragePool, Op::kResizeNearest, Op::kResizeBilinear, Op::kLut}) {
    INFO("operation " << static_cast<unsigned>(op));
    compare(op, 100);
  }
}

TEST_CASE("Fixed-point scaling rounds as its definition says, at every edge", "[fast]") {
  CHECK(scale(5, 1 << 30, 1) == 5);
  CHECK(scale(5, 1 << 30, 0) == 3);       // 2.5 goes up,
  CHECK(scale(-5, 1 << 30, 0) == -2);     // -2.5 too: the product's high half rounds half towards +infinity there,
  CHECK(scale(-5, INT32_MAX, -1) == -3);  // while the shift rounds half away from zero.
  CHECK(scale(INT32_MIN, INT32_MIN, 0) == INT32_MAX);
  CHECK(scale(INT32_MIN, 1 << 30, 31) == INT32_MIN / 2);  // Saturates before the product.
  const std::int32_t edges[] = {INT32_MIN, INT32_MIN + 1, -(1 << 30) - 1, -(1 << 30), -3, -1, 0, 1, 2,
                                3,         1 << 30,       INT32_MAX - 1,  INT32_MAX};
  std::mt19937 random(5);
  for (int shift = -31; shift <= 31; ++shift)
    for (unsigned i = 0; i < 400; ++i) {
      const std::int32_t x = i < 169 ? edges[i / 13] : static_cast<std::int32_t>(random() >> random() % 32);
      const std::int32_t m = i < 169 ? edges[i % 13] : static_cast<std::int32_t>(random());
      if (scale(x, m, shift) != plain_scale(x, m, shift)) FAIL("scale(" << x << ", " << m << ", " << shift << ")");
    }
}
