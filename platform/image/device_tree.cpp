// Devicetree Specification v0.4, chapter 5 (flattened format).
// SPDX-License-Identifier: Apache-2.0
#include "platform/image/device_tree.h"

#include <map>
#include <utility>

namespace visoc {
namespace {

constexpr std::uint32_t kMagic = 0xd00dfeed, kBeginNode = 1, kEndNode = 2, kProperty = 3, kEnd = 9, kVersion = 17, kLastCompatible = 16;
constexpr std::size_t kHeaderBytes = 40, kReservationBytes = 16;

void put(std::vector<std::uint8_t>& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

void pad(std::vector<std::uint8_t>& out) {
  while (out.size() % 4 != 0) out.push_back(0);
}

std::vector<std::uint8_t> value_bytes(const DeviceTreeProperty& property) {
  std::vector<std::uint8_t> bytes;
  for (std::uint32_t cell : property.cells) put(bytes, cell);
  for (const std::string& text : property.strings) {
    bytes.insert(bytes.end(), text.begin(), text.end());
    bytes.push_back(0);
  }
  return bytes;
}

struct Blob {
  std::vector<std::uint8_t> structure, names;
  std::map<std::string, std::uint32_t> name_offsets;

  std::uint32_t name_offset(const std::string& name) {
    const auto [found, fresh] = name_offsets.emplace(name, static_cast<std::uint32_t>(names.size()));
    if (fresh) {
      names.insert(names.end(), name.begin(), name.end());
      names.push_back(0);
    }
    return found->second;
  }

  void node(const DeviceTreeNode& tree) {
    put(structure, kBeginNode);
    structure.insert(structure.end(), tree.name.begin(), tree.name.end());
    structure.push_back(0);
    pad(structure);
    for (const DeviceTreeProperty& property : tree.properties) {
      const auto bytes = value_bytes(property);
      put(structure, kProperty);
      put(structure, static_cast<std::uint32_t>(bytes.size()));
      put(structure, name_offset(property.name));
      structure.insert(structure.end(), bytes.begin(), bytes.end());
      pad(structure);
    }
    for (const DeviceTreeNode& sub : tree.children) node(sub);
    put(structure, kEndNode);
  }
};

void write_source(const DeviceTreeNode& tree, const std::string& indent, std::string& out) {
  out += indent + (tree.name.empty() ? "/" : tree.name) + " {\n";
  const std::string inner = indent + "\t";
  for (const DeviceTreeProperty& property : tree.properties) {
    out += inner + property.name;
    if (property.kind == DeviceTreeProperty::Kind::kCells) {
      out += " = <";
      for (std::size_t i = 0; i < property.cells.size(); ++i) {
        char cell[16];
        std::snprintf(cell, sizeof cell, "%s0x%x", i == 0 ? "" : " ", property.cells[i]);
        out += cell;
      }
      out += ">";
    } else if (property.kind == DeviceTreeProperty::Kind::kStrings) {
      for (std::size_t i = 0; i < property.strings.size(); ++i) out += (i == 0 ? " = \"" : ", \"") + property.strings[i] + "\"";
    }
    out += ";\n";
  }
  for (const DeviceTreeNode& sub : tree.children) write_source(sub, inner, out);
  out += indent + "};\n";
}

}  // namespace

DeviceTreeNode& DeviceTreeNode::child(const std::string& child_name) {
  for (DeviceTreeNode& existing : children)
    if (existing.name == child_name) return existing;
  children.push_back({child_name, {}, {}});
  return children.back();
}

void DeviceTreeNode::empty(const std::string& property) { properties.push_back({property, DeviceTreeProperty::Kind::kEmpty, {}, {}}); }

void DeviceTreeNode::cells(const std::string& property, std::vector<std::uint32_t> values) {
  properties.push_back({property, DeviceTreeProperty::Kind::kCells, std::move(values), {}});
}

void DeviceTreeNode::strings(const std::string& property, std::vector<std::string> values) {
  properties.push_back({property, DeviceTreeProperty::Kind::kStrings, {}, std::move(values)});
}

void DeviceTreeNode::reg(Addr base, std::uint64_t size) {
  cells("reg", {static_cast<std::uint32_t>(base >> 32), static_cast<std::uint32_t>(base), static_cast<std::uint32_t>(size >> 32),
                static_cast<std::uint32_t>(size)});
}

std::vector<std::uint8_t> device_tree_blob(const DeviceTreeNode& root) {
  Blob blob;
  blob.node(root);
  put(blob.structure, kEnd);
  const std::size_t structure_at = kHeaderBytes + kReservationBytes;
  const std::size_t names_at = structure_at + blob.structure.size();
  const std::size_t total = (names_at + blob.names.size() + 7) / 8 * 8;
  std::vector<std::uint8_t> out;
  for (std::size_t field : {std::size_t{kMagic}, total, structure_at, names_at, kHeaderBytes, std::size_t{kVersion},
                            std::size_t{kLastCompatible}, std::size_t{0}, blob.names.size(), blob.structure.size()})
    put(out, static_cast<std::uint32_t>(field));
  out.resize(kHeaderBytes + kReservationBytes, 0);
  out.insert(out.end(), blob.structure.begin(), blob.structure.end());
  out.insert(out.end(), blob.names.begin(), blob.names.end());
  out.resize(total, 0);
  return out;
}

std::string device_tree_source(const DeviceTreeNode& root) {
  std::string out = "/dts-v1/;\n\n";
  write_source(root, "", out);
  return out;
}

}  // namespace visoc
