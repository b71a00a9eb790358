// Float graph and calibrated ranges -> integer graph.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "platform/base/result.h"
#include "sw/compiler/calibrate.h"
#include "sw/compiler/graph.h"
#include "sw/compiler/quant_graph.h"

namespace visoc::compiler {

/// Asymmetric int8 over [low, high], which includes 0. An empty range gives scale 1/128, zero point 0. The scale is a binary32 value.
Quantisation quantisation_of(const Range& range);

/// The nearest multiplier in [2^30, 2^31) with its shift; 0 for a factor below 2^-32 (as TFLite's QuantizeMultiplier).
FixedFactor fixed_factor(double factor);

/// Weights: symmetric int8 in [-127, 127], a scale an output channel. Bias: int32 in input scale x weight scale. The scheme is that of
/// Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference" (CVPR 2018).
/// Shapes known, kBatchNorm folded.
QuantGraph quantise(const Graph& graph, const Calibration& calibration);

}  // namespace visoc::compiler
