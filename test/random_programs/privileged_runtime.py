"""What surrounds the random part of a privileged program: memory layout, trap handlers that keep a log, the walk over the chunks.

A program is a list of chunks. For each, the dispatcher loads the control registers from a table and enters the chunk's mode with MRET; a chunk
ends with an environment call with MAGIC in x31. Every trap, in machine and in supervisor mode, appends a record of RECORD_WORDS double words
to the log: all x, all f, fcsr and the trap's registers. Then the instruction is skipped; a fetch that faulted goes on at x1, and where that is no
code, the chunk is over. After TRAP_LIMIT traps the program is over, so it always ends.

SPDX-License-Identifier: Apache-2.0
"""

CODE = 0x80000000  # One 2M page, mapped for supervisor mode at the same address and for user mode at USER_CODE.
USER_CODE = 0x140000000
DATA = 0x80200000  # One 2M page, mapped for supervisor mode at the same address.
TABLES_AT, BUFFER_AT, EXEC_AT, LOG_AT = 0x10000, 0x20000, 0x30000, 0x40000  # Offsets in DATA.
REGION_BYTES = 0x10000
PAGE_BYTES = 4096
TRAP_LIMIT = 600
RECORD_WORDS = 80
LOG_BYTES = (TRAP_LIMIT + 2) * RECORD_WORDS * 8
DUMP_BYTES = (LOG_AT + LOG_BYTES + PAGE_BYTES - 1) // PAGE_BYTES * PAGE_BYTES
MAGIC = 0x5ca1ab1e
WINDOW = 0x100000000  # x26 in supervisor and user mode: pages of 4K; pages of 2M from WINDOW + 2M on; one of 1G at WINDOW - 1G.

LINKER_SCRIPT = (f"ENTRY(_start) SECTIONS {{ . = {CODE:#x}; .text : {{ *(.text.start) *(.text*) }} . = {DATA:#x}; .data : {{ *(.data*) }} }}")

# Record: word 0 says who wrote it, 1 to 31 x, 32 to 63 f, then these.
FCSR, CAUSE, EPC, TVAL, STATUS = 64, 65, 66, 67, 68
MACHINE_MORE = {69: "mie", 70: "mip", 71: "medeleg", 72: "mideleg", 73: "satp", 74: "scause", 75: "sepc", 76: "stval", 77: "mscratch", 78: "sscratch", 79: "menvcfg"}
SUPERVISOR_MORE = {69: "sie", 70: "sip", 77: "stvec", 78: "sscratch", 79: "senvcfg"}
WRITERS = ("machine mode", "supervisor mode", "end of the program")
# Offsets from tp (DATA). The PMP registers are stored at the end.
X31_MACHINE, X31_SUPERVISOR, LOG_POINTER, TRAPS, CHUNK_POINTER, PMP_SAVED = 0, 8, 16, 24, 40, 64

# Fields of a chunk's row in the table, in order.
CHUNK_FIELDS = ("pc", "status", "medeleg", "mideleg", "mie", "satp", "x26", "gp", "sp", "mcounteren", "scounteren", "menvcfg", "mtvec", "stvec", "fcsr")
STATUS_FIELDS = 0x7e79aa  # SIE MIE SPIE MPIE SPP MPP FS MPRV SUM MXR TVM TW TSR


def record(mode, writer):
    """Appends a record; leaves x31 pointing to it and destroys x28 to x30. `mode`: "m" or "s"."""
    save = X31_MACHINE if mode == "m" else X31_SUPERVISOR
    lines = [f"sd x31, {save}(tp)", f"ld x31, {LOG_POINTER}(tp)"]
    lines += [f"sd x{number}, {8 * number}(x31)" for number in range(1, 31)]
    lines += [f"ld x30, {save}(tp)", "sd x30, 248(x31)", f"li x30, {writer}", "sd x30, 0(x31)", f"csrr x29, {mode}status", f"sd x29, {8 * STATUS}(x31)"]
    more = MACHINE_MORE if mode == "m" else SUPERVISOR_MORE
    for word, name in {CAUSE: mode + "cause", EPC: mode + "epc", TVAL: mode + "tval", **more}.items():
        lines += [f"csrr x30, {name}", f"sd x30, {8 * word}(x31)"]
    lines += ["li x30, 0x6000", f"csrs {mode}status, x30"]
    lines += [f"fsd f{number}, {256 + 8 * number}(x31)" for number in range(32)]
    lines += ["frcsr x30", f"sd x30, {8 * FCSR}(x31)", f"csrw {mode}status, x29", f"addi x30, x31, {8 * RECORD_WORDS}", f"sd x30, {LOG_POINTER}(tp)"]
    return lines


def in_code(register, scratch, other, label):
    """Goes to `label` unless the address in `register` is in the code, by either of its names."""
    return [f"srli {scratch}, {register}, 21", f"li {other}, {CODE >> 21:#x}", f"beq {scratch}, {other}, 8f", f"li {other}, {USER_CODE >> 21:#x}",
            f"bne {scratch}, {other}, {label}", "8:"]


def handler(mode):
    over = "next_chunk" if mode == "m" else "s_escape"
    lines = [f".balign 256\n{mode}_vectors:", ".option push\n.option norvc"]
    lines += [f"j {mode}_trap"] * 16
    lines += [".option pop", f"{mode}_trap:"] + record(mode, 0 if mode == "m" else 1)
    # The breakpoint's trap value: zero or its address, both are allowed.
    lines += [f"csrr x30, {mode}cause", "li x29, 3", "bne x30, x29, 1f", f"csrw {mode}tval, x0", f"sd x0, {8 * TVAL}(x31)", "1:"]
    lines += [f"ld x30, {TRAPS}(tp)", "addi x30, x30, 1", f"sd x30, {TRAPS}(tp)", f"li x29, {TRAP_LIMIT}", f"bge x30, x29, {'finish' if mode == 'm' else over}",
              f"csrr x30, {mode}cause", f"bltz x30, {mode}_interrupt"]
    # The end of a chunk.
    lines += ["ld x29, 248(x31)", f"li x28, {MAGIC}", "bne x29, x28, 2f", "addi x29, x30, -8", "li x28, 3", f"bleu x29, x28, {over}", "2:"]
    # Fetches that faulted: 0, 1 and 12.
    lines += ["li x29, 1", f"bleu x30, x29, {mode}_fetch", "li x29, 12", f"beq x30, x29, {mode}_fetch", f"csrr x30, {mode}epc"]
    if mode == "s":
        lines += ["la x29, s_return", "beq x29, x30, s_escape"]  # The handler's own SRET traps with TSR: the chunk is over.
    lines += in_code("x30", "x29", "x28", f"{mode}_fetch")
    lines += ["slli x29, x30, 43", "srli x29, x29, 43", f"li x28, {CODE:#x}", "or x29, x29, x28", "lhu x28, 0(x29)", "andi x28, x28, 3", "addi x30, x30, 2",
              "addi x28, x28, -3", "bnez x28, 3f", "addi x30, x30, 2", "3:", f"csrw {mode}epc, x30", f"{mode}_out:"]
    if mode == "m":
        lines += [f"ld x30, {8 * STATUS}(x31)", "slli x30, x30, 63 - 17", "bgez x30, 6f", "sfence.vma", "6:"]  # MPRV: see privileged.py.
    lines += [f"ld x{number}, {8 * number}(x31)" for number in (28, 29, 30, 31)]
    lines += [f"{mode}_return:", f"{mode}ret"]
    if mode == "s":
        lines += ["s_escape:", f"li x31, {MAGIC}", "ecall"]
    lines += [f"{mode}_fetch:", "ld x30, 8(x31)", f"csrr x29, {mode}epc", f"beq x29, x30, {over}"] + in_code("x30", "x29", "x28", over)
    lines += [f"csrw {mode}epc, x30", f"j {mode}_out", f"{mode}_interrupt:"]
    if mode == "m":
        lines += ["slli x30, x30, 1", "li x29, 6", "bne x30, x29, 4f", "li x28, 0x2000000", "sw x0, 0(x28)", "j m_out", "4:", "li x28, 0x222", "csrc mip, x28",
                  "li x28, -1", "csrw stimecmp, x28", "j m_out"]
    else:
        lines += ["li x29, 1", "sll x29, x29, x30", "csrc sie, x29", "csrci sip, 2", "j s_out"]
    return lines


def start():
    """From reset to the first chunk; the registers have been loaded from `initial`."""
    lines = ['.section .text.start, "ax"', ".option norelax", ".globl _start", "_start:", "csrr t0, mhartid", "bnez t0, park", f"li tp, {DATA:#x}",
             "la t0, m_vectors", "csrw mtvec, t0", "li t0, 0x6000", "csrs mstatus, t0", "csrw mscratch, x0", "csrw sscratch, x0", "csrw mcause, x0", "csrw mepc, x0",
             "csrw mtval, x0", "csrw scause, x0", "csrw sepc, x0", "csrw stval, x0", "li t0, 0x2004000", "li t1, -1", "sd t1, 0(t0)", "csrw stimecmp, t1"]
    # The last PMP entry allows everything that an earlier one does not decide.
    lines += ["srli t1, t1, 10", "csrw pmpaddr15, t1", "li t0, 0x1f", "slli t0, t0, 56", "csrw pmpcfg2, t0", "csrw pmpcfg0, x0"]
    lines += [f"csrw pmpaddr{number}, x0" for number in range(15)]
    lines += ["la x31, initial"] + [f"fld f{number}, {256 + 8 * number}(x31)" for number in range(32)]
    lines += [f"ld x{number}, {8 * number}(x31)" for number in range(1, 32) if number not in (4, 31)]
    lines += [f"li x27, {USER_CODE - CODE:#x}", "j next_chunk", "park:", "wfi", "j park"]
    return lines


def dispatcher():
    lines = ["next_chunk:", f"li x31, {STATUS_FIELDS:#x}", "csrc mstatus, x31", f"ld x31, {CHUNK_POINTER}(tp)"]
    lines += ["li x29, -1", "csrw stimecmp, x29", "li x29, 0x222", "csrc mip, x29", "li x29, 0x2000000", "sw x0, 0(x29)", "li x29, 0x6000", "csrs mstatus, x29"]
    loads = {"pc": "csrw mepc, x30", "fcsr": "csrw fcsr, x30", "x26": "mv x26, x30", "gp": "mv gp, x30", "sp": "mv sp, x30"}
    for index, field in enumerate(CHUNK_FIELDS):
        if field == "status":
            continue
        lines += [f"ld x30, {8 * index}(x31)"]
        lines += ["beqz x30, finish"] if field == "pc" else []
        lines += [loads.get(field, f"csrw {field}, x30")]
    lines += ["sfence.vma", f"addi x30, x31, {8 * len(CHUNK_FIELDS)}", f"sd x30, {CHUNK_POINTER}(tp)", "ld x30, 8(x31)", "li x29, 0x6000", "csrc mstatus, x29",
              "csrs mstatus, x30", "mret"]
    return lines


def finish():
    lines = ["finish:", "li x30, 0x20000", "csrc mstatus, x30"] + record("m", 2)
    for number, name in enumerate(["pmpcfg0", "pmpcfg2"] + [f"pmpaddr{entry}" for entry in range(16)]):
        lines += [f"csrr x30, {name}", f"sd x30, {PMP_SAVED + 8 * number}(tp)"]
    lines += ["li t0, 0x100000", "li t1, 0x5555", "sw t1, 0(t0)", "5:", "j 5b"]
    return lines


def most(lines):
    """Instructions that the lines retire at most: none runs twice."""
    count = 0
    for line in lines:
        value = line.split(", ")[-1] if line.startswith("li ") else ""
        count += 0 if line.endswith(":") or line.startswith(".") else 2 if line.startswith("la ") else 1 if not value or -2048 <= int(value, 0) < 2048 else 3
    return count


# Of a trap, by the record's writer.
HANDLER_MOST = (most(handler("m")) - 16, most(handler("s")) - 16, most(finish()))
DISPATCHER_MOST = most(dispatcher())


def surround(body, chunk_rows, initial, tables, buffer, executable):
    """The whole program. `body`: lines with the chunks; `chunk_rows`: values in the order of CHUNK_FIELDS, numbers or expressions; the rest: lists of
    64-bit numbers: x and f registers, the pages of the tables, buffer and executable area."""
    lines = start() + handler("m") + handler("s") + dispatcher() + finish() + body
    lines += [".data", ".balign 8", ".globl begin_signature, end_signature", "begin_signature:"]
    words = {LOG_POINTER: DATA + LOG_AT, CHUNK_POINTER: "chunks"}
    lines += [f".dword {words.get(at, 0)}" for at in range(0, PMP_SAVED, 8)]
    lines += [".org 0x1000", "initial:"] + [f".dword {value:#x}" for value in initial]
    lines += ["chunks:"] + [f".dword {value}" for row in chunk_rows for value in row] + [".dword 0"]
    for at, values in ((TABLES_AT, tables), (BUFFER_AT, buffer), (EXEC_AT, executable)):
        lines += [f".org {at:#x}"] + [f".dword {value:#x}" for value in values]
    lines += [f".org {DUMP_BYTES:#x}", "end_signature:"]
    return "\n".join(lines) + "\n"


def records(memory):
    """The log in a dump of [DATA, DATA + DUMP_BYTES), as lists of RECORD_WORDS numbers."""
    if len(memory) * 8 < DUMP_BYTES:
        return []
    first, end = LOG_AT // 8, (memory[LOG_POINTER // 8] - DATA) // 8
    return [memory[at:at + RECORD_WORDS] for at in range(first, min(end, len(memory)), RECORD_WORDS)]


def random_part(memory, retired):
    """Instructions of `retired` that were no handler's, at least."""
    log = records(memory)
    chunks = sum(1 for entry in log if entry[31] == MAGIC)
    return retired - sum(HANDLER_MOST[entry[0]] for entry in log) - DISPATCHER_MOST * (chunks + 1) - most(start())


def word_name(word, writer):
    names = {0: "writer", FCSR: "fcsr", CAUSE: "cause", EPC: "epc", TVAL: "tval", STATUS: "status", **(SUPERVISOR_MORE if writer == 1 else MACHINE_MORE)}
    return names.get(word, f"x{word}" if word < 32 else f"f{word - 32}" if word < 64 else f"word {word}")


def describe_difference(ours, theirs):
    for number, (left, right) in enumerate(zip(records(ours), records(theirs))):
        if left != right:
            words = [word for word in range(RECORD_WORDS) if left[word] != right[word]]
            values = "".join(f"\n    {word_name(word, right[0])}: visoc {left[word]:#x}, QEMU {right[word]:#x}" for word in words[:8])
            return (f"record {number} of {len(records(theirs))}, written by {WRITERS[right[0]]}, by QEMU: cause {right[CAUSE]:#x}, epc {right[EPC]:#x}, "
                    f"tval {right[TVAL]:#x}; {len(words)} words differ{values}")
    for at, (left, right) in enumerate(zip(ours, theirs)):
        if left != right:
            return f"memory at {DATA + 8 * at:#x}: visoc {left:#x}, QEMU {right:#x}"
    return f"dumps of {len(ours)} and {len(theirs)} double words"
