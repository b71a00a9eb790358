// A device tree: nodes and properties, as a flattened blob for the guest and as source text for people.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/base/units.h"

namespace visoc {

/// A property holds cells, strings or nothing. Devicetree Specification v0.4, sections 2.2.4 and 5.
struct DeviceTreeProperty {
  enum class Kind { kEmpty, kCells, kStrings };
  std::string name;
  Kind kind = Kind::kEmpty;
  std::vector<std::uint32_t> cells;
  std::vector<std::string> strings;
};

struct DeviceTreeNode {
  std::string name;  ///< "serial@10000000"; empty for the root.
  std::vector<DeviceTreeProperty> properties;
  std::vector<DeviceTreeNode> children;

  DeviceTreeNode& child(const std::string& child_name);
  void empty(const std::string& property);
  void cells(const std::string& property, std::vector<std::uint32_t> values);
  void strings(const std::string& property, std::vector<std::string> values);
  void text(const std::string& property, const std::string& value) { strings(property, {value}); }
  /// #address-cells = #size-cells = 2.
  void reg(Addr base, std::uint64_t size);
};

/// The flattened form, version 17.
std::vector<std::uint8_t> device_tree_blob(const DeviceTreeNode& root);

/// What `dtc` accepts.
std::string device_tree_source(const DeviceTreeNode& root);

}  // namespace visoc
