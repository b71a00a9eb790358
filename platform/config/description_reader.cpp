// Reads the layers, merges them and turns them into a Description.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "platform/config/description.h"
#include "platform/config/description_checks.h"
#include "platform/config/nearest.h"
#include "platform/config/parameter_value.h"
#include "platform/config/quantity.h"

namespace visoc {
namespace fs = std::filesystem;

const Instance* Description::find(const std::string& instance) const {
  for (const Instance& candidate : instances)
    if (candidate.name == instance) return &candidate;
  return nullptr;
}

const Instance* Description::first_with_role(ModelRole role) const {
  for (const Instance& candidate : instances)
    if (candidate.role == role) return &candidate;
  return nullptr;
}

namespace {

constexpr const char* kPlatformSchema = "visoc-platform-1";
constexpr const char* kScenarioSchema = "visoc-scenario-1";

/// A JSON value with the file and pointer it came from, so that a message names the place a person must edit.
struct Sourced {
  Json value;
  std::string file, pointer, folder;
};

/// One instance as merged from all layers: key -> value with its source.
struct MergedInstance {
  std::string name;
  std::vector<std::pair<std::string, Sourced>> keys;
  std::string file, pointer;

  Sourced* find(const std::string& key) {
    for (auto& [name_, value] : keys)
      if (name_ == key) return &value;
    return nullptr;
  }
  void set(const std::string& key, Sourced value) {
    if (Sourced* old = find(key)) {
      *old = std::move(value);
    } else {
      keys.emplace_back(key, std::move(value));
    }
  }
};

std::string folder_of(const std::string& path) { return fs::absolute(fs::path(path)).parent_path().string(); }

const ParameterSpec kQuantumSpec{"quantum", ParameterType::kTime, "", "", false, 1'000, kPicosPerSecond, {}};
const ParameterSpec kMaxTimeSpec{"max_time", ParameterType::kTime, "", "", false, 1, ~std::uint64_t{0} / 4, {}};
const ParameterSpec kMaxWallSpec{"max_wall", ParameterType::kTime, "", "", false, kPicosPerMilli, ~std::uint64_t{0} / 4, {}};
const ParameterSpec kMaxOutputSpec{"max_output", ParameterType::kSize, "", "", false, 1, 1ull << 40, {}};
const ParameterSpec kCountSpec{"", ParameterType::kCount, "", "", false, 0, ~std::uint64_t{0}, {}};
const ParameterSpec kPositiveSpec{"", ParameterType::kCount, "", "", false, 1, ~std::uint64_t{0}, {}};
const ParameterSpec kBaseSpec{"base", ParameterType::kAddress, "", "", false, 0, ~std::uint64_t{0}, {}};
const ParameterSpec kSizeSpec{"size", ParameterType::kSize, "", "", false, 1, kMaxMemoryBytes, {}};

class Reader {
 public:
  Reader(const DescriptionSource& source, const ModelCatalog& catalog) : source_(source), catalog_(catalog) {}

  Result<Description> read() {
    read_layers();
    if (!problems_.empty() && instances_.empty()) return problems_;
    apply_overrides();
    build_instances();
    if (problems_.empty()) check_machine(description_, catalog_, platform_file_, problems_);
    if (!problems_.empty()) return problems_;
    return std::move(description_);
  }

 private:
  void problem(const std::string& file, const std::string& where, const std::string& message) {
    problems_.push_back({file, where, message});
  }

  void unknown_keys(const Json& object, const std::string& file, const std::string& pointer, const std::vector<std::string>& known) {
    for (const auto& item : object.items())
      if (std::find(known.begin(), known.end(), item.key()) == known.end())
        problem(file, pointer_step(pointer, item.key()), "unknown key" + name_hint(item.key(), known));
  }

  bool expect_object(const Json& json, const std::string& file, const std::string& pointer) {
    if (json.is_object()) return true;
    problem(file, pointer, std::string("is ") + json.type_name() + "; an object was expected");
    return false;
  }

  void expect_schema(const Json& json, const char* schema, const std::string& file, const std::string& pointer) {
    if (!json.contains("schema")) {
      problem(file, pointer, std::string("the key \"schema\" is missing; it must be \"") + schema + "\"");
    } else if (json["schema"] != schema) {
      problem(file, pointer + "/schema", "is " + json["schema"].dump() + "; \"" + schema + "\" was expected");
    }
  }

  std::string text_of(const Json& object, const char* key, const std::string& file, const std::string& pointer) {
    if (!object.contains(key)) return {};
    if (object[key].is_string()) return object[key].get<std::string>();
    problem(file, pointer_step(pointer, key), std::string("is ") + object[key].type_name() + "; a string was expected");
    return {};
  }

  void read_layers() {
    std::string platform_path = source_.platform_path;
    Json inline_platform;
    Json scenario;
    if (!source_.scenario_path.empty()) {
      auto parsed = read_json_file(source_.scenario_path);
      if (!parsed.ok()) {
        problems_ = parsed.problems();
        return;
      }
      scenario = std::move(parsed.value());
      if (!expect_object(scenario, source_.scenario_path, "")) return;
      expect_schema(scenario, kScenarioSchema, source_.scenario_path, "");
      if (platform_path.empty() && scenario.contains("platform")) {
        if (scenario["platform"].is_object()) {
          inline_platform = scenario["platform"];
        } else {
          const std::string relative = text_of(scenario, "platform", source_.scenario_path, "");
          platform_path = (fs::path(folder_of(source_.scenario_path)) / relative).lexically_normal().string();
        }
      }
    }
    if (inline_platform.is_object()) {
      platform_file_ = source_.scenario_path;
      read_platform(inline_platform, source_.scenario_path, "/platform");
    } else {
      if (platform_path.empty()) platform_path = source_.default_platform_path;
      platform_file_ = platform_path;
      read_platform_file(platform_path, "");
    }
    if (!scenario.is_null()) read_scenario(scenario, source_.scenario_path);
    if (!source_.elf_path.empty()) {
      description_.firmware = fs::absolute(source_.elf_path).string();
      if (description_.name.empty()) description_.name = fs::path(source_.elf_path).stem().string();
    }
    if (description_.name.empty()) description_.name = description_.platform_name;
  }

  void read_platform_file(const std::string& path, const std::string& named_by) {
    std::error_code ignored;
    const std::string canonical = fs::weakly_canonical(path, ignored).string();
    if (!visited_.insert(canonical).second) {
      problem(named_by, "/extends", "the platforms extend each other in a circle through '" + path + "'");
      return;
    }
    auto parsed = read_json_file(path);
    if (!parsed.ok()) {
      for (Problem found : parsed.problems()) {
        if (!named_by.empty()) found.message += " (named by " + named_by + ")";
        problems_.push_back(found);
      }
      return;
    }
    read_platform(parsed.value(), path, "");
  }

  void read_platform(const Json& json, const std::string& file, const std::string& pointer) {
    if (!expect_object(json, file, pointer)) return;
    expect_schema(json, kPlatformSchema, file, pointer);
    unknown_keys(json, file, pointer, {"schema", "name", "doc", "extends", "instances"});
    const std::string base = text_of(json, "extends", file, pointer);
    if (!base.empty()) read_platform_file((fs::path(folder_of(file)) / base).lexically_normal().string(), file);
    const std::string name = text_of(json, "name", file, pointer);
    if (!name.empty()) description_.platform_name = name;
    if (!json.contains("instances")) {
      if (base.empty()) problem(file, pointer, "the key \"instances\" is missing");
      return;
    }
    const std::string instances_pointer = pointer + "/instances";
    if (!expect_object(json["instances"], file, instances_pointer)) return;
    for (const auto& item : json["instances"].items()) {
      const std::string instance_pointer = pointer_step(instances_pointer, item.key());
      if (item.value().is_null()) {  // null removes an instance of the platform that is extended
        instances_.erase(
            std::remove_if(instances_.begin(), instances_.end(), [&](const MergedInstance& m) { return m.name == item.key(); }),
            instances_.end());
        continue;
      }
      if (!expect_object(item.value(), file, instance_pointer)) continue;
      MergedInstance& merged = instance(item.key());
      merged.file = file;
      merged.pointer = instance_pointer;
      for (const auto& key : item.value().items())
        merged.set(key.key(), {key.value(), file, pointer_step(instance_pointer, key.key()), folder_of(file)});
    }
  }

  MergedInstance& instance(const std::string& name) {
    for (MergedInstance& merged : instances_)
      if (merged.name == name) return merged;
    instances_.push_back({});
    instances_.back().name = name;
    return instances_.back();
  }

  bool has_instance(const std::string& name) const {
    return std::any_of(instances_.begin(), instances_.end(), [&](const MergedInstance& merged) { return merged.name == name; });
  }

  std::vector<std::string> instance_names() const {
    std::vector<std::string> names;
    for (const MergedInstance& merged : instances_) names.push_back(merged.name);
    return names;
  }

  void read_scenario(const Json& json, const std::string& file) {
    unknown_keys(json, file, "", {"schema", "name", "doc", "platform", "firmware", "images", "inputs", "outputs", "run", "set"});
    description_.name = text_of(json, "name", file, "");
    description_.doc = text_of(json, "doc", file, "");
    const std::string folder = folder_of(file);
    const std::string firmware = text_of(json, "firmware", file, "");
    if (!firmware.empty()) description_.firmware = resolve(firmware, folder);
    if (json.contains("images")) read_images(json["images"], file, folder);
    if (json.contains("inputs")) read_inputs(json["inputs"], file, folder);
    if (json.contains("outputs")) read_outputs(json["outputs"], file);
    if (json.contains("run")) read_run(json["run"], file);
    if (json.contains("set") && expect_object(json["set"], file, "/set"))
      for (const auto& item : json["set"].items()) override_key(item.key(), {item.value(), file, pointer_step("/set", item.key()), folder});
  }

  /// "app:NAME" is an ELF of the build, "data:PATH" a file below $VISOC_DATA, anything else a path relative to `folder`.
  std::string resolve(const std::string& name, const std::string& folder) const {
    if (name.rfind("app:", 0) == 0) return (fs::path(source_.firmware_dir) / (name.substr(4) + ".elf")).string();
    if (name.rfind("data:", 0) == 0) {
      const char* root = std::getenv("VISOC_DATA");
      return (fs::path(root != nullptr ? root : "$VISOC_DATA (not set)") / name.substr(5)).string();
    }
    return fs::absolute(fs::path(folder) / name).lexically_normal().string();
  }

  /// "payload": "app:sbi_payload" is an ELF, "kernel": {"file": "Image", "at": "0x8020_0000"} the bytes of a file.
  void read_images(const Json& json, const std::string& file, const std::string& folder) {
    if (!expect_object(json, file, "/images")) return;
    for (const auto& item : json.items()) {
      const std::string pointer = pointer_step("/images", item.key());
      ImageFile image;
      image.name = item.key();
      std::string name;
      if (item.value().is_string()) {
        name = item.value().get<std::string>();
      } else if (item.value().is_object()) {
        unknown_keys(item.value(), file, pointer, {"file", "at"});
        name = text_of(item.value(), "file", file, pointer);
        Parameters::Value at = std::uint64_t{0};
        const std::string wrong = item.value().contains("at") ? read_parameter(kBaseSpec, item.value()["at"], "", at)
                                                              : "the address of the file's bytes is missing";
        if (!wrong.empty()) problem(file, pointer_step(pointer, "at"), wrong);
        image.at = std::get<std::uint64_t>(at);
      } else {
        problem(file, pointer, std::string("is ") + item.value().type_name() + "; an ELF's name or {\"file\", \"at\"} was expected");
        continue;
      }
      if (name.empty()) problem(file, pointer, "a file name was expected");
      image.path = resolve(name, folder);
      description_.images.push_back(image);
    }
  }

  void read_inputs(const Json& json, const std::string& file, const std::string& folder) {
    if (!expect_object(json, file, "/inputs")) return;
    for (const auto& item : json.items()) {
      if (!item.value().is_string()) {
        problem(file, pointer_step("/inputs", item.key()), std::string("is ") + item.value().type_name() + "; a file name was expected");
        continue;
      }
      description_.inputs.push_back({item.key(), resolve(item.value().get<std::string>(), folder)});
    }
  }

  void read_outputs(const Json& json, const std::string& file) {
    if (!expect_object(json, file, "/outputs")) return;
    for (const auto& item : json.items()) {
      const std::string pointer = pointer_step("/outputs", item.key());
      if (!expect_object(item.value(), file, pointer)) continue;
      unknown_keys(item.value(), file, pointer, {"size", "file"});
      OutputRegion region;
      region.name = item.key();
      region.file = text_of(item.value(), "file", file, pointer);
      if (region.file.empty() || region.file.find('/') != std::string::npos)
        problem(file, pointer + "/file", "a plain file name is needed; the file is written into the output folder");
      Parameters::Value size = std::uint64_t{0};
      const std::string wrong = item.value().contains("size") ? read_parameter(kSizeSpec, item.value()["size"], "", size) : "is missing";
      if (!wrong.empty()) problem(file, pointer + "/size", wrong);
      region.size = std::get<std::uint64_t>(size);
      description_.outputs.push_back(region);
    }
  }

  void read_run(const Json& json, const std::string& file) {
    if (!expect_object(json, file, "/run")) return;
    for (const auto& item : json.items()) set_run_key(item.key(), {item.value(), file, pointer_step("/run", item.key()), ""});
  }

  void set_run_key(const std::string& key, const Sourced& source) {
    struct Target {
      const char* name;
      const ParameterSpec* spec;
      std::uint64_t* into;
      std::uint64_t divisor;
    };
    const std::vector<Target> targets = {
        {"quantum", &kQuantumSpec, &description_.quantum, 1},
        {"seed", &kCountSpec, &description_.seed, 1},
        {"expected_frames", &kCountSpec, &description_.expected_frames, 1},
        {"max_time", &kMaxTimeSpec, &description_.limits.max_time, 1},
        {"max_instructions", &kPositiveSpec, &description_.limits.max_instructions, 1},
        {"max_wall", &kMaxWallSpec, &description_.limits.max_wall_ms, kPicosPerMilli},
        {"max_output", &kMaxOutputSpec, &description_.limits.max_output_bytes, 1},
    };
    if (key == "check_protocol") return set_check_protocol(source);
    std::vector<std::string> names = {"check_protocol"};
    for (const Target& target : targets) {
      names.emplace_back(target.name);
      if (key != target.name) continue;
      Parameters::Value value = std::uint64_t{0};
      const std::string wrong = read_parameter(*target.spec, source.value, "", value);
      if (!wrong.empty()) return problem(source.file, source.pointer, wrong);
      *target.into = std::get<std::uint64_t>(value) / target.divisor;
      return;
    }
    problem(source.file, source.pointer, "unknown key" + name_hint(key, names));
  }

  /// Patterns that match no link are found when the machine is there.
  void set_check_protocol(const Sourced& source) {
    if (!source.value.is_string() || source.value.get<std::string>().empty())
      return problem(source.file, source.pointer, "\"on\", \"off\" or names of links such as \"dma0_to_*,*_to_dram0\" were expected");
    description_.check_protocol = source.value.get<std::string>();
  }

  void apply_overrides() {
    for (const std::string& text : source_.overrides) {
      const std::size_t equals = text.find('=');
      if (equals == std::string::npos || equals == 0) {
        problem("--set " + text, "", "must be KEY=VALUE, for example npu0.core=systolic");
        continue;
      }
      override_key(text.substr(0, equals), {text.substr(equals + 1), "--set " + text, "", fs::current_path().string()}, /*from_text=*/true);
    }
  }

  void override_key(const std::string& key, Sourced value, bool from_text = false) {
    const std::size_t dot = key.find('.');
    const std::string head = key.substr(0, dot);
    const std::string tail = dot == std::string::npos ? "" : key.substr(dot + 1);
    if (tail.empty()) return problem(value.file, value.pointer, "'" + key + "' must be INSTANCE.KEY, run.KEY, inputs.NAME or images.NAME");
    if (head == "run") return set_run_key(tail, value);
    if (head == "inputs") {
      if (!value.value.is_string()) return problem(value.file, value.pointer, "a file name was expected");
      const std::string path = resolve(value.value.get<std::string>(), value.folder);
      for (InputFile& input : description_.inputs) {
        if (input.name != tail) continue;
        input.path = path;
        return;
      }
      description_.inputs.push_back({tail, path});
      return;
    }
    if (head == "images") return set_image(tail, value);
    if (!has_instance(head)) {
      std::vector<std::string> names = instance_names();
      names.insert(names.end(), {"run", "inputs", "images"});
      return problem(value.file, value.pointer, "there is no instance '" + head + "'" + name_hint(head, names));
    }
    if (from_text) value.value = typed_override(instance(head), tail, value.value.get<std::string>());
    instance(head).set(tail, std::move(value));
  }

  /// Another file for an image (its address stays), or one more ELF.
  void set_image(const std::string& name, const Sourced& value) {
    if (!value.value.is_string() || value.value.get<std::string>().empty())
      return problem(value.file, value.pointer, "a file name was expected");
    const std::string path = resolve(value.value.get<std::string>(), value.folder);
    for (ImageFile& image : description_.images) {
      if (image.name != name) continue;
      image.path = path;
      return;
    }
    description_.images.push_back({name, path, std::nullopt});
  }

  /// The text of --set as JSON of the type its parameter has.
  Json typed_override(MergedInstance& merged, const std::string& key, const std::string& text) {
    if (key == "irq") {
      const Json parsed = Json::parse(text, nullptr, false);
      return parsed.is_discarded() ? Json(text) : parsed;
    }
    ModelOutline outline;
    Sourced* model = merged.find("model");
    if (model != nullptr && model->value.is_string() && catalog_.outline(model->value.get<std::string>(), outline))
      for (const ParameterSpec& spec : outline.parameters)
        if (spec.name == key) return parameter_text_to_json(spec, text);
    return text;
  }

  void build_instances() {
    std::string first_bus;
    for (MergedInstance& merged : instances_) {
      ModelOutline outline;
      Sourced* model = merged.find("model");
      if (first_bus.empty() && model != nullptr && model->value.is_string() && catalog_.outline(model->value.get<std::string>(), outline) &&
          outline.role == ModelRole::kBus)
        first_bus = merged.name;
    }
    for (MergedInstance& merged : instances_) build_instance(merged, first_bus);
  }

  void build_instance(MergedInstance& merged, const std::string& first_bus) {
    Instance built;
    built.name = merged.name;
    if (!valid_instance_name(merged.name))
      problem(merged.file, merged.pointer, "an instance name is a letter followed by letters, digits or '_', at most 32 in all");
    Sourced* model = merged.find("model");
    if (model == nullptr || !model->value.is_string())
      return problem(merged.file, merged.pointer, "the key \"model\" is missing or not a string");
    built.model = model->value.get<std::string>();
    ModelOutline outline;
    if (!catalog_.outline(built.model, outline))
      return problem(model->file, model->pointer,
                     "there is no model '" + built.model + "'" + name_hint(built.model, catalog_.model_names()));
    built.role = outline.role;
    read_impl(merged, outline, built);

    std::vector<std::string> known = {"model", "impl", "base", "size", "irq", "bus"};
    for (const ParameterSpec& spec : outline.parameters) known.push_back(spec.name);
    for (const auto& [key, value] : merged.keys)
      if (std::find(known.begin(), known.end(), key) == known.end())
        problem(value.file, value.pointer, "model '" + built.model + "' has no parameter '" + key + "'" + name_hint(key, known));

    read_mapping(merged, outline, built);
    read_irqs(merged, outline, built);
    if (built.role != ModelRole::kBus) {
      built.bus = first_bus;
      if (Sourced* bus = merged.find("bus")) {
        built.bus = bus->value.is_string() ? bus->value.get<std::string>() : "";
        if (!has_instance(built.bus))
          problem(bus->file, bus->pointer, "there is no instance '" + built.bus + "'" + name_hint(built.bus, instance_names()));
      }
    }
    for (const ParameterSpec& spec : outline.parameters) {
      Sourced* given = merged.find(spec.name);
      if (given == nullptr && spec.required) {
        problem(merged.file, merged.pointer, "the key \"" + spec.name + "\" is missing; " + parameter_form(spec) + " (" + spec.doc + ")");
        continue;
      }
      const Json value = given != nullptr ? given->value : parameter_text_to_json(spec, spec.default_text);
      Parameters::Value typed = std::uint64_t{0};
      const std::string wrong = read_parameter(spec, value, given != nullptr ? given->folder : "", typed);
      if (!wrong.empty()) {
        VISOC_CHECK(given != nullptr, "default of " + built.model + "." + spec.name + " " + wrong);
        problem(given->file, given->pointer, wrong);
        continue;
      }
      built.parameters.set(spec.name, std::move(typed));
    }
    description_.instances.push_back(std::move(built));
  }

  void read_impl(MergedInstance& merged, const ModelOutline& outline, Instance& built) {
    built.impl = outline.impls.front();
    Sourced* impl = merged.find("impl");
    if (impl == nullptr) return;
    if (!impl->value.is_string()) return problem(impl->file, impl->pointer, "a string was expected");
    built.impl = impl->value.get<std::string>();
    if (std::find(outline.impls.begin(), outline.impls.end(), built.impl) != outline.impls.end()) return;
    const std::string how = catalog_.how_to_get_impl(built.model, built.impl);
    if (!how.empty()) return problem(impl->file, impl->pointer, "model '" + built.model + "' impl '" + built.impl + "': " + how);
    problem(impl->file, impl->pointer,
            "model '" + built.model + "' has no impl '" + built.impl + "'" + name_hint(built.impl, outline.impls));
  }

  void read_mapping(MergedInstance& merged, const ModelOutline& outline, Instance& built) {
    Sourced* base = merged.find("base");
    Sourced* size = merged.find("size");
    const bool needs_window = outline.window_bytes != 0 || outline.sized;
    if (!needs_window) {
      for (Sourced* wrong : {base, size})
        if (wrong != nullptr) problem(wrong->file, wrong->pointer, "model '" + built.model + "' has no window on the bus");
      return;
    }
    built.mapped = true;
    Parameters::Value value = std::uint64_t{0};
    if (base == nullptr) {
      problem(merged.file, merged.pointer, "the key \"base\" is missing; " + parameter_form(kBaseSpec));
    } else {
      const std::string wrong = read_parameter(kBaseSpec, base->value, "", value);
      if (!wrong.empty()) problem(base->file, base->pointer, wrong);
      built.base = std::get<std::uint64_t>(value);
    }
    built.size = outline.window_bytes;
    if (size == nullptr) {
      if (outline.sized) problem(merged.file, merged.pointer, "the key \"size\" is missing; " + parameter_form(kSizeSpec));
      return;
    }
    value = std::uint64_t{0};
    const std::string wrong = read_parameter(kSizeSpec, size->value, "", value);
    if (!wrong.empty()) return problem(size->file, size->pointer, wrong);
    built.size = std::get<std::uint64_t>(value);
    if (!outline.sized && built.size < outline.window_bytes)
      problem(size->file, size->pointer,
              "is " + format_size(built.size) + ", smaller than the register file of '" + built.model + "' (" +
                  format_size(outline.window_bytes) + ")");
  }

  void read_irqs(MergedInstance& merged, const ModelOutline& outline, Instance& built) {
    Sourced* irq = merged.find("irq");
    if (irq == nullptr) return;
    const Json list = irq->value.is_array() ? irq->value : Json::array({irq->value});
    if (list.size() > outline.interrupts)
      return problem(
          irq->file, irq->pointer,
          "names " + std::to_string(list.size()) + " interrupts; model '" + built.model + "' has " + std::to_string(outline.interrupts));
    for (const Json& item : list) {
      if (!item.is_number_unsigned() || item.get<std::uint64_t>() == 0 || item.get<std::uint64_t>() > 1023)
        return problem(irq->file, irq->pointer,
                       "is " + item.dump() + "; a source number from 1 to 1023 (or an array of them) was expected");
      built.irqs.push_back(static_cast<unsigned>(item.get<std::uint64_t>()));
    }
  }

  const DescriptionSource& source_;
  const ModelCatalog& catalog_;
  Description description_;
  std::vector<MergedInstance> instances_;
  std::string platform_file_;
  std::set<std::string> visited_;
  Problems problems_;
};

}  // namespace

Result<Description> read_description(const DescriptionSource& source, const ModelCatalog& catalog) {
  return Reader(source, catalog).read();
}

}  // namespace visoc
