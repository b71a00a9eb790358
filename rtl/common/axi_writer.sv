// Writes [addr, addr + bytes) over an AXI4 write channel: bursts of 8-byte beats with strobes at both ends, none over a 4 KiB boundary,
// each begun when the one before was answered.
// SPDX-License-Identifier: Apache-2.0
module axi_writer #(
    parameter int unsigned MAX_BEATS = 32
) (
    input logic clk,
    input logic rst_n,
    input logic plant_no_boundary,  // A bug for tests: bursts cross 4 KiB boundaries.

    // One request at a time: `start` while not `busy`; `done` for one cycle at its end.
    input  logic        start,
    input  logic [63:0] addr,
    input  logic [12:0] bytes,
    output logic        busy,
    output logic        done,
    output logic        fault,       // With `done`: a burst failed; nothing after it was sent.
    output logic [63:0] fault_addr,  // First byte of that burst.

    // The owner shows byte `index` + lane of its request on lane `lane` at once. Lanes without a strobe may show anything.
    output logic [12:0] index,
    input  logic [63:0] data,

    // A burst was answered well.
    output logic        ack,
    output logic [12:0] ack_bytes,

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
    output logic        m_bready
);
  typedef enum logic [1:0] { IDLE, ADDRESS, BEATS, RESPONSE } state_e;

  state_e state;
  logic [63:0] at;    // First byte of the burst.
  logic [12:0] left;  // Bytes from there to the end of the request.
  logic [12:0] sent;  // Bytes of the request before `at`.
  logic [7:0] beat;

  // The burst that begins at `at`.
  logic [12:0] to_boundary, room, burst_bytes, last_lane_end;
  logic [7:0] last_beat;
  always_comb begin
    to_boundary = plant_no_boundary ? 13'd4096 : 13'd4096 - {1'b0, at[11:0]};
    room = 13'(MAX_BEATS * 8) - 13'(at[2:0]);
    burst_bytes = left;
    if (burst_bytes > to_boundary) burst_bytes = to_boundary;
    if (burst_bytes > room) burst_bytes = room;
    last_lane_end = burst_bytes + 13'(at[2:0]);  // Behind the last byte, from the start of the first word.
    last_beat = 8'((last_lane_end - 13'd1) >> 3);
  end

  logic [12:0] lane_0;  // Of this beat, from the start of the first word.
  assign lane_0 = {2'b00, beat, 3'b000};
  always_comb begin
    for (int lane = 0; lane < 8; ++lane)
      m_wstrb[lane] = lane_0 + 13'(lane) >= 13'(at[2:0]) && lane_0 + 13'(lane) < last_lane_end;
  end

  assign busy = state != IDLE;
  assign index = sent + lane_0 - 13'(at[2:0]);
  assign ack = state == RESPONSE && m_bvalid && !m_bresp[1];
  assign ack_bytes = burst_bytes;
  assign m_awaddr = at;
  assign m_awlen = last_beat;
  assign m_awsize = 3'd3;
  assign m_awburst = 2'b01;
  assign m_awvalid = state == ADDRESS;
  assign m_wdata = data;
  assign m_wlast = beat == last_beat;
  assign m_wvalid = state == BEATS;
  assign m_bready = state == RESPONSE;

  always_ff @(posedge clk) begin
    done <= 1'b0;
    if (!rst_n) begin
      state <= IDLE;
      at <= 64'd0;
      left <= 13'd0;
      sent <= 13'd0;
      beat <= 8'd0;
      fault <= 1'b0;
      fault_addr <= 64'd0;
    end else begin
      case (state)
        IDLE:
        if (start) begin
          at <= addr;
          left <= bytes;
          sent <= 13'd0;
          beat <= 8'd0;
          fault <= 1'b0;
          state <= bytes == 13'd0 ? IDLE : ADDRESS;
          done <= bytes == 13'd0;
        end
        ADDRESS: if (m_awready) state <= BEATS;
        BEATS:
        if (m_wready) begin
          beat <= beat + 8'd1;
          if (m_wlast) state <= RESPONSE;
        end
        RESPONSE:
        if (m_bvalid) begin
          beat <= 8'd0;
          at <= at + 64'(burst_bytes);
          left <= left - burst_bytes;
          sent <= sent + burst_bytes;
          if (m_bresp[1]) begin
            fault <= 1'b1;
            fault_addr <= at;
          end
          if (m_bresp[1] || left == burst_bytes) begin
            done <= 1'b1;
            state <= IDLE;
          end else begin
            state <= ADDRESS;
          end
        end
      endcase
    end
  end

  logic unused;
  assign unused = &{1'b0, m_bresp[0]};
endmodule
