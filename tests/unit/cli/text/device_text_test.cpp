// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/text/device_text.hpp"

#include "bridge/cli/text/device_list_text.hpp"
#include "tests/unit/cli/text/answers.hpp"

namespace rollcall::cli {
namespace {

std::string shown(const Json& more = Json::object()) {
  return text_of_lines(device_lines(device_json(more), kNow));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(device_text)

BOOST_AUTO_TEST_CASE(a_device_is_told_line_by_line) {
  BOOST_TEST(shown() ==
             "pump-7\n"
             "  status        online since 2026-11-22T10:49:00.000Z (1m30s ago); before that offline\n"
             "  next          offline 2026-11-22T10:52:01.000Z (in 1m31s)\n"
             "  connected     no; keepalive_timeout, 2026-11-22T10:50:01.120Z (28s ago)\n"
             "  last seen     2026-11-22T10:50:01.120Z (28s ago)\n"
             "  availability  99.98 % in 24 h, 100 % in 7 d, unknown in 30 d\n"
             "  disconnects   3 today, 17 in 30 days\n"
             "  template      pump\n"
             "  rule          1 of \"devices\": client_id \"{device}\"\n");
}

BOOST_AUTO_TEST_CASE(connections_are_told_with_their_clients) {
  const auto text = shown(Json::parse(R"({"connected":true,"next":null,"connections":[{"broker":"main",
    "client_id":"pump-7","username":"fleet","address":"192.0.2.7","protocol":"5","keepalive":60,
    "since":"2026-11-22T10:49:00.000Z","will":null}]})"));
  BOOST_TEST(
      has(text,
          "  connected     yes: broker \"main\", client id \"pump-7\", user \"fleet\", address 192.0.2.7, "
          "keepalive 60 s, MQTT 5, since 2026-11-22T10:49:00.000Z (1m30s ago)\n"));
  BOOST_TEST(!has(text, "  connected     no"));
  BOOST_TEST(has(text, "  next          nothing is pending\n"));
}

BOOST_AUTO_TEST_CASE(what_operators_and_the_device_itself_have_said_is_told) {
  const auto text = shown(Json::parse(R"({"muted_until":"2026-11-22T12:50:30.000Z",
    "set":{"status":"standby","since":"2026-11-22T10:50:00.000Z","until":"2026-11-22T10:55:30.000Z","hold":true},
    "declaration":{"status":"standby","for":"2h","at":"2026-11-22T10:50:20.000Z"},"flapping":true,"conflict":true,
    "message":"back soon"})"));
  BOOST_TEST(has(text, "  muted         until 2026-11-22T12:50:30.000Z (in 2h)\n"));
  BOOST_TEST(has(text,
                 "  set           standby since 2026-11-22T10:50:00.000Z (30s ago), until "
                 "2026-11-22T10:55:30.000Z (in 5m), held: a contact doesn't end it\n"));
  BOOST_TEST(has(text, "  declared      standby for 2h, 2026-11-22T10:50:20.000Z (10s ago)\n"));
  BOOST_TEST(has(text, "  flapping      yes"));
  BOOST_TEST(has(text, "  conflict      clients fight"));
  BOOST_TEST(has(text, "  message       back soon\n"));
  BOOST_TEST(has(shown(Json::parse(R"({"muted_until":"9999-12-31T23:59:59.999Z"})")),
                 "  muted         until it is unmuted\n"));
}

BOOST_AUTO_TEST_CASE(an_answer_of_another_version_is_no_crash) {
  BOOST_TEST(
      has(text_of_lines(device_lines(Json::parse(R"({"device":7,"next":"x","connections":{"a":1}})"), kNow)),
          "status"));
  BOOST_TEST(has(text_of_lines(device_lines(Json(), kNow)), "status"));
}

BOOST_AUTO_TEST_CASE(a_label_is_told_where_it_says_more_than_the_key) {
  BOOST_TEST(status_words("online", "Online") == "online");
  BOOST_TEST(status_words("no_data", "No data") == "no_data");
  BOOST_TEST(status_words("inactive", "No longer active") == "inactive (No longer active)");
  BOOST_TEST(status_words("online", "") == "online");
}

BOOST_AUTO_TEST_CASE(a_list_has_a_row_for_each) {
  const std::vector<DeviceRow> rows{
      device_row(status_json()),
      device_row(status_json({{"device", "p\n8"}, {"next", nullptr}, {"flapping", true}}))};
  BOOST_TEST(text_of_lines(device_table(rows, kNow).lines(std::nullopt)) ==
             "DEVICE      STATUS            SINCE       LAST SEEN   NEXT              TEMPLATE\n"
             "pump-7      online            1m30s ago   28s ago     offline in 1m31s  pump\n"
             "\"p\\u000a8\"  online, flapping  1m30s ago   28s ago     -                 pump\n");
  BOOST_TEST(has(text_of_lines(device_table(rows, std::nullopt).lines(std::nullopt)),
                 "pump-7      online            2026-11-22T10:49:00.000Z  2026-11-22T10:50:01.120Z  "
                 "offline 2026-11-22T10:52:01.000Z  pump\n"));
}

BOOST_AUTO_TEST_CASE(a_list_that_is_not_whole_says_so) {
  BOOST_TEST(device_count(37, 37) == "37 devices");
  BOOST_TEST(device_count(1000, 4711) == "1000 of 4711 devices; --all shows all");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::cli
