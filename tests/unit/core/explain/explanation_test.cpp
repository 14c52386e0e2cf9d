// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/explain/explanation.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "bridge/core/config/config_parser.hpp"
#include "bridge/core/lifecycle/engine.hpp"
#include "bridge/core/lifecycle/status_payload.hpp"

using namespace rollcall;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

/// On 22 November 2026.
Time at(int hour, int minute, int second = 0) {
  return Time{Seconds{1'795'305'600} + hours{hour} + minutes{minute} + Seconds{second}};
}

constexpr std::string_view kConfig = R"({
  "devices": [
    { "client_id": "rollcall*", "ignore": true },
    { "client_id": "sensor-{device}", "username": "field", "address": "10.0.0.0/8", "template": "sensor" },
    { "client_id": "{device}" }
  ],
  "templates": {
    "default": { "statuses": [
      { "status": "online" }, { "status": "offline", "after": "2m" },
      { "status": "inactive", "after": "30d", "forget_after": "365d" }
    ] },
    "sensor": {
      "report_every": "24h", "report_grace": "1h", "on_late": "no_data",
      "graceful_causes": ["client_disconnect", "connection_closed"],
      "flapping": { "changes": 6, "within": "10m", "hold": "10m" },
      "statuses": [
        { "status": "online" }, { "status": "standby", "after": "5m" }, { "status": "no_data", "after": "24h" },
        { "status": "maintenance", "after": "1h" }, { "status": "offline", "after": "1h" }
      ]
    }
  }
})";

/// A device, and what is said of it.
struct Asked {
  Config config = parse_config(kConfig, "rollcall.json").value();
  StoredDevice stored;
  DeviceRecord& record = stored.record.emplace();
  Time now = at(11, 0);
  std::uint64_t last_seq = 0;

  Asked() {
    record.device = "pump-7";
    record.template_name = "default";
    record.status = "online";
    record.since = record.last_seen = record.heard = at(10, 49);
    stored.brokers = {BrokerRecord{}};
    stored.brokers.front().name = "main";
    stored.templates["default"] = fingerprint(*config.find_template("default"));
    stored.templates["sensor"] = fingerprint(*config.find_template("sensor"));
    row({}, "online", at(10, 49), "connect");
  }

  TimelineEntry& row(std::string_view from, std::string_view to, Time time, std::string_view cause,
                     std::string_view address = "10.0.0.7") {
    TimelineEntry entry;
    entry.seq = ++last_seq;
    entry.device = record.device;
    entry.at = time;
    entry.from = from;
    entry.to = to;
    entry.kind = from == to ? "blip" : "transition";
    entry.cause = cause;
    entry.broker = "main";
    entry.client_id = record.device;
    entry.address = address;
    return stored.rows.emplace_back(entry);
  }

  ConnectionRecord& connected(std::string_view address = "10.0.0.7") {
    ConnectionRecord connection;
    connection.broker = "main";
    connection.boot = 1;
    connection.client_id = record.device;
    connection.address = address;
    connection.keepalive = Seconds{45};
    return record.connections.emplace_back(connection);
  }

  void ended(Cause cause, bool graceful, Time time, Millis silence = {}) {
    record.last_end = {cause, graceful, time, silence, "main", record.device, "", "10.0.0.7"};
    record.last_seen = time - silence;
  }

  void waits(std::string_view status, Time due, Time began, WaitKind kind = WaitKind::first) {
    record.wait = WaitRecord{std::string(status), due, began, Time::min(), kind, false};
  }

  void be_sensor() {
    record.device = "7";
    record.template_name = "sensor";
    for (auto& row : stored.rows) row.client_id = "sensor-7";
  }

  Explanation explained() const { return explain(record.device, stored, config, now); }
  std::string text() const { return to_text(explained()); }
  bool says(std::string_view part) const {
    const auto said = text();
    if (said.find(part) != std::string::npos) return true;
    BOOST_TEST_MESSAGE(said);
    return false;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(explanation, Asked)

BOOST_AUTO_TEST_CASE(one_that_is_registered_and_was_not_seen_yet) {
  stored.rows.clear();
  record.status = "offline";
  record.last_seen = record.heard = record.last_end.at = Time::min();
  BOOST_TEST(says("offline since 2026-11-22T10:49:00.000Z (11m ago)"));
  BOOST_TEST(says("connected   no; registered, not seen yet"));
  BOOST_TEST(says("last seen   never"));
  BOOST_TEST(says("nothing, until its first contact"));
  const auto json = nlohmann::json::parse(to_json(explained()));
  BOOST_TEST(json.at("only_registered") == true);
  BOOST_TEST(json.at("last_seen").is_null());
  BOOST_TEST(json.at("last_end").is_null());
  BOOST_TEST(json.at("in_words").at("connected").at(0) == "no; registered, not seen yet");
  BOOST_TEST(json.at("changed").empty());
}

BOOST_AUTO_TEST_CASE(one_that_is_muted) {
  connected();
  BOOST_TEST(nlohmann::json::parse(to_json(explained())).at("muted").is_null());
  record.muted_until = Time::max();
  BOOST_TEST(says("muted       yes, until it is unmuted"));
  BOOST_TEST(nlohmann::json::parse(to_json(explained())).at("muted").at("until").is_null());
  record.muted_until = at(12, 0);
  BOOST_TEST(says("muted       yes, until 2026-11-22T12:00:00.000Z (in 1h)"));
  BOOST_TEST(nlohmann::json::parse(to_json(explained())).at("muted").at("until") ==
             "2026-11-22T12:00:00.000Z");
  record.muted_until = at(10, 0);
  BOOST_TEST(says("muted       no more; it was until"));
  BOOST_TEST(nlohmann::json::parse(to_json(explained())).at("muted").is_null());
}

BOOST_AUTO_TEST_CASE(one_that_is_online) {
  connected().username = "u";
  BOOST_TEST(text() == R"("pump-7"
  status      online since 2026-11-22T10:49:00.000Z (11m ago)
  why         it connected (client id "pump-7", address 10.0.0.7)
  connected   yes: broker "main", client id "pump-7", user "u", address 10.0.0.7, keepalive 45 s
  last seen   2026-11-22T10:49:00.000Z (11m ago)
  last heard  2026-11-22T10:49:00.000Z (11m ago): its last connect or report
  next        nothing, while it is connected
  template    default
  rule        3 of "devices": {"client_id": "{device}"}
  timeline    the last one last:
    2026-11-22T10:49:00.000Z  (new) -> online  connect; broker "main", client id "pump-7", address 10.0.0.7
)");
}

BOOST_AUTO_TEST_CASE(one_whose_wait_is_running) {
  ended(Cause::connection_closed, false, at(10, 59));
  waits("offline", at(11, 1), at(10, 59));
  BOOST_TEST(text() == R"("pump-7"
  status      online since 2026-11-22T10:49:00.000Z (11m ago)
  why         its connection ended 2026-11-22T10:59:00.000Z (1m ago) without a DISCONNECT: the network connection was closed; the wait after that isn't over
  connected   no; last at broker "main", client id "pump-7", address 10.0.0.7
  graceful    no: connection_closed is, by the table of causes, where no will was sent
  will        sent
  last seen   2026-11-22T10:59:00.000Z (1m ago)
  last heard  2026-11-22T10:49:00.000Z (11m ago): its last connect or report
  next        offline 2026-11-22T11:01:00.000Z (in 1m): 2m after the disconnect
  template    default
  rule        3 of "devices": {"client_id": "{device}"}
  timeline    the last one last:
    2026-11-22T10:49:00.000Z  (new) -> online  connect; broker "main", client id "pump-7", address 10.0.0.7
)");
}

BOOST_AUTO_TEST_CASE(one_that_was_lost_by_keepalive) {
  ended(Cause::keepalive_timeout, false, at(10, 51, 8), Seconds{67});
  record.status = "offline";
  record.previous = "online";
  record.since = at(10, 52, 1);
  waits("inactive", at(10, 52, 1) + hours{720}, at(10, 52, 1), WaitKind::next);
  row("online", "offline", at(10, 52, 1), "keepalive_timeout").graceful = false;
  BOOST_TEST(text() == R"("pump-7"
  status      offline since 2026-11-22T10:52:01.000Z (7m59s ago); before that online
  why         its connection ended 2026-11-22T10:51:08.000Z (8m52s ago) by a keepalive timeout: the broker heard nothing for 67 s (keepalive 45 s), and nothing was heard of it since
  connected   no; last at broker "main", client id "pump-7", address 10.0.0.7
  graceful    no: keepalive_timeout isn't by the table of causes
  will        sent, if it had one
  last seen   2026-11-22T10:50:01.000Z (9m59s ago)
  last heard  2026-11-22T10:49:00.000Z (11m ago): its last connect or report
  next        inactive 2026-12-22T10:52:01.000Z (in 29d23h): 30d after it became offline
  template    default
  rule        3 of "devices": {"client_id": "{device}"}
  timeline    the last one last:
    2026-11-22T10:49:00.000Z  (new) -> online  connect; broker "main", client id "pump-7", address 10.0.0.7
    2026-11-22T10:52:01.000Z  online -> offline  keepalive_timeout, not graceful; broker "main", client id "pump-7", address 10.0.0.7
)");
}

BOOST_AUTO_TEST_CASE(silence_that_counted_is_said_while_the_wait_runs) {
  ended(Cause::keepalive_timeout, false, at(10, 51, 8), Seconds{67});
  waits("offline", at(10, 52, 1), at(10, 51, 8));
  now = at(10, 51, 30);
  BOOST_TEST(
      says("next        offline 2026-11-22T10:52:01.000Z (in 31s): a wait of 2m after the disconnect, of "
           "which 67 s of silence had passed when the broker noticed\n"));
}

BOOST_AUTO_TEST_CASE(every_keepalive_is_told_from_its_silence) {
  for (const int keepalive : {1, 2, 3, 10, 44, 45, 65535}) {
    record.connections.clear();
    ended(Cause::keepalive_timeout, false, at(10, 51),
          silence_of(Cause::keepalive_timeout, Seconds{keepalive}));
    BOOST_TEST(says("(keepalive " + std::to_string(keepalive) + " s)"));
  }
}

BOOST_AUTO_TEST_CASE(one_that_declared_it) {
  be_sensor();
  ended(Cause::client_disconnect, true, at(10, 50));
  record.last_end.client_id = "sensor-7";
  record.last_end.username = "field";
  record.status = "standby";
  record.previous = "online";
  record.since = at(10, 50);
  record.declaration = DeclarationRecord{"standby", hours{24}, "main", 1, 1, at(10, 49, 30)};
  waits("no_data", at(10, 50) + hours{24}, at(10, 50), WaitKind::next);
  row("online", "standby", at(10, 50), "declared");
  stored.rows.back().client_id = "sensor-7";
  BOOST_TEST(text() == R"("7"
  status      standby since 2026-11-22T10:50:00.000Z (10m ago); before that online
  why         it had declared that; then its connection ended 2026-11-22T10:50:00.000Z (10m ago) as it should: the device said DISCONNECT
  connected   no; last at broker "main", client id "sensor-7", user "field", address 10.0.0.7
  graceful    yes: "graceful_causes" of the template "sensor" names client_disconnect
  will        discarded by the DISCONNECT
  last seen   2026-11-22T10:50:00.000Z (10m ago)
  last heard  2026-11-22T10:49:00.000Z (11m ago): its last connect or report
  next        no_data 2026-11-23T10:50:00.000Z (in 23h50m): it declared to be back within 1d
  declared    standby for 1d, 2026-11-22T10:49:30.000Z (10m30s ago); the next connect uses it up
  template    sensor
  rule        2 of "devices": {"client_id": "sensor-{device}", "username": "field", "address": "10.0.0.0/8", "template": "sensor"}
  timeline    the last one last:
    2026-11-22T10:49:00.000Z  (new) -> online  connect; broker "main", client id "sensor-7", address 10.0.0.7
    2026-11-22T10:50:00.000Z  online -> standby  declared; broker "main", client id "sensor-7", address 10.0.0.7
)");
}

BOOST_AUTO_TEST_CASE(one_that_an_operator_has_set_and_holds) {
  connected();
  record.template_name = "sensor";
  record.set = OperatorRecord{"maintenance", "online", at(10, 55), std::nullopt, true};
  row("online", "maintenance", at(10, 55), "set").client_id = "";
  BOOST_TEST(
      says("  status      maintenance since 2026-11-22T10:55:00.000Z (5m ago); before that online\n"
           "  why         an operator set it\n"
           "  connected   yes: broker \"main\""));
  BOOST_TEST(
      says("  next        nothing, until an operator releases it\n"
           "  operator    set to maintenance 2026-11-22T10:55:00.000Z (5m ago), held: a contact doesn't "
           "end it; behind that it is online since 2026-11-22T10:49:00.000Z (11m ago)\n"));
}

BOOST_AUTO_TEST_CASE(one_that_an_operator_has_set_for_a_time) {
  record.template_name = "sensor";
  ended(Cause::client_disconnect, true, at(10, 54));
  record.set = OperatorRecord{"maintenance", "online", at(10, 55), at(12, 55), false};
  BOOST_TEST(
      says("  next        offline 2026-11-22T12:55:00.000Z (in 1h55m): the time that the operator gave is "
           "over then\n"
           "  operator    set to maintenance 2026-11-22T10:55:00.000Z (5m ago), until "
           "2026-11-22T12:55:00.000Z (in 1h55m), until the next contact; behind that"));
}

BOOST_AUTO_TEST_CASE(one_that_is_late) {
  be_sensor();
  connected();
  record.connections.back().client_id = "sensor-7";
  record.connections.back().username = "field";
  record.heard = at(10, 49) - hours{25};
  record.status = "no_data";
  record.previous = "online";
  record.since = at(10, 49);
  row("online", "no_data", at(10, 49), "late_report");
  BOOST_TEST(
      says("  status      no_data since 2026-11-22T10:49:00.000Z (11m ago); before that online\n"
           "  why         it is connected, but a report was due within 1d1h of the last time it was heard "
           "of, 2026-11-21T09:49:00.000Z (1d1h ago)\n"));
}

BOOST_AUTO_TEST_CASE(one_that_is_to_report_soon) {
  be_sensor();
  connected();
  waits("no_data", at(10, 49) + hours{25}, at(10, 49), WaitKind::late);
  BOOST_TEST(
      says("next        no_data 2026-11-23T11:49:00.000Z (in 1d): 1d1h after the last connect or report, if "
           "no other report comes\n"));
}

BOOST_AUTO_TEST_CASE(one_that_flaps) {
  connected();
  record.template_name = "sensor";
  record.is_flapping = true;
  for (int i = 0; i < 6; ++i) record.changes.push_back(at(10, 50 + i));
  BOOST_TEST(
      says("  flapping    yes: 6 connects and disconnects since 2026-11-22T10:50:00.000Z (10m ago) (limit 6 "
           "within 10m); steady 2026-11-22T11:05:00.000Z (in 5m) if no more come\n"));
}

BOOST_AUTO_TEST_CASE(one_that_only_reports) {
  stored.rows.clear();
  record.last_end.at = at(10, 59);
  record.heard = record.last_seen = at(10, 59);
  waits("offline", at(11, 1), at(10, 59));
  BOOST_TEST(text() == R"("pump-7"
  status      online since 2026-11-22T10:49:00.000Z (11m ago)
  why         it reported, without a connection, 2026-11-22T10:59:00.000Z (1m ago); the wait after that isn't over
  connected   no; last heard of by a report without a connection
  last seen   2026-11-22T10:59:00.000Z (1m ago)
  last heard  2026-11-22T10:59:00.000Z (1m ago): its last connect or report
  next        offline 2026-11-22T11:01:00.000Z (in 1m): 2m after the report
  template    default
  rule        none: no connection of it is known, only reports
  timeline    no rows
)");
}

BOOST_AUTO_TEST_CASE(two_clients_that_alternate_are_both_named) {
  connected("10.0.0.8");
  BOOST_TEST(!says("conflict"));
  row("online", "online", at(10, 50), "connection_closed", "10.0.0.7");
  row("online", "online", at(10, 51), "connection_closed", "10.0.0.8");
  row("online", "online", at(10, 52), "connection_closed", "10.0.0.7");
  BOOST_TEST(
      says("  conflict    clients seem to fight over the client id \"pump-7\": they come from 10.0.0.7 and "
           "10.0.0.8, the address changed 3 times. Each client needs an id of its own\n"));
}

BOOST_AUTO_TEST_CASE(two_clients_that_are_connected_at_once_are_both_named) {
  connected("10.0.0.7");
  connected("10.0.0.8").broker = "other";
  BOOST_TEST(says("they come from 10.0.0.7 and 10.0.0.8. Each"));
}

BOOST_AUTO_TEST_CASE(what_the_bridge_has_counted_comes_before_what_the_timeline_looks_like) {
  connected();
  BOOST_TEST(nlohmann::json::parse(to_json(explained()))["conflict"] == false);
  for (int i = 0; i < 4; ++i) row("online", "online", at(10, 50 + i), "taken_over");
  record.conflicts = {{"main", "pump-7", at(10, 58), at(10, 59), 97, {"10.0.0.7", "10.0.0.8"}}};
  BOOST_TEST(
      says("  conflict    clients fight over the client id \"pump-7\" at broker \"main\", from 10.0.0.7 and "
           "10.0.0.8: 97 takeovers since 2026-11-22T10:58:00.000Z (2m ago), the last one "
           "2026-11-22T10:59:00.000Z (1m ago). Each client needs an id of its own\n"));
  BOOST_TEST(!says("seem to fight"));
  const auto json = nlohmann::json::parse(to_json(explained()));
  BOOST_TEST(json["conflict"] == true);
  BOOST_TEST(json["conflicts"] ==
             nlohmann::json::parse(R"([{"client_id":"pump-7","addresses":["10.0.0.7","10.0.0.8"],
    "alternations":0,"takeovers":97,"broker":"main","since":"2026-11-22T10:58:00.000Z",
    "last":"2026-11-22T10:59:00.000Z"}])"));
}

BOOST_AUTO_TEST_CASE(takeovers_are_a_fight_from_one_address_as_well) {
  connected();
  row("online", "online", at(10, 50), "taken_over");
  BOOST_TEST(!says("conflict"));
  row("online", "online", at(10, 51), "taken_over");
  BOOST_TEST(says("fight over the client id \"pump-7\": from 10.0.0.7; 2 takeovers."));
}

BOOST_AUTO_TEST_CASE(one_that_was_forgotten_has_its_timeline) {
  stored.record.reset();
  const auto said = to_text(explain("pump-7", stored, config, now));
  BOOST_TEST(said == R"("pump-7"
  status      none: it was forgotten, and of it nothing but its timeline is kept
  timeline    the last one last:
    2026-11-22T10:49:00.000Z  (new) -> online  connect; broker "main", client id "pump-7", address 10.0.0.7
)");
}

BOOST_AUTO_TEST_CASE(of_a_long_timeline_the_latest_rows_are_shown) {
  connected();
  for (int i = 0; i < 20; ++i) row("online", "online", at(10, 50, i), "connection_closed");
  BOOST_TEST(says("its latest rows, the last one last:\n    2026-11-22T10:50:10.000Z  online, blip  "));
}

BOOST_AUTO_TEST_CASE(a_wait_that_a_broker_holds) {
  ended(Cause::client_disconnect, true, at(10, 58, 30));
  waits("offline", at(11, 0, 30), at(10, 58, 30));
  stored.brokers.front().lost_at = at(10, 59);
  now = at(11, 5);
  BOOST_TEST(says(
      "next        offline 2026-11-22T11:00:30.000Z (4m30s ago): 2m after the disconnect; but held: of the "
      "broker \"main\" nothing has been heard since 2026-11-22T10:59:00.000Z (6m ago)"));
}

BOOST_AUTO_TEST_CASE(a_wait_that_should_be_over) {
  ended(Cause::client_disconnect, true, at(10, 50));
  waits("offline", at(10, 52), at(10, 50));
  BOOST_TEST(
      says("2m after the disconnect; overdue: the bridge doesn't run, or waits for news of the broker\n"));
}

BOOST_AUTO_TEST_CASE(one_that_an_outage_cut) {
  connected().lost_at = at(10, 57);
  stored.brokers.front().outage = OutageRecord{at(10, 57), at(10, 59), at(11, 1), 5, 3};
  BOOST_TEST(says("; cut by an outage 2026-11-22T10:57:00.000Z (3m ago)\n"));
  BOOST_TEST(
      says("next        its broker was away from 2026-11-22T10:57:00.000Z (3m ago) on; the device has until "
           "2026-11-22T11:01:00.000Z (in 1m) to come back, else it counts as disconnected since then\n"));
}

BOOST_AUTO_TEST_CASE(rules_that_say_otherwise_now) {
  connected();
  auto rules = config.devices.all();
  rules.pop_back();
  config.devices = std::move(rules);
  BOOST_TEST(says("rule        none matches\n  changed     no rule of \"devices\" matches it now"));
  config = parse_config(R"({"devices":[{"client_id":"pump-*","ignore":true}]})", "rollcall.json").value();
  BOOST_TEST(
      says("rule        1 of \"devices\": {\"client_id\": \"pump-*\", \"ignore\": true}\n"
           "  changed     the rule that matches it now says \"ignore\""));
  config = parse_config(R"({"devices":[{"client_id":"pump-{device}"}]})", "rollcall.json").value();
  BOOST_TEST(says("changed     by the rules of now its connection would be the device \"7\"\n"));
}

BOOST_AUTO_TEST_CASE(a_template_that_says_otherwise_now) {
  ended(Cause::connection_closed, true, at(10, 59));
  waits("offline", at(11, 1), at(10, 59));
  config = parse_config(R"({"templates":{"default":{"graceful_causes":["client_disconnect"],"statuses":[
    {"status":"online"},{"status":"offline","after":"5m"}]}}})",
                        "rollcall.json")
               .value();
  BOOST_TEST(says(
      "  changed     the template \"default\" isn't as the bridge has read it: SIGHUP or a restart makes it "
      "read the configuration anew\n"
      "  changed     by the template of now its last disconnect was not graceful\n"
      "  changed     by the template of now offline would come 2026-11-22T11:04:00.000Z (in 4m)\n"));
  record.template_name = "gone";
  BOOST_TEST(says("changed     the template \"gone\" is not in the configuration any more\n"));
}

/// What explain says would come next, held against the status that the engine restores.
BOOST_AUTO_TEST_CASE(what_a_template_of_now_would_change_is_what_a_restart_changes) {
  const std::vector<std::string> templates{
      R"({"on_graceful":{"status":"standby","after":"1h"},"on_non_graceful":{"status":"offline","after":"30m"},
          "statuses":[{"status":"online"},{"status":"standby","after":"1h"},{"status":"offline","after":"2h"}]})",
      R"({"on_graceful":{"status":"standby","after":"1h"},"on_non_graceful":{"status":"offline","after":"30m"},
          "graceful_causes":["client_disconnect"],
          "statuses":[{"status":"online"},{"status":"standby","after":"1h"},{"status":"offline","after":"2h"}]})",
      R"({"graceful_causes":["keepalive_timeout"],"on_graceful":{"status":"offline","after":"7m"},
          "statuses":[{"status":"online"},{"status":"asleep","after":"20m"},{"status":"offline","after":"40m"}]})",
      R"({"statuses":[{"status":"online"},{"status":"offline","after":"5h","forget_after":"30d"}]})"};
  const auto config_of = [](const std::string& definition) {
    return parse_config(R"({"templates":{"default":)" + definition + "}}", "rollcall.json").value();
  };
  int differences = 0;
  for (const auto& before : templates) {
    for (const auto& after : templates) {
      for (const Cause cause :
           {Cause::connection_closed, Cause::client_disconnect, Cause::keepalive_timeout}) {
        for (const int minutes_ago : {2, 25, 65}) {
          config = config_of(before);
          Engine engine({config.templates, {"main"}, minutes(2), 0});
          const ConnectionId id{0, 1, 1};
          const Time left = now - minutes(minutes_ago);
          engine.handle(
              ConnectionOpened{id, "pump-7", "default", left - minutes(1), Seconds{0}, "pump-7", {}, {}},
              left - minutes(1));
          engine.handle(ConnectionEnded{id, left, cause, false}, left);
          engine.set_watermark(0, now);
          engine.advance(now);
          record = engine.take_changes().back();
          config = config_of(after);
          Engine restarted({config.templates, {"main"}, minutes(2), 0});
          BOOST_TEST_REQUIRE(restarted.restore(record));
          const auto restored = nlohmann::json::parse(to_json(restarted.status_of("pump-7").value()));
          const auto text = to_text(explain("pump-7", stored, config, now));
          const auto stored_due = record.wait ? record.wait->due : Time::min();
          const auto& next = restored.at("next");
          if (next.is_null() ||
              (next.at("at") == format_rfc3339(stored_due) && record.wait->status == next.at("status"))) {
            BOOST_TEST(text.find(" would come ") == std::string::npos, text);
          } else {
            ++differences;
            const auto said =
                next.at("status").get<std::string>() + " would come " + next.at("at").get<std::string>();
            BOOST_TEST(text.find(said) != std::string::npos, said << "\n" << text);
          }
        }
      }
    }
  }
  BOOST_TEST(differences > 50);
}

BOOST_AUTO_TEST_CASE(an_unknown_name_is_compared_with_those_that_are_known) {
  const std::vector<std::string> known{"pump-7", "pump-8", "valve", "a/b", "12"};
  BOOST_TEST(unknown_device("pump-9", known, config) ==
             R"(no device is known as "pump-9"; did you mean "pump-7", "pump-8"?)");
  BOOST_TEST(unknown_device("a%2Fb", known, config) ==
             R"(no device is known as "a%2Fb"; did you mean "a/b"?)");
  BOOST_TEST(unknown_device("x", {}, config) == R"(no device is known as "x")");
  auto rules = config.devices.all();
  rules.at(1).username.reset();
  rules.at(1).address.reset();
  config.devices = std::move(rules);
  BOOST_TEST(unknown_device("sensor-12", known, config) ==
             R"(no device is known as "sensor-12"; did you mean "12"?)");
}

BOOST_AUTO_TEST_CASE(json_has_the_same_facts) {
  ended(Cause::keepalive_timeout, false, at(10, 59), Seconds{67});
  waits("offline", at(11, 0, 53), at(10, 59));
  const auto json = nlohmann::json::parse(to_json(explained()));
  BOOST_TEST(json["device"] == "pump-7");
  BOOST_TEST(json["now"] == "2026-11-22T11:00:00.000Z");
  BOOST_TEST(json["forgotten"] == false);
  BOOST_TEST(json["since"] == "2026-11-22T10:49:00.000Z");
  BOOST_TEST(json["connected"] == false);
  BOOST_TEST(json["last_end"] == nlohmann::json::parse(R"({"at":"2026-11-22T10:59:00.000Z",
    "cause":"keepalive_timeout","graceful":false,"silence":67.0,"will":"sent_if_any","broker":"main",
    "client_id":"pump-7","username":null,"address":"10.0.0.7"})"));
  BOOST_TEST(json["next"] ==
             nlohmann::json::parse(
                 R"({"status":"offline","at":"2026-11-22T11:00:53.000Z","kind":"after_disconnect"})"));
  BOOST_TEST(json["held"].is_null());
  BOOST_TEST(json["rule"]["number"] == 3);
  BOOST_TEST(json["timeline"].size() == 1U);
  BOOST_TEST(json["timeline"][0]["from"].is_null());
  BOOST_TEST(json["in_words"]["template"] == nlohmann::json::parse(R"(["default"])"));
}

BOOST_AUTO_TEST_CASE(what_clients_chose_is_one_line_of_text) {
  connected().client_id = "a\nb";
  BOOST_TEST(says("client id \"a\\u000ab\", address"));
}

BOOST_AUTO_TEST_SUITE_END()
