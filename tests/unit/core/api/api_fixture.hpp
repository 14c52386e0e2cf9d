// SPDX-License-Identifier: Apache-2.0
// The API on a bridge of a few devices, without threads: what it asks of the bridge's thread is done at once.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bridge/core/api/api.hpp"
#include "bridge/core/api/event_streams.hpp"
#include "bridge/core/config/config_parser.hpp"
#include "bridge/core/pipeline/bridge.hpp"
#include "tests/unit/core/store/fake_store.hpp"

namespace rollcall::test {

class NoLinks : public BridgePorts {
 public:
  void send_request(std::uint32_t /*broker*/, std::string_view /*bytes*/) override {}
  void subscribe_to_log(std::uint32_t /*broker*/) override {}
  void read_statuses(std::uint32_t /*broker*/, bool /*on*/) override {}
  LinkTraffic link_traffic(std::uint32_t /*broker*/) override { return {}; }
  void give_up(std::uint32_t /*broker*/) override {}
  void reconnect(std::uint32_t /*broker*/) override {}
  void log(Level /*level*/, const std::string& /*line*/) override {}
};

/// Rows that a test puts there.
class FakeHistory : public HistoryReader {
 public:
  std::vector<TimelineEntry> entries;
  std::vector<NotificationEntry> told;  ///< the latest last
  std::vector<IncidentEntry> known_incidents;
  NotificationFilter filter;  ///< that was asked for last

  Result<std::vector<TimelineEntry>> timeline(std::string_view /*device*/,
                                              std::optional<std::uint64_t> before_seq,
                                              std::size_t limit) override {
    std::vector<TimelineEntry> found;
    for (auto row = entries.rbegin(); row != entries.rend() && found.size() < limit; ++row) {
      if (!before_seq || row->seq < *before_seq) found.push_back(*row);
    }
    return found;
  }
  Result<std::vector<TimelineEntry>> transitions(std::string_view /*device*/, Time /*from*/,
                                                 Time /*to*/) override {
    return entries;
  }
  Result<DeviceFacts> facts(std::string_view /*device*/, Time /*now*/) override { return DeviceFacts{}; }
  Result<std::vector<FleetSample>> fleet_history(Time /*from*/, Time /*to*/, Millis /*step*/) override {
    return std::vector<FleetSample>{};
  }
  Result<std::vector<NotificationEntry>> notifications(const NotificationFilter& asked,
                                                       std::optional<std::uint64_t> before,
                                                       std::size_t limit) override {
    filter = asked;
    std::vector<NotificationEntry> found;
    for (auto entry = told.rbegin(); entry != told.rend() && found.size() < limit; ++entry) {
      if (!before || entry->number < *before) found.push_back(*entry);
    }
    return found;
  }
  Result<std::vector<IncidentEntry>> incidents(std::optional<std::uint64_t> before,
                                               std::size_t limit) override {
    std::vector<IncidentEntry> found;
    for (auto entry = known_incidents.rbegin(); entry != known_incidents.rend() && found.size() < limit;
         ++entry) {
      if (!before || entry->number < *before) found.push_back(*entry);
    }
    return found;
  }
  Result<std::optional<NotificationEntry>> notification(std::string_view id) override {
    for (const auto& entry : told) {
      if (entry.notification.id == id) return entry;
    }
    return std::nullopt;
  }
};

/// Its reader takes all at once, unless it stands still.
struct FakeStream : HttpStream {
  std::string text, waiting;
  std::size_t most_waiting = 0;
  bool is_gone = false, is_still = false;
  std::function<void()> on_sent;

  void write(std::shared_ptr<const std::string> more) override {
    waiting += *more;
    most_waiting = std::max(most_waiting, waiting.size());
  }
  void end() override { is_gone = true; }
  void cut_off() override { is_gone = true; }
  bool is_closed() const override { return is_gone; }
  bool has_waiting() const override { return !waiting.empty(); }
  void set_on_sent(std::function<void()> more) override { on_sent = std::move(more); }
  /// The server's turn: sends what waits, and asks for more.
  void send() {
    while (!is_still && !is_gone && !waiting.empty()) {
      text += std::exchange(waiting, {});
      on_sent();
    }
  }
};

class ApiFixture : private BridgeThread {
 public:
  Time now{std::chrono::hours{24} * 20000};
  NoLinks links;
  FakeStore store;
  FakeHistory history;
  std::unique_ptr<Bridge> bridge;
  std::unique_ptr<Api> api;
  HttpRequest request;
  std::size_t answers = 0;
  bool are_events_wanted = false;
  std::vector<std::string> changes, retried;
  std::string retry_problem;
  std::vector<std::shared_ptr<FakeStream>> streams;

  explicit ApiFixture(const std::string& config = "{}",
                      const std::vector<std::string>& devices = {"a", "b", "c"}) {
    request.is_own_user = true;
    auto parsed = *parse_config(config, "rollcall.json");
    StoredState stored = store.open();
    for (const auto& device : devices) {
      DeviceRecord record;
      record.device = device;
      record.template_name = "default";
      record.status = "offline";
      record.since = record.last_seen = record.published_last_seen = record.latest = record.heard = now;
      stored.devices.push_back(record);
    }
    auto settings = api_settings(parsed);
    bridge = std::make_unique<Bridge>(std::move(parsed), links, store, std::move(stored), now, 1);
    api = std::make_unique<Api>(
        ApiPorts{*this, history, [this] { return now; }, [] { return std::string("random"); },
                 [](std::string_view) { return StoredDevice{}; }, [this] { are_events_wanted = true; },
                 [this](const std::string& line) { changes.push_back(line); },
                 [this](const NotificationEntry& entry, Time) -> Result<void> {
                   if (!retry_problem.empty()) return fail(retry_problem);
                   retried.push_back(entry.notification.id);
                   return {};
                 }},
        std::move(settings));
  }

  HttpResponse ask(const std::string& method, const std::string& target, const std::string& body = {}) {
    request.method = method;
    request.target = target;
    request.body = body;
    HttpResponse got;
    got.status = 0;
    api->handle(request, [&](HttpResponse response) {
      ++answers;
      got = std::move(response);
    });
    return got;
  }
  void publish(std::vector<LiveEvent> events) {
    api->streams().publish(std::move(events));
    for (const auto& each : streams) each->send();
  }
  std::shared_ptr<FakeStream> follow(const std::string& query = {}) {
    auto stream = std::make_shared<FakeStream>();
    streams.push_back(stream);
    auto response = ask("GET", "/api/v1/stream" + query);
    if (!response.stream) return nullptr;
    response.stream(stream);
    stream->send();
    return stream;
  }

 private:
  void read(Portion portion, std::function<void()> done) override {
    while (!portion(*bridge, now)) {
    }
    done();
  }
  void change(Change change, std::function<void(Result<std::string>)> done) override {
    const auto write = change(*bridge, now);
    write ? done(std::string()) : done(tl::make_unexpected(write.error()));
  }
};

}  // namespace rollcall::test
