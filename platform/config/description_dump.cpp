// SPDX-License-Identifier: Apache-2.0
#include "platform/config/description.h"
#include "platform/config/parameter_value.h"
#include "platform/config/quantity.h"

namespace visoc {

std::string dump_description(const Description& description, const ModelCatalog& catalog) {
  Json instances = Json::object();
  for (const Instance& instance : description.instances) {
    Json json = Json::object();
    json["model"] = instance.model;
    json["impl"] = instance.impl;
    if (instance.mapped) {
      json["base"] = format_address(instance.base);
      json["size"] = format_size(instance.size);
    }
    if (instance.irqs.size() == 1) json["irq"] = instance.irqs.front();
    if (instance.irqs.size() > 1) json["irq"] = instance.irqs;
    if (!instance.bus.empty()) json["bus"] = instance.bus;
    ModelOutline outline;
    if (catalog.outline(instance.model, outline))
      for (const ParameterSpec& spec : outline.parameters)
        if (instance.parameters.has(spec.name)) json[spec.name] = write_parameter(spec, instance.parameters.values().at(spec.name));
    instances[instance.name] = json;
  }
  Json images = Json::object();
  for (const ImageFile& image : description.images) {
    if (image.at.has_value()) {
      images[image.name] = {{"file", image.path}, {"at", format_address(*image.at)}};
    } else {
      images[image.name] = image.path;
    }
  }
  Json inputs = Json::object();
  for (const InputFile& input : description.inputs) inputs[input.name] = input.path;
  Json outputs = Json::object();
  for (const OutputRegion& output : description.outputs) outputs[output.name] = {{"size", format_size(output.size)}, {"file", output.file}};

  Json scenario = Json::object();
  scenario["schema"] = "visoc-scenario-1";
  scenario["name"] = description.name;
  scenario["doc"] = description.doc;
  if (!description.firmware.empty()) scenario["firmware"] = description.firmware;
  if (!images.empty()) scenario["images"] = images;
  scenario["inputs"] = inputs;
  scenario["outputs"] = outputs;
  scenario["run"] = {{"quantum", format_time(description.quantum)},
                     {"seed", description.seed},
                     {"expected_frames", description.expected_frames},
                     {"max_time", format_time(description.limits.max_time)},
                     {"max_instructions", description.limits.max_instructions},
                     {"max_wall", format_time(description.limits.max_wall_ms * kPicosPerMilli)},
                     {"max_output", format_size(description.limits.max_output_bytes)}};
  if (description.check_protocol.has_value()) scenario["run"]["check_protocol"] = *description.check_protocol;
  scenario["platform"] = {{"schema", "visoc-platform-1"}, {"name", description.platform_name}, {"instances", instances}};
  return scenario.dump(2) + "\n";
}

}  // namespace visoc
