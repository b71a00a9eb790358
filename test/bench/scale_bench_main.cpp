// How the time of a simulation grows with initiators, channels and memory: traffic generators on the bus in front of banked DRAM.
// SPDX-License-Identifier: Apache-2.0
//
// scale_bench GENERATORS CHANNELS GIGABYTES PATTERN; one machine a process. Prints names and figures, one a line:
//   seconds             of processor time for all accesses
//   accesses            of 64 bytes, over all generators
//   simulated_ns        until the last of them ended
//   resident_kib        that the memory and the accesses added to the process
//   tables_kib          that they added to the host's page tables
//   written_kib         pages of memory that the accesses wrote to
// PATTERN: stream (each generator reads and writes a region of its own in order), random (all of them anywhere in 64 MiB) or sparse
// (every access in a page of its own, the pages spread over all of the memory). Exit code 2: bad arguments. SPDX-License-Identifier:
// Apache-2.0
#include <ctime>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <systemc>
#include <vector>

#include "ip/bus/bus_model.h"
#include "ip/dram_controller/dram_controller_model.h"
#include "ip/dram_controller/storage.h"
#include "platform/tlm/sim_time.h"
#include "test/support/fake_services.h"

namespace visoc {
namespace {

constexpr Addr kBase = 0x8000'0000;
constexpr std::uint64_t kPageBytes = Storage::kPageBytes;
constexpr unsigned kAccessBytes = 64, kWriteEvery = 4;
constexpr std::uint64_t kStreamed = 2'000'000, kScattered = 50'000;  ///< Accesses of all generators together.
constexpr std::uint64_t kRegionBytes = std::uint64_t{1} << 20;       ///< Of a streaming generator, read again and again.
constexpr std::uint64_t kRandomBytes = std::uint64_t{64} << 20, kRandomAddresses = 1 << 15;
constexpr Picos kQuantum = kPicosPerMicro;  ///< So far a generator runs ahead of the kernel.

/// Reads and writes without a pause, each access when the one before has ended; every kWriteEvery-th is a write.
class Generator : public sc_core::sc_module, private tlm::tlm_bw_transport_if<> {
 public:
  SC_HAS_PROCESS(Generator);
  Generator(const sc_core::sc_module_name& name, std::vector<Addr> addresses, std::uint64_t accesses)
      : sc_module(name), socket("socket"), addresses_(std::move(addresses)), accesses_(accesses) {
    socket.bind(*this);
    SC_THREAD(run);
  }

  MasterSocket socket;

 private:
  void run() {
    tlm::tlm_generic_payload payload;
    std::uint8_t data[kAccessBytes];
    std::memset(data, 0x5a, sizeof data);
    sc_core::sc_time ahead;
    for (std::uint64_t i = 0; i < accesses_; ++i) {
      payload.set_command(i % kWriteEvery == kWriteEvery - 1 ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
      payload.set_address(addresses_[i % addresses_.size()]);
      payload.set_data_ptr(data);
      payload.set_data_length(kAccessBytes);
      payload.set_streaming_width(kAccessBytes);
      payload.set_byte_enable_ptr(nullptr);
      payload.set_dmi_allowed(false);
      payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
      socket->b_transport(payload, ahead);
      if (payload.is_response_error()) std::exit(1);
      if (to_picos(ahead) >= kQuantum) {
        wait(ahead);
        ahead = sc_core::SC_ZERO_TIME;
      }
    }
    wait(ahead);
  }
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload&, tlm::tlm_phase&, sc_core::sc_time&) override { return tlm::TLM_COMPLETED; }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}

  std::vector<Addr> addresses_;
  std::uint64_t accesses_;
};

double processor_seconds() {
  std::timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

struct Footprint {
  std::uint64_t resident_kib = 0, tables_kib = 0;
};

enum class Pattern { kStream, kRandom, kSparse };

/// Of /proc/self/status; 0 where there is none.
Footprint footprint() {
  Footprint found;
  if (std::FILE* file = std::fopen("/proc/self/status", "r")) {
    char line[256];
    while (std::fgets(line, sizeof line, file) != nullptr) {
      if (std::strncmp(line, "VmRSS:", 6) == 0) found.resident_kib = std::strtoull(line + 6, nullptr, 10);
      if (std::strncmp(line, "VmPTE:", 6) == 0) found.tables_kib = std::strtoull(line + 6, nullptr, 10);
    }
    std::fclose(file);
  }
  return found;
}

std::uint64_t share_of(unsigned number, unsigned generators, std::uint64_t accesses) {
  return accesses / generators + (number < accesses % generators ? 1 : 0);
}

/// With the pattern sparse.
std::uint64_t written_pages(unsigned generators, std::uint64_t accesses) {
  std::uint64_t pages = 0;
  for (unsigned i = 0; i < generators; ++i) pages += share_of(i, generators, accesses) / kWriteEvery;
  return pages;
}

/// Where generator `number` of `generators` goes.
std::vector<Addr> addresses_of(unsigned number, unsigned generators, std::uint64_t bytes, Pattern pattern) {
  std::vector<Addr> all;
  if (pattern == Pattern::kSparse) {
    const std::uint64_t apart = bytes / kScattered / kPageBytes * kPageBytes;
    for (std::uint64_t i = number; i < kScattered; i += generators) all.push_back(kBase + i * apart);
  } else if (pattern == Pattern::kRandom) {
    std::mt19937_64 random(number);
    while (all.size() < kRandomAddresses) all.push_back(kBase + random() % kRandomBytes / kAccessBytes * kAccessBytes);
  } else {
    const std::uint64_t first = bytes / generators * number / kRegionBytes * kRegionBytes;
    for (Offset offset = 0; offset < kRegionBytes; offset += kAccessBytes) all.push_back(kBase + first + offset);
  }
  return all;
}

/// The table with so many channels, neighbouring bursts in different ones.
bool widen(DramDevice& device, unsigned channels) {
  unsigned bits = 0;
  while ((1u << bits) < channels) ++bits;
  if ((1u << bits) != channels) return false;
  device.channels = channels;
  std::vector<std::string> mapping;
  if (bits != 0) mapping.push_back("channel:" + std::to_string(bits));
  for (const char* piece : {"bank_group:2", "column:7", "bank:2"}) mapping.emplace_back(piece);
  return set_dram_mapping(device, mapping, "scale_bench").empty();
}

int run(unsigned generators, unsigned channels, std::uint64_t gigabytes, Pattern pattern) {
  Result<DramDevice> device = load_dram_device("ddr4_2400");
  if (!device.ok() || !widen(device.value(), channels)) {
    std::fprintf(stderr, "scale_bench: no table of ddr4_2400 with %u channels\n", channels);
    return 2;
  }
  const std::uint64_t bytes = gigabytes << 30;
  test::FakeServices services;
  BankedDramOptions options;
  options.frontend = options.backend = 10 * kPicosPerNano;
  options.dmi_hit_percent = 70;
  options.posted = true;
  BusModule bus("bus0", BusTiming{{1'000}, 32, 4, 4}, &services);
  const Footprint before = footprint();
  DramModule dram("dram0", bytes, std::make_unique<BankedDramTiming>(device.value(), options));
  std::vector<std::unique_ptr<Generator>> all;
  const std::uint64_t accesses = pattern == Pattern::kSparse ? kScattered : kStreamed;
  for (unsigned i = 0; i < generators; ++i) {
    const std::string name = "generator" + std::to_string(i);
    all.push_back(
        std::make_unique<Generator>(name.c_str(), addresses_of(i, generators, bytes, pattern), share_of(i, generators, accesses)));
    bus.attach_master(name, all.back()->socket);
  }
  bus.attach_slave("dram0", kBase, bytes, *dram.slave());
  sc_core::sc_start(sc_core::SC_ZERO_TIME);

  const double begin = processor_seconds();
  sc_core::sc_start();
  const double seconds = processor_seconds() - begin;
  const Footprint after = footprint();
  std::uint64_t pages = kRandomBytes / kPageBytes;  // As good as all.
  if (pattern == Pattern::kSparse) pages = written_pages(generators, accesses);
  if (pattern == Pattern::kStream) pages = generators * kRegionBytes / kPageBytes;
  std::printf("seconds %.6f\naccesses %llu\nsimulated_ns %.0f\n", seconds, static_cast<unsigned long long>(accesses),
              static_cast<double>(kernel_now()) / 1e3);
  std::printf(
      "resident_kib %llu\ntables_kib %llu\nwritten_kib %llu\n", static_cast<unsigned long long>(after.resident_kib - before.resident_kib),
      static_cast<unsigned long long>(after.tables_kib - before.tables_kib), static_cast<unsigned long long>(pages * kPageBytes >> 10));
  return 0;
}

}  // namespace
}  // namespace visoc

int sc_main(int argc, char** argv) {
  const auto number = [&](int i, long most) {
    const long value = argc == 5 ? std::strtol(argv[i], nullptr, 10) : 0;
    return value >= 1 && value <= most ? static_cast<unsigned>(value) : 0u;
  };
  const unsigned generators = number(1, 64), channels = number(2, 8), gigabytes = number(3, 64);
  const std::vector<std::string> patterns = {"stream", "random", "sparse"};
  const auto pattern = std::find(patterns.begin(), patterns.end(), argc == 5 ? argv[4] : "");
  if (generators == 0 || channels == 0 || gigabytes == 0 || pattern == patterns.end()) {
    std::fprintf(stderr, "usage: scale_bench GENERATORS(1..64) CHANNELS(1, 2, 4, 8) GIGABYTES(1..64) stream|random|sparse\n");
    return 2;
  }
  return visoc::run(generators, channels, gigabytes, static_cast<visoc::Pattern>(pattern - patterns.begin()));
}
