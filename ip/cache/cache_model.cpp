// The shared cache as a module: harts call it, its own master goes to the memory.
// SPDX-License-Identifier: Apache-2.0
#include <tlm_utils/simple_initiator_socket.h>

#include <systemc>

#include "ip/cache/cache_level_core.h"
#include "platform/registry/registry.h"
#include "platform/tlm/block.h"
#include "platform/tlm/timing_only_port.h"

namespace visoc {
namespace {

class CacheModule : public sc_core::sc_module, public Block, private CacheLevel {
 public:
  CacheModule(const sc_core::sc_module_name& name, const SharedCacheOptions& options)
      : sc_module(name), socket_("socket"), core_(options, *this) {}

  MasterSocket* master() override { return &socket_; }
  CacheLevel* shared_cache() override { return &core_; }

  std::vector<Statistic> statistics() const override {
    const CacheCounts& counts = core_.cache().counts();
    const auto read = static_cast<unsigned>(CacheUse::kRead), write = static_cast<unsigned>(CacheUse::kWrite);
    return {{"accesses", counts.all_accesses(), "lines that harts asked for or sent down"},
            {"hits", counts.all_accesses() - counts.all_misses(), "of them here"},
            {"read_accesses", counts.accesses[read], "lines asked for by first-level caches, instructions and data"},
            {"read_misses", counts.misses[read], "of them not here: read from below"},
            {"write_accesses", counts.accesses[write], "lines or parts of lines that came down from first-level caches"},
            {"write_misses", counts.misses[write], "of them not here"},
            {"evictions", counts.evictions, "lines that made room for others"},
            {"write_backs", counts.write_backs, "dirty lines among them, written to memory"},
            {"fence_write_backs", counts.cleaned, "dirty lines written to memory for a fence"},
            {"timing_only_bytes", port_.bytes(), "bytes of lines read and written over the bus; the data themselves go past it"}};
  }
  std::vector<EnergyEvent> energy_events() const override { return {{"l2_access", core_.cache().counts().all_accesses()}}; }
  void save(StateWriter& out) const override { core_.save(out); }
  bool load(StateReader& in) override { return core_.load(in); }

 private:
  // CacheLevel: what is below the core.
  Picos fetch(Picos at, Addr addr, unsigned bytes) override { return port_.transfer(socket_, at, addr, bytes, false); }
  Picos write(Picos at, Addr addr, unsigned bytes) override { return port_.transfer(socket_, at, addr, bytes, true); }
  Picos publish(Picos at, bool) override { return at; }

  tlm_utils::simple_initiator_socket<CacheModule, kBusWidthBits> socket_;
  TimingOnlyPort port_;
  SharedCache core_;
};

CacheGeometry geometry_of(const Parameters& p) {
  CacheGeometry geometry;
  geometry.size_bytes = p.count("capacity");
  geometry.ways = static_cast<unsigned>(p.count("ways"));
  geometry.line_bytes = static_cast<unsigned>(p.count("line"));
  const std::string& text = p.text("replacement");
  geometry.replacement = text == "lru"         ? Replacement::kLru
                         : text == "tree_plru" ? Replacement::kTreePlru
                         : text == "fifo"      ? Replacement::kFifo
                                               : Replacement::kRandom;
  return geometry;
}

}  // namespace

void register_cache(Registry& registry) {
  ModelSpec spec;
  spec.model = "cache";
  spec.doc = "Second-level cache that the harts of its bus share; times misses, data stay in memory.";
  spec.role = ModelRole::kCache;
  spec.has_master = true;
  spec.parameters = {
      {"capacity", ParameterType::kSize, "512KiB", "of the data it stands for (assumed)", false, 1, CacheGeometry::kMostBytes, {}},
      {"ways", ParameterType::kCount, "8", "lines a set (assumed)", false, 1, CacheGeometry::kMostWays, {}},
      {"line", ParameterType::kSize, "64B", "bytes of a line (assumed)", false, CacheGeometry::kLeastLine, CacheGeometry::kMostLine, {}},
      {"replacement", ParameterType::kChoice, "lru", "which line makes room", false, 0, 0, {"lru", "tree_plru", "fifo", "random"}},
      {"hit_latency",
       ParameterType::kTime,
       "12ns",
       "from a first-level miss to the data, or to the request below (assumed)",
       false,
       0,
       kPicosPerMicro,
       {}},
      {"clean_time",
       ParameterType::kTime,
       "4ns",
       "between two dirty lines that a fence sends down (assumed: 16 bytes a nanosecond)",
       false,
       0,
       kPicosPerMicro,
       {}},
      {"write_buffer", ParameterType::kCount, "8", "lines on their way down while the cache goes on (assumed)", false, 1, 1024, {}},
  };
  spec.check = [](const Parameters& parameters) {
    std::vector<ParameterProblem> problems;
    for (const Problem& problem : check_cache_geometry(geometry_of(parameters), "")) problems.push_back({"capacity", problem.message});
    return problems;
  };
  registry.add(spec, "tlm", [](const BlockContext& context) -> std::unique_ptr<Block> {
    const Parameters& p = context.parameters;
    SharedCacheOptions options;
    options.geometry = geometry_of(p);
    options.geometry.seed = context.services.seed();
    options.hit_latency = p.time("hit_latency");
    options.clean_time = p.time("clean_time");
    options.write_places = p.count("write_buffer");
    return std::make_unique<CacheModule>(context.instance.c_str(), options);
  });
}

}  // namespace visoc
