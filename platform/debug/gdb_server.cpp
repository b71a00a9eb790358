// SPDX-License-Identifier: Apache-2.0
#include "platform/debug/gdb_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "platform/base/check.h"

namespace visoc {
namespace {

using std::chrono::steady_clock;

constexpr int kHeldPollMs = 100;  ///< How long a signal may go unseen while the machine is held.
// Sockets of a running machine are looked at about this often: rare enough to cost nothing, often enough for a person.
constexpr std::chrono::microseconds kLookMin{200}, kLookMax{400};
constexpr unsigned kMaxCallsPerLook = 1u << 16;
constexpr std::size_t kMaxUnsent = 4 * kGdbPacketBytes;  ///< Beyond it nothing more is read of a client that does not listen.
constexpr unsigned kQuietLooks = 3;                      ///< So many calls of look() without one of permit(): every hart sleeps.
constexpr int kFarewellMs = 200;

double seconds_since(steady_clock::time_point from) { return std::chrono::duration<double>(steady_clock::now() - from).count(); }

}  // namespace

GdbServer::GdbServer() = default;

GdbServer::~GdbServer() {
  if (client_ >= 0) close(client_);
  if (listener_ >= 0) close(listener_);
}

Problems GdbServer::listen(unsigned port) {
  const auto problem = [&](const char* what) -> Problems {
    return {{"--gdb", "", "127.0.0.1:" + std::to_string(port) + " " + what + ": " + std::strerror(errno), ExitCode::kHostIo}};
  };
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener_ < 0) return problem("cannot be opened");
  const int on = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, generic, sizeof address) != 0 || ::listen(listener_, 4) != 0) return problem("cannot be listened on");
  socklen_t length = sizeof address;
  if (getsockname(listener_, generic, &length) != 0) return problem("cannot be listened on");
  port_ = ntohs(address.sin_port);
  return {};
}

void GdbServer::start(std::vector<HartDebug*> harts, Hooks hooks) {
  VISOC_CHECK(!harts.empty(), "a debugger needs a hart");
  session_ = std::make_unique<GdbSession>(harts);
  harts_ = std::move(harts);
  hooks_ = std::move(hooks);
}

std::uint64_t GdbServer::permit(HartDebug& hart, const DebugStop& stop) {
  const auto index = static_cast<std::size_t>(std::find(harts_.begin(), harts_.end(), &hart) - harts_.begin());
  asked_ = true;
  if (!waited_) {
    wait_for_first_client();
  } else if (look_due()) {
    poll_sockets(index);
  }
  std::uint64_t permitted = session_->ask(index, stop);
  if (permitted == 0) {
    hold(index);
    permitted = session_->ask(index, {});
  }
  return permitted != 0 ? permitted : kUnlimited;  // 0: the run is ending, and no hart goes on anyway.
}

void GdbServer::look() {
  if (std::exchange(asked_, false)) quiet_looks_ = 0;
  // A hart that is awake asks soon, and is then between two instructions.
  if (!waited_ || ++quiet_looks_ < kQuietLooks || !look_due()) return;
  poll_sockets(0);
  if (session_->interrupted()) session_->stop_for_interrupt(0);
  if (session_->state() == GdbSession::State::kStopped) hold(0);
}

/// Counts calls and looks at the clock only when it looks at the sockets; how many calls that is follows from what the last ones took.
bool GdbServer::look_due() {
  if (++calls_ < calls_per_look_) return false;
  calls_ = 0;
  const auto now = steady_clock::now();
  const auto passed = now - last_look_;
  last_look_ = now;
  if (passed < kLookMin) {
    calls_per_look_ = std::min(calls_per_look_ * 2, kMaxCallsPerLook);
  } else if (passed > kLookMax) {
    calls_per_look_ = std::max(calls_per_look_ / 2, 1u);
  }
  return true;
}

void GdbServer::poll_sockets(std::size_t hart) {
  if (connected()) write_client();
  pollfd sockets[2] = {{listener_, POLLIN, 0}, {client_, static_cast<short>(unsent_.size() < kMaxUnsent ? POLLIN : 0), 0}};
  if (poll(sockets, connected() ? 2 : 1, 0) <= 0) return;
  // First what the client sent: if it has gone, whoever waits is the next one.
  if (connected() && sockets[1].revents != 0) read_client();
  if (sockets[0].revents != 0) accept_client(hart);
  if (connected()) write_client();
}

/// Until the client lets the machine go on, or goes.
void GdbServer::hold(std::size_t hart) {
  const auto from = steady_clock::now();
  while (session_->state() == GdbSession::State::kStopped && !hooks_.ending()) {
    write_client();
    const bool may_read = unsent_.size() < kMaxUnsent;
    const short events = static_cast<short>((may_read ? POLLIN : 0) | (unsent_.empty() ? 0 : POLLOUT));
    pollfd sockets[2] = {{listener_, POLLIN, 0}, {client_, events, 0}};
    if (!connected() || poll(sockets, 2, kHeldPollMs) <= 0) continue;
    if (sockets[1].revents & (POLLIN | POLLHUP | POLLERR)) read_client();
    if (sockets[0].revents != 0) accept_client(hart);
  }
  write_client();
  calls_per_look_ = 1;
  held_seconds_ += seconds_since(from);
}

void GdbServer::wait_for_first_client() {
  waited_ = true;
  std::fprintf(stderr, "visoc: waiting for GDB on 127.0.0.1:%u\n", port_);
  std::fflush(stderr);
  const auto from = steady_clock::now();
  while (!connected() && !hooks_.ending()) {
    pollfd socket = {listener_, POLLIN, 0};
    if (poll(&socket, 1, kHeldPollMs) > 0) accept_client(0);
  }
  held_seconds_ += seconds_since(from);
}

void GdbServer::accept_client(std::size_t hart) {
  const int client = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (client < 0) return;
  if (connected()) {
    close(client);
    return;
  }
  const int on = 1;
  setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  client_ = client;
  unsent_.clear();
  session_->attach(hart);
}

void GdbServer::read_client() {
  std::uint8_t bytes[4096];
  const ssize_t got = recv(client_, bytes, sizeof bytes, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return drop_client();
  session_->receive(ConstBytes(bytes, static_cast<std::size_t>(got)));
  if (session_->state() == GdbSession::State::kDetached || session_->state() == GdbSession::State::kKilled) {
    write_client();
    if (session_->state() == GdbSession::State::kKilled) hooks_.kill();
    drop_client();
  }
}

void GdbServer::write_client() {
  unsent_ += session_->take_output();
  while (connected() && !unsent_.empty()) {
    const ssize_t sent = send(client_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) return;
    if (sent <= 0) return drop_client();
    unsent_.erase(0, static_cast<std::size_t>(sent));
  }
}

void GdbServer::drop_client() {
  if (client_ >= 0) close(client_);
  client_ = -1;
  unsent_.clear();
  session_->detach();
}

void GdbServer::finish(unsigned exit_code) {
  if (listener_ >= 0) close(listener_);
  listener_ = -1;
  if (!connected()) return;
  session_->exited(exit_code);
  write_client();
  if (!connected()) return;
  // Closing with bytes unread would reset the connection and could take the farewell with it.
  shutdown(client_, SHUT_WR);
  const auto from = steady_clock::now();
  std::uint8_t bytes[4096];
  pollfd socket = {client_, POLLIN, 0};
  while (seconds_since(from) * 1000 < kFarewellMs && poll(&socket, 1, kFarewellMs) > 0)
    if (recv(client_, bytes, sizeof bytes, 0) <= 0) break;
  drop_client();
}

}  // namespace visoc
