// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/notify/notification.hpp"

#include <boost/test/unit_test.hpp>

#include "bridge/core/notify/notice_text.hpp"

using namespace rollcall;

namespace {

Notification some() {
  Notification it;
  it.id = "1";
  it.device = "pump/7 \"x\"";
  it.status = "offline";
  it.label = "Offline";
  it.previous = "online";
  it.cause = "kicked";
  it.text = "it is";
  it.template_name = "pump";
  it.at = Time{Millis{1'700'000'000'123}};
  it.count = 3;
  return it;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(notification)

BOOST_AUTO_TEST_CASE(it_is_published_as_documented) {
  BOOST_TEST(
      to_json(some()) ==
      R"({"id":"1","device":"pump/7 \"x\"","status":"offline","label":"Offline","previous":"online",)"
      R"("at":"2023-11-14T22:13:20.123Z","cause":"kicked","text":"it is","template":"pump","count":3,"kind":"status"})");
  auto first = some();
  first.previous.clear();
  first.kind = Notification::Kind::flapping;
  BOOST_TEST(to_json(first).find(R"("previous":null)") != std::string::npos);
  BOOST_TEST(to_json(first).ends_with(R"("kind":"flapping"})"));
}

BOOST_AUTO_TEST_CASE(an_incident_is_published_as_documented) {
  Incident incident{"i",         Incident::Kind::address, "10.0.0.0/24", Time{Millis{1}}, std::nullopt, 20, 0,
                    {"a", "b\""}};
  BOOST_TEST(
      to_json(incident) ==
      R"({"id":"i","kind":"address","what":"10.0.0.0/24","began":"1970-01-01T00:00:00.001Z","ended":null,)"
      R"("devices":20,"back":0,"list":["a","b\""]})");
  incident.ended = Time{Millis{2}};
  incident.list.clear();
  BOOST_TEST(
      to_json(incident).ends_with(R"("ended":"1970-01-01T00:00:00.002Z","devices":20,"back":0,"list":[]})"));
}

BOOST_AUTO_TEST_CASE(one_event_has_one_id_and_another_one_another) {
  const auto id = notification_id(7, "a", "status", "offline", Time{Millis{5}});
  BOOST_TEST(id == notification_id(7, "a", "status", "offline", Time{Millis{5}}));
  BOOST_TEST(id.size() == 32U);
  BOOST_TEST(id != notification_id(8, "a", "status", "offline", Time{Millis{5}}));
  BOOST_TEST(id != notification_id(7, "b", "status", "offline", Time{Millis{5}}));
  BOOST_TEST(id != notification_id(7, "a", "recovery", "offline", Time{Millis{5}}));
  BOOST_TEST(id != notification_id(7, "a", "status", "online", Time{Millis{5}}));
  BOOST_TEST(id != notification_id(7, "a", "status", "offline", Time{Millis{6}}));
}

BOOST_AUTO_TEST_CASE(a_text_has_what_its_placeholders_say) {
  const Time seen{Millis{1'700'000'000'000}};
  BOOST_TEST(text_of(some(), "{device}|{label}|{status}|{previous}|{cause}|{template}|{count}|{url}|{", seen,
                     "http://x/#/devices/p") ==
             "pump/7 \"x\"|Offline|offline|online|kicked|pump|3|http://x/#/devices/p|{");
  BOOST_TEST(text_of(some(), "{since} {last_seen}", seen, "") == "2023-11-14T22:13:20Z 2023-11-14T22:13:20Z");
  BOOST_TEST(text_of(some(), "{last_seen}{url}", Time::min(), "") == "never");
  BOOST_TEST(text_of(some(), "", seen, "") == "pump/7 \"x\" is Offline since 2023-11-14T22:13:20Z (kicked)");
}

BOOST_AUTO_TEST_CASE(what_a_device_is_called_is_no_placeholder) {
  auto it = some();
  it.device = "{label}";
  BOOST_TEST(text_of(it, "{device}", std::nullopt, "") == "{label}");
}

BOOST_AUTO_TEST_SUITE_END()
