// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/load/crowd.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <span>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace rollcall::bench {
namespace {

constexpr std::size_t kAtOnce = 64;            // a broker's own queue for those who want in has room for 100
constexpr std::chrono::seconds kPatience{30};  // while nothing comes at all
constexpr auto kWatch = std::numeric_limits<std::uint64_t>::max();

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

void add(int epoll, int socket, std::uint32_t events, std::uint64_t number) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = number;
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event) != 0) fail("epoll_ctl");
}

}  // namespace

Crowd::Crowd(std::uint16_t port, Presence presence, std::size_t devices)
    : port_(port),
      presence_(presence),
      watch_(port, presence, devices),
      devices_(devices),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) fail("epoll");
  if (watch_.descriptor() >= 0) add(epoll_, watch_.descriptor(), EPOLLIN, kWatch);
}

Crowd::~Crowd() {
  for (const auto& device : devices_) {
    if (device.socket >= 0) ::close(device.socket);
  }
  ::close(epoll_);
}

Clock::duration Crowd::connect(Range devices) {
  watch_.expect(devices, Wanted::kOnline);
  ++waves_;
  auto next = devices.first;
  const auto began = Clock::now();
  while (next < devices.first + devices.count || under_way_ > 0) {
    while (under_way_ < kAtOnce && next < devices.first + devices.count) begin(next++);
    if (!look(kPatience)) throw std::runtime_error("the broker answers no CONNECT");
  }
  wait_until_seen();
  return last_let_in_ - began;
}

Crowd::Closing Crowd::close(Range devices) {
  watch_.expect(devices, Wanted::kOffline);
  const auto began = Clock::now();
  for (auto i = devices.first; i < devices.first + devices.count; ++i) {
    auto& device = devices_.at(i);
    device.acted_at = Clock::now();
    ::close(std::exchange(device.socket, -1));
    // Else the broker would have to keep what this reader doesn't take, and drop some.
    if (i % kAtOnce == 0) watch_.take();
  }
  const auto closed = Clock::now();
  wait_until_seen();
  auto last = began;
  for (auto i = devices.first; i < devices.first + devices.count; ++i)
    last = std::max(last, watch_.seen_at(i));
  return {closed - began, last - began};
}

void Crowd::rest(std::chrono::milliseconds duration) {
  using std::chrono::milliseconds;
  const auto end = Clock::now() + duration;
  for (auto left = duration; left > milliseconds{0};
       left = std::chrono::ceil<milliseconds>(end - Clock::now()))
    look(left);
}

std::vector<double> Crowd::latencies_ms(Range devices) const {
  std::vector<double> latencies;
  for (auto i = devices.first; i < devices.first + devices.count; ++i) {
    const auto seen = watch_.seen_at(i);
    if (seen == Clock::time_point{}) continue;
    latencies.push_back(std::chrono::duration<double, std::milli>(seen - devices_.at(i).acted_at).count());
  }
  return latencies;
}

void Crowd::begin(std::size_t number) {
  auto& device = devices_.at(number);
  const auto name = device_name(number), topic = status_topic(number);
  const Will will{topic, kGone};
  const auto packet = connect_packet(name, presence_ == Presence::kLastWill ? &will : nullptr);
  // Ports of connections that were closed stay taken for a minute: each wave has addresses of its own, and
  // each address no more connections than leave ports to choose from.
  constexpr std::size_t kOfOneAddress = 5000;
  constexpr std::uint32_t kWaves = 1 << 15;
  const auto address = static_cast<std::uint32_t>(number / kOfOneAddress % 200);
  device.socket = open_connection(port_, (1 + waves_ % kWaves) << 8U | (1 + address));
  add(epoll_, device.socket, EPOLLIN | EPOLLONESHOT, number);
  device.acted_at = Clock::now();
  send_all(device.socket, packet);
  ++under_way_;
}

void Crowd::go_on(std::size_t number) {
  const auto socket = devices_.at(number).socket;
  std::array<char, 16> bytes{};
  const auto came = ::recv(socket, bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (came < 0) fail("recv");
  if (std::string_view(bytes.data(), static_cast<std::size_t>(came)) != kWelcome)
    throw std::runtime_error("a device wasn't let in");
  last_let_in_ = Clock::now();
  if (presence_ == Presence::kLastWill)
    send_all(socket, publish_packet(status_topic(number), kBirth, Retain::kYes));
  --under_way_;
}

bool Crowd::look(std::chrono::milliseconds patience) {
  std::array<epoll_event, kAtOnce + 1> events{};
  const auto count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                  static_cast<int>(patience.count()));
  if (count < 0 && errno != EINTR) fail("epoll_wait");
  const std::span came(events.data(), static_cast<std::size_t>(std::max(count, 0)));
  // First what is waited for: it must not look late because the load takes its time.
  for (const auto& event : came) {
    if (event.data.u64 == kWatch) watch_.take();
  }
  for (const auto& event : came) {
    if (event.data.u64 != kWatch) go_on(event.data.u64);
  }
  return count != 0;
}

void Crowd::wait_until_seen() {
  while (watch_.missing() > 0 && look(kPatience)) {
  }
}

}  // namespace rollcall::bench
