// SPDX-License-Identifier: Apache-2.0
// The notifier beside the engine: many devices, restarts, and what it costs where nobody is to be told.
#include "bridge/core/notify/notifier.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "bridge/core/pipeline/delivery.hpp"

using namespace rollcall;
using namespace std::chrono_literals;

namespace {

Config told_of_offline() {
  Config config;
  config.templates = {default_template()};
  config.templates[0].statuses[1].notify.emplace().channels = {"ops"};
  return config;
}

Config with_incidents() {
  auto config = told_of_offline();
  config.notify.incident.emplace().by = {{IncidentGroup::Kind::broker, 0},
                                         {IncidentGroup::Kind::gateway, 0},
                                         {IncidentGroup::Kind::address, 24}};
  return config;
}

/// A bridge without brokers. Time begins at 0.
struct Fixture : NotificationSink {
  Config config;
  std::optional<Engine> engine;
  std::optional<Notifier> notifier;
  Delivery delivery;
  std::vector<Notification> told;
  std::map<std::string, NotifyRecord> stored;
  std::map<std::string, IncidentRecord> incidents;
  std::map<std::string, ConnectionId> connections;
  std::uint64_t last_number = 0;
  Time now{};

  explicit Fixture(Config with = told_of_offline()) { start(std::move(with)); }

  void start(Config with) {
    config = std::move(with);
    engine.emplace(EngineSettings{config.templates, {"main"}, config.outage_grace});
    NotifyState state;
    for (const auto& [name, record] : stored) state.devices.push_back(record);
    for (const auto& [id, record] : incidents) state.incidents.push_back(record);
    notifier.emplace(config, 7, std::move(state), *this);
    delivery = Delivery();
    delivery.add(*notifier);
  }
  /// Another bridge goes on from what was stored.
  void restart() {
    std::vector<DeviceRecord> records;
    engine->for_each_record([&](const DeviceRecord& record) { records.push_back(record); });
    start(config);
    for (const auto& record : records) engine->restore(record);
  }
  void store() {
    if (!notifier->has_changes()) return;
    StoreBatch batch;
    notifier->add_changes(batch);
    for (const auto& record : batch.notify.devices) stored[record.device] = record;
    for (const auto& name : batch.notify.removed) stored.erase(name);
    for (const auto& record : batch.notify.incidents) incidents[record.id] = record;
    for (const auto& id : batch.notify.ended) incidents.erase(id);
  }

  void notify(const Notification& notification, Time /*now*/) override { told.push_back(notification); }

  void apply(const Effects& effects) { delivery.apply(effects); }
  void handle(const Event& event) {
    engine->set_watermark(0, now);
    engine->set_activity_watermark(0, now);
    apply(engine->handle(event, now));
  }
  void connect(const std::string& device, const std::string& address = "10.0.0.1") {
    connections[device] = {0, 1, ++last_number};
    handle(ConnectionOpened{connections[device], device, "default", now, 60s, device, {}, address});
  }
  void disconnect(const std::string& device) {
    handle(ConnectionEnded{connections.at(device), now, Cause::connection_closed, true});
  }
  void advance() { notifier->advance(*engine, now); }
  /// Everything at its moment.
  void pass(Millis time) {
    const Time end = now + time;
    advance();
    for (;;) {
      auto next = std::min(engine->next_deadline().value_or(Time::max()), notifier->next_deadline());
      now = std::max(now, std::min(next, end));
      engine->set_watermark(0, now);
      engine->set_activity_watermark(0, now);
      apply(engine->advance(now));
      advance();
      if (next > end) break;
    }
    now = end;
  }
  /// Time in which the bridge does nothing.
  void pause(Millis time) {
    now += time;
    engine->set_watermark(0, now);
    engine->set_activity_watermark(0, now);
    do {
      apply(engine->advance(now));
      advance();
    } while (engine->next_deadline() && *engine->next_deadline() <= now);
    pass(0ms);
  }
  std::vector<std::string> texts() const {
    std::vector<std::string> lines;
    for (const auto& each : told) {
      lines.push_back(std::string(to_string(each.kind)) + " " +
                      (each.incident ? each.incident->what : each.device + " " + each.status) + " " +
                      std::to_string(each.count));
    }
    return lines;
  }
};

struct Incidentally : Fixture {
  Incidentally() : Fixture(with_incidents()) {}

  void connect_many(int count) {
    for (int i = 0; i < count; ++i) {
      connect("d" + std::to_string(i),
              "10." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ".1");
    }
    pass(1s);
  }
  void disconnect_many(int count) {
    for (int i = 0; i < count; ++i) disconnect("d" + std::to_string(i));
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(notifier)

BOOST_FIXTURE_TEST_CASE(who_is_lost_is_told_of_and_who_stays_is_not, Fixture) {
  connect("a");
  connect("b");
  disconnect("a");
  pass(59s);
  BOOST_TEST(told.empty());
  pass(1s);
  BOOST_TEST(texts() == std::vector<std::string>{"status a offline 1"}, boost::test_tools::per_element());
  BOOST_TEST(told[0].channels == std::vector<std::string>{"ops"}, boost::test_tools::per_element());
  BOOST_TEST(told[0].label == "Offline");
  BOOST_TEST(told[0].previous == "online");
  BOOST_TEST(told[0].cause == "connection_closed");
  BOOST_TEST((told[0].at == Time{1min}));
}

BOOST_FIXTURE_TEST_CASE(after_a_pause_only_where_a_device_is_now_is_told_once, Fixture) {
  auto both = config;
  both.templates[0].statuses[2].notify.emplace();
  start(both);
  connect("a");
  disconnect("a");
  pause(24h * 40);  // offline, and inactive
  BOOST_TEST(texts() == std::vector<std::string>{"status a inactive 1"}, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(after_a_pause_who_is_back_is_not_told_of, Fixture) {
  connect("a");
  disconnect("a");
  now += 5min;
  engine->set_watermark(0, now - 1min);
  apply(engine->advance(now));  // offline, 4 min ago
  connect("a");
  advance();
  pass(1min);
  BOOST_TEST(told.empty());
}

BOOST_FIXTURE_TEST_CASE(where_nobody_is_told_nothing_is_kept, Fixture) {
  Config silent;
  silent.templates = {default_template()};
  start(silent);
  connect("a");
  disconnect("a");
  pass(24h * 40);
  BOOST_TEST(told.empty());
  BOOST_TEST(notifier->device_count() == 0U);
  BOOST_TEST(!notifier->has_changes());
  BOOST_TEST((notifier->next_deadline() == Time::max()));
}

BOOST_FIXTURE_TEST_CASE(of_a_forgotten_device_nothing_is_kept, Fixture) {
  connect("a");
  disconnect("a");
  pass(2min);
  store();
  BOOST_TEST(stored.size() == 1U);
  const auto effects = engine->apply(ForgetDevice{"a"}, now);
  BOOST_REQUIRE(effects);
  apply(*effects);
  advance();
  store();
  BOOST_TEST(stored.empty());
  BOOST_TEST(notifier->device_count() == 0U);
}

BOOST_FIXTURE_TEST_CASE(the_count_goes_on_after_a_restart, Fixture) {
  auto third = config;
  third.templates[0].statuses[1].notify->every = 3;
  start(third);
  for (int i = 0; i < 3; ++i) {
    BOOST_TEST(told.empty());
    connect("a");
    disconnect("a");
    pass(2min);
    store();
    restart();
  }
  BOOST_TEST(texts() == std::vector<std::string>{"status a offline 3"}, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(what_waits_goes_out_after_a_restart, Fixture) {
  auto at_once = config;
  at_once.templates[0].statuses[1].after = 0s;
  at_once.templates[0].on_graceful.after = at_once.templates[0].on_non_graceful.after = 0s;
  start(at_once);
  connect("a");
  disconnect("a");
  pass(1s);
  connect("a");
  disconnect("a");
  pass(1s);
  BOOST_TEST(told.size() == 1U);
  store();
  restart();
  pass(2s);
  BOOST_TEST(told.size() == 1U);
  pass(1s);
  BOOST_TEST(told.size() == 2U);
}

BOOST_FIXTURE_TEST_CASE(what_was_not_stored_is_told_again_by_the_same_id, Fixture) {
  connect("a");
  disconnect("a");
  std::vector<DeviceRecord> records;
  engine->for_each_record([&](const DeviceRecord& record) { records.push_back(record); });
  pass(1min);
  BOOST_TEST_REQUIRE(told.size() == 1U);
  start(config);
  for (const auto& record : records) engine->restore(record);
  pause(10s);
  BOOST_TEST_REQUIRE(told.size() == 2U);
  BOOST_TEST((told[0] == told[1]));
}

BOOST_FIXTURE_TEST_CASE(another_configuration_is_gone_by_at_once, Fixture) {
  connect("a");
  disconnect("a");
  Config silent;
  silent.templates = {default_template()};
  notifier->reload(silent, now);
  pass(2min);
  BOOST_TEST(told.empty());
}

BOOST_FIXTURE_TEST_CASE(a_fleet_that_is_lost_at_once_is_one_notification_and_one_when_it_is_back,
                        Incidentally) {
  constexpr int kFleet = 5000;
  connect_many(kFleet);
  disconnect_many(kFleet);
  pass(25h);
  BOOST_TEST_REQUIRE(
      texts() == (std::vector<std::string>{"incident_began main 5000", "incident_ended main 5000"}),
      boost::test_tools::per_element());
  BOOST_TEST(told[0].incident->list.size() == 100U);
  BOOST_TEST(told[0].channels == std::vector<std::string>{"ops"}, boost::test_tools::per_element());
  BOOST_TEST(told[0].text == "5000 devices lost at broker main: d0, d1, d2, d3, d4 and 4995 more");
  BOOST_TEST(told[1].incident->back == 0U);
}

BOOST_FIXTURE_TEST_CASE(the_end_says_how_many_are_back_and_none_of_them_is_told_of, Incidentally) {
  auto chatty = config;
  chatty.templates[0].statuses[0].notify.emplace();
  chatty.templates[0].statuses[1].notify->recovery = true;
  start(chatty);
  connect_many(30);
  pass(10s);
  told.clear();
  disconnect_many(30);
  pass(2min);
  for (int i = 0; i < 28; ++i) connect("d" + std::to_string(i));
  pass(10min);
  BOOST_TEST_REQUIRE(
      texts() == (std::vector<std::string>{"incident_began main 30", "incident_ended main 30"}),
      boost::test_tools::per_element());
  BOOST_TEST(told[1].incident->back == 28U);
  BOOST_TEST(told[0].incident->id == told[1].incident->id);
  BOOST_TEST(told[0].id != told[1].id);
  // It is over: what happens to them from now on is their own.
  told.clear();
  disconnect("d0");
  pass(2min);
  BOOST_TEST(texts() == std::vector<std::string>{"status d0 offline 1"}, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(too_few_are_told_of_one_by_one_once_that_is_certain, Incidentally) {
  connect_many(19);
  disconnect_many(19);
  pass(60s + 30s - 1ms);
  BOOST_TEST(told.empty());
  pass(1ms);
  BOOST_TEST(told.size() == 19U);
}

BOOST_FIXTURE_TEST_CASE(things_behind_a_gateway_are_lost_with_it, Incidentally) {
  for (int i = 0; i < 25; ++i) {
    const auto device = "thing" + std::to_string(i);
    handle(Reported{device, "default", now, "gate"});
    advance();
  }
  store();
  restart();
  pass(2min);
  BOOST_TEST_REQUIRE(told.size() == 1U);
  BOOST_TEST((told[0].incident->kind == Incident::Kind::gateway));
  BOOST_TEST(told[0].incident->what == "gate");
}

BOOST_FIXTURE_TEST_CASE(an_incident_goes_on_after_a_restart, Incidentally) {
  connect_many(25);
  disconnect_many(25);
  pass(2min);
  store();
  restart();
  for (int i = 0; i < 25; ++i) connect("d" + std::to_string(i));
  pass(1min);
  BOOST_TEST(texts() == (std::vector<std::string>{"incident_began main 25", "incident_ended main 25"}),
             boost::test_tools::per_element());
  BOOST_TEST(told.back().incident->back == 25U);
  store();
  BOOST_TEST(incidents.empty());
}

BOOST_FIXTURE_TEST_CASE(an_operator_can_set_a_fleet_without_an_incident, Incidentally) {
  connect_many(25);
  for (int i = 0; i < 25; ++i) {
    const auto name = "d" + std::to_string(i);
    const auto effects = engine->apply(SetStatus{name, "offline", std::nullopt, false}, now);
    BOOST_REQUIRE(effects);
    apply(*effects);
    advance();
  }
  BOOST_TEST(told.size() == 25U);
  BOOST_TEST((told[0].kind == Notification::Kind::status));
}

BOOST_AUTO_TEST_SUITE_END()
