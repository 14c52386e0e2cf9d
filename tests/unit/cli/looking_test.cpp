// SPDX-License-Identifier: Apache-2.0
// The subcommands that look: status, watch in a pipe, timeline, uptime, explain, fleet.
#include "tests/unit/cli/fake_bridge.hpp"

namespace rollcall::cli {
namespace {

Json page(std::vector<Json> devices, const Json& next, int total) {
  return {{"devices", std::move(devices)}, {"next", next}, {"total", total}};
}

using Kind = StreamStep::Kind;

StreamStep row_event(const std::string& id, const std::string& to) {
  const Json row{{"device", "pump-7"},
                 {"at", "2026-11-22T10:52:01.000Z"},
                 {"to", to},
                 {"kind", "transition"},
                 {"cause", "connect"}};
  return {Kind::event, {id, "row", row.dump()}};
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(looking, Typing)

BOOST_AUTO_TEST_CASE(one_device_is_shown_for_people_or_as_it_was_answered) {
  bridge.answer("GET /api/v1/devices/hall%203%2Fpump", device_json());
  BOOST_TEST(type({"status", "hall 3/pump"}) == kOk);
  BOOST_TEST(out.str().starts_with("pump-7\n  status        online since "));
  BOOST_TEST(type({"status", "hall 3/pump", "--json"}) == kOk);
  BOOST_TEST(out.str() == device_json().dump() + "\n");
  BOOST_TEST(type({"status", "p8"}) == kUsage);
  BOOST_TEST(err.str() == "rollcall status: nothing is known as GET /api/v1/devices/p8\n");
  BOOST_TEST(type({"status", "p8", "--status", "offline"}) == kUsage);
}

BOOST_AUTO_TEST_CASE(a_list_follows_its_pages) {
  const std::string list = "GET /api/v1/devices?limit=1000&status=offline&connected=false&sort=-since";
  bridge.answer(list, page({status_json()}, "l1-1", 2));
  bridge.answer("GET /api/v1/devices?limit=999&status=offline&connected=false&sort=-since&cursor=l1-1",
                page({status_json({{"device", "pump-8"}})}, nullptr, 2));
  const std::vector<std::string> arguments{"status",          "--status", "offline",
                                           "--not-connected", "--sort",   "-since"};
  BOOST_TEST(type(arguments) == kOk);
  BOOST_TEST(has(out.str(), "\npump-8  online "));
  BOOST_TEST(has(out.str(), "  2026-11-22T10:49:00.000Z  "));  // no terminal
  BOOST_TEST(out.str().ends_with("\n2 devices\n"));
  auto json = arguments;
  json.emplace_back("--json");
  BOOST_TEST(type(json) == kOk);
  BOOST_TEST(out.str() == status_json().dump() + "\n" + status_json({{"device", "pump-8"}}).dump() + "\n");
}

BOOST_AUTO_TEST_CASE(a_list_ends_at_its_limit_and_says_so) {
  bridge.answer("GET /api/v1/devices?limit=1", page({status_json()}, "d1", 4711));
  BOOST_TEST(type({"status", "--limit", "1"}) == kOk);
  BOOST_TEST(out.str().ends_with("\n1 of 4711 devices; --all shows all\n"));
  BOOST_TEST(type({"status", "--limit", "1", "--json"}) == kOk);
  BOOST_TEST(err.str() == "rollcall status: 1 of 4711 devices; --all shows all\n");
  BOOST_TEST(type({"status", "--limit", "0"}) == kUsage);
  BOOST_TEST(type({"status", "--limit", "1", "--all"}) == kUsage);
}

BOOST_AUTO_TEST_CASE(a_list_of_none_is_a_count) {
  bridge.answer("GET /api/v1/devices?limit=1000", page({}, nullptr, 0));
  BOOST_TEST(type({"status"}) == kOk);
  BOOST_TEST(out.str() == "0 devices\n");
}

BOOST_AUTO_TEST_CASE(on_a_terminal_times_are_told_from_now_and_statuses_have_their_colour) {
  console.is_terminal_out = true;
  console.columns = 200;
  console.palette = Palette::true_color;
  bridge.answer("GET /api/v1/devices?limit=1000", page({status_json()}, nullptr, 1));
  BOOST_TEST(type({"status"}) == kOk);
  BOOST_TEST(has(out.str(), "pump-7  \x1b[38;2;35;196;142monline\x1b[0m  1m30s ago   28s ago"));
  console.columns = 40;
  BOOST_TEST(type({"status"}) == kOk);
  BOOST_TEST(!has(out.str(), "LAST SEEN"));
}

BOOST_AUTO_TEST_CASE(a_bridge_that_can_not_be_reached_or_is_not_ready_is_another_exit_code) {
  bridge.answer("GET /api/v1/fleet", fail("\"x\": Connection refused"));
  BOOST_TEST(type({"fleet"}) == kUnavailable);
  BOOST_TEST(err.str() == "rollcall fleet: is it running? (\"x\": Connection refused)\n");
  bridge.answers.clear();
  bridge.answer("GET /api/v1/fleet", problem_reply(503, "the bridge is starting"));
  BOOST_TEST(type({"fleet"}) == kUnavailable);
  BOOST_TEST(err.str() == "rollcall fleet: the bridge is starting\n");
  bridge.answers.clear();
  bridge.answer("GET /api/v1/fleet", reply(200, "hello"));
  BOOST_TEST(type({"fleet"}) == kUnavailable);
  BOOST_TEST(err.str() == "rollcall fleet: the answer isn't JSON; is this a bridge's address?\n");
}

BOOST_AUTO_TEST_CASE(a_timeline_follows_its_pages_up_to_a_limit) {
  const auto row = [](int seq) {
    return Json{{"at", "2026-11-22T10:52:01.000Z"}, {"to", "online"}, {"kind", "transition"}, {"seq", seq}};
  };
  bridge.answer("GET /api/v1/devices/p/timeline?limit=2", Json{{"rows", {row(9), row(8)}}, {"next", "8"}});
  bridge.answer("GET /api/v1/devices/p/timeline?limit=1000", Json{{"rows", {row(9), row(8)}}, {"next", "8"}});
  bridge.answer("GET /api/v1/devices/p/timeline?limit=1000&before=8",
                Json{{"rows", {row(7)}}, {"next", nullptr}});
  BOOST_TEST(type({"timeline", "p", "--limit", "2"}) == kOk);
  BOOST_TEST(out.str().ends_with("\nthe latest 2 rows; --limit shows more\n"));
  BOOST_TEST(type({"timeline", "p", "--limit", "2000", "--json"}) == kOk);
  BOOST_TEST(out.str() == row(9).dump() + "\n" + row(8).dump() + "\n" + row(7).dump() + "\n");
}

BOOST_AUTO_TEST_CASE(notifications_are_listed_by_a_filter) {
  const Json page{{"notifications", Json::array({Json{{"id", "n1"}, {"text", "pump-7 is Offline"}}})},
                  {"next", "4"}};
  bridge.answer("GET /api/v1/notifications?limit=20", page);
  bridge.answer("GET /api/v1/notifications?limit=19&before=4",
                Json{{"notifications", Json::array()}, {"next", nullptr}});
  bridge.answer("GET /api/v1/notifications?device=p%207&result=dead&limit=1", page);
  BOOST_TEST(type({"notifications"}) == kOk);
  BOOST_TEST(out.str().ends_with("\n1 notification\n"));
  BOOST_TEST(type({"notifications", "--device", "p 7", "--result", "dead", "--limit", "1"}) == kOk);
  BOOST_TEST(out.str().ends_with("\nthe latest 1 notification; --limit shows more\n"));
  BOOST_TEST(type({"notifications", "--result", "lost"}) == kUsage);
}

BOOST_AUTO_TEST_CASE(a_notification_is_tried_again) {
  bridge.answer("POST /api/v1/notifications/n%201/retry", Json{{"id", "n 1"}});
  BOOST_TEST(type({"notifications", "--retry", "n 1"}) == kOk);
  BOOST_TEST(out.str() == "\"n 1\": is tried again\n");
  BOOST_TEST(type({"notifications", "--retry", "n 1", "--json"}) == kOk);
  BOOST_TEST(out.str() == "{\"id\":\"n 1\"}\n");
  bridge.answer("POST /api/v1/notifications/n2/retry", problem_reply(409, "nothing of it is dead"));
  BOOST_TEST(type({"notifications", "--retry", "n2"}) == kUsage);
  BOOST_TEST(err.str() == "rollcall notifications: nothing of it is dead\n");
}

BOOST_AUTO_TEST_CASE(incidents_are_listed) {
  bridge.answer("GET /api/v1/incidents?limit=20",
                Json{{"incidents", Json::array({Json{{"id", "i1"}, {"what", "main"}}})}, {"next", nullptr}});
  BOOST_TEST(type({"incidents"}) == kOk);
  BOOST_TEST(out.str().ends_with("\n1 incident\n"));
}

BOOST_AUTO_TEST_CASE(uptime_is_asked_for_as_it_is_typed) {
  const Json uptime{{"buckets", Json::array()}, {"availability", 0.5}};
  bridge.answer("GET /api/v1/devices/p/uptime", uptime);
  bridge.answer(
      "GET /api/v1/devices/p/uptime?from=2026-11-20T10%3A50%3A30.000Z&to=2026-11-22T00%3A00%3A00Z&step=1h",
      uptime);
  BOOST_TEST(type({"uptime", "p"}) == kOk);
  BOOST_TEST(out.str() == "FROM  AVAILABILITY\navailability 50 %\n");
  BOOST_TEST(type({"uptime", "p", "--from", "2d", "--to", "2026-11-22", "--step", "1h", "--json"}) == kOk);
  BOOST_TEST(out.str() == uptime.dump() + "\n");
}

BOOST_AUTO_TEST_CASE(from_afar_the_bridge_explains) {
  bridge.answer("GET /api/v1/devices/p/explain", Json{{"device", "p"}, {"timeline", Json::array()}});
  BOOST_TEST(type({"explain", "p", "--url", "http://b"}) == kOk);
  BOOST_TEST(out.str() == "\"p\"\n  timeline    no rows\n");
}

BOOST_AUTO_TEST_CASE(watch_in_a_pipe_has_a_line_for_each_change) {
  bridge.stream = {{Kind::opened},
                   row_event("1", "online"),
                   {Kind::event, {"2", "gone", R"({"device":"pump-7","seq":3})"}}};
  BOOST_TEST(type({"watch"}) == kUsage);  // the test is over
  BOOST_TEST(bridge.followed.front() == "/api/v1/stream?events=row,gone");
  BOOST_TEST(out.str() ==
             "2026-11-22T10:52:01.000Z pump-7 online connect\n"
             "2026-11-22T10:50:30.000Z pump-7 forgotten -\n");
}

BOOST_AUTO_TEST_CASE(watch_says_when_the_bridge_is_away_and_goes_on_where_it_was) {
  bridge.stream = {{Kind::opened},
                   row_event("1", "online"),
                   {Kind::ended, {}, "it breaks off"},
                   {Kind::refused, {}, "Connection refused"},
                   {Kind::refused, {}, "", problem_reply(503, "starting")},
                   {Kind::opened},
                   row_event("5", "offline")};
  BOOST_TEST(type({"watch", "--status", "online,offline"}) == kUsage);
  BOOST_TEST(bridge.followed.front() == "/api/v1/stream?events=row&status=online%2Coffline");
  BOOST_TEST(bridge.followed.back() == "/api/v1/stream?events=row&status=online%2Coffline 1");
  BOOST_TEST(
      err.str().starts_with("rollcall watch: the bridge is away; trying again (it breaks off)\n"
                            "rollcall watch: the bridge is back\n"));
  BOOST_TEST(has(out.str(), " pump-7 offline connect\n"));
}

BOOST_AUTO_TEST_CASE(watch_gives_up_where_there_is_no_bridge_at_first) {
  bridge.stream = {{Kind::refused, {}, "Connection refused"}};
  BOOST_TEST(type({"watch"}) == kUnavailable);
  BOOST_TEST(err.str() == "rollcall watch: is it running? (Connection refused)\n");
}

BOOST_AUTO_TEST_CASE(watch_prints_what_the_stream_says_as_json) {
  bridge.stream = {{Kind::opened},
                   {Kind::event, {"1", "status", R"({"device":"p","seq":1})"}},
                   {Kind::event, {"2", "reset", "{}"}}};
  BOOST_TEST(type({"watch", "--json"}) == kUsage);
  BOOST_TEST(bridge.followed.front() == "/api/v1/stream?events=status,gone");
  BOOST_TEST(out.str() == R"({"event":"status","data":{"device":"p","seq":1}})"
                          "\n");
  BOOST_TEST(has(err.str(), "changes may have been missed"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::cli
