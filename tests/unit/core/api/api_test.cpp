// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/api/api.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/unit/core/api/api_fixture.hpp"

namespace rollcall::test {
namespace {

using Json = nlohmann::json;

BOOST_FIXTURE_TEST_SUITE(api, ApiFixture)

BOOST_AUTO_TEST_CASE(a_list_has_its_pages) {
  const auto first = Json::parse(ask("GET", "/api/v1/devices?limit=2").body);
  BOOST_TEST(first["devices"].size() == 2U);
  BOOST_TEST(first["total"] == 3);
  const auto last =
      Json::parse(ask("GET", "/api/v1/devices?limit=2&cursor=" + first["next"].get<std::string>()).body);
  BOOST_TEST(last["devices"].size() == 1U);
  BOOST_TEST(last["devices"][0]["device"] == "c");
  BOOST_TEST(last["next"].is_null());
}

BOOST_AUTO_TEST_CASE(a_list_by_time_goes_on_as_it_was_begun) {
  const auto first = Json::parse(ask("GET", "/api/v1/devices?sort=-since&limit=2").body);
  const auto cursor = first["next"].get<std::string>();
  const auto last = Json::parse(ask("GET", "/api/v1/devices?sort=-since&limit=2&cursor=" + cursor).body);
  BOOST_TEST(last["devices"].size() == 1U);
  BOOST_TEST(ask("GET", "/api/v1/devices?cursor=" + cursor).status == 400);
  BOOST_TEST(ask("GET", "/api/v1/devices?sort=-since&cursor=lffff-1").status == 410);
}

BOOST_AUTO_TEST_CASE(every_refusal_is_one_problem) {
  for (const auto& [method, target] :
       std::vector<std::pair<std::string, std::string>>{{"GET", "/x"},
                                                        {"BREW", "/api/v1/fleet"},
                                                        {"GET", "/api/v1/devices?x=1"},
                                                        {"GET", "x"},
                                                        {"PUT", "/api/v1/devices/a/status"},
                                                        {"GET", "/api/v1/devices/nobody"}}) {
    const auto response = ask(method, target);
    BOOST_TEST(response.status >= 400, target);
    BOOST_TEST(response.content_type == "application/problem+json", target);
    const auto body = Json::parse(response.body);
    BOOST_TEST(body["status"] == response.status);
    BOOST_TEST(body["title"] == std::string(http_status_name(response.status)));
    BOOST_TEST(!body["detail"].get<std::string>().empty());
  }
}

BOOST_AUTO_TEST_CASE(its_own_user_may_change_what_it_wants) {
  const auto set = ask("PUT", "/api/v1/devices/a/status", R"({"status":"inactive"})");
  BOOST_TEST(set.status == 200);
  BOOST_TEST(Json::parse(set.body)["status"] == "inactive");
  BOOST_TEST(ask("DELETE", "/api/v1/devices/a").status == 204);
  BOOST_TEST(ask("GET", "/api/v1/devices/a").status == 404);
  BOOST_TEST(ask("DELETE", "/api/v1/devices/a").status == 404);
  const std::vector<std::string> expected{"HTTP: PUT /api/v1/devices/a/status from this machine: 200",
                                          "HTTP: DELETE /api/v1/devices/a from this machine: 204",
                                          "HTTP: DELETE /api/v1/devices/a from this machine: 404"};
  BOOST_TEST(changes == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(who_may_not_write_fills_no_log) {
  request.is_own_user = false;
  request.peer = "192.0.2.1";
  request.headers["host"] = "192.0.2.2";
  BOOST_TEST(ask("DELETE", "/api/v1/devices/a").status == 403);
  BOOST_TEST(changes.empty());
}

BOOST_AUTO_TEST_CASE(it_is_healthy_before_it_is_ready) {
  BOOST_TEST(ask("GET", "/healthz").status == 200);
  BOOST_TEST(ask("GET", "/readyz").status == 503);
}

BOOST_AUTO_TEST_CASE(all_methods_of_a_path_are_told) {
  const auto response = ask("OPTIONS", "/api/v1/devices/a/status");
  BOOST_TEST(response.status == 204);
  BOOST_REQUIRE(!response.headers.empty());
  BOOST_TEST(response.headers[0].second == "PUT, DELETE, OPTIONS");
}

BOOST_AUTO_TEST_CASE(requests_are_counted_by_route_and_never_by_device) {
  ask("GET", "/api/v1/devices/a");
  ask("GET", "/api/v1/devices/b");
  ask("GET", "/some/where");
  BOOST_TEST(api->request_counts().at({"/api/v1/devices/{device}", 200}) == 2U);
  BOOST_TEST(api->request_counts().at({"none", 404}) == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

struct BelowPath : ApiFixture {
  BelowPath() : ApiFixture(R"({"http":{"base_path":"/rollcall"}})") {}
};

BOOST_FIXTURE_TEST_CASE(all_paths_begin_with_the_base_path, BelowPath) {
  request.is_own_user = false;
  request.peer = "127.0.0.1";
  request.headers["host"] = "127.0.0.1";
  BOOST_TEST(ask("GET", "/rollcall/healthz").status == 200);
  BOOST_TEST(ask("GET", "/healthz").status == 404);
  BOOST_TEST(ask("GET", "/rollcallhealthz").status == 404);
  request.is_own_user = true;
  BOOST_TEST(ask("GET", "/rollcall/healthz").status == 200);
  BOOST_TEST(ask("GET", "/healthz").status == 200);
}

LiveEvent event(LiveEvent::Kind kind, const std::string& device, const std::string& status = "online") {
  LiveEvent made{kind, device, "{}", std::nullopt};
  if (!device.empty()) {
    made.traits.emplace();
    made.traits->status = status;
    made.traits->text = device + '\0';
  }
  return made;
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

BOOST_FIXTURE_TEST_SUITE(event_streams, ApiFixture)

BOOST_AUTO_TEST_CASE(events_go_to_whom_their_filters_let_them) {
  const auto all = follow();
  BOOST_TEST(are_events_wanted);
  const auto offline = follow("?status=offline");
  const auto gone = follow("?events=gone&q=a");
  publish({event(LiveEvent::Kind::status, "a"), event(LiveEvent::Kind::status, "b", "offline"),
           event(LiveEvent::Kind::gone, "a"), event(LiveEvent::Kind::fleet, "")});
  BOOST_TEST(count_of(all->text, "event: ") == 4U);
  BOOST_TEST(count_of(offline->text, "event: ") == 3U);
  BOOST_TEST(count_of(gone->text, "event: ") == 1U);
}

BOOST_AUTO_TEST_CASE(a_reader_goes_on_where_it_was) {
  const auto first = follow();
  publish({event(LiveEvent::Kind::status, "a"), event(LiveEvent::Kind::row, "a")});
  const auto id_at = first->text.find("id: ") + 4;
  const auto id = first->text.substr(id_at, first->text.find('\n', id_at) - id_at);
  const auto again = follow("?last_event_id=" + id);
  BOOST_TEST(again->text.find("event: row") != std::string::npos);
  BOOST_TEST(again->text.find("event: status") == std::string::npos);
  BOOST_TEST(follow("?last_event_id=7")->text.find("event: reset") != std::string::npos);
  BOOST_TEST(follow("?last_event_id=x")->text.find("event: reset") != std::string::npos);
  BOOST_TEST(follow("?last_event_id=99999999999999999999")->text.find("event: reset") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(who_missed_more_than_is_kept_is_told_to_begin_anew) {
  const auto first = follow();
  publish({event(LiveEvent::Kind::status, "a")});
  const auto id_at = first->text.find("id: ") + 4;
  const auto id = first->text.substr(id_at, first->text.find('\n', id_at) - id_at);
  for (std::size_t i = 0; i <= EventStreams::kKeptEvents; ++i) publish({event(LiveEvent::Kind::status, "a")});
  BOOST_TEST(follow("?last_event_id=" + id)->text.find("event: reset") != std::string::npos);
}

/// Some bytes that are published for it.
LiveEvent large(std::size_t bytes) {
  auto made = event(LiveEvent::Kind::status, "a");
  made.json = '"' + std::string(bytes, 'x') + '"';
  return made;
}

BOOST_AUTO_TEST_CASE(a_burst_of_any_size_reaches_who_keeps_up_in_portions) {
  const auto all = follow();
  const auto some = follow("?events=status");
  publish(std::vector<LiveEvent>(5000, large(1000)));
  for (const auto& stream : {all, some}) {
    BOOST_TEST(!stream->is_gone);
    BOOST_TEST(count_of(stream->text, "event: status") == 5000U);
    BOOST_TEST(stream->most_waiting < 200'000U);
  }
}

BOOST_AUTO_TEST_CASE(who_comes_back_gets_all_that_was_missed_however_much) {
  const auto first = follow();
  publish({event(LiveEvent::Kind::status, "a")});
  const auto id_at = first->text.find("id: ") + 4;
  const auto id = first->text.substr(id_at, first->text.find('\n', id_at) - id_at);
  first->end();
  publish(std::vector<LiveEvent>(9000, large(1000)));
  const auto again = follow("?last_event_id=" + id);
  BOOST_TEST(!again->is_gone);
  BOOST_TEST(count_of(again->text, "event: status") == 9000U);
  BOOST_TEST(again->most_waiting < 200'000U);
}

BOOST_AUTO_TEST_CASE(who_takes_nothing_is_cut_off_beyond_a_mebibyte) {
  const auto still = follow();
  still->is_still = true;
  publish(std::vector<LiveEvent>(500, large(1000)));
  now += Millis{10'000};
  publish({large(1)});
  BOOST_TEST(!still->is_gone);  // half of that: it may wait
  publish(std::vector<LiveEvent>(1000, large(1000)));
  BOOST_TEST(still->is_gone);
  BOOST_TEST(still->most_waiting < 200'000U);
}

BOOST_AUTO_TEST_CASE(who_falls_behind_what_is_kept_is_cut_off) {
  const auto still = follow();
  still->is_still = true;
  publish({event(LiveEvent::Kind::status, "a")});
  for (std::size_t i = 0; i < 3; ++i)
    publish(std::vector<LiveEvent>(EventStreams::kKeptEvents, event(LiveEvent::Kind::status, "a")));
  BOOST_TEST(still->is_gone);
}

BOOST_AUTO_TEST_CASE(a_stream_that_ended_makes_room) {
  for (std::size_t i = 0; i < 100; ++i) follow();
  BOOST_TEST(ask("GET", "/api/v1/stream").status == 503);
  streams.front()->end();
  BOOST_TEST(follow() != nullptr);
  BOOST_TEST(api->streams().stream_count() == 100U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace rollcall::test
