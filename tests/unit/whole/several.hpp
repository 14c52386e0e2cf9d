// SPDX-License-Identifier: Apache-2.0
// One bridge and several brokers with the plugin in each, face to face in one process: links that
// tests make and break, sides that they kill, and time that they set. No broker, no sockets.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bridge/core/pipeline/bridge.hpp"
#include "plugin/plugin.hpp"
#include "tests/unit/core/store/fake_store.hpp"
#include "tests/unit/plugin/fake_broker.hpp"

namespace rollcall::testing {

class Several : public BridgePorts {
 public:
  /// `most_events`: of one call of the bridge.
  explicit Several(std::size_t brokers, Config config = {},
                   std::optional<std::size_t> most_events = std::nullopt)
      : config_(std::move(config)), most_events_(most_events), sides_(brokers) {
    if (config_.templates.empty()) config_.templates = {default_template()};
    DeviceRule everyone;
    everyone.client_id = Pattern::parse("{device}").value();
    config_.devices = {everyone};
    config_.brokers.resize(brokers);
    for (std::uint32_t each = 0; each < brokers; ++each) {
      config_.brokers[each].name = std::string(1, static_cast<char>('A' + each));
      start_broker(each);
    }
    start_bridge();
  }

  // Brokers, the bridge and the links between them live and die.
  /// It is back after `away`. A bridge that is paused meanwhile doesn't notice before notice_loss().
  void kill_broker(std::uint32_t at, Millis away = Millis{0}, bool is_bridge_paused = false) {
    if (is_up(at)) is_bridge_paused ? cut(at) : break_link(at);
    sides_[at].broker.clients.clear();
    sides_[at].online.clear();
    sides_[at].loaded_plugin.reset();
    pass(away, !is_bridge_paused);
    start_broker(at);
  }
  /// Broker `at` is the same process as broker `other`, as far as anybody can tell by its word.
  void pass_for(std::uint32_t at, std::uint32_t other) { start_broker(at, sides_[other].boot); }
  void notice_loss(std::uint32_t at) {
    bridge_->link_down(at, now());
    advance();
  }
  /// The next one finds a wall clock that was set meanwhile.
  void kill_bridge(Millis clock_step = Millis{0}) {
    for (std::uint32_t at = 0; at < sides_.size(); ++at) {
      if (is_up(at)) cut(at);
    }
    pass(Millis{10}, false);  // no process starts in no time
    clock_ += clock_step;
    start_bridge();
  }
  void connect_link(std::uint32_t at) {
    auto& side = sides_[at];
    side.link = new_client(at, "rollcall-bridge");
    side.loaded_plugin->basic_auth(*side.link, "rollcall", "geheim");
    side.loaded_plugin->connected(*side.link);
    side.loaded_plugin->tick();
    take_messages(at);
    bridge_->link_up(at, now());
    advance();
  }
  void break_link(std::uint32_t at) {
    cut(at);
    notice_loss(at);
  }
  bool is_up(std::uint32_t at) const { return sides_[at].link.has_value(); }

  // What devices do.
  void connect(std::uint32_t at, const std::string& id) {
    auto& side = sides_[at];
    const auto old = side.online.find(id);
    const auto client = new_client(at, id);
    side.loaded_plugin->basic_auth(client, std::nullopt, std::nullopt);
    constexpr int kTakenOver = 142;
    if (old != side.online.end()) side.loaded_plugin->disconnected(old->second, kTakenOver);
    side.loaded_plugin->connected(client);
    side.online[id] = client;
    turn(at);
  }
  void disconnect(std::uint32_t at, const std::string& id, int reason = 0) {
    auto& side = sides_[at];
    const auto found = side.online.find(id);
    if (found == side.online.end()) return;
    side.loaded_plugin->disconnected(found->second, reason);
    side.online.erase(found);
    turn(at);
  }
  bool is_online(std::uint32_t at, const std::string& id) const { return sides_[at].online.contains(id); }
  bool is_online_anywhere(const std::string& id) const {
    for (const auto& side : sides_) {
      if (side.online.contains(id)) return true;
    }
    return false;
  }

  /// A turn of this broker's loop.
  void turn(std::uint32_t at) {
    sides_[at].loaded_plugin->tick();
    take_messages(at);
  }
  /// One message gets through in each direction, if there is any.
  bool deliver_one(std::uint32_t at) {
    auto& side = sides_[at];
    if (!is_up(at)) return false;
    if (side.stream.empty() && side.requests.empty() && side.found.empty()) {
      const bool is_behind = bridge_->is_behind();
      if (is_behind) advance();
      return is_behind;
    }
    for (const auto& [topic, payload] : std::exchange(side.found, {})) {
      bridge_->found_status(at, topic, payload, now());
    }
    if (!side.stream.empty()) {
      const auto bytes = std::move(side.stream.front());
      side.stream.pop_front();
      bridge_->receive(at, bytes, now());
      advance();
    }
    if (!side.requests.empty()) {
      const auto bytes = std::move(side.requests.front());
      side.requests.pop_front();
      side.loaded_plugin->control(*side.link, bytes);
      turn(at);
    }
    return true;
  }
  void deliver(std::uint32_t at) {
    while (deliver_one(at)) {
    }
  }
  /// All brokers tell all, and the bridge does what follows.
  void settle(int seconds = 10) {
    for (int second = 0; second < seconds; ++second) {
      for (std::uint32_t at = 0; at < sides_.size(); ++at) {
        turn(at);
        deliver(at);
      }
      pass(Millis{1000});
    }
    for (std::uint32_t at = 0; at < sides_.size(); ++at) deliver(at);
  }
  /// The brokers' loops come round meanwhile.
  void pass(Millis time, bool has_bridge = true) {
    while (has_bridge && bridge_->is_behind()) advance();
    constexpr Millis kTurn{1000};
    for (; time > Millis{0}; time -= kTurn) {
      for (std::uint32_t at = 0; at < sides_.size(); ++at) {
        if (sides_[at].loaded_plugin) turn(at);
      }
      go_on(std::min(time, kTurn));
    }
    if (has_bridge) advance();
  }
  Time now() const { return Time{clock_ + Millis{1'700'000'000'000}}; }

  /// The retained status at this broker; empty: none.
  std::string status(std::uint32_t at, const std::string& id) const {
    const auto found = sides_[at].retained.find("ds/status/" + id);
    return found == sides_[at].retained.end() ? std::string() : found->second;
  }

  test::FakeStore store;
  std::vector<std::string> incidents, log_lines;
  std::vector<std::uint32_t> given_up;  ///< links, in order

 private:
  struct Side {
    plugin::FakeBroker broker;
    std::optional<plugin::Plugin> loaded_plugin;
    std::uint64_t boot = 0;
    std::optional<plugin::ClientHandle> link;
    std::map<std::string, plugin::ClientHandle> online;
    std::deque<std::string> stream, requests;
    std::map<std::string, std::string> retained;
    std::vector<std::pair<std::string, std::string>> found;  // of those, on their way to the bridge
  };

  void start_broker(std::uint32_t at) { start_broker(at, ++boots_); }
  void start_broker(std::uint32_t at, std::uint64_t boot) {
    plugin::Options options;
    options.bridge_secret = "geheim";
    sides_[at].boot = boot;
    sides_[at].loaded_plugin.emplace(options, sides_[at].broker, true, boot);
  }
  void start_bridge() {
    constexpr std::uint32_t kApart = 1000;
    bridge_ = std::make_unique<Bridge>(config_, *this, store, store.open(), now(), ++starts_ * kApart);
    if (most_events_) bridge_->set_most_events(*most_events_);
    advance();
  }
  void go_on(Millis time) {
    clock_ += time;
    for (auto& side : sides_) side.broker.now += time;
  }
  void cut(std::uint32_t at) {
    auto& side = sides_[at];
    side.requests.clear();
    side.stream.clear();
    side.found.clear();
    constexpr int kConnectionLost = 7;
    side.loaded_plugin->disconnected(*std::exchange(side.link, std::nullopt), kConnectionLost);
    turn(at);
  }
  plugin::ClientHandle new_client(std::uint32_t at, const std::string& id) {
    return sides_[at].broker.add(++clients_, id);
  }
  void carry_on() {
    bridge_->advance(now());
    bridge_->begin_write(now());
  }
  void advance() {
    carry_on();
    while (const auto result = store.end_write()) {
      bridge_->stored(*result, now());
      carry_on();
    }
  }
  void take_messages(std::uint32_t at) {
    auto& side = sides_[at];
    for (auto& message : std::exchange(side.broker.messages, {})) {
      if (message.topic == "$ds/event") {
        if (side.link) side.stream.push_back(std::move(message.payload));
      } else if (message.retain && message.payload.empty()) {
        side.retained.erase(message.topic);
      } else if (message.retain) {
        side.retained[message.topic] = std::move(message.payload);
      } else if (message.topic == "ds/incident" && at == 0) {
        incidents.push_back(std::move(message.payload));
      }
    }
  }

  void send_request(std::uint32_t at, std::string_view bytes) override {
    if (is_up(at)) sides_[at].requests.emplace_back(bytes);
  }
  void subscribe_to_log(std::uint32_t) override {}
  void read_statuses(std::uint32_t at, bool on) override {
    sides_[at].found.clear();
    constexpr std::string_view kStatuses = "ds/status/";
    for (const auto& [topic, payload] : sides_[at].retained) {
      if (on && topic.starts_with(kStatuses)) sides_[at].found.emplace_back(topic, payload);
    }
  }
  LinkTraffic link_traffic(std::uint32_t) override { return {}; }
  void give_up(std::uint32_t at) override { given_up.push_back(at); }
  void reconnect(std::uint32_t) override {}
  void log(Level, const std::string& line) override { log_lines.push_back(line); }

  Config config_;
  const std::optional<std::size_t> most_events_;
  std::vector<Side> sides_;
  std::unique_ptr<Bridge> bridge_;
  Millis clock_{1'000'000};
  std::uint64_t boots_ = 0;
  std::uintptr_t clients_ = 0;
  std::uint32_t starts_ = 0;
};

}  // namespace rollcall::testing
