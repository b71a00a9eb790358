// Breakpoints and watchpoints of the client, and what of them each hart has.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "platform/contract/hart_debug.h"

namespace visoc {

/// The client's points take effect at apply(): GDB removes and sets all of them around every stop, and a hart pays for each change.
class GdbPoints {
 public:
  /// In the order of the packets Z0 to Z4.
  enum class Kind : std::uint8_t { kSoftware, kHardware, kWrite, kRead, kAccess };
  /// Kept of each sort; a client that wants more gets an error.
  static constexpr std::size_t kMaxPoints = 1024;

  explicit GdbPoints(std::vector<HartDebug*> harts);

  /// `bytes` is the length watched; of no account for breakpoints. False: too many, or nothing or the end of memory would be watched.
  /// Setting a point twice is setting it once.
  bool insert(Kind kind, Addr addr, std::uint64_t bytes);
  void remove(Kind kind, Addr addr, std::uint64_t bytes);
  /// All points are gone, at once.
  void clear();

  /// Before the machine goes on. `moved[i]`: the client lets hart i go on. The others run too, but behind the client's back: they keep
  /// breakpoints that were removed since the last apply(), as GDB removes one for a moment to step a hart over it.
  void apply(const std::vector<bool>& moved);
  /// The hart goes on from where it stands even if there is a breakpoint.
  void resume_over(std::size_t hart);

  /// Does the hart have a breakpoint there, and is it one that was set by Z1 only?
  bool breakpoint_at(std::size_t hart, Addr pc, bool& hardware) const;
  /// Is there a watchpoint that this access touches? `kind` is what the client called it.
  bool watched(Addr addr, bool write, Kind& kind) const;

 private:
  struct Watched {
    Kind kind;
    Addr addr;
    std::uint64_t bytes;
  };
  struct Installed {
    std::vector<Addr> breakpoints;  ///< Sorted.
  };
  static constexpr std::size_t kNone = ~std::size_t{0};
  std::size_t find(Kind kind, Addr addr, std::uint64_t bytes) const;

  std::vector<HartDebug*> harts_;
  std::vector<Installed> installed_;
  std::vector<Addr> software_, hardware_, removed_;
  std::vector<Watched> watched_;
  bool watched_changed_ = false;
};

}  // namespace visoc
