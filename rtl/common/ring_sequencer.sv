// The command ring of platform/contract/command_ring.h in hardware: fetch a descriptor, wait for its syncpoints, read its parameters,
// run the engine, then completion record, post and interrupt, in this order. Uses one reader and one writer between engine runs.
// SPDX-License-Identifier: Apache-2.0
module ring_sequencer (
    input logic clk,
    input logic rst_n,
    input logic plant_no_error_mark,  // A bug for tests: a failing command posts like a good one.
    input logic plant_no_coalescing,  // A bug for tests: each completion interrupts.

    // Software's side.
    input logic        enable,
    input logic        abort_pulse,
    input logic        reset_pulse,
    input logic [63:0] ring_base,
    input logic [ 3:0] entries_log2,
    input logic [31:0] head,
    input logic [31:0] tail,
    input logic [63:0] completion_base,
    input logic [63:0] sync_base,
    input logic [ 7:0] coalesce_count,
    input logic [23:0] coalesce_timeout,

    output logic        busy,          // A command is under way.
    output logic        waiting,       // It waits for a syncpoint.
    output logic        raise_done,
    output logic        raise_error,
    output logic        disable_ring,
    output logic        tail_step,
    output logic        set_status,
    output logic [31:0] new_status,
    output logic        set_fault,
    output logic [63:0] new_fault_addr,

    // Syncpoint changes: pulses if `wake_connected`, else a look every `poll_cycles`.
    input logic        wake,
    input logic        wake_connected,
    input logic [31:0] poll_cycles,
    output logic       needs_clock,    // Something can happen without a register access or a wake pulse.

    // The engine, from the parameters on.
    output logic         engine_start,
    output logic [ 15:0] opcode,
    output logic [ 31:0] parameter_bytes,
    output logic [511:0] parameters,      // The first 64 bytes.
    output logic         engine_abort,    // Level: end with status ABORTED soon.
    output logic         engine_cancel,   // Pulse: forget the command.
    input  logic         engine_busy,
    input  logic         engine_done,
    input  logic [ 31:0] engine_status,
    input  logic [ 63:0] engine_detail,
    input  logic [ 63:0] engine_fault_addr,

    output logic        read_start,
    output logic [63:0] read_addr,
    output logic [12:0] read_bytes,
    input  logic        read_busy,
    input  logic        read_done,
    input  logic        read_fault,
    input  logic [63:0] read_fault_addr,
    input  logic        read_data_valid,
    input  logic [63:0] read_data,
    input  logic [ 3:0] read_data_bytes,

    output logic        write_start,
    output logic [63:0] write_addr,
    output logic [12:0] write_bytes,
    input  logic        write_busy,
    input  logic        write_done,
    input  logic        write_fault,
    input  logic [12:0] write_index,
    output logic [63:0] write_data
);
  // Status codes of platform/contract/command.h.
  localparam logic [31:0] OK = 0, BAD_PARAMETER = 2, READ_FAULT = 3, ABORTED = 5, UPSTREAM = 6;
  // Layout of the syncpoint block, ip/syncpoint/registers.md: VALUE and ERROR_HISTORY pairs, POST.
  localparam logic [63:0] SYNC_PAIRS = 64'h1000, SYNC_POSTS = 64'h2000;

  typedef enum logic [3:0] {
    IDLE, FETCH, WAITS, WAIT_READ, WAIT_SLEEP, READY, PARAMETERS, RUN, RECORD, RECORDING, POST, POSTING, RETIRE, DRAIN
  } state_e;

  state_e state;
  logic [511:0] descriptor;
  logic [511:0] collected;  // What the reader brought, first 64 bytes.
  logic [6:0] filled;
  logic [2:0] waits_met;
  logic abort_pending, wake_seen;
  logic [31:0] poll_left;
  logic [63:0] cycles;
  logic [31:0] status;
  logic [63:0] detail, fault_addr;

  // Fields of the descriptor.
  logic [15:0] flags;
  logic [31:0] tag, post_id, post_increment;
  logic [63:0] parameter_addr;
  assign opcode = descriptor[15:0];
  assign flags = descriptor[31:16];
  assign tag = descriptor[63:32];
  assign post_id = descriptor[351:320];
  assign post_increment = descriptor[383:352];
  assign parameter_addr = descriptor[447:384];
  assign parameter_bytes = descriptor[479:448];
  assign parameters = collected;

  logic [31:0] wait_id, wait_value, passed;
  assign wait_id = descriptor[64+64*9'(waits_met[1:0])+:32];
  assign wait_value = descriptor[96+64*9'(waits_met[1:0])+:32];
  assign passed = collected[31:0] - wait_value;

  logic [31:0] slot;
  assign slot = tail & ((32'd1 << entries_log2) - 32'd1);

  assign busy = state != IDLE && state != DRAIN;
  assign engine_abort = abort_pending;
  assign engine_cancel = reset_pulse;

  logic can_fetch;
  assign can_fetch = enable && head != tail;

  // Coalescing: completions not yet reported, and the time until they are.
  logic [31:0] unreported, deadline;
  logic deadline_set;
  logic retiring, counts;
  logic [31:0] batch;
  assign retiring = state == RETIRE && !reset_pulse;
  assign counts = retiring && flags[4];
  assign batch = coalesce_count == 8'd0 || plant_no_coalescing ? 32'd1 : 32'(coalesce_count);
  logic batch_full, deadline_over;
  assign batch_full = counts && unreported + 32'd1 >= batch;
  assign deadline_over = deadline_set && deadline == 32'd0;

  assign needs_clock = deadline_set || (state == IDLE && can_fetch) ||
      (state != IDLE && !(state == WAIT_SLEEP && wake_connected && !wake_seen && !abort_pending));

  assign raise_done = batch_full || deadline_over;
  assign tail_step = retiring;

  // What the reader and the writer are asked for; both are idle in the states that start them.
  always_comb begin
    read_start = 1'b0;
    read_addr = ring_base + {26'd0, slot, 6'd0};
    read_bytes = 13'd64;
    case (state)
      IDLE: read_start = can_fetch && !reset_pulse;
      WAITS: begin
        read_start = waits_met != flags[2:0] && wait_id < 32'd256 && wait_ok && !reset_pulse;
        read_addr = sync_base + SYNC_PAIRS + {29'd0, wait_id, 3'd0};
        read_bytes = 13'd8;
      end
      READY: begin
        read_start = !abort_pending && parameter_bytes != 32'd0 && parameter_bytes <= 32'd4096 && !reset_pulse;
        read_addr = parameter_addr;
        read_bytes = parameter_bytes[12:0];
      end
      default: ;
    endcase
  end

  logic wait_ok;  // At most four waits, and the reserved word is zero.
  assign wait_ok = flags[2:0] <= 3'd4 && descriptor[511:480] == 32'd0;

  logic writes_record, writes_post;
  assign writes_record = completion_base != 64'd0;
  assign writes_post = flags[3] && post_id < 32'd256;
  logic [255:0] record;
  logic [31:0] post_value;
  assign record = {fault_addr, detail, cycles, status, tag};
  assign post_value = {status != OK && !plant_no_error_mark, 26'd0, post_increment > 32'd31 ? 5'd31 : post_increment[4:0]};
  always_comb begin
    write_start = ((state == RECORD && writes_record) || (state == POST && writes_post)) && !reset_pulse;
    if (state == RECORD || state == RECORDING) begin
      write_addr = completion_base + {27'd0, slot, 5'd0};
      write_bytes = 13'd32;
    end else begin
      write_addr = sync_base + SYNC_POSTS + {30'd0, post_id, 2'd0};
      write_bytes = 13'd4;
    end
    for (int lane = 0; lane < 8; ++lane) begin
      write_data[8*lane+:8] = state == RECORDING ? record[8*8'(5'(write_index+13'(lane)))+:8]
                                                 : post_value[8*5'(2'(write_index+13'(lane)))+:8];
    end
  end

  assign engine_start = (state == READY && !abort_pending && parameter_bytes == 32'd0 && !reset_pulse) ||
      (state == PARAMETERS && read_done && !read_fault && !reset_pulse);

  assign set_status = (state == RECORD || ring_fault) && !reset_pulse;
  assign new_status = ring_fault ? READ_FAULT : status;
  assign set_fault = ((state == RECORD && status != OK) || ring_fault) && !reset_pulse;
  assign new_fault_addr = ring_fault ? read_fault_addr : fault_addr;
  assign disable_ring = ring_fault;
  logic ring_fault;
  assign ring_fault = state == FETCH && read_done && read_fault;
  assign raise_error = ring_fault || (retiring && status != OK) ||
      ((state == RECORDING || state == POSTING) && write_done && write_fault);

  task automatic finish(input logic [31:0] with_status, input logic [63:0] with_detail, input logic [63:0] with_fault_addr);
    status <= with_status;
    detail <= with_detail;
    fault_addr <= with_fault_addr;
    waiting <= 1'b0;
    state <= RECORD;
  endtask

  always_ff @(posedge clk) begin
    if (!rst_n) begin
      state <= IDLE;
      descriptor <= 512'd0;
      collected <= 512'd0;
      filled <= 7'd0;
      waits_met <= 3'd0;
      abort_pending <= 1'b0;
      wake_seen <= 1'b0;
      waiting <= 1'b0;
      poll_left <= 32'd0;
      cycles <= 64'd0;
      status <= 32'd0;
      detail <= 64'd0;
      fault_addr <= 64'd0;
      unreported <= 32'd0;
      deadline <= 32'd0;
      deadline_set <= 1'b0;
    end else begin
      if (wake) wake_seen <= 1'b1;
      if (abort_pulse && busy) abort_pending <= 1'b1;
      if (read_start) filled <= 7'd0;
      if (read_data_valid) begin
        for (int i = 0; i < 8; ++i)
          if (4'(i) < read_data_bytes && filled + 7'(i) < 7'd64) collected[8*9'(6'(filled+7'(i)))+:8] <= read_data[8*i+:8];
        if (filled < 7'd64) filled <= filled + 7'(read_data_bytes);
      end

      if (batch_full || deadline_over) begin
        unreported <= 32'd0;
        deadline_set <= 1'b0;
      end else if (counts) begin
        unreported <= unreported + 32'd1;
        if (coalesce_timeout != 24'd0 && !deadline_set) begin
          deadline_set <= 1'b1;
          deadline <= 32'(coalesce_timeout);
        end
      end
      if (deadline_set && deadline != 32'd0) deadline <= deadline - 32'd1;

      if (state == READY || state == PARAMETERS || state == RUN) cycles <= cycles + 64'd1;

      case (state)
        IDLE: begin
          abort_pending <= 1'b0;
          if (can_fetch) state <= FETCH;
        end
        FETCH:
        if (read_done) begin
          descriptor <= collected;
          waits_met <= 3'd0;
          cycles <= 64'd0;
          state <= read_fault ? IDLE : WAITS;
        end
        WAITS: begin
          wake_seen <= wake;
          if (!wait_ok) finish(BAD_PARAMETER, 64'd0, 64'd0);
          else if (waits_met == flags[2:0]) begin
            waiting <= 1'b0;
            state <= READY;
          end else if (wait_id >= 32'd256) finish(BAD_PARAMETER, 64'd8 + {58'd0, waits_met, 3'd0}, 64'd0);
          else state <= WAIT_READ;
        end
        WAIT_READ:
        if (read_done) begin
          if (read_fault) finish(READ_FAULT, 64'd0, read_fault_addr);
          else if (passed[31]) begin
            waiting <= 1'b1;
            poll_left <= poll_cycles;
            state <= WAIT_SLEEP;
          end else if (passed < 32'd32 && collected[32+9'(passed[4:0])]) begin
            finish(UPSTREAM, 64'(wait_id), 64'd0);
          end else begin
            waits_met <= waits_met + 3'd1;
            state <= WAITS;
          end
        end
        WAIT_SLEEP: begin
          poll_left <= poll_left - 32'd1;
          if (abort_pending) finish(ABORTED, 64'd0, 64'd0);
          else if (wake_connected ? wake_seen : poll_left == 32'd0) state <= WAITS;
        end
        READY:
        if (abort_pending) finish(ABORTED, 64'd0, 64'd0);
        else if (parameter_bytes > 32'd4096) finish(BAD_PARAMETER, 64'd56, 64'd0);
        else state <= parameter_bytes == 32'd0 ? RUN : PARAMETERS;
        PARAMETERS:
        if (read_done) begin
          if (read_fault) finish(READ_FAULT, 64'd0, read_fault_addr);
          else state <= RUN;
        end
        RUN: if (engine_done) finish(engine_status, engine_detail, engine_fault_addr);
        RECORD: state <= writes_record ? RECORDING : POST;
        RECORDING: if (write_done) state <= POST;
        POST: state <= writes_post ? POSTING : RETIRE;
        POSTING: if (write_done) state <= RETIRE;
        RETIRE: state <= IDLE;
        DRAIN: if (!read_busy && !write_busy && !engine_busy) state <= IDLE;
        default: state <= IDLE;
      endcase

      // A bus access cannot be taken back: drop the command, but let what is on the bus end.
      if (reset_pulse) begin
        state <= DRAIN;
        waiting <= 1'b0;
        abort_pending <= 1'b0;
        unreported <= 32'd0;
        deadline_set <= 1'b0;
      end
    end
  end

  logic unused;
  assign unused = &{1'b0, write_index[12:5], flags[15:5]};
endmodule
