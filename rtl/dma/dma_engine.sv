// COPY2D, FILL2D, GATHER_ROWS and CRC2D, command by command. Works in chunks of at most 256 bytes of one row: read into a buffer, write
// out, sum up if a CRC was asked for, next.
// SPDX-License-Identifier: Apache-2.0
module dma_engine (
    input logic clk,
    input logic rst_n,
    input logic plant_wrong_byte,  // A bug for tests: byte 255 of a copied chunk is off by one bit.
    input logic plant_short_crc,   // A bug for tests: the CRC leaves out the last byte of a chunk of 8 n + 1.

    input  logic         start,
    input  logic [ 15:0] opcode,
    input  logic [ 31:0] parameter_bytes,
    input  logic [511:0] parameters,
    input  logic         abort,
    input  logic         cancel,
    output logic         busy,
    output logic         done,
    output logic [ 31:0] status,
    output logic [ 63:0] detail,
    output logic [ 63:0] fault_addr,  // Of a command that ended well: its CRC.
    output logic [ 63:0] bytes_done,  // Of the present or last command.
    output logic [ 31:0] crc,         // Of these bytes; 0 if none was asked for.
    output logic [ 63:0] work_done,   // Of all commands since power-on.

    output logic        read_start,
    output logic [63:0] read_addr,
    output logic [12:0] read_bytes,
    input  logic        read_done,
    input  logic        read_fault,
    input  logic [63:0] read_fault_addr,
    input  logic        read_data_valid,
    input  logic [63:0] read_data,
    input  logic [ 3:0] read_data_bytes,

    output logic        write_start,
    output logic [63:0] write_addr,
    output logic [12:0] write_bytes,
    input  logic        write_done,
    input  logic        write_fault,
    input  logic [63:0] write_fault_addr,
    input  logic        write_ack,
    input  logic [12:0] write_ack_bytes,
    input  logic [12:0] write_index,
    output logic [63:0] write_data
);
  // Status codes of platform/contract/command.h; limits and details of ip/dma/README.md.
  localparam logic [31:0] OK = 0, UNKNOWN_OPCODE = 1, BAD_PARAMETER = 2, READ_FAULT = 3, WRITE_FAULT = 4, ABORTED = 5,
      UNSUPPORTED = 7;
  localparam logic [15:0] FILL2D = 2, COPY_LIST = 3, GATHER_ROWS = 4, CRC2D = 5;  // And COPY2D = 1.
  localparam logic [31:0] MAX_ROW_BYTES = 32'h0100_0000, MAX_ROWS = 32'h0001_0000;
  localparam logic [31:0] CHUNK = 256;

  typedef enum logic [2:0] { IDLE, CHECK, NEXT, READ, WRITE, WRITING, SUM } state_e;

  state_e state;
  logic cancelled;  // A chunk was on the bus when the command was dropped.
  logic fill, check_only, with_crc;
  logic [63:0] src, dst;  // Start of the present row.
  logic [63:0] src_step;  // To the next row that counts.
  logic [31:0] row_bytes, rows_left, row_step, dst_stride, pattern, column;
  logic [7:0] buffer[CHUNK];
  logic [8:0] gathered;   // Bytes of the chunk that were read or made.
  logic [8:0] published;  // Of these, bytes that were written, or read to be checked.
  logic [8:0] summed;     // Of these, bytes that are in the CRC.
  logic read_failed, write_failed;

  logic [31:0] in_row, chunk;
  assign in_row = row_bytes - column;
  assign chunk = in_row < CHUNK ? in_row : CHUNK;

  assign busy = state != IDLE;
  assign read_start = state == NEXT && !cancelled && !abort && !cancel && rows_left != 32'd0 && !fill;
  assign read_addr = src + 64'(column);
  assign read_bytes = chunk[12:0];
  assign write_start = state == WRITE && !cancelled && !cancel && gathered != 9'd0 && !check_only;
  assign write_addr = dst + 64'(column);
  assign write_bytes = 13'(gathered);

  // Eight bytes of the chunk, for the writer or for the CRC.
  logic [7:0] chunk_index;
  logic [7:0] byte_of_chunk[8];
  assign chunk_index = state == SUM ? summed[7:0] : write_index[7:0];
  always_comb begin
    for (int lane = 0; lane < 8; ++lane) begin
      byte_of_chunk[lane] = buffer[chunk_index+8'(lane)];
      if (plant_wrong_byte && 8'(chunk_index + 8'(lane)) == 8'd255) byte_of_chunk[lane][0] = !byte_of_chunk[lane][0];
      // Chunks begin at multiples of 256 bytes in a row, so the pattern begins anew with each.
      if (fill) write_data[8*lane+:8] = pattern[8*5'(2'(chunk_index[1:0]+2'(lane)))+:8];
      else write_data[8*lane+:8] = byte_of_chunk[lane];
    end
  end

  // CRC-32 of IEEE 802.3, reflected, over the first `count` of eight bytes.
  function automatic logic [31:0] crc_after(input logic [31:0] crc_before, input logic [63:0] bytes, input logic [3:0] count);
    logic [31:0] value;
    value = ~crc_before;
    for (int i = 0; i < 8; ++i)
      if (4'(i) < count) begin
        value = value ^ 32'(bytes[8*i+:8]);
        for (int shift = 0; shift < 8; ++shift) value = (value >> 1) ^ (value[0] ? 32'hedb8_8320 : 32'd0);
      end
    crc_after = ~value;
  endfunction

  logic [8:0] left_to_sum;
  logic [3:0] sum_now;
  assign left_to_sum = published - summed;
  assign sum_now = left_to_sum >= 9'd8 ? 4'd8 : plant_short_crc && left_to_sum == 9'd1 ? 4'd0 : left_to_sum[3:0];

  // The fields of a parameter block.
  logic [63:0] given_src, given_dst;
  logic [31:0] given_row_bytes, given_rows, given_src_stride, given_dst_stride, given_pattern, given_period, given_offset, given_options;
  logic [127:0] given_reserved;
  assign {given_reserved, given_options, given_offset, given_period, given_pattern, given_dst_stride, given_src_stride, given_rows,
          given_row_bytes, given_dst, given_src} = parameters;
  logic gathers;
  assign gathers = opcode == GATHER_ROWS;

  task automatic finish(input logic [31:0] with_status, input logic [63:0] with_detail, input logic [63:0] with_fault_addr);
    done <= 1'b1;
    status <= with_status;
    detail <= with_detail;
    fault_addr <= with_fault_addr;
    state <= IDLE;
  endtask

  always_ff @(posedge clk) begin
    done <= 1'b0;
    if (!rst_n) begin
      state <= IDLE;
      cancelled <= 1'b0;
      fill <= 1'b0;
      check_only <= 1'b0;
      with_crc <= 1'b0;
      src <= 64'd0;
      dst <= 64'd0;
      src_step <= 64'd0;
      row_bytes <= 32'd0;
      rows_left <= 32'd0;
      row_step <= 32'd0;
      dst_stride <= 32'd0;
      pattern <= 32'd0;
      column <= 32'd0;
      gathered <= 9'd0;
      published <= 9'd0;
      summed <= 9'd0;
      read_failed <= 1'b0;
      write_failed <= 1'b0;
      bytes_done <= 64'd0;
      crc <= 32'd0;
      work_done <= 64'd0;
      status <= 32'd0;
      detail <= 64'd0;
      fault_addr <= 64'd0;
    end else begin
      if (write_ack && state == WRITING) work_done <= work_done + 64'(write_ack_bytes);
      if (write_ack && state == WRITING && !cancelled) bytes_done <= bytes_done + 64'(write_ack_bytes);
      if (write_ack && state == WRITING) published <= published + 9'(write_ack_bytes);

      case (state)
        IDLE:
        if (start) begin
          bytes_done <= 64'd0;
          crc <= 32'd0;
          state <= CHECK;
        end
        CHECK: begin
          dst <= given_dst;
          src <= given_src + 64'(given_offset) * 64'(given_src_stride);
          src_step <= gathers ? 64'(given_period) * 64'(given_src_stride) : 64'(given_src_stride);
          row_bytes <= given_row_bytes;
          rows_left <= given_row_bytes == 32'd0 || given_offset >= given_rows ? 32'd0 : given_rows - given_offset;
          row_step <= gathers ? given_period : 32'd1;
          dst_stride <= given_dst_stride;
          pattern <= given_pattern;
          fill <= opcode == FILL2D;
          check_only <= opcode == CRC2D;
          with_crc <= opcode == CRC2D || given_options[0];
          column <= 32'd0;
          if (opcode == 16'd0 || opcode > CRC2D) finish(UNKNOWN_OPCODE, 64'(opcode), 64'd0);
          else if (opcode == COPY_LIST) finish(UNSUPPORTED, 64'(opcode), 64'd0);
          else if (parameter_bytes != 32'd64) finish(BAD_PARAMETER, 64'd64, 64'd0);
          else if (given_row_bytes > MAX_ROW_BYTES) finish(BAD_PARAMETER, 64'd16, 64'd0);
          else if (given_rows > MAX_ROWS) finish(BAD_PARAMETER, 64'd20, 64'd0);
          else if (gathers ? given_period == 32'd0 : given_period != 32'd0) finish(BAD_PARAMETER, 64'd36, 64'd0);
          else if (gathers ? given_offset >= given_period : given_offset != 32'd0) finish(BAD_PARAMETER, 64'd40, 64'd0);
          else if (given_options[31:1] != 31'd0) finish(BAD_PARAMETER, 64'd44, 64'd0);
          else if (given_reserved != 128'd0) finish(BAD_PARAMETER, 64'd48, 64'd0);
          else state <= NEXT;
        end
        NEXT: begin
          gathered <= fill ? chunk[8:0] : 9'd0;
          published <= 9'd0;
          summed <= 9'd0;
          read_failed <= 1'b0;
          write_failed <= 1'b0;
          if (abort) finish(ABORTED, 64'd0, 64'd0);
          else if (rows_left == 32'd0) finish(OK, bytes_done, 64'(crc));
          else state <= fill ? WRITE : READ;
        end
        READ: begin
          if (read_data_valid) begin
            for (int i = 0; i < 8; ++i) if (4'(i) < read_data_bytes) buffer[8'(gathered+9'(i))] <= read_data[8*i+:8];
            gathered <= gathered + 9'(read_data_bytes);
          end
          if (read_done) begin
            read_failed <= read_fault;
            state <= WRITE;
          end
        end
        WRITE: begin
          if (gathered == 9'd0) finish(READ_FAULT, bytes_done, read_fault_addr);
          else if (check_only) begin
            published <= gathered;
            bytes_done <= bytes_done + 64'(gathered);
            work_done <= work_done + 64'(gathered);
            state <= SUM;
          end else state <= WRITING;
        end
        WRITING:
        if (write_done) begin
          write_failed <= write_fault;
          state <= SUM;
        end
        SUM:
        if (with_crc && left_to_sum != 9'd0) begin
          crc <= crc_after(crc, write_data, sum_now);
          summed <= left_to_sum < 9'd8 ? published : summed + 9'd8;
        end else if (write_failed) finish(WRITE_FAULT, bytes_done, write_fault_addr);
        else if (read_failed) finish(READ_FAULT, bytes_done, read_fault_addr);
        else begin
          state <= NEXT;
          column <= column + chunk;
          if (in_row == chunk) begin
            column <= 32'd0;
            rows_left <= rows_left > row_step ? rows_left - row_step : 32'd0;
            src <= src + src_step;
            dst <= dst + 64'(dst_stride);
          end
        end
        default: state <= IDLE;
      endcase

      // Dropped: nothing more is begun or reported; what is on the bus ends first.
      if (cancel) begin
        bytes_done <= 64'd0;
        crc <= 32'd0;
      end
      if (cancel || cancelled) begin
        done <= 1'b0;
        cancelled <= 1'b1;
        if ((state == READ && !read_done) || (state == WRITING && !write_done)) state <= state;
        else begin
          state <= IDLE;
          cancelled <= 1'b0;
        end
      end
    end
  end

  logic unused;
  assign unused = &{1'b0, write_index[12:8], chunk[31:13]};
endmodule
