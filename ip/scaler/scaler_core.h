// Third-size int8 tensors of 4:2:0 pictures, command by command from a ring.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/contract/command_ring.h"

namespace visoc {

enum class ScalerOpcode : std::uint16_t { kScale = 1 };

/// 64 bytes in memory, little endian: u64 luma, u64 chroma, u64 dst, u32 width_px, u32 height_px, u32 luma_stride, u32 chroma_stride,
/// u32 dst_stride, u32 reserved[5] (zero). Addresses are computed modulo 2^64; any alignment.
struct ScalerParameters {
  static constexpr std::uint32_t kBytes = 64;

  Addr luma = 0;                                                     ///< height_px rows of width_px bytes.
  Addr chroma = 0;                                                   ///< height_px / 2 rows of width_px / 2 pairs Cb Cr.
  Addr dst = 0;                                                      ///< height_px / 3 rows of width_px / 3 triples Y U V, int8.
  std::uint32_t width_px = 0, height_px = 0;                         ///< Multiples of 6, 6 to 4096.
  std::uint32_t luma_stride = 0, chroma_stride = 0, dst_stride = 0;  ///< Bytes from row to row, at least width_px.

  std::vector<std::uint8_t> encode() const;
  static ScalerParameters decode(StateReader& in);
  /// Offset of the first field that is out of range, or kBytes if all are good.
  std::uint32_t first_bad_field() const;
};

struct ScalerOptions {
  Clock clock{1'250};
  Picos poll_interval = kPicosPerMicro;
  std::uint64_t pixels_per_cycle = 8;  ///< Source luma pixels; chroma passes at the same time.
  Cycles start_cycles = 8;
};

/// Two rows of the tensor from six luma and three chroma rows of the picture. `luma` and `chroma` are packed rows of `width_px` bytes,
/// `out` gets 2 rows of width_px bytes. Luma: (sum of 3 x 3 + 4) / 9. Chroma: each 3 x 3 makes 2 x 2, each
/// (4 corner + 2 row neighbour + 2 column neighbour + centre + 4) / 9, the exact average of the 1.5 x 1.5 samples it covers.
/// Nine is odd, so there are no ties. Then 128 is taken off. `width_px` is a multiple of 6.
void scale_strip(const std::uint8_t* luma, const std::uint8_t* chroma, std::uint32_t width_px, std::int8_t* out);

/// Works in strips of two tensor rows: a strip is read at once and written at the wake-up after it; the next one's reads start together
/// with that write. On a fault the strips before it are written, nothing of the one that failed to be read.
class ScalerCore : public RingCore {
 public:
  static constexpr std::uint32_t kMaxSide = 4096;
  static constexpr std::uint32_t kSideMultiple = 6;
  static constexpr std::uint32_t kLumaRows = 6, kChromaRows = 3, kTensorRows = 2;  ///< Of a strip.

  explicit ScalerCore(const ScalerOptions& options);

  std::vector<Statistic> statistics() const override;
  std::vector<EnergyEvent> energy_events() const override;

 protected:
  EngineProgress begin(Picos now, const Descriptor& descriptor, const std::vector<std::uint8_t>& parameters, MemoryPort& memory) override;
  EngineProgress advance(Picos now, MemoryPort& memory) override;
  void cancel() override;
  void save_engine(StateWriter& out) const override;
  void load_engine(StateReader& in) override;
  void reset_engine() override;
  std::string activity_name(const Descriptor& descriptor) const override;

 private:
  EngineProgress next_strip(Picos now, Picos not_before, MemoryPort& memory);
  void set_rows_done(std::uint32_t rows);

  ScalerOptions options_;

  // State.
  ScalerParameters parameters_;
  std::uint32_t strip_ = 0;         ///< The next to be read.
  std::vector<std::int8_t> ready_;  ///< Two tensor rows that have been computed and not yet written; else empty.
  std::uint32_t rows_done_ = 0;
  std::uint64_t pixels_read_ = 0, tensor_bytes_ = 0, pictures_ = 0;
};

}  // namespace visoc
