// The block dma in hardware: the registers, commands and results of ip/dma/README.md. AXI4-Lite slave, AXI4 master, level interrupt.
// Pins beyond AXI are those that every block in rtl/ has; rtl/common/README.md explains them.
// SPDX-License-Identifier: Apache-2.0
module dma
  import dma_regs_pkg::*;
(
    input logic clk,
    input logic rst_n,

    input  logic [11:0] s_awaddr,
    input  logic        s_awvalid,
    output logic        s_awready,
    input  logic [31:0] s_wdata,
    input  logic [ 3:0] s_wstrb,
    input  logic        s_wvalid,
    output logic        s_wready,
    output logic [ 1:0] s_bresp,
    output logic        s_bvalid,
    input  logic        s_bready,
    input  logic [11:0] s_araddr,
    input  logic        s_arvalid,
    output logic        s_arready,
    output logic [31:0] s_rdata,
    output logic [ 1:0] s_rresp,
    output logic        s_rvalid,
    input  logic        s_rready,

    output logic [63:0] m_awaddr,
    output logic [ 7:0] m_awlen,
    output logic [ 2:0] m_awsize,
    output logic [ 1:0] m_awburst,
    output logic        m_awvalid,
    input  logic        m_awready,
    output logic [63:0] m_wdata,
    output logic [ 7:0] m_wstrb,
    output logic        m_wlast,
    output logic        m_wvalid,
    input  logic        m_wready,
    input  logic [ 1:0] m_bresp,
    input  logic        m_bvalid,
    output logic        m_bready,
    output logic [63:0] m_araddr,
    output logic [ 7:0] m_arlen,
    output logic [ 2:0] m_arsize,
    output logic [ 1:0] m_arburst,
    output logic        m_arvalid,
    input  logic        m_arready,
    input  logic [63:0] m_rdata,
    input  logic [ 1:0] m_rresp,
    input  logic        m_rlast,
    input  logic        m_rvalid,
    output logic        m_rready,

    output logic        irq,
    output logic        busy,            // Must be clocked.
    output logic        pending,         // A command is under way, if only by waiting for a wake pulse.
    input  logic        wake,
    input  logic        wake_connected,
    input  logic [31:0] poll_cycles,
    input  logic [11:0] peek_addr,
    output logic [31:0] peek_data,
    output logic [63:0] work_done,       // Bytes written, or read by CRC2D, since power-on.

    // Tests plant a bug by its number; 0 is none. rtl/dma/README.md lists them.
    input logic [3:0] plant_bug
);
  localparam logic [3:0] BUG_WRONG_BYTE = 1, BUG_NO_ERROR_MARK = 2, BUG_CLEAR_ALL = 3, BUG_ARADDR_MOVES = 4, BUG_NO_ANSWER = 5,
      BUG_NO_COALESCING = 6, BUG_NO_BOUNDARY = 7, BUG_SHORT_CRC = 8;

  localparam logic [31:0] CAPABILITY = (32'd24 << CAPABILITY_MAX_ROW_BYTES_LOG2_LSB) | (32'd16 << CAPABILITY_MAX_ROWS_LOG2_LSB) |
      (32'd0 << CAPABILITY_ALIGN_LOG2_LSB) | (32'd1 << CAPABILITY_COPY2D_LSB) | (32'd1 << CAPABILITY_FILL2D_LSB) |
      (32'd1 << CAPABILITY_GATHER_ROWS_LSB) | (32'd1 << CAPABILITY_CRC_LSB);  // Not COPY_LIST.

  // Registers.
  logic enable, abort_pulse, reset_pulse;
  logic [63:0] ring_base, completion_base, sync_base;
  logic [3:0] entries_log2;
  logic [31:0] head, tail;
  logic [7:0] coalesce_count;
  logic [23:0] coalesce_timeout;
  logic ring_waiting, raise_done, raise_error, disable_ring, tail_step, set_status, set_fault;
  logic [31:0] new_status;
  logic [63:0] new_fault_addr;
  logic [63:0] bytes_done;
  logic [31:0] crc;

  function automatic logic [31:0] own_value(input logic [11:0] at, input logic [63:0] bytes, input logic [31:0] sum);
    case (at)
      12'(BYTES_DONE_LO_OFFSET): own_value = bytes[31:0];
      12'(BYTES_DONE_HI_OFFSET): own_value = bytes[63:32];
      12'(CRC_OFFSET): own_value = sum;
      default: own_value = 32'd0;
    endcase
  endfunction

  ring_registers #(
      .ID_VALUE(ID_RESET_VALUE),
      .CAPABILITY_VALUE(CAPABILITY)
  ) registers (
      .plant_clear_all(plant_bug == BUG_CLEAR_ALL),
      .plant_no_answer(plant_bug == BUG_NO_ANSWER),
      .own_read_hit(s_araddr == 12'(BYTES_DONE_LO_OFFSET) || s_araddr == 12'(BYTES_DONE_HI_OFFSET) || s_araddr == 12'(CRC_OFFSET)),
      .own_read_data(own_value(s_araddr, bytes_done, crc)),
      .own_peek_data(own_value(peek_addr, bytes_done, crc)),
      .busy(pending),
      .waiting(ring_waiting),
      .*
  );

  // One reader and one writer, for the ring and for the engine in turn.
  logic engine_start, engine_abort, engine_cancel, engine_busy, engine_done;
  logic [15:0] opcode;
  logic [31:0] parameter_bytes, engine_status;
  logic [511:0] parameters;
  logic [63:0] engine_detail, engine_fault_addr;

  logic read_busy, read_done, read_fault, read_data_valid;
  logic [63:0] read_fault_addr, read_data;
  logic [3:0] read_data_bytes;
  logic write_busy, write_done, write_fault, write_ack;
  logic [63:0] write_fault_addr;
  logic [12:0] write_index, write_ack_bytes;

  logic ring_read_start, engine_read_start, ring_write_start, engine_write_start;
  logic [63:0] ring_read_addr, engine_read_addr, ring_write_addr, engine_write_addr, ring_write_data, engine_write_data;
  logic [12:0] ring_read_bytes, engine_read_bytes, ring_write_bytes, engine_write_bytes;
  logic needs_clock;

  assign busy = needs_clock || engine_busy || read_busy || write_busy || s_bvalid || s_rvalid;

  ring_sequencer ring (
      .plant_no_error_mark(plant_bug == BUG_NO_ERROR_MARK),
      .plant_no_coalescing(plant_bug == BUG_NO_COALESCING),
      .busy(pending),
      .waiting(ring_waiting),
      .read_start(ring_read_start),
      .read_addr(ring_read_addr),
      .read_bytes(ring_read_bytes),
      .write_start(ring_write_start),
      .write_addr(ring_write_addr),
      .write_bytes(ring_write_bytes),
      .write_data(ring_write_data),
      .*
  );

  dma_engine engine (
      .plant_wrong_byte(plant_bug == BUG_WRONG_BYTE),
      .plant_short_crc(plant_bug == BUG_SHORT_CRC),
      .start(engine_start),
      .abort(engine_abort),
      .cancel(engine_cancel),
      .busy(engine_busy),
      .done(engine_done),
      .status(engine_status),
      .detail(engine_detail),
      .fault_addr(engine_fault_addr),
      .read_start(engine_read_start),
      .read_addr(engine_read_addr),
      .read_bytes(engine_read_bytes),
      .write_start(engine_write_start),
      .write_addr(engine_write_addr),
      .write_bytes(engine_write_bytes),
      .write_data(engine_write_data),
      .*
  );

  logic [63:0] reader_araddr;
  axi_reader reader (
      .start(ring_read_start || engine_read_start),
      .addr(engine_read_start ? engine_read_addr : ring_read_addr),
      .bytes(engine_read_start ? engine_read_bytes : ring_read_bytes),
      .busy(read_busy),
      .done(read_done),
      .fault(read_fault),
      .fault_addr(read_fault_addr),
      .data_valid(read_data_valid),
      .data(read_data),
      .data_bytes(read_data_bytes),
      .m_araddr(reader_araddr),
      .*
  );

  axi_writer writer (
      .plant_no_boundary(plant_bug == BUG_NO_BOUNDARY),
      .start(ring_write_start || engine_write_start),
      .addr(engine_write_start ? engine_write_addr : ring_write_addr),
      .bytes(engine_write_start ? engine_write_bytes : ring_write_bytes),
      .busy(write_busy),
      .done(write_done),
      .fault(write_fault),
      .fault_addr(write_fault_addr),
      .index(write_index),
      .data(engine_busy ? engine_write_data : ring_write_data),
      .ack(write_ack),
      .ack_bytes(write_ack_bytes),
      .*
  );

  // The planted bug of a moving address needs a bit that changes while nobody takes the address.
  logic restless;
  always_ff @(posedge clk) restless <= rst_n && m_arvalid && !m_arready && !restless;
  assign m_araddr = plant_bug == BUG_ARADDR_MOVES && restless ? reader_araddr ^ 64'd8 : reader_araddr;
endmodule
