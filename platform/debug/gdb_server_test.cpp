// The server against a client that is a bare socket; the machine is a thread of fake harts that ask for permission for ever.
// SPDX-License-Identifier: Apache-2.0
#include "platform/debug/gdb_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "platform/debug/fake_hart.h"

namespace visoc {
namespace {

constexpr int kPatienceMs = 10'000;

/// Runs from its construction on; ends when told to.
class RunningMachine {
 public:
  explicit RunningMachine(bool asleep = false) {
    REQUIRE(server.listen(0).empty());
    GdbServer::Hooks hooks;
    hooks.ending = [this] { return ending.load(); };
    hooks.kill = [this] {
      killed = true;
      ending = true;
    };
    server.start({&harts[0], &harts[1]}, hooks);
    thread_ = std::thread([this, asleep] {
      DebugStop stop;
      for (std::size_t turn = 0; !ending; ++turn) {
        if (asleep && turn != 0) {
          server.look();
          ++looks;
          continue;
        }
        const std::uint64_t permitted = server.permit(harts[turn % 2], stop);
        if (permitted != 1) ++slices;
      }
    });
  }
  ~RunningMachine() { end(); }
  void end() {
    ending = true;
    if (thread_.joinable()) thread_.join();
  }
  /// Does it run, or does it stand still? Looks for long enough to tell.
  bool runs() const {
    const unsigned long before = slices + looks;
    for (int i = 0; i < 100 && slices + looks == before; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return slices + looks != before;
  }

  FakeHart harts[2] = {FakeHart(0), FakeHart(1)};
  GdbServer server;
  std::atomic<bool> ending{false}, killed{false};
  std::atomic<unsigned long> slices{0}, looks{0};

 private:
  std::thread thread_;
};

class Client {
 public:
  explicit Client(unsigned port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    REQUIRE(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { hang_up(); }
  void hang_up() {
    if (socket_ >= 0) close(socket_);
    socket_ = -1;
  }
  /// Closes so that the server gets a reset instead of an orderly end.
  void reset() {
    const linger at_once{1, 0};
    setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    hang_up();
  }
  void send_raw(const std::string& bytes) {
    REQUIRE(send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  }
  /// Sends `bytes` again and again, up to `much`, until the server takes no more for a while. Returns how many it took.
  std::size_t send_until_refused(const std::string& bytes, std::size_t much) {
    std::size_t taken = 0;
    pollfd events = {socket_, POLLOUT, 0};
    while (taken < much && poll(&events, 1, 500) > 0) {
      const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent <= 0) break;
      taken += static_cast<std::size_t>(sent);
    }
    return taken;
  }
  /// The next packet of the server; "closed" if it hung up, "nothing" if nothing comes.
  std::string packet() {
    for (;;) {
      pollfd events = {socket_, POLLIN, 0};
      if (poll(&events, 1, kPatienceMs) <= 0) return "nothing";
      char byte = 0;
      if (recv(socket_, &byte, 1, 0) <= 0) return "closed";
      if (reader_.take(static_cast<std::uint8_t>(byte)) == GdbInput::kPacket) return reader_.payload();
    }
  }
  std::string say(const std::string& payload) {
    send_raw(gdb_frame(payload));
    return packet();
  }

 private:
  int socket_;
  GdbPacketReader reader_;
};

constexpr const char* kStopped = "T05thread:1;20:0000008000000000;";

}  // namespace

TEST_CASE("gdb_server: the machine waits for the first client, and runs when that one lets it") {
  RunningMachine machine;
  CHECK_FALSE(machine.runs());
  Client client(machine.server.port());
  CHECK(client.say("?") == kStopped);
  CHECK_FALSE(machine.runs());
  client.send_raw(gdb_frame("c"));
  CHECK(machine.runs());
  machine.end();
  CHECK(machine.server.held_seconds() > 0.05);
}

TEST_CASE("gdb_server: Ctrl-C stops a running machine") {
  RunningMachine machine;
  Client client(machine.server.port());
  client.send_raw(gdb_frame("c"));
  CHECK(machine.runs());
  client.send_raw("\x03");
  CHECK(client.packet().substr(0, 3) == "T02");
  CHECK_FALSE(machine.runs());
}

TEST_CASE("gdb_server: packets to a running machine are answered at once") {
  RunningMachine machine;
  Client client(machine.server.port());
  client.send_raw(gdb_frame("c"));
  CHECK(machine.runs());
  CHECK(client.say("g") == "E01");
  CHECK(machine.runs());
}

TEST_CASE("gdb_server: a second client is refused while there is one, in a stopped machine and in a running one") {
  RunningMachine machine;
  Client client(machine.server.port());
  CHECK(client.say("?") == kStopped);
  Client second(machine.server.port());
  CHECK(second.packet() == "closed");
  client.send_raw(gdb_frame("c"));
  CHECK(machine.runs());
  Client third(machine.server.port());
  CHECK(third.packet() == "closed");
  client.send_raw("\x03");
  CHECK(client.packet().substr(0, 3) == "T02");
}

TEST_CASE("gdb_server: a client that vanishes leaves a machine that runs freely") {
  for (const bool reset : {false, true}) {
    RunningMachine machine;
    Client client(machine.server.port());
    CHECK(client.say("Z0,80000010,2") == "OK");
    client.send_raw(gdb_frame("c"));
    CHECK(machine.runs());
    client.send_raw("\x03");
    client.packet();
    if (reset) {
      client.reset();
    } else {
      client.hang_up();
    }
    CHECK(machine.runs());
    machine.end();
    CHECK(machine.harts[0].breakpoints.empty());
  }
}

TEST_CASE("gdb_server: a client that vanishes while the machine runs is noticed, and the next one is served") {
  RunningMachine machine;
  {
    Client client(machine.server.port());
    CHECK(client.say("Z0,80000010,2") == "OK");
    client.send_raw(gdb_frame("c"));
    CHECK(machine.runs());
  }
  Client next(machine.server.port());
  CHECK(next.say("?").substr(0, 3) == "T05");
  machine.end();
  CHECK(machine.harts[0].breakpoints.empty());
}

TEST_CASE("gdb_server: a client may detach and attach again, which stops the machine") {
  RunningMachine machine;
  for (int time = 0; time < 3; ++time) {
    Client client(machine.server.port());
    CHECK(client.say("?").substr(0, 3) == "T05");
    CHECK_FALSE(machine.runs());
    CHECK(client.say("D") == "OK");
    CHECK(client.packet() == "closed");
    CHECK(machine.runs());
  }
}

TEST_CASE("gdb_server: kill ends the run") {
  RunningMachine machine;
  Client client(machine.server.port());
  CHECK(client.say("vKill;1") == "OK");
  CHECK(client.packet() == "closed");
  machine.end();
  CHECK(machine.killed);
}

TEST_CASE("gdb_server: the end of the run is told, and then the connection is closed") {
  RunningMachine machine;
  Client client(machine.server.port());
  client.send_raw(gdb_frame("c"));
  CHECK(machine.runs());
  machine.end();
  client.send_raw("+++");  // Unread bytes must not cost the farewell.
  std::thread farewell([&machine] { machine.server.finish(3); });
  CHECK(client.packet() == "W03");
  CHECK(client.packet() == "closed");
  client.hang_up();
  farewell.join();
}

TEST_CASE("gdb_server: a run that ends while nobody has come, or while the client holds it, lets go") {
  RunningMachine machine;
  machine.end();
  RunningMachine held;
  Client client(held.server.port());
  CHECK(client.say("?") == kStopped);
  held.end();
  SUCCEED();
}

TEST_CASE("gdb_server: a machine in which every hart sleeps can be stopped") {
  RunningMachine machine(true);
  Client client(machine.server.port());
  client.send_raw(gdb_frame("c"));
  CHECK(machine.runs());
  client.send_raw("\x03");
  CHECK(client.packet() == "T02thread:1;20:0000008000000000;");
  CHECK(client.say("D") == "OK");
  Client next(machine.server.port());
  CHECK(next.say("?") == kStopped);
}

TEST_CASE("gdb_server: a client that asks for ever and never listens is not read any more, and the run can be ended") {
  RunningMachine machine;
  Client client(machine.server.port());
  client.send_raw(gdb_frame("QStartNoAckMode"));
  std::string questions;
  for (int i = 0; i < 1000; ++i) questions += gdb_frame("m80000000,10");
  // What the buffers of both sockets hold is far less than this.
  constexpr std::size_t kMuch = 32u << 20;
  CHECK(client.send_until_refused(questions, kMuch) < kMuch);
  machine.end();
}

TEST_CASE("gdb_server: rubbish is survived") {
  RunningMachine machine;
  Client client(machine.server.port());
  client.send_raw(std::string("\0\xff$$$###GET / HTTP/1.0\r\n\r\n$m80000000,ffffffff#00+-+-", 52));
  CHECK(client.say("qAttached") == "1");
}

TEST_CASE("gdb_server: a port that is taken is a problem of the host") {
  GdbServer first, second;
  REQUIRE(first.listen(0).empty());
  const Problems problems = second.listen(first.port());
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].exit_code == ExitCode::kHostIo);
  CHECK(problems[0].message.find(std::to_string(first.port())) != std::string::npos);
}

}  // namespace visoc
