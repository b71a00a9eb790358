// SPDX-License-Identifier: Apache-2.0
#include "platform/sim/loader.h"

#include <algorithm>
#include <cstring>

#include "platform/base/check.h"
#include "platform/base/sha256.h"
#include "platform/base/text_file.h"
#include "platform/config/quantity.h"

namespace visoc {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kMaxInputBytes = 2ull << 30;
constexpr Offset kTreeInRom = 0x100;

/// auipc t0,0; csrr a0,mhartid; ld a1,32(t0); ld t0,40(t0); jr t0 - then the two addresses. (RISC-V unprivileged specification,
/// instruction listings.)
std::vector<std::uint8_t> make_reset_code(Addr entry, Addr device_tree) {
  const std::uint32_t code[] = {0x00000297, 0xf1402573, 0x0202b583, 0x0282b283, 0x00028067, 0x00000013, 0x00000013, 0x00000013};
  std::vector<std::uint8_t> bytes(sizeof code + 16);
  std::memcpy(bytes.data(), code, sizeof code);
  std::memcpy(bytes.data() + 32, &device_tree, 8);
  std::memcpy(bytes.data() + 40, &entry, 8);
  return bytes;
}

std::string range(const std::string& name, Addr base, std::uint64_t size) {
  return name + " [" + format_address(base) + ", " + format_address(base + size) + ")";
}

class Planner {
 public:
  Planner(const Description& description, const Registry& registry) : description_(description), registry_(registry) {}

  Result<LoadPlan> plan() {
    if (description_.firmware.empty()) return Problem{"", "", "no firmware: name an ELF, or a scenario with the key \"firmware\""};
    auto elf = read_elf(description_.firmware);
    if (!elf.ok()) return elf.problems();
    plan_.elf = std::move(elf.value());
    plan_.warnings = plan_.elf.warnings;
    check_segments(plan_.elf);
    for (const ImageFile& image : description_.images) read_image(image);
    if (problems_.empty()) place_regions();
    if (!problems_.empty()) return problems_;
    place_tree();
    if (!problems_.empty()) return problems_;
    return std::move(plan_);
  }

 private:
  const Instance* memory_at(Addr addr) const {
    for (const Instance& instance : description_.instances)
      if (instance.role == ModelRole::kMemory && addr >= instance.base && addr - instance.base < instance.size) return &instance;
    return nullptr;
  }

  void read_image(const ImageFile& image) {
    auto read = image.at.has_value() ? read_raw(image.path, *image.at) : read_elf(image.path);
    if (!read.ok()) {
      for (Problem problem : read.problems()) {
        problem.message += " (image '" + image.name + "')";
        problems_.push_back(problem);
      }
      return;
    }
    check_segments(read.value());
    check_overlap(read.value(), plan_.elf);
    for (const ElfImage& other : plan_.images) check_overlap(read.value(), other);
    plan_.warnings.insert(plan_.warnings.end(), read.value().warnings.begin(), read.value().warnings.end());
    plan_.images.push_back(std::move(read.value()));
  }

  static Result<ElfImage> read_raw(const std::string& path, Addr at) {
    auto content = read_file(path, kMaxInputBytes);
    if (!content.ok()) return content.problems();
    if (content.value().empty()) return Problem{path, "", "the file is empty"};
    if (!range_does_not_wrap(at, content.value().size()))
      return Problem{path, "", "at " + format_address(at) + " wraps around the address space"};
    ElfImage image;
    image.path = path;
    image.entry = at;
    image.sha256 = sha256_hex(ConstBytes(content.value().data(), content.value().size()));
    ElfSegment segment;
    segment.address = at;
    segment.memory_bytes = content.value().size();
    segment.bytes.assign(content.value().begin(), content.value().end());
    image.segments.push_back(std::move(segment));
    return image;
  }

  void check_overlap(const ElfImage& image, const ElfImage& other) {
    for (const ElfSegment& a : image.segments)
      for (const ElfSegment& b : other.segments)
        if (a.address < b.address + b.memory_bytes && b.address < a.address + a.memory_bytes)
          problems_.push_back({image.path, "",
                               "segment " + std::to_string(a.index) + range("", a.address, a.memory_bytes) + " overlaps " + other.path +
                                   range("", b.address, b.memory_bytes)});
  }

  void check_segments(const ElfImage& image) {
    for (const ElfSegment& segment : image.segments) {
      const Instance* memory = memory_at(segment.address);
      if (memory != nullptr && fits(segment.address - memory->base, segment.memory_bytes, memory->size)) continue;
      const std::string text = "segment " + std::to_string(segment.index) + range("", segment.address, segment.memory_bytes);
      for (const Instance& instance : description_.instances)
        if (instance.mapped && instance.role != ModelRole::kMemory && segment.address < instance.base + instance.size &&
            instance.base < segment.address + segment.memory_bytes)
          return problems_.push_back(
              {image.path, "", text + " lies over the registers of " + range(instance.name, instance.base, instance.size)});
      if (memory == nullptr) memory = description_.first_with_role(ModelRole::kMemory);
      problems_.push_back({image.path, "", text + " does not fit " + range(memory->name, memory->base, memory->size)});
    }
  }

  void place_regions() {
    const Instance* memory = description_.first_with_role(ModelRole::kMemory);
    Addr floor = memory->base;
    const auto raise_floor = [&](const ElfImage& image) {
      for (const ElfSegment& segment : image.segments)
        if (memory_at(segment.address) == memory) floor = std::max(floor, segment.address + segment.memory_bytes);
    };
    raise_floor(plan_.elf);
    for (const ElfImage& image : plan_.images) raise_floor(image);
    floor = align_up(floor, 1u << 20);
    Addr top = memory->base + memory->size;
    if (description_.first_with_role(ModelRole::kRom) == nullptr)
      top = reserve(top, floor, 1u << 16, "the device tree", memory), plan_.device_tree_at = top;
    for (const InputFile& input : description_.inputs) {
      auto content = read_file(input.path, kMaxInputBytes);
      if (!content.ok()) {
        for (Problem problem : content.problems()) {
          problem.message += " (input '" + input.name + "')";
          problems_.push_back(problem);
        }
        continue;
      }
      top = reserve(top, floor, content.value().size(), "input '" + input.name + "'", memory);
      plan_.chosen.inputs.push_back({input.name, top, content.value().size()});
      plan_.input_hashes.push_back(sha256_hex(ConstBytes(content.value().data(), content.value().size())));
      plan_.input_contents.push_back(std::move(content.value()));
    }
    for (const OutputRegion& output : description_.outputs) {
      top = reserve(top, floor, output.size, "output '" + output.name + "'", memory);
      plan_.chosen.outputs.push_back({output.name, top, output.size});
    }
    if (top > floor) plan_.chosen.free = {"free", floor, top - floor};
  }

  Addr reserve(Addr top, Addr floor, std::uint64_t bytes, const std::string& what, const Instance* memory) {
    const std::uint64_t padded = align_up(bytes, kPage);
    if (padded < bytes || top < floor || padded > top - floor) {
      problems_.push_back({description_.name, "",
                           what + " of " + std::to_string(bytes) + " bytes does not fit " +
                               range(memory->name, memory->base, memory->size) + " above the firmware"});
      return floor;
    }
    return top - padded;
  }

  void place_tree() {
    plan_.device_tree = device_tree_blob(machine_device_tree(description_, registry_, plan_.chosen));
    const Instance* rom = description_.first_with_role(ModelRole::kRom);
    if (rom == nullptr) {
      plan_.reset_pc = plan_.elf.entry;
      return;
    }
    if (!fits(kTreeInRom, plan_.device_tree.size(), rom->size)) {
      problems_.push_back({description_.name, "",
                           "the device tree of " + std::to_string(plan_.device_tree.size()) + " bytes does not fit " +
                               range(rom->name, rom->base, rom->size)});
      return;
    }
    plan_.device_tree_at = rom->base + kTreeInRom;
    plan_.reset_pc = rom->base;
    plan_.reset_code = make_reset_code(plan_.elf.entry, plan_.device_tree_at);
  }

  const Description& description_;
  const Registry& registry_;
  LoadPlan plan_;
  Problems problems_;
};

void put(Machine& machine, Addr at, const void* bytes, std::uint64_t size) {
  if (size == 0) return;
  std::uint8_t* host = machine.host_bytes(at, size);
  VISOC_CHECK(host != nullptr, "planned bytes at " + format_address(at) + " are not in a memory");
  std::memcpy(host, bytes, size);
}

}  // namespace

std::string LoadPlan::symbolise(Addr address) const {
  std::string text = elf.symbolise(address);
  for (const ElfImage& image : images)
    if (text.empty()) text = image.symbolise(address);
  return text;
}

Result<LoadPlan> plan_load(const Description& description, const Registry& registry) { return Planner(description, registry).plan(); }

void load(const LoadPlan& plan, const Description&, Machine& machine) {
  const auto put_segments = [&machine](const ElfImage& image) {
    for (const ElfSegment& segment : image.segments) put(machine, segment.address, segment.bytes.data(), segment.bytes.size());
  };
  put_segments(plan.elf);
  for (const ElfImage& image : plan.images) put_segments(image);
  for (std::size_t i = 0; i < plan.input_contents.size(); ++i)
    put(machine, plan.chosen.inputs[i].base, plan.input_contents[i].data(), plan.input_contents[i].size());
  put(machine, plan.device_tree_at, plan.device_tree.data(), plan.device_tree.size());
  put(machine, plan.reset_pc, plan.reset_code.data(), plan.reset_code.size());
  for (HartControl* hart : machine.harts()) hart->set_start(plan.reset_pc, hart->hart_id(), plan.device_tree_at);
}

}  // namespace visoc
