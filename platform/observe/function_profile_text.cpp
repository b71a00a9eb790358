// The tables of a function profile, and its folded stacks.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include "platform/observe/function_profile.h"

namespace visoc {
namespace {

constexpr std::uint64_t kSmallestShown = 2'000;  ///< A tree node is shown from one part in this many on.

double percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(whole);
}

std::string counted(const char* format, std::uint64_t number) {
  char line[200];
  std::snprintf(line, sizeof line, format, number);
  return line;
}

}  // namespace

std::string FunctionProfile::name_of(std::uint32_t number) const {
  const Node& node = nodes_[number];
  if (node.parent != kNone) return (node.trap ? "trap:" : "") + functions_[node.function].name;
  const auto hart = std::find_if(harts_.begin(), harts_.end(), [number](const Hart& h) { return h.root == number; });
  return "hart" + std::to_string(hart - harts_.begin());
}

FunctionProfile::Sums FunctionProfile::sums() const {
  Sums sums;
  sums.inclusive_of_node.resize(nodes_.size());
  sums.inclusive_of_function.resize(functions_.size());
  sums.children.resize(nodes_.size());
  for (std::size_t i = nodes_.size(); i-- > 0;) {
    sums.inclusive_of_node[i] += nodes_[i].self;
    if (nodes_[i].parent == kNone) continue;
    sums.inclusive_of_node[nodes_[i].parent] += sums.inclusive_of_node[i];
    sums.children[nodes_[i].parent].push_back(static_cast<std::uint32_t>(i));
  }
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].parent == kNone) continue;
    // A function that is open already has counted this node (recursion).
    bool open = false;
    for (std::uint32_t above = nodes_[i].parent; !open && above != kNone; above = nodes_[above].parent)
      open = nodes_[above].function == nodes_[i].function;
    if (!open) sums.inclusive_of_function[nodes_[i].function] += sums.inclusive_of_node[i];
  }
  for (std::size_t i = 0; i < functions_.size(); ++i)
    sums.inclusive_of_function[i] = std::max(sums.inclusive_of_function[i], functions_[i].self);
  for (auto& children : sums.children)
    std::sort(children.begin(), children.end(), [&](std::uint32_t a, std::uint32_t b) {
      if (sums.inclusive_of_node[a] != sums.inclusive_of_node[b]) return sums.inclusive_of_node[a] > sums.inclusive_of_node[b];
      const std::string left = name_of(a), right = name_of(b);
      return left != right ? left < right : nodes_[a].function < nodes_[b].function;
    });
  return sums;
}

std::string FunctionProfile::flat_text(const Sums& sums) const {
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = 0; i < functions_.size(); ++i)
    if (functions_[i].self != 0 || sums.inclusive_of_function[i] != 0) order.push_back(i);
  std::sort(order.begin(), order.end(), [this](std::uint32_t a, std::uint32_t b) {
    const Function &left = functions_[a], &right = functions_[b];
    if (left.self != right.self) return left.self > right.self;
    return left.name != right.name ? left.name < right.name : left.begin < right.begin;
  });
  std::string text = "Functions, by own instructions\n            self  self %       inclusive  incl %         calls  function\n";
  for (const std::uint32_t i : order) {
    const Function& function = functions_[i];
    char line[120];
    std::snprintf(line, sizeof line, "%16" PRIu64 "  %6.2f%16" PRIu64 "  %6.2f%14" PRIu64 "  ", function.self,
                  percent(function.self, instructions_), sums.inclusive_of_function[i],
                  percent(sums.inclusive_of_function[i], instructions_), function.calls);
    text += line + function.name + "\n";
  }
  return text;
}

std::string FunctionProfile::tree_text(const Sums& sums) const {
  std::string text = "Call tree, by instructions of a call path and everything below it\n       inclusive  incl %            self  path\n";
  std::uint64_t small = 0;
  std::vector<std::uint32_t> open;
  for (std::size_t i = harts_.size(); i-- > 0;)
    if (harts_[i].instructions != 0) open.push_back(harts_[i].root);
  while (!open.empty()) {
    const std::uint32_t i = open.back();
    open.pop_back();
    char line[120];
    std::snprintf(line, sizeof line, "%16" PRIu64 "  %6.2f%16" PRIu64 "  ", sums.inclusive_of_node[i],
                  percent(sums.inclusive_of_node[i], instructions_), nodes_[i].self);
    text += line + std::string(2 * nodes_[i].depth, ' ') + name_of(i) + "\n";
    const auto& children = sums.children[i];
    for (std::size_t at = children.size(); at-- > 0;) {
      if (sums.inclusive_of_node[children[at]] >= instructions_ / kSmallestShown) {
        open.push_back(children[at]);
      } else {
        ++small;
      }
    }
  }
  if (small != 0)
    text += counted("%" PRIu64 " calls with less than 0.05 % are left out, and what they called; the folded file has them.\n", small);
  return text;
}

std::string FunctionProfile::text() const {
  const Sums all = sums();
  std::string text = counted("%" PRIu64 " instructions retired", instructions_);
  for (std::size_t i = 0; i < harts_.size(); ++i)
    text += (i == 0 ? ": hart" : ", hart") + std::to_string(i) + " " + std::to_string(harts_[i].instructions);
  text += "\n";
  if (beyond_ != 0) {
    text += counted("%" PRIu64 " of them lie on call paths beyond the limits", beyond_) + counted(" (%" PRIu64 " paths,", limits_.nodes) +
            counted(" %" PRIu64 " calls deep)", limits_.depth) + ": in the tree and the folded file their nearest caller has them.\n";
  }
  if (forgotten_ != 0) text += counted("%" PRIu64 " open calls and threads were forgotten, because too many were open.\n", forgotten_);
  return text + "\n" + flat_text(all) + "\n" + tree_text(all);
}

std::string FunctionProfile::folded() const {
  std::unordered_map<std::string, std::uint64_t> merged;  // Functions of one name are one.
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].self == 0) continue;
    std::string path = name_of(i);
    for (std::uint32_t above = nodes_[i].parent; above != kNone; above = nodes_[above].parent) path = name_of(above) + ";" + path;
    merged[path] += nodes_[i].self;
  }
  std::vector<std::string> lines;
  for (const auto& [path, self] : merged) lines.push_back(path + " " + std::to_string(self) + "\n");
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += line;
  return text;
}

}  // namespace visoc
