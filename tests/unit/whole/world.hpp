// SPDX-License-Identifier: Apache-2.0
// The pure plugin and the pure bridge, face to face in one process, with a link between them that tests
// cut, stall and thin out, sides that they kill, and time that they set. No broker, no sockets.
#pragma once

#include <algorithm>
#include <climits>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bridge/core/commands/command_feature.hpp"
#include "bridge/core/pipeline/bridge.hpp"
#include "plugin/plugin.hpp"
#include "tests/unit/core/store/fake_store.hpp"
#include "tests/unit/plugin/fake_broker.hpp"
#include "tests/unit/plugin/outgoing.hpp"

namespace rollcall::testing {

/// A second broker, which nobody ever reaches: a bridge that starts waits for its list for a while.
inline Config beside_one_that_is_away(Config config = {}) {
  config.brokers.resize(2);
  config.brokers[0].name = "main";
  config.brokers[1].name = "away";
  return config;
}

class World : public BridgePorts {
 public:
  /// `tells_connects`: as Mosquitto 2.1 does; else as 2.0. `most_events`: of one call of the bridge.
  explicit World(bool tells_connects, Config config = {},
                 std::optional<std::size_t> most_events = std::nullopt)
      : tells_connects_(tells_connects), config_(std::move(config)), most_events_(most_events) {
    if (config_.templates.empty()) config_.templates = {default_template()};
    if (config_.devices.empty()) {
      DeviceRule everyone;
      everyone.client_id = Pattern::parse("{device}").value();
      config_.devices = {everyone};
    }
    start_broker();
    start_bridge();
  }

  // Both sides live and die.
  void start_broker() {
    plugin::Options options;
    options.bridge_secret = "geheim";
    options.activity_interval_seconds = activity_interval_seconds;
    broker_.on_log = [this](const std::string& line) {
      if (!log_comes || bridge_client_ == nullptr) return;
      plugin_->acl_check(bridge_client_, plugin::Access::read, "$SYS/broker/log/N", line);
    };
    plugin_.emplace(options, broker_, tells_connects_, ++boots_);
  }
  void kill_broker(bool keeps_retained) {
    if (link_is_up_) break_link();
    broker_.clients.clear();
    online_.clear();
    filters_.clear();
    kept_by_broker_.clear();
    if (!keeps_retained) retained.clear();
    start_broker();
  }
  void start_bridge() {
    auto stored = store.open();
    bridge_.reset();
    commands_.reset();
    if (!config_.commands.topics.empty()) commands_.emplace(config_, stored);
    bridge_ = std::make_unique<Bridge>(config_, *this, store, std::move(stored), now(), ++starts_ * 1000);
    if (commands_) bridge_->add_feature(*commands_);
    if (most_events_) bridge_->set_most_events(*most_events_);
    carry_on();
  }
  /// The next one finds a wall clock that was set meanwhile.
  void kill_bridge(Millis clock_step = Millis{0}) {
    if (link_is_up_) break_link();
    broker_.now += Millis{10};  // no process starts in no time
    clock_ahead_ += clock_step;
    start_bridge();
  }
  /// Its store is gone as well.
  void lose_store() { store = {}; }
  void change_config(const std::function<void(Config&)>& change) { change(config_); }
  const Config& config() const { return config_; }

  void connect_link() {
    advance();
    while (!bridge_->is_ready()) pass(Millis{1000});
    bridge_client_ = new_client("rollcall-bridge");
    plugin_->basic_auth(bridge_client_, "rollcall", "geheim");
    if (tells_connects_) plugin_->connected(bridge_client_);
    plugin_->tick();
    link_is_up_ = true;
    bridge_->link_up(0, now(), max_packet_size);
    carry_on();
  }
  void break_link() {
    link_is_up_ = false;
    requests_.clear();
    found_.clear();
    drop_stream();
    end(bridge_client_, 7);
    plugin_->tick();
    bridge_->link_down(0, now());
  }
  bool link_is_up() const { return link_is_up_; }

  // What devices do.
  void connect(const std::string& id) {
    const auto old = online_.find(id);
    const auto client = new_client(id);
    plugin_->basic_auth(client, std::nullopt, std::nullopt);
    if (old != online_.end()) end(old->second, 142);
    if (tells_connects_) plugin_->connected(client);
    online_[id] = client;
    if (!persistent_.contains(id)) filters_.erase(id);
    for (auto& message : std::exchange(kept_by_broker_[id], {})) received[id].push_back(std::move(message));
  }
  /// The broker keeps this client's session from now on.
  void keep_session(const std::string& id) { persistent_.insert(id); }
  void subscribe(const std::string& id, const std::string& filter) {
    const auto verdict = plugin_->acl_check(online_.at(id), plugin::Access::subscribe, filter.c_str(), {});
    if (verdict != plugin::Verdict::deny) filters_[id].insert(filter);
  }
  void disconnect(const std::string& id, int reason = 0) {
    const auto found = online_.find(id);
    if (found == online_.end()) return;
    end(found->second, reason);
    online_.erase(found);
    if (!persistent_.contains(id)) {
      filters_.erase(id);
    } else {
      sessions_[id] = broker_.add(++clients_, id);
    }
  }
  bool tells_connects() const { return tells_connects_; }
  bool is_online(const std::string& id) const { return online_.contains(id); }
  /// True if the broker accepts it, which leaves it to the plugin to say no.
  bool publish(const std::string& id, const std::string& topic, std::string_view payload = "x",
               bool is_retained = false) {
    const auto client = online_.at(id);
    if (plugin_->acl_check(client, plugin::Access::write, topic.c_str(), payload) == plugin::Verdict::deny)
      return false;
    plugin_->message(client, topic.c_str(), payload, is_retained, 1);
    give_to_subscribers(topic, std::string(payload));
    return true;
  }

  // A turn of the broker's loop, and what goes over the link meanwhile.
  void tick() {
    take_messages();
    plugin_->tick();
    take_messages();
  }
  void deliver(int most_steps = INT_MAX) {
    const auto has_work = [this] {
      return !requests_.empty() || !stream_.empty() || !found_.empty() || bridge_->is_behind();
    };
    for (; link_is_up_ && has_work() && most_steps > 0; --most_steps) {
      for (const auto& [topic, payload] : std::exchange(found_, {})) {
        bridge_->found_status(0, topic, payload, now());
      }
      if (!stream_.empty()) {
        const auto bytes = std::move(stream_.front());
        stream_.pop_front();
        bridge_->receive(0, bytes, now());
        advance();
      } else if (!requests_.empty()) {
        const auto bytes = std::move(requests_.front());
        requests_.pop_front();
        plugin_->control(bridge_client_, bytes);
        take_messages();
      } else {
        advance();
      }
    }
  }
  /// The bridge hears; what it sends stays on the way.
  void deliver_stream() {
    for (; link_is_up_ && !stream_.empty(); stream_.pop_front()) {
      bridge_->receive(0, stream_.front(), now());
      advance();
    }
  }
  void drop_stream() { stream_.clear(); }
  void drop_requests() { requests_.clear(); }
  bool drop_one_of_stream(std::size_t index) {
    if (index >= stream_.size()) return false;
    stream_.erase(stream_.begin() + static_cast<std::ptrdiff_t>(index));
    return true;
  }

  /// The broker's loop comes round meanwhile. Its heartbeats arrive, where nothing waits on the way.
  void pass(Millis time) {
    catch_up();
    constexpr Millis kTurn{1000};
    for (; time > Millis{0}; time -= kTurn) {
      const bool is_quiet = stream_.empty();
      tick();
      const auto is_heartbeat = [](const std::string& bytes) {
        return decode_stream_message(bytes).value().records.empty();
      };
      if (is_quiet && std::all_of(stream_.begin(), stream_.end(), is_heartbeat)) deliver_stream();
      broker_.now += std::min(time, kTurn);
    }
    advance();
  }
  /// The broker stands still for this time, and the bridge doesn't.
  void stand_still(Millis time) {
    catch_up();
    broker_.now += time;
    advance();
  }
  /// Steps the broker's wall clock.
  void step_wall_clock(Millis by) { broker_.wall_offset += by; }
  /// The bridge does what is due, and the store writes what it is given.
  void advance() {
    carry_on();
    while (const auto result = store.end_write()) {
      bridge_->stored(*result, now());
      carry_on();
    }
  }
  /// The bridge works off what waits, in no time.
  void catch_up() {
    while (bridge_->is_behind()) advance();
  }
  /// Everything is delivered, answered and published; repeats and pings included.
  void settle() {
    for (int turn = 0; turn < 30; ++turn) {
      tick();
      deliver();
      pass(Millis{1000});
    }
    tick();
    deliver();
  }

  /// SIGHUP to the broker.
  void reload_broker() { plugin_->reload(); }

  /// The broker refuses the plugin's n-th publish from now on.
  void refuse_publish_in(long count) { broker_.refuse_publish_in = count; }

  /// The plugin's clock stands still, as on a machine that is suspended or paused; the bridge's goes on.
  void suspend_broker(Millis time) {
    catch_up();
    suspended_ += time;
    advance();
  }

  /// The bridge's wall clock is set. Only while it follows_clock().
  void set_clock(Millis by) {
    clock_ahead_ += by;
    bridge_->clock_stepped(by, now());
    advance();
  }
  Millis clock_ahead() const { return clock_ahead_; }

  Time now() const { return true_now() + clock_ahead_; }
  /// By a clock that is right.
  Time true_now() const { return Time{broker_.now + suspended_ + Millis{1'700'000'000'000}}; }
  std::uint64_t boot() const { return boots_; }
  Bridge& bridge() { return *bridge_; }

  CommandFeature& commands() { return *commands_; }

  test::FakeStore store;
  std::map<std::string, std::vector<std::pair<std::string, std::string>>>
      received;                                 ///< by client: topic and payload
  std::map<std::string, std::string> retained;  ///< the broker's retained messages
  std::vector<std::pair<std::string, std::string>> timeline;
  std::vector<std::string> log_lines;
  std::uint32_t activity_interval_seconds = 10;  ///< of brokers that start from now on
  bool log_comes = true;                         ///< 2.0: with `log_dest topic`
  int requests_sent = 0;
  LinkTraffic traffic;                        ///< what the bridge sees of it when it looks
  std::size_t message_size_limit = SIZE_MAX;  ///< larger requests vanish
  std::size_t max_packet_size = 0;            ///< as the broker's CONNACK says
  std::size_t largest_request = 0;            ///< that was sent
  int reconnects = 0;                         ///< asked for by the bridge
  int readings = 0;                           ///< of all retained statuses, by the bridge
  int readings_too_early = 0;                 ///< while something waited to be published
  int went_back = 0;                          ///< statuses whose number had been there before

 private:
  void carry_on() {
    bridge_->advance(now());
    bridge_->begin_write(now());
  }
  plugin::ClientHandle new_client(const std::string& id) {
    const auto client = broker_.add(++clients_, id);
    broker_.clients[client].username = id;  // who is who is none of the plugin's business here
    broker_.clients[client].has_username = true;
    return client;
  }
  void end(plugin::ClientHandle client, int reason) {
    plugin_->disconnected(client, tells_connects_ ? std::optional<int>(reason) : std::nullopt);
  }
  void take_messages() {
    for (auto& message : std::exchange(broker_.messages, {})) {
      if (message.topic == "$ds/event") {
        auto bytes = what_leaves(*plugin_, message);
        if (bytes && link_is_up_) stream_.push_back(*std::move(bytes));
      } else if (message.retain && message.payload.empty()) {
        retained.erase(message.topic);
      } else if (message.retain) {
        note_number(message.topic, message.payload);
        retained[message.topic] = std::move(message.payload);
      } else if (message.topic.starts_with("ds/")) {
        timeline.emplace_back(std::move(message.topic), std::move(message.payload));
      } else {
        give_to_subscribers(message.topic, message.payload);
      }
    }
  }

  /// As Mosquitto does: it asks for each subscriber, and keeps what is for a session that is offline.
  void give_to_subscribers(const std::string& topic, const std::string& payload) {
    for (const auto& [id, filters] : filters_) {
      const auto matches = [&](const std::string& filter) {
        return filter.ends_with("#") ? topic.starts_with(filter.substr(0, filter.size() - 1))
                                     : topic == filter;
      };
      if (std::none_of(filters.begin(), filters.end(), matches)) continue;
      const bool is_there = online_.contains(id);
      const auto client = is_there ? online_.at(id) : sessions_.at(id);
      if (plugin_->acl_check(client, plugin::Access::read, topic.c_str(), payload) == plugin::Verdict::deny)
        continue;
      (is_there ? received : kept_by_broker_)[id].emplace_back(topic, payload);
    }
  }

  /// The same status again is no news; another one has a higher number.
  void note_number(const std::string& topic, const std::string& payload) {
    const auto at = payload.rfind("\"seq\":");
    if (at == std::string::npos) return;
    const auto number = std::stoull(payload.substr(at + 6));
    auto& [last, said] = numbers_[topic];
    if (number < last || (number == last && payload != said)) ++went_back;
    last = number;
    said = payload;
  }

  void send_request(std::uint32_t, std::string_view bytes) override {
    ++requests_sent;
    largest_request = std::max(largest_request, bytes.size());
    if (link_is_up_ && bytes.size() <= message_size_limit) requests_.emplace_back(bytes);
  }
  void subscribe_to_log(std::uint32_t) override {
    plugin_->acl_check(bridge_client_, plugin::Access::subscribe, "$SYS/broker/log/#", {});
  }
  void read_statuses(std::uint32_t, bool on) override {
    if (!on) return;
    ++readings;
    if (!bridge_->is_all_acknowledged()) ++readings_too_early;
    constexpr std::string_view kStatuses = "ds/status/";
    for (const auto& [topic, payload] : retained) {
      if (topic.starts_with(kStatuses)) found_.emplace_back(topic, payload);
    }
  }
  LinkTraffic link_traffic(std::uint32_t) override { return traffic; }
  void give_up(std::uint32_t) override {}
  void reconnect(std::uint32_t) override { ++reconnects; }
  void log(Level, const std::string& line) override { log_lines.push_back(line); }

  const bool tells_connects_;
  Config config_;
  const std::optional<std::size_t> most_events_;
  plugin::FakeBroker broker_;
  std::optional<plugin::Plugin> plugin_;
  std::optional<CommandFeature> commands_;
  std::unique_ptr<Bridge> bridge_;
  std::map<std::string, std::set<std::string>> filters_;
  std::set<std::string> persistent_;
  std::map<std::string, plugin::ClientHandle> sessions_;  // that are offline
  std::map<std::string, std::vector<std::pair<std::string, std::string>>> kept_by_broker_;
  std::map<std::string, plugin::ClientHandle> online_;
  plugin::ClientHandle bridge_client_ = nullptr;
  std::deque<std::string> stream_, requests_;
  std::vector<std::pair<std::string, std::string>> found_;  // retained statuses, on their way to the bridge
  bool link_is_up_ = false;
  std::map<std::string, std::pair<unsigned long long, std::string>> numbers_;
  Millis suspended_{0}, clock_ahead_{0};
  std::uint64_t boots_ = 0;
  std::uintptr_t clients_ = 0;
  std::uint32_t starts_ = 0;
};

}  // namespace rollcall::testing
