// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/api/notification_calls.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/unit/core/api/api_fixture.hpp"

namespace rollcall::test {
namespace {

using Json = nlohmann::json;

struct Fixture : ApiFixture {
  Fixture() {
    for (std::uint64_t number = 1; number <= 3; ++number) {
      NotificationEntry entry;
      entry.number = number;
      auto& it = entry.notification;
      it.id = "n" + std::to_string(number);
      it.kind = "status";
      it.device = it.subject = "pump 7";
      it.status = "offline";
      it.label = "Offline";
      it.text = "pump 7 is \"Offline\"";
      it.at = now;
      history.told.push_back(entry);
    }
  }
  DeliveryRecord& add_delivery(DeliveryRecord::State state) {
    auto& delivery = history.told.back().deliveries.emplace_back();
    delivery.channel = "ops";
    delivery.state = state;
    delivery.due = delivery.ended = now;
    delivery.attempts = 2;
    return delivery;
  }
  Json list(const std::string& query = {}) {
    return Json::parse(ask("GET", "/api/v1/notifications" + query).body);
  }
};

BOOST_FIXTURE_TEST_SUITE(notification_calls, Fixture)

BOOST_AUTO_TEST_CASE(notifications_come_in_pages_the_newest_first) {
  const auto first = list("?limit=2");
  BOOST_TEST(first["notifications"][0]["id"] == "n3");
  BOOST_TEST(first["notifications"][1]["id"] == "n2");
  const auto last = list("?limit=2&before=" + first["next"].get<std::string>());
  BOOST_TEST(last["notifications"].size() == 1U);
  BOOST_TEST(last["next"].is_null());
}

BOOST_AUTO_TEST_CASE(a_notification_says_what_became_of_it_in_each_channel) {
  auto& delivery = add_delivery(DeliveryRecord::State::dead);
  delivery.code = 404;
  delivery.answer = "no such hook";
  add_delivery(DeliveryRecord::State::waiting).ended = Time::min();
  const auto it = list()["notifications"][0];
  BOOST_TEST(it["text"] == "pump 7 is \"Offline\"");
  BOOST_TEST(it["previous"].is_null());
  BOOST_TEST(it["incident"].is_null());
  const auto dead = it["deliveries"][0];
  BOOST_TEST(dead["result"] == "dead");
  BOOST_TEST(dead["code"] == 404);
  BOOST_TEST(dead["due"].is_null());
  BOOST_TEST(dead["ended"] == format_rfc3339(now));
  const auto waiting = it["deliveries"][1];
  BOOST_TEST(waiting["due"] == format_rfc3339(now));
  BOOST_TEST(waiting["ended"].is_null());
  BOOST_TEST(waiting["code"].is_null());
  BOOST_TEST(waiting["answer"].is_null());
}

BOOST_AUTO_TEST_CASE(notifications_are_filtered) {
  list("?device=pump%207&result=dead");
  BOOST_TEST(*history.filter.device == "pump 7");
  BOOST_TEST((history.filter.result == DeliveryRecord::State::dead));
  BOOST_TEST(ask("GET", "/api/v1/notifications?result=lost").status == 400);
  BOOST_TEST(ask("GET", "/api/v1/notifications?limit=0").status == 400);
}

BOOST_AUTO_TEST_CASE(incidents_are_as_they_were_published) {
  history.known_incidents = {{4, R"({"id":"i1"})"}, {9, R"({"id":"i2"})"}};
  const auto first = Json::parse(ask("GET", "/api/v1/incidents?limit=1").body);
  BOOST_TEST(first["incidents"][0]["id"] == "i2");
  const auto next = "/api/v1/incidents?before=" + first["next"].get<std::string>();
  BOOST_TEST(ask("GET", next).body == R"({"incidents":[{"id":"i1"}],"next":null})");

  auto& it = history.told.back().notification;
  it.device.clear();
  it.kind = "incident_began";
  it.payload = R"({"id":"i2"})";
  BOOST_TEST(list()["notifications"][0]["incident"]["id"] == "i2");
  BOOST_TEST(list()["notifications"][0]["device"].is_null());
}

BOOST_AUTO_TEST_CASE(what_is_dead_is_tried_again) {
  add_delivery(DeliveryRecord::State::dead);
  const auto answer = ask("POST", "/api/v1/notifications/n3/retry");
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(Json::parse(answer.body)["id"] == "n3");
  BOOST_TEST(retried == std::vector<std::string>{"n3"}, boost::test_tools::per_element());
  BOOST_TEST(ask("POST", "/api/v1/notifications/n9/retry").status == 404);
  retry_problem = "nothing of it is dead";
  const auto refused = ask("POST", "/api/v1/notifications/n3/retry");
  BOOST_TEST(refused.status == 409);
  BOOST_TEST(Json::parse(refused.body)["detail"] == "nothing of it is dead");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace rollcall::test
