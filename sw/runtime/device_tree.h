// Reader of a flattened device tree. Devicetree Specification v0.4, chapters 2 and 5.
// SPDX-License-Identifier: Apache-2.0
#ifndef VISOC_RUNTIME_DEVICE_TREE_H
#define VISOC_RUNTIME_DEVICE_TREE_H

#include <stdbool.h>
#include <stdint.h>

// Every read is checked against the blob's own sizes, and those against DT_MAX_BYTES: a broken tree gives "not there", never a trap.
#define DT_MAX_BYTES (1u << 20)
#define DT_MAX_DEPTH 16

typedef struct {
  const uint8_t* structure;
  uint32_t structure_bytes;
  const uint8_t* strings;
  uint32_t strings_bytes;
} dt_t;

// A node, by its place in the structure block.
typedef uint32_t dt_node_t;
#define DT_NONE UINT32_MAX

// False if there is no tree at `blob`; `dt` is then empty and every search finds nothing.
bool dt_open(dt_t* dt, const void* blob);

dt_node_t dt_root(const dt_t* dt);
dt_node_t dt_first_child(const dt_t* dt, dt_node_t node);
dt_node_t dt_next_sibling(const dt_t* dt, dt_node_t node);
// "/soc/serial@10000000"; a component without '@' also matches a node with a unit address. DT_NONE if there is none.
dt_node_t dt_find_path(const dt_t* dt, const char* path);
// The index-th node (from 0, in the order of the blob) that has `compatible` among its strings.
dt_node_t dt_find_compatible(const dt_t* dt, const char* compatible, unsigned index);

// "serial@10000000"; "" for the root and for DT_NONE.
const char* dt_name(const dt_t* dt, dt_node_t node);
// The bytes of a property, or null; `bytes` may be null.
const void* dt_property(const dt_t* dt, dt_node_t node, const char* name, uint32_t* bytes);
bool dt_has(const dt_t* dt, dt_node_t node, const char* name);
// The index-th cell. False: not there, `value` unchanged.
bool dt_u32(const dt_t* dt, dt_node_t node, const char* name, unsigned index, uint32_t* value);
// The two cells from 2 * index on, high half first.
bool dt_u64(const dt_t* dt, dt_node_t node, const char* name, unsigned index, uint64_t* value);
// The index-th string, or null.
const char* dt_string(const dt_t* dt, dt_node_t node, const char* name, unsigned index);
// The index-th pair of `reg`, by the parent's #address-cells and #size-cells. `size` may be null.
bool dt_reg(const dt_t* dt, dt_node_t node, unsigned index, uint64_t* base, uint64_t* size);
// The index-th number of `interrupts` (controllers with one cell, as a PLIC).
bool dt_interrupt(const dt_t* dt, dt_node_t node, unsigned index, uint32_t* source);

// The first /memory node.
bool dt_memory(const dt_t* dt, uint64_t* base, uint64_t* size);
// What the simulator placed in memory: /chosen/<group>/<name>, group "visoc-inputs" or "visoc-outputs".
bool dt_chosen_region(const dt_t* dt, const char* group, const char* name, uint64_t* base, uint64_t* size);
// Number of /cpus/cpu@* nodes.
unsigned dt_cpu_count(const dt_t* dt);

#endif  // VISOC_RUNTIME_DEVICE_TREE_H
