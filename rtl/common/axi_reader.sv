// Reads [addr, addr + bytes) over an AXI4 read channel, exactly those bytes, and streams them in order.
// Bursts of aligned 8-byte beats that cross no 4 KiB boundary; odd ends are single narrow beats of their natural size.
// SPDX-License-Identifier: Apache-2.0
module axi_reader #(
    parameter int unsigned MAX_BEATS = 32
) (
    input logic clk,
    input logic rst_n,

    // One request at a time: `start` while not `busy`; `done` for one cycle at its end.
    input  logic        start,
    input  logic [63:0] addr,
    input  logic [12:0] bytes,
    output logic        busy,
    output logic        done,
    output logic        fault,       // With `done`: a beat failed; later bytes were dropped.
    output logic [63:0] fault_addr,  // Address of that beat.

    // The bytes; the receiver takes them at once. Byte 0 of `data` is the next byte of the request.
    output logic        data_valid,
    output logic [63:0] data,
    output logic [ 3:0] data_bytes,

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
    output logic        m_rready
);
  typedef enum logic [1:0] { IDLE, ADDRESS, BEATS } state_e;

  state_e state;
  logic [63:0] at;     // Address of the next byte wanted.
  logic [12:0] left;   // Bytes still wanted.
  logic faulted;

  // The burst that begins at `at`.
  logic [2:0] size;
  logic [9:0] to_boundary;  // Whole 8-byte words up to the 4 KiB boundary.
  logic [9:0] words, beats;
  always_comb begin
    to_boundary = 10'd512 - {1'b0, at[11:3]};
    words = left[12:3];
    beats = 10'd1;
    if (at[2:0] == 3'd0 && words != 10'd0) begin
      size = 3'd3;
      beats = words < to_boundary ? words : to_boundary;
      if (beats > 10'(MAX_BEATS)) beats = 10'(MAX_BEATS);
    end else if (at[1:0] == 2'd0 && left >= 13'd4) begin
      size = 3'd2;
    end else if (!at[0] && left >= 13'd2) begin
      size = 3'd1;
    end else begin
      size = 3'd0;
    end
  end

  logic [2:0] beat_size;  // Of the burst under way; `at` and `left` move on beat by beat.
  logic [3:0] beat_bytes;
  logic beat;
  assign beat_bytes = 4'd1 << beat_size;
  assign beat = state == BEATS && m_rvalid;

  assign busy = state != IDLE;
  assign m_araddr = at;
  assign m_arlen = 8'(beats - 10'd1);
  assign m_arsize = size;
  assign m_arburst = 2'b01;
  assign m_arvalid = state == ADDRESS;
  assign m_rready = state == BEATS;

  assign data_valid = beat && !m_rresp[1] && !faulted;
  assign data = m_rdata >> {at[2:0], 3'b000};
  assign data_bytes = beat_bytes;

  always_ff @(posedge clk) begin
    done <= 1'b0;
    if (!rst_n) begin
      state <= IDLE;
      at <= 64'd0;
      left <= 13'd0;
      faulted <= 1'b0;
      fault <= 1'b0;
      fault_addr <= 64'd0;
      beat_size <= 3'd0;
    end else begin
      case (state)
        IDLE:
        if (start) begin
          at <= addr;
          left <= bytes;
          faulted <= 1'b0;
          fault <= 1'b0;
          state <= bytes == 13'd0 ? IDLE : ADDRESS;
          done <= bytes == 13'd0;
        end
        ADDRESS:
        if (m_arready) begin
          beat_size <= size;
          state <= BEATS;
        end
        BEATS:
        if (m_rvalid) begin
          if (m_rresp[1] && !faulted) begin
            faulted <= 1'b1;
            fault_addr <= at;
          end
          if (!m_rresp[1] && !faulted) begin
            at <= at + 64'(beat_bytes);
            left <= left - 13'(beat_bytes);
          end
          if (m_rlast) begin
            if (m_rresp[1] || faulted) begin
              fault <= 1'b1;
              done <= 1'b1;
              state <= IDLE;
            end else if (left == 13'(beat_bytes)) begin
              done <= 1'b1;
              state <= IDLE;
            end else begin
              state <= ADDRESS;
            end
          end
        end
        default: state <= IDLE;
      endcase
    end
  end

  // An EXOKAY (01) cannot come to a normal access; bit 0 of a response distinguishes nothing else here.
  logic unused;
  assign unused = &{1'b0, m_rresp[0]};
endmodule
