// SPDX-License-Identifier: Apache-2.0
// Many short visits to a broker on this machine, 64 at a time: connect, wait to be let in, leave. Every
// fourth is cut (RST), the others say DISCONNECT.
//
//   visitors PORT PREFIX FIRST COUNT IDS
//
// The visitors are PREFIX0, PREFIX1 … PREFIX<IDS-1> and then the same again; FIRST is where this program
// begins in that row, COUNT how many visits it makes. It prints how many a second there were.
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr std::size_t kAtOnce = 64;  // a broker's own queue for those who want in has room for 100
constexpr int kPatienceMs = 60'000;
constexpr std::string_view kConnack{"\x20\x02\x00\x00", 4};
constexpr std::string_view kDisconnect{"\xe0\x00", 2};

[[noreturn]] void fail_with_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// A CONNECT of MQTT 3.1.1: a clean session and a keepalive of 60 s.
std::string connect_packet(std::string_view client_id) {
  using namespace std::string_view_literals;
  std::string packet{"\x10"};
  packet.push_back(static_cast<char>(12 + client_id.size()));
  packet += "\x00\x04MQTT\x04\x02\x00\x3c\x00"sv;
  packet.push_back(static_cast<char>(client_id.size()));
  packet += client_id;
  return packet;
}

struct Visit {
  int socket = -1;
  bool is_cut = false, has_said_goodbye = false;
};

class Visits {
 public:
  Visits(std::uint16_t port, std::string prefix, std::uint64_t first, std::uint64_t count, std::uint64_t ids)
      : prefix_(std::move(prefix)), next_(first), end_(first + count), ids_(ids), epoll_(epoll_create1(0)) {
    if (epoll_ < 0) fail_with_errno("epoll");
    broker_.sin_family = AF_INET;
    broker_.sin_port = htons(port);
    broker_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  }
  ~Visits() { close(epoll_); }
  Visits(const Visits&) = delete;
  Visits& operator=(const Visits&) = delete;

  void make_all() {
    for (std::uint32_t slot = 0; slot < kAtOnce; ++slot) begin(slot);
    std::array<epoll_event, kAtOnce> events{};
    while (under_way_ > 0) {
      const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), kPatienceMs);
      if (count < 0 && errno != EINTR) fail_with_errno("epoll_wait");
      if (count == 0) throw std::runtime_error("the broker hasn't answered for a minute");
      for (int i = 0; i < count; ++i) go_on(events[static_cast<std::size_t>(i)].data.u32);
    }
  }

 private:
  void begin(std::uint32_t slot) {
    if (next_ == end_) return;
    auto& visit = visits_[slot];
    visit = {::socket(AF_INET, SOCK_STREAM, 0), next_ % 4 == 3};
    if (visit.socket < 0) fail_with_errno("socket");
    // Closed with RST, so that no port is left waiting: there are 28,000 of them.
    const linger at_once{1, 0};
    setsockopt(visit.socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    if (connect(visit.socket, reinterpret_cast<const sockaddr*>(&broker_), sizeof broker_) != 0)
      fail_with_errno("connect");
    send_all(visit.socket, connect_packet(prefix_ + std::to_string(next_ % ids_)));
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = slot;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, visit.socket, &event) != 0) fail_with_errno("epoll_ctl");
    ++next_;
    ++under_way_;
  }

  void go_on(std::uint32_t slot) {
    auto& visit = visits_[slot];
    std::array<char, 16> bytes{};
    const auto got = recv(visit.socket, bytes.data(), bytes.size(), 0);
    if (!visit.has_said_goodbye) {
      if (got < 0) fail_with_errno("recv");
      if (std::string_view(bytes.data(), static_cast<std::size_t>(got)) != kConnack)
        throw std::runtime_error("no CONNACK that lets a visitor in");
      visit.has_said_goodbye = true;
      if (!visit.is_cut) {
        send_all(visit.socket, kDisconnect);
        return;  // the broker closes
      }
    }
    close(visit.socket);
    --under_way_;
    begin(slot);
  }

  static void send_all(int socket, std::string_view bytes) {
    if (send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
      fail_with_errno("send");
  }

  const std::string prefix_;
  std::uint64_t next_;
  const std::uint64_t end_, ids_;
  const int epoll_;
  sockaddr_in broker_{};
  std::array<Visit, kAtOnce> visits_{};
  std::size_t under_way_ = 0;
};

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 6) {
    std::fputs("usage: visitors PORT PREFIX FIRST COUNT IDS\n", stderr);
    return 64;
  }
  try {
    const auto number = [&](int index) { return std::stoull(arguments[index]); };
    const auto count = number(4);
    if (std::strlen(arguments[2]) > 90) throw std::runtime_error("a prefix has 90 bytes at most");
    const auto began = std::chrono::steady_clock::now();
    Visits(static_cast<std::uint16_t>(number(1)), arguments[2], number(3), count, number(5)).make_all();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    std::printf("%.0f\n", static_cast<double>(count) / took.count());
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "visitors: %s\n", error.what());
    return 70;
  }
}
