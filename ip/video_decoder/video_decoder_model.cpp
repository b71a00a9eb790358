// SPDX-License-Identifier: Apache-2.0
#include "ip/video_decoder/video_decoder_core.h"
#include "platform/registry/device_parameters.h"
#include "platform/registry/registry.h"
#include "platform/tlm/device_module.h"
#include "regs/video_decoder_regs.h"

namespace visoc {

void register_video_decoder(Registry& registry) {
  ModelSpec spec;
  spec.model = "video_decoder";
  spec.doc = "Decodes H.264 and HEVC from memory into NV12 pictures, with motion vectors of H.264, by libavcodec.";
  spec.registers = &regs::video_decoder::kTable;
  spec.has_master = true;
  spec.interrupts = 1;
  spec.compatible = {"visoc,video-decoder"};
  spec.parameters = device_parameters(/*engine=*/true);
  spec.parameters.push_back(
      {"start_cycles", ParameterType::kCount, "32", "cycles of every command before its work (assumed)", false, 0, 1'000'000, {}});
  spec.parameters.push_back({"bits_per_cycle",
                             ParameterType::kCount,
                             "2",
                             "bits through entropy decoding a cycle (assumed: about what CABAC engines in the literature reach)",
                             false,
                             1,
                             1024,
                             {}});
  spec.parameters.push_back({"cycles_per_macroblock",
                             ParameterType::kCount,
                             "256",
                             "cycles to reconstruct and deblock 16x16 pixels (assumed)",
                             false,
                             1,
                             1'000'000,
                             {}});
  spec.parameters.push_back({"reference_bytes_per_cycle",
                             ParameterType::kCount,
                             "16",
                             "bytes of reference pictures fetched a cycle from the decoder's own store (assumed)",
                             false,
                             1,
                             4096,
                             {}});
  registry.add(spec, "tlm", [](const BlockContext& context) -> std::unique_ptr<Block> {
    VideoDecoderOptions options;
    options.clock = context.parameters.clock("clock");
    options.poll_interval = context.parameters.time("poll_interval");
    options.start_cycles = context.parameters.count("start_cycles");
    options.bits_per_cycle = context.parameters.count("bits_per_cycle");
    options.cycles_per_macroblock = context.parameters.count("cycles_per_macroblock");
    options.reference_bytes_per_cycle = context.parameters.count("reference_bytes_per_cycle");
    return std::make_unique<DeviceModule>(context.instance.c_str(), std::make_unique<VideoDecoderCore>(options),
                                          device_options(context, /*has_master=*/true), &context.services);
  });
}

}  // namespace visoc
