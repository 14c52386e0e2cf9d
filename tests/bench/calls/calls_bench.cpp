// SPDX-License-Identifier: Apache-2.0
// calls_bench [EVENTS]: how long the longest call of the bridge takes when one snapshot tells of 10,000
// devices that were lost without a trace, and of 110,000 others that came, half of which went, while its link
// was down. EVENTS: how many it applies in one call; without: as many as it does by itself. No broker, no
// socket. Prints a line for each kind of call.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bridge/core/pipeline/bridge.hpp"
#include "plugin/plugin.hpp"
#include "tests/unit/core/store/fake_store.hpp"
#include "tests/unit/plugin/fake_broker.hpp"
#include "tests/unit/plugin/outgoing.hpp"

namespace rollcall {
namespace {

constexpr std::uintptr_t kLost = 10'000, kOthers = 110'000;

/// Of this thread: a machine that is busy with others doesn't count.
double cpu_ms() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return 1e3 * static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_nsec);
}

double spent_ms = 0;  // in all calls, by which the clock that the bridge is told goes on

/// How often something was called, and how long it took.
struct Called {
  std::size_t times = 0;
  double longest_ms = 0, all_ms = 0;

  template <typename Call>
  auto operator()(const Call& call) {
    const auto from = cpu_ms();
    call();
    const auto took = cpu_ms() - from;
    spent_ms += took;
    ++times;
    longest_ms = std::max(longest_ms, took);
    all_ms += took;
  }
  void print(const char* name) const {
    std::printf("%-12s %7zu calls, longest %8.1f ms, together %8.1f ms\n", name, times, longest_ms, all_ms);
  }
};

class Bench : public BridgePorts {
 public:
  explicit Bench(std::optional<std::size_t> most_events) : most_events_(most_events) {
    plugin::Options options;
    options.bridge_secret = "secret";
    plugin_.emplace(options, broker_, true, 1);
    config_.templates = {default_template()};
    DeviceRule everyone;
    everyone.client_id = Pattern::parse("{device}").value();
    config_.devices = {everyone};
    config_.newcomers.new_devices_per_second = 1'000'000;
  }

  int run() {
    bridge_ = std::make_unique<Bridge>(config_, *this, store_, store_.open(), now(), 1000);
    if (most_events_) bridge_->set_most_events(*most_events_);
    while (!bridge_->is_ready()) advance();
    connect_link();
    std::vector<plugin::ClientHandle> lost;
    for (std::uintptr_t each = 0; each < kLost; ++each)
      lost.push_back(connect("lost-" + std::to_string(each)));
    settle();

    break_link();
    for (const auto client : lost) disconnect(client);
    for (std::uintptr_t each = 0; each < kOthers; ++each) {
      const auto client = connect("other-" + std::to_string(each));
      if (each % 1000 == 0) broker_.now += Millis{1};
      disconnect(client);
      if (each % 100 == 0) turn();
    }
    receive_ = advance_ = link_ = write_ = {};
    connect_link();
    settle();
    std::printf("%zu devices, %zu statuses\n", bridge_->engine().device_count(), statuses_);
    receive_.print("receive");
    advance_.print("advance");
    link_.print("link_up");
    write_.print("begin_write");
    for (const auto& line : lines_) std::printf("log: %s\n", line.c_str());
    return bridge_->is_all_acknowledged() ? EXIT_SUCCESS : EXIT_FAILURE;
  }

 private:
  Time now() const { return Time{broker_.now + Millis{1'700'000'000'000}}; }
  void let_time_pass() {
    const auto passed = static_cast<Millis::rep>(spent_ms);
    broker_.now += Millis{passed};
    spent_ms -= static_cast<double>(passed);
  }

  plugin::ClientHandle connect(const std::string& id) {
    const auto client = broker_.add(++clients_, id);
    plugin_->basic_auth(client, std::nullopt, std::nullopt);
    plugin_->connected(client);
    return client;
  }
  void disconnect(plugin::ClientHandle client) {
    constexpr int kConnectionLost = 7;
    plugin_->disconnected(client, kConnectionLost);
    broker_.clients.erase(client);
  }
  void connect_link() {
    link_client_ = broker_.add(++clients_, "rollcall-bridge");
    plugin_->basic_auth(link_client_, "rollcall", "secret");
    plugin_->connected(link_client_);
    plugin_->tick();
    is_up_ = true;
    link_([this] { bridge_->link_up(0, now()); });
    advance();
  }
  void break_link() {
    is_up_ = false;
    requests_.clear();
    stream_.clear();
    disconnect(link_client_);
    bridge_->link_down(0, now());
    advance();
  }
  void turn() {
    take_messages();
    plugin_->tick();
    take_messages();
  }
  void settle() {
    for (int turns = 0; turns < 10 || (!bridge_->is_all_acknowledged() && turns < 100'000); ++turns) {
      turn();
      while (!stream_.empty() || !requests_.empty() || bridge_->is_behind()) {
        if (!stream_.empty()) {
          const auto bytes = std::move(stream_.front());
          stream_.pop_front();
          receive_([&] { bridge_->receive(0, bytes, now()); });
        } else if (!requests_.empty()) {
          const auto bytes = std::move(requests_.front());
          requests_.pop_front();
          plugin_->control(link_client_, bytes);
          take_messages();
          continue;
        }
        advance();
      }
      broker_.now += Millis{10};
      advance();
    }
  }
  void advance() {
    advance_([this] { bridge_->advance(now()); });
    write_([this] { bridge_->begin_write(now()); });
    let_time_pass();
    while (const auto result = store_.end_write()) bridge_->stored(*result, now());
  }
  void take_messages() {
    for (auto& message : std::exchange(broker_.messages, {})) {
      if (message.topic == "$ds/event") {
        auto bytes = plugin::what_leaves(*plugin_, message);
        if (bytes && is_up_) stream_.push_back(*std::move(bytes));
      } else if (message.retain) {
        ++statuses_;
      }
    }
  }

  void send_request(std::uint32_t, std::string_view bytes) override {
    if (is_up_) requests_.emplace_back(bytes);
  }
  void subscribe_to_log(std::uint32_t) override {}
  void read_statuses(std::uint32_t, bool) override {}
  LinkTraffic link_traffic(std::uint32_t) override { return {}; }
  void give_up(std::uint32_t) override {}
  void reconnect(std::uint32_t) override {}
  void log(Level, const std::string& line) override { lines_.push_back(line); }

  const std::optional<std::size_t> most_events_;
  Config config_;
  plugin::FakeBroker broker_;
  std::optional<plugin::Plugin> plugin_;
  test::FakeStore store_;
  std::unique_ptr<Bridge> bridge_;
  plugin::ClientHandle link_client_ = nullptr;
  bool is_up_ = false;
  std::deque<std::string> stream_, requests_;
  std::vector<std::string> lines_;
  std::uintptr_t clients_ = 0;
  std::size_t statuses_ = 0;
  Called receive_, advance_, link_, write_;
};

}  // namespace
}  // namespace rollcall

int main(int argc, char** argv) {
  const auto most_events = argc > 1 ? std::optional<std::size_t>(std::stoull(argv[1])) : std::nullopt;
  return rollcall::Bench(most_events).run();
}
