// SPDX-License-Identifier: Apache-2.0
#include "device_tree.h"

#include "memory.h"

enum { TOKEN_BEGIN = 1, TOKEN_END = 2, TOKEN_PROPERTY = 3, TOKEN_NOP = 4 };
enum { HEADER_BYTES = 40 };
static const uint32_t kMagic = 0xd00dfeed;

// What lies at a place of the structure block, and where the next token is.
typedef struct {
  uint32_t kind;  // 0: the tree ends or is broken here.
  uint32_t next;
  const char* name;     // Of a node or property.
  const uint8_t* data;  // Of a property.
  uint32_t data_bytes;
} token_t;

static uint32_t big_endian(const uint8_t* bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static bool fits(uint32_t offset, uint32_t bytes, uint32_t size) { return offset <= size && bytes <= size - offset; }

// Length of the string at `text`, or UINT32_MAX if it does not end within `max_bytes`.
static uint32_t string_length(const uint8_t* text, uint32_t max_bytes) {
  for (uint32_t i = 0; i < max_bytes; ++i)
    if (text[i] == 0) return i;
  return UINT32_MAX;
}

bool dt_open(dt_t* dt, const void* blob) {
  const uint8_t* bytes = blob;
  memset(dt, 0, sizeof *dt);
  if (bytes == 0 || big_endian(bytes) != kMagic) return false;
  const uint32_t total = big_endian(bytes + 4);
  const uint32_t structure = big_endian(bytes + 8), structure_bytes = big_endian(bytes + 36);
  const uint32_t strings = big_endian(bytes + 12), strings_bytes = big_endian(bytes + 32);
  if (total < HEADER_BYTES || total > DT_MAX_BYTES || !fits(structure, structure_bytes, total) || !fits(strings, strings_bytes, total))
    return false;
  dt->structure = bytes + structure;
  dt->structure_bytes = structure_bytes;
  dt->strings = bytes + strings;
  dt->strings_bytes = strings_bytes;
  return true;
}

static token_t token_at(const dt_t* dt, uint32_t at) {
  token_t token = {0, 0, "", 0, 0};
  while (fits(at, 4, dt->structure_bytes)) {
    const uint32_t kind = big_endian(dt->structure + at);
    const uint32_t after = at + 4;
    const uint32_t left = dt->structure_bytes - after;
    if (kind == TOKEN_NOP) {
      at = after;
      continue;
    }
    if (kind == TOKEN_BEGIN) {
      const uint32_t length = string_length(dt->structure + after, left);
      if (length == UINT32_MAX) return token;
      token.name = (const char*)dt->structure + after;
      token.next = (after + length + 1 + 3) & ~3u;
    } else if (kind == TOKEN_PROPERTY) {
      if (left < 8) return token;
      const uint32_t bytes = big_endian(dt->structure + after), name = big_endian(dt->structure + after + 4);
      if (bytes > left - 8 || name >= dt->strings_bytes) return token;
      if (string_length(dt->strings + name, dt->strings_bytes - name) == UINT32_MAX) return token;
      token.name = (const char*)dt->strings + name;
      token.data = dt->structure + after + 8;
      token.data_bytes = bytes;
      token.next = (after + 8 + bytes + 3) & ~3u;
    } else if (kind == TOKEN_END) {
      token.next = after;
    } else {
      return token;
    }
    token.kind = kind;
    return token;
  }
  return token;
}

// The node at or after `at`, skipping what is not the beginning of one; DT_NONE at the end.
static dt_node_t next_node(const dt_t* dt, uint32_t at) {
  for (;;) {
    while (fits(at, 4, dt->structure_bytes) && big_endian(dt->structure + at) == TOKEN_NOP) at += 4;
    const token_t token = token_at(dt, at);
    if (token.kind == 0) return DT_NONE;
    if (token.kind == TOKEN_BEGIN) return at;
    at = token.next;
  }
}

dt_node_t dt_root(const dt_t* dt) { return next_node(dt, 0); }

dt_node_t dt_first_child(const dt_t* dt, dt_node_t node) {
  if (node == DT_NONE) return DT_NONE;
  uint32_t at = token_at(dt, node).next;
  for (;;) {
    const token_t token = token_at(dt, at);
    if (token.kind == TOKEN_BEGIN) return next_node(dt, at);
    if (token.kind != TOKEN_PROPERTY) return DT_NONE;
    at = token.next;
  }
}

dt_node_t dt_next_sibling(const dt_t* dt, dt_node_t node) {
  if (node == DT_NONE) return DT_NONE;
  unsigned depth = 0;
  uint32_t at = node;
  for (;;) {
    const token_t token = token_at(dt, at);
    if (token.kind == 0) return DT_NONE;
    if (token.kind == TOKEN_BEGIN) ++depth;
    if (token.kind == TOKEN_END && --depth == 0) {
      const token_t after = token_at(dt, token.next);
      return after.kind == TOKEN_BEGIN ? next_node(dt, token.next) : DT_NONE;
    }
    at = token.next;
  }
}

const char* dt_name(const dt_t* dt, dt_node_t node) { return node == DT_NONE ? "" : token_at(dt, node).name; }

const void* dt_property(const dt_t* dt, dt_node_t node, const char* name, uint32_t* bytes) {
  if (node == DT_NONE) return 0;
  for (uint32_t at = token_at(dt, node).next;;) {
    const token_t token = token_at(dt, at);
    if (token.kind != TOKEN_PROPERTY) return 0;
    if (strcmp(token.name, name) == 0) {
      if (bytes != 0) *bytes = token.data_bytes;
      return token.data;
    }
    at = token.next;
  }
}

bool dt_has(const dt_t* dt, dt_node_t node, const char* name) { return dt_property(dt, node, name, 0) != 0; }

bool dt_u32(const dt_t* dt, dt_node_t node, const char* name, unsigned index, uint32_t* value) {
  uint32_t bytes = 0;
  const uint8_t* data = dt_property(dt, node, name, &bytes);
  if (data == 0 || index >= bytes / 4) return false;
  *value = big_endian(data + 4 * index);
  return true;
}

bool dt_u64(const dt_t* dt, dt_node_t node, const char* name, unsigned index, uint64_t* value) {
  uint32_t high = 0, low = 0;
  if (index > UINT32_MAX / 2 || !dt_u32(dt, node, name, 2 * index, &high) || !dt_u32(dt, node, name, 2 * index + 1, &low)) return false;
  *value = (uint64_t)high << 32 | low;
  return true;
}

const char* dt_string(const dt_t* dt, dt_node_t node, const char* name, unsigned index) {
  uint32_t bytes = 0;
  const uint8_t* data = dt_property(dt, node, name, &bytes);
  if (data == 0) return 0;
  while (bytes != 0) {
    const uint32_t length = string_length(data, bytes);
    if (length == UINT32_MAX) return 0;
    if (index-- == 0) return (const char*)data;
    data += length + 1;
    bytes -= length + 1;
  }
  return 0;
}

static bool has_compatible(const dt_t* dt, dt_node_t node, const char* compatible) {
  for (unsigned i = 0;; ++i) {
    const char* text = dt_string(dt, node, "compatible", i);
    if (text == 0) return false;
    if (strcmp(text, compatible) == 0) return true;
  }
}

dt_node_t dt_find_compatible(const dt_t* dt, const char* compatible, unsigned index) {
  for (dt_node_t node = dt_root(dt); node != DT_NONE; node = next_node(dt, token_at(dt, node).next))
    if (has_compatible(dt, node, compatible) && index-- == 0) return node;
  return DT_NONE;
}

// Whether the component [text, text + length) names the node `name`.
static bool component_matches(const char* text, unsigned length, const char* name) {
  if (strncmp(text, name, length) != 0) return false;
  if (name[length] == 0) return true;
  for (unsigned i = 0; i < length; ++i)
    if (text[i] == '@') return false;
  return name[length] == '@';
}

dt_node_t dt_find_path(const dt_t* dt, const char* path) {
  dt_node_t node = dt_root(dt);
  while (node != DT_NONE) {
    while (*path == '/') ++path;
    if (*path == 0) return node;
    unsigned length = 0;
    while (path[length] != 0 && path[length] != '/') ++length;
    dt_node_t child = dt_first_child(dt, node);
    while (child != DT_NONE && !component_matches(path, length, dt_name(dt, child))) child = dt_next_sibling(dt, child);
    node = child;
    path += length;
  }
  return DT_NONE;
}

// The parent of `wanted`, or DT_NONE for the root.
static dt_node_t parent_of(const dt_t* dt, dt_node_t wanted) {
  dt_node_t open[DT_MAX_DEPTH];
  unsigned depth = 0;
  for (uint32_t at = dt_root(dt); at != DT_NONE;) {
    const token_t token = token_at(dt, at);
    if (token.kind == 0) return DT_NONE;
    if (token.kind == TOKEN_BEGIN) {
      if (at == wanted) return depth != 0 ? open[depth - 1] : DT_NONE;
      if (depth == DT_MAX_DEPTH) return DT_NONE;
      open[depth++] = at;
    } else if (token.kind == TOKEN_END) {
      if (depth == 0 || --depth == 0) return DT_NONE;
    }
    at = token.next;
    while (fits(at, 4, dt->structure_bytes) && big_endian(dt->structure + at) == TOKEN_NOP) at += 4;
  }
  return DT_NONE;
}

bool dt_reg(const dt_t* dt, dt_node_t node, unsigned index, uint64_t* base, uint64_t* size) {
  uint32_t address_cells = 2, size_cells = 1;  // The specification's defaults.
  const dt_node_t parent = parent_of(dt, node);
  dt_u32(dt, parent, "#address-cells", 0, &address_cells);
  dt_u32(dt, parent, "#size-cells", 0, &size_cells);
  if (address_cells > 2 || size_cells > 2 || index > 1024) return false;
  const unsigned first = index * (address_cells + size_cells);
  uint64_t values[2] = {0, 0};
  for (unsigned i = 0; i < address_cells + size_cells; ++i) {
    uint32_t cell = 0;
    if (!dt_u32(dt, node, "reg", first + i, &cell)) return false;
    uint64_t* value = &values[i < address_cells ? 0 : 1];
    *value = *value << 32 | cell;
  }
  *base = values[0];
  if (size != 0) *size = values[1];
  return true;
}

bool dt_interrupt(const dt_t* dt, dt_node_t node, unsigned index, uint32_t* source) {
  return dt_u32(dt, node, "interrupts", index, source);
}

bool dt_memory(const dt_t* dt, uint64_t* base, uint64_t* size) { return dt_reg(dt, dt_find_path(dt, "/memory"), 0, base, size); }

bool dt_chosen_region(const dt_t* dt, const char* group, const char* name, uint64_t* base, uint64_t* size) {
  dt_node_t child = dt_first_child(dt, dt_find_path(dt, "/chosen"));
  while (child != DT_NONE && strcmp(dt_name(dt, child), group) != 0) child = dt_next_sibling(dt, child);
  for (child = dt_first_child(dt, child); child != DT_NONE; child = dt_next_sibling(dt, child))
    if (strcmp(dt_name(dt, child), name) == 0) return dt_reg(dt, child, 0, base, size);
  return false;
}

unsigned dt_cpu_count(const dt_t* dt) {
  unsigned count = 0;
  for (dt_node_t node = dt_first_child(dt, dt_find_path(dt, "/cpus")); node != DT_NONE; node = dt_next_sibling(dt, node))
    count += strncmp(dt_name(dt, node), "cpu@", 4) == 0;
  return count;
}
