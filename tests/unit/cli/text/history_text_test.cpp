// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/text/history_text.hpp"

#include "tests/unit/cli/text/answers.hpp"

namespace rollcall::cli {
namespace {

const Json kRow =
    Json::parse(R"({"device":"pump-7","at":"2026-11-22T10:52:01.000Z","from":"online","to":"offline",
  "kind":"transition","cause":"keepalive_timeout","graceful":false,"broker":"main","client_id":"pump-7",
  "address":"192.0.2.7","seq":9})");
const Json kFirst =
    Json::parse(R"({"device":"pump-7","at":"2026-11-22T10:49:00.000Z","from":null,"to":"online",
  "kind":"transition","cause":"connect","graceful":null,"broker":"main","client_id":"pump-7","address":null,"seq":7})");
const Json kBlip =
    Json::parse(R"({"device":"pump-7","at":"2026-11-22T10:50:00.000Z","from":"online","to":"online",
  "kind":"blip","cause":"connection_closed","graceful":true,"broker":"main","client_id":"pump-7","address":null,"seq":8})");

}  // namespace

BOOST_AUTO_TEST_SUITE(history_text)

BOOST_AUTO_TEST_CASE(a_timeline_is_a_table) {
  BOOST_TEST(
      text_of_lines(timeline_table({kRow, kBlip, kFirst}).lines(std::nullopt)) ==
      "TIME                      STATUS             CAUSE              GRACEFUL  BROKER  CLIENT ID  ADDRESS\n"
      "2026-11-22T10:52:01.000Z  online -> offline  keepalive_timeout  no        main    pump-7     "
      "192.0.2.7\n"
      "2026-11-22T10:50:00.000Z  online, blip       connection_closed  yes       main    pump-7     -\n"
      "2026-11-22T10:49:00.000Z  (new) -> online    connect            -         main    pump-7     -\n");
}

BOOST_AUTO_TEST_CASE(a_change_is_a_line) {
  BOOST_TEST(change_line(kRow) == "2026-11-22T10:52:01.000Z pump-7 offline keepalive_timeout");
  BOOST_TEST(change_line(kBlip) == "");
}

BOOST_AUTO_TEST_CASE(uptime_has_a_column_for_each_status) {
  const auto uptime = Json::parse(R"({"buckets":[
    {"at":"2026-11-20T00:00:00.000Z","seconds":{},"availability":null},
    {"at":"2026-11-21T00:00:00.000Z","seconds":{"online":82800.0,"offline":3600.5},"availability":0.9583},
    {"at":"2026-11-22T00:00:00.000Z","seconds":{"online":86400.0},"availability":1.0}],"availability":0.979})");
  BOOST_TEST(text_of_lines(uptime_table(uptime).lines(std::nullopt)) ==
             "FROM                      AVAILABILITY  online  offline\n"
             "2026-11-20T00:00:00.000Z       unknown       -        -\n"
             "2026-11-21T00:00:00.000Z       95.83 %     23h       1h\n"
             "2026-11-22T00:00:00.000Z         100 %      1d        -\n");
}

BOOST_AUTO_TEST_CASE(the_fleet_is_counted_by_template_and_status) {
  const auto fleet = Json::parse(R"({"devices":37,"connected":12,"flapping":1,
    "templates":{"default":{"online":12,"offline":25},"pump":{"online":0,"offline":0}}})");
  BOOST_TEST(text_of_lines(fleet_table(fleet).lines(std::nullopt)) ==
             "TEMPLATE  STATUS   DEVICES\n"
             "default   online        12\n"
             "default   offline       25\n"
             "pump      online         0\n"
             "pump      offline        0\n");
  BOOST_TEST(fleet_summary(fleet) == "37 devices, 12 connected, 1 flapping");
}

BOOST_AUTO_TEST_CASE(an_explanation_from_afar_reads_as_one_from_the_store) {
  Json explanation{
      {"device", "pump-7"},
      {"in_words", {{"status", {"online since then"}}, {"last_seen", {"now"}}, {"connected", {"a", "b"}}}},
      {"timeline", {kFirst, kRow}}};
  BOOST_TEST(
      explanation_text(explanation) ==
      "\"pump-7\"\n"
      "  status      online since then\n"
      "  last seen   now\n"
      "  connected   a\n"
      "  connected   b\n"
      "  timeline    the last one last:\n"
      "    2026-11-22T10:49:00.000Z  (new) -> online  connect; broker \"main\", client id \"pump-7\"\n"
      "    2026-11-22T10:52:01.000Z  online -> offline  keepalive_timeout, not graceful; broker \"main\", "
      "client id \"pump-7\", address 192.0.2.7\n");
  BOOST_TEST(
      has(explanation_text({{"device", "pump-7"}, {"timeline", Json::array()}}), "timeline    no rows\n"));
}

BOOST_AUTO_TEST_CASE(times_are_typed_as_people_write_them) {
  BOOST_TEST(api_time("2d", kNow) == "2026-11-20T10:50:30.000Z");
  BOOST_TEST(api_time("2026-11-01", kNow) == "2026-11-01T00:00:00Z");
  BOOST_TEST(api_time("2026-11-01T10:00:00+02:00", kNow) == "2026-11-01T10:00:00+02:00");
  BOOST_TEST(api_time("yesterday", kNow) == "yesterday");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::cli
