// The registers of platform/contract/command_ring.regs.json behind an AXI4-Lite slave. An engine's own registers, all read-only,
// come in by the `own_` ports. Offsets and fields are the generated package's.
// SPDX-License-Identifier: Apache-2.0
module ring_registers
  import command_ring_regs_pkg::*;
#(
    parameter logic [31:0] ID_VALUE = 32'd0,
    parameter logic [31:0] CAPABILITY_VALUE = 32'd0
) (
    input logic clk,
    input logic rst_n,
    input logic plant_clear_all,  // A bug for tests: clearing one interrupt clears both.
    input logic plant_no_answer,  // A bug for tests: reads are never answered.

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

    // A look at a register without a clock and without side effects.
    input  logic [11:0] peek_addr,
    output logic [31:0] peek_data,

    // The engine's own registers, at s_araddr and at peek_addr.
    input logic        own_read_hit,
    input logic [31:0] own_read_data,
    input logic [31:0] own_peek_data,

    // What software set.
    output logic        enable,
    output logic        abort_pulse,
    output logic        reset_pulse,
    output logic [63:0] ring_base,
    output logic [ 3:0] entries_log2,
    output logic [31:0] head,
    output logic [63:0] completion_base,
    output logic [63:0] sync_base,
    output logic [ 7:0] coalesce_count,
    output logic [23:0] coalesce_timeout,

    // What the ring reports.
    input logic        busy,
    input logic        waiting,
    input logic        raise_done,
    input logic        raise_error,
    input logic        disable_ring,
    input logic        tail_step,
    input logic        set_status,
    input logic [31:0] new_status,
    input logic        set_fault,
    input logic [63:0] new_fault_addr,

    output logic [31:0] tail,
    output logic        irq
);
  localparam logic [1:0] OKAY = 2'b00, SLVERR = 2'b10;

  logic [1:0] intr_state, intr_enable;
  logic [63:0] fault_addr;
  logic [31:0] last_status;

  assign irq = (intr_state & intr_enable) != 2'b00;

  // Value of the ring's register at `at`; holes give 0.
  function automatic logic [31:0] value(input logic [6:0] at);
    case (at)
      ID_OFFSET: value = ID_VALUE;
      CAPABILITY_OFFSET: value = CAPABILITY_VALUE;
      CONTROL_OFFSET: value = {31'd0, enable};
      STATUS_OFFSET: value = {29'd0, intr_state[INTR_STATE_ERROR_LSB], waiting, busy};
      INTR_STATE_OFFSET: value = {30'd0, intr_state};
      INTR_ENABLE_OFFSET: value = {30'd0, intr_enable};
      COALESCE_OFFSET: value = {coalesce_timeout, coalesce_count};
      RING_BASE_LO_OFFSET: value = ring_base[31:0];
      RING_BASE_HI_OFFSET: value = ring_base[63:32];
      RING_ENTRIES_LOG2_OFFSET: value = {28'd0, entries_log2};
      RING_HEAD_OFFSET: value = head;
      RING_TAIL_OFFSET: value = tail;
      COMPLETION_BASE_LO_OFFSET: value = completion_base[31:0];
      COMPLETION_BASE_HI_OFFSET: value = completion_base[63:32];
      SYNC_BASE_LO_OFFSET: value = sync_base[31:0];
      SYNC_BASE_HI_OFFSET: value = sync_base[63:32];
      FAULT_ADDR_LO_OFFSET: value = fault_addr[31:0];
      FAULT_ADDR_HI_OFFSET: value = fault_addr[63:32];
      LAST_STATUS_OFFSET: value = last_status;
      default: value = 32'd0;  // INTR_TEST among them: it reads as zero.
    endcase
  endfunction

  function automatic logic is_ring(input logic [11:0] at);
    is_ring = at <= 12'(LAST_STATUS_OFFSET) && at[1:0] == 2'b00;
  endfunction

  assign peek_data = is_ring(peek_addr) ? value(peek_addr[6:0]) : own_peek_data;

  // Reads: the value of the cycle in which the address is taken.
  logic read_taken;
  assign s_arready = !s_rvalid && !plant_no_answer;
  assign read_taken = s_arvalid && s_arready;
  always_ff @(posedge clk) begin
    if (!rst_n) begin
      s_rvalid <= 1'b0;
      s_rdata <= 32'd0;
      s_rresp <= OKAY;
    end else if (read_taken) begin
      s_rvalid <= 1'b1;
      s_rdata <= is_ring(s_araddr) ? value(s_araddr[6:0]) : own_read_data;
      s_rresp <= is_ring(s_araddr) || own_read_hit ? OKAY : SLVERR;
    end else if (s_rready) begin
      s_rvalid <= 1'b0;
    end
  end

  // Writes: address and data are taken together. The shell lets through whole words only; a part of one is refused here.
  logic write_taken, write_works;
  logic [6:0] waddr;
  assign s_awready = s_awvalid && s_wvalid && !s_bvalid;
  assign s_wready = s_awready;
  assign write_taken = s_awready;
  assign write_works = write_taken && is_ring(s_awaddr) && s_wstrb == 4'b1111;
  assign waddr = s_awaddr[6:0];
  assign reset_pulse = write_works && waddr == CONTROL_OFFSET && s_wdata[CONTROL_RESET_LSB];
  assign abort_pulse = write_works && waddr == CONTROL_OFFSET && s_wdata[CONTROL_ABORT_LSB] && !reset_pulse;
  always_ff @(posedge clk) begin
    if (!rst_n) begin
      s_bvalid <= 1'b0;
      s_bresp <= OKAY;
    end else if (write_taken) begin
      s_bvalid <= 1'b1;
      s_bresp <= s_wstrb == 4'b1111 ? OKAY : SLVERR;  // A read-only register, an engine's own included, ignores the write.
    end else if (s_bready) begin
      s_bvalid <= 1'b0;
    end
  end

  logic [1:0] cleared, raised;
  always_comb begin
    cleared = 2'b00;
    raised = {raise_error, raise_done};
    if (write_works && waddr == INTR_STATE_OFFSET) cleared = plant_clear_all && s_wdata[1:0] != 2'b00 ? 2'b11 : s_wdata[1:0];
    if (write_works && waddr == INTR_TEST_OFFSET) raised = raised | s_wdata[1:0];
  end

  always_ff @(posedge clk) begin
    if (!rst_n || reset_pulse) begin
      enable <= 1'b0;
      intr_state <= 2'b00;
      intr_enable <= 2'b00;
      coalesce_count <= 8'd0;
      coalesce_timeout <= 24'd0;
      ring_base <= 64'd0;
      entries_log2 <= 4'd0;
      head <= 32'd0;
      tail <= 32'd0;
      completion_base <= 64'd0;
      sync_base <= 64'd0;
      fault_addr <= 64'd0;
      last_status <= 32'd0;
    end else begin
      intr_state <= (intr_state & ~cleared) | raised;
      if (write_works) begin
        case (waddr)
          CONTROL_OFFSET: enable <= s_wdata[CONTROL_ENABLE_LSB];
          INTR_ENABLE_OFFSET: intr_enable <= s_wdata[1:0];
          COALESCE_OFFSET: {coalesce_timeout, coalesce_count} <= s_wdata;
          RING_BASE_LO_OFFSET: ring_base[31:0] <= s_wdata;
          RING_BASE_HI_OFFSET: ring_base[63:32] <= s_wdata;
          RING_ENTRIES_LOG2_OFFSET: entries_log2 <= s_wdata[3:0];
          RING_HEAD_OFFSET: head <= s_wdata;
          COMPLETION_BASE_LO_OFFSET: completion_base[31:0] <= s_wdata;
          COMPLETION_BASE_HI_OFFSET: completion_base[63:32] <= s_wdata;
          SYNC_BASE_LO_OFFSET: sync_base[31:0] <= s_wdata;
          SYNC_BASE_HI_OFFSET: sync_base[63:32] <= s_wdata;
          default: ;
        endcase
      end
      if (disable_ring) enable <= 1'b0;
      if (tail_step) tail <= tail + 32'd1;
      if (set_status) last_status <= new_status;
      if (set_fault) fault_addr <= new_fault_addr;
    end
  end
endmodule
