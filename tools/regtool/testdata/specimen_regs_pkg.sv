// Registers of specimen. Generated from tools/regtool/testdata/specimen.regs.json by tools/regtool; do not edit.
// SPDX-License-Identifier: Apache-2.0
package specimen_regs_pkg;

  localparam int unsigned ADDR_WIDTH = 8;
  localparam logic [63:0] WINDOW_BYTES = 64'h100;

  // MODE: rw, 4 bytes
  localparam logic [7:0] MODE_OFFSET = 8'h0;
  localparam logic [31:0] MODE_RESET_VALUE = 32'h21;
  localparam int unsigned MODE_SPEED_LSB = 0;
  localparam int unsigned MODE_SPEED_WIDTH = 3;
  localparam logic [2:0] MODE_SPEED_SLOW = 3'h1;
  localparam logic [2:0] MODE_SPEED_FAST = 3'h4;
  localparam int unsigned MODE_READY_LSB = 5;
  localparam int unsigned MODE_READY_WIDTH = 1;
  localparam int unsigned MODE_BANK_LSB = 7;
  localparam int unsigned MODE_BANK_WIDTH = 1;

  // VERSION: ro, 4 bytes
  localparam logic [7:0] VERSION_OFFSET = 8'h4;

  // INTR_STATE: rw1c, 4 bytes
  localparam logic [7:0] INTR_STATE_OFFSET = 8'h8;
  localparam logic [31:0] INTR_STATE_RESET_VALUE = 32'h0;
  localparam int unsigned INTR_STATE_DONE_LSB = 0;
  localparam int unsigned INTR_STATE_DONE_WIDTH = 1;

  // INTR_ENABLE: rw, 4 bytes
  localparam logic [7:0] INTR_ENABLE_OFFSET = 8'hc;
  localparam logic [31:0] INTR_ENABLE_RESET_VALUE = 32'h0;
  localparam int unsigned INTR_ENABLE_DONE_LSB = 0;
  localparam int unsigned INTR_ENABLE_DONE_WIDTH = 1;

  // INTR_TEST: wo, 4 bytes
  localparam logic [7:0] INTR_TEST_OFFSET = 8'h10;
  localparam logic [31:0] INTR_TEST_RESET_VALUE = 32'h0;
  localparam int unsigned INTR_TEST_DONE_LSB = 0;
  localparam int unsigned INTR_TEST_DONE_WIDTH = 1;

  // BITS: rw, 4 bytes
  localparam logic [7:0] BITS_OFFSET = 8'h14;
  localparam logic [31:0] BITS_RESET_VALUE = 32'ha5ff00;
  localparam int unsigned BITS_SET_LSB = 0;
  localparam int unsigned BITS_SET_WIDTH = 8;
  localparam int unsigned BITS_KEEP_LSB = 8;
  localparam int unsigned BITS_KEEP_WIDTH = 8;
  localparam int unsigned BITS_ONCE_LSB = 16;
  localparam int unsigned BITS_ONCE_WIDTH = 8;

  // TIME: rw, 8 bytes
  localparam logic [7:0] TIME_OFFSET = 8'h18;
  localparam logic [63:0] TIME_RESET_VALUE = 64'h1122334455667788;

  // DATA: pop, 1 byte
  localparam logic [7:0] DATA_OFFSET = 8'h20;
  localparam logic [7:0] DATA_RESET_VALUE = 8'h0;

  // SEND: push, 1 byte
  localparam logic [7:0] SEND_OFFSET = 8'h20;
  localparam logic [7:0] SEND_RESET_VALUE = 8'h0;

  // DIVISOR: rw, 1 byte
  localparam logic [7:0] DIVISOR_OFFSET = 8'h20;
  localparam logic [7:0] DIVISOR_RESET_VALUE = 8'h0;

  // LIMIT: rw, 4 bytes
  localparam logic [7:0] LIMIT_OFFSET = 8'h40;
  localparam int unsigned LIMIT_COUNT = 3;
  localparam int unsigned LIMIT_STRIDE = 16;
  localparam logic [31:0] LIMIT_RESET_VALUE = 32'h7;

  // CLAIM: claim, 4 bytes
  localparam logic [7:0] CLAIM_OFFSET = 8'h44;
  localparam int unsigned CLAIM_COUNT = 3;
  localparam int unsigned CLAIM_STRIDE = 16;
  localparam logic [31:0] CLAIM_RESET_VALUE = 32'h0;

endpackage
