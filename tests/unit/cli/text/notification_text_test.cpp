// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/text/notification_text.hpp"

#include "tests/unit/cli/text/answers.hpp"

namespace rollcall::cli {

BOOST_AUTO_TEST_SUITE(notification_text)

BOOST_AUTO_TEST_CASE(a_notification_is_a_row_with_what_became_of_it) {
  const auto told = Json::parse(R"({"id":"n1","kind":"status","device":"pump-7","status":"offline",
    "at":"2026-11-22T10:52:01.000Z","text":"pump-7 is Offline","deliveries":[
    {"channel":"ops","result":"delivered","answer":"OK"},{"channel":"mail","result":"dead","answer":"550 no\u001b"}]})");
  const auto incident = Json::parse(R"({"id":"n2","kind":"incident_began","device":null,
    "at":"2026-11-22T10:50:00.000Z","text":"20 devices lost","deliveries":[]})");
  BOOST_TEST(
      text_of_lines(notifications_table({told, incident}).lines(std::nullopt)) ==
      "TIME                      KIND            DEVICE  TEXT               CHANNELS                         "
      "          ID\n"
      "2026-11-22T10:52:01.000Z  status          pump-7  pump-7 is Offline  ops delivered, mail dead (\"550 "
      "no\\u001b\")  n1\n"
      "2026-11-22T10:50:00.000Z  incident_began  -       20 devices lost    -                                "
      "          n2\n");
}

BOOST_AUTO_TEST_CASE(an_incident_says_who_is_back) {
  const auto over =
      Json::parse(R"({"id":"i1","kind":"broker","what":"main","began":"2026-11-22T10:50:00.000Z",
    "ended":"2026-11-22T10:55:00.000Z","devices":20,"back":18,"list":[]})");
  const auto open = Json::parse(R"({"id":"i2","kind":"address","what":"192.0.2.0/24",
    "began":"2026-11-22T11:00:00.000Z","ended":null,"devices":30,"back":0,"list":[]})");
  BOOST_TEST(
      text_of_lines(incidents_table({open, over}).lines(std::nullopt)) ==
      "BEGAN                     ENDED                     KIND     WHAT                DEVICES  ID\n"
      "2026-11-22T11:00:00.000Z  -                         address  192.0.2.0/24             30  i2\n"
      "2026-11-22T10:50:00.000Z  2026-11-22T10:55:00.000Z  broker   main          18 of 20 back  i1\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::cli
