// SPDX-License-Identifier: Apache-2.0
#include "topics/payloads.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "base/json_text.hpp"

using namespace rollcall;
using Json = nlohmann::ordered_json;

namespace {

constexpr Time at(std::int64_t ms) { return Time{Millis{ms}}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(status)

BOOST_AUTO_TEST_CASE(a_status_has_every_field_in_the_promised_order) {
  Status status;
  status.device = "pump-7";
  status.status = "online";
  status.label = "Online";
  status.color = "#23c48e";
  status.icon = "wifi";
  status.since = at(1'795'344'540'000);
  status.previous = "offline";
  status.cause = "keepalive_timeout";
  status.graceful = false;
  status.last_seen = at(1'795'344'601'120);
  status.next = NextStatus{"offline", at(1'795'344'721'000)};
  status.template_name = "pump";
  status.interaction = {.disable = Interaction::Disable::controls, .notify_on_open = true};
  status.queued = 3;
  status.commands = "allow";
  status.seq = 42;
  BOOST_TEST(
      to_json(status) ==
      R"({"device":"pump-7","status":"online","label":"Online","color":"#23c48e","icon":"wifi",)"
      R"("connected":false,"since":"2026-11-22T10:49:00.000Z","previous":"offline",)"
      R"("cause":"keepalive_timeout","graceful":false,"last_seen":"2026-11-22T10:50:01.120Z",)"
      R"("next":{"status":"offline","at":"2026-11-22T10:52:01.000Z"},)"
      R"("template":"pump","interaction":{"disable":"controls","notify_on_open":true,"notify_on_interaction":false},"commands":"allow","queued":3,"message":"","flapping":false,"conflict":false,"seq":42})");
}

BOOST_AUTO_TEST_CASE(what_there_is_not_is_null) {
  const auto json = Json::parse(to_json(Status{}));
  for (const auto* key : {"previous", "cause", "graceful", "next"}) BOOST_TEST(json.at(key).is_null(), key);
  const auto row = Json::parse(to_json(TimelineRow{}));
  for (const auto* key : {"from", "cause", "graceful", "broker", "client_id", "address"})
    BOOST_TEST(row.at(key).is_null(), key);
}

BOOST_AUTO_TEST_CASE(a_row_has_every_field_in_the_promised_order) {
  TimelineRow row{"d", at(0), "online", "offline", "transition", "kicked", true, "main", "c", "::1", 3};
  BOOST_TEST(
      to_json(row) ==
      R"({"device":"d","at":"1970-01-01T00:00:00.000Z","from":"online","to":"offline","kind":"transition",)"
      R"("cause":"kicked","graceful":true,"broker":"main","client_id":"c","address":"::1","seq":3})");
}

BOOST_AUTO_TEST_CASE(strings_are_escaped_as_a_json_library_reads_them) {
  for (const std::string text :
       {"plain", "quote\" back\\slash /", "\x01\x1F\n\t\r\b", "Zähler 水", "\x7F", ""}) {
    std::string out;
    append_json_string(out, text);
    BOOST_TEST(Json::parse(out).get<std::string>() == text);
  }
}

BOOST_AUTO_TEST_CASE(fleet_and_bridge_are_objects) {
  FleetCounts counts;
  counts.devices = 3;
  counts.templates["default"]["online"] = 2;
  BOOST_TEST(to_json(counts) ==
             R"({"devices":3,"connected":0,"flapping":0,"templates":{"default":{"online":2}}})");
  counts.templates["my \"own\""]["a\n"] = 1;
  BOOST_TEST(
      to_json(counts).ends_with(R"("templates":{"default":{"online":2},"my \"own\"":{"a\u000a":1}}})"));
  BOOST_TEST(to_json(BridgeStatus{true, "1.2.3", at(1), {}, {}, {}}) ==
             R"({"online":true,"version":"1.2.3","since":"1970-01-01T00:00:00.001Z"})");
  BOOST_TEST(
      to_json(BridgeStatus{true, "1.2.3", at(1), {}, {}, {{"main", "a \"b\""}, {"hall", "c"}}})
          .ends_with(
              R"(001Z","warnings":[{"broker":"main","message":"a \"b\""},{"broker":"hall","message":"c"}]})"));
}

BOOST_AUTO_TEST_CASE(times_are_rfc_3339_in_utc) {
  BOOST_TEST(format_rfc3339(at(951'782'399'999)) == "2000-02-28T23:59:59.999Z");
  BOOST_TEST(format_rfc3339(at(951'782'400'000)) == "2000-02-29T00:00:00.000Z");
  BOOST_TEST(format_rfc3339(at(-1)) == "1969-12-31T23:59:59.999Z");
  BOOST_TEST(format_rfc3339(Time::max()) == "9999-12-31T23:59:59.999Z");
  BOOST_TEST(format_rfc3339(Time::min()) == "0001-01-01T00:00:00.000Z");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(cause)

BOOST_AUTO_TEST_CASE(graceful_follows_the_table) {
  BOOST_TEST(is_graceful_by_default(Cause::client_disconnect, false));
  BOOST_TEST(is_graceful_by_default(Cause::disconnect_with_will, true));
  BOOST_TEST(is_graceful_by_default(Cause::connection_closed, false));
  BOOST_TEST(!is_graceful_by_default(Cause::connection_closed, true));
  BOOST_TEST(is_graceful_by_default(Cause::unknown, false));
  BOOST_TEST(!is_graceful_by_default(Cause::unknown, true));
  for (const auto cause : {Cause::keepalive_timeout, Cause::taken_over, Cause::kicked, Cause::not_authorized,
                           Cause::protocol_error, Cause::broker_lost}) {
    BOOST_TEST(!is_graceful_by_default(cause, false), to_string(cause));
  }
}

BOOST_AUTO_TEST_CASE(silence_is_one_and_a_half_keepalives_rounded_down) {
  BOOST_TEST(silence_of(Cause::keepalive_timeout, Seconds{45}).count() == 67);
  BOOST_TEST(silence_of(Cause::keepalive_timeout, Seconds{10}).count() == 15);
  BOOST_TEST(silence_of(Cause::keepalive_timeout, Seconds{0}).count() == 0);
  BOOST_TEST(silence_of(Cause::connection_closed, Seconds{45}).count() == 0);
}

BOOST_AUTO_TEST_CASE(names_and_numbers_go_both_ways) {
  int known = 0;
  for (int number = 0; number < 256; ++number) {
    const auto cause = cause_from_number(static_cast<std::uint8_t>(number));
    if (!cause) continue;
    ++known;
    BOOST_TEST((cause_from_string(to_string(*cause)) == cause));
  }
  BOOST_TEST(known == 10);
  BOOST_TEST(!cause_from_string("Kicked").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
