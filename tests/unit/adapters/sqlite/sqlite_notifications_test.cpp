// SPDX-License-Identifier: Apache-2.0
// Notifications and deliveries as they are written, loaded at a start, and read again.
#include "bridge/adapters/sqlite/sqlite_notifications.hpp"

#include <chrono>

#include "bridge/adapters/sqlite/sqlite_history_reader.hpp"
#include "bridge/adapters/sqlite/sqlite_schema.hpp"
#include "tests/unit/adapters/sqlite/store_fixture.hpp"

using namespace rollcall;
using State = DeliveryRecord::State;

namespace {

struct Notifications : StoreFolder {
  std::uint64_t last_number = 0;
  SqliteHistoryReader reader{path};

  static NotificationRecord notification(const std::string& id, const std::string& device = "a",
                                         Time at = at_ms(5)) {
    NotificationRecord record;
    record.id = id;
    record.kind = "status";
    record.subject = record.device = device;
    record.status = "offline";
    record.label = "Offline";
    record.previous = "online";
    record.cause = "keepalive_timeout";
    record.template_name = "default";
    record.title = "title";
    record.text = "text ä";
    record.at = at;
    record.count = 3;
    record.payload = "{}";
    return record;
  }
  static DeliveryRecord delivery(const std::string& id, State state, const std::string& channel = "ops") {
    DeliveryRecord record;
    record.notification = id;
    record.channel = channel;
    record.state = state;
    record.attempts = 2;
    record.began = at_ms(10);
    record.due = at_ms(20);
    record.ended = state == State::waiting ? Time::min() : at_ms(15);
    record.code = 500;
    record.answer = "500 oops";
    return record;
  }
  StoreBatch batch() {
    StoreBatch made;
    made.number = ++last_number;
    return made;
  }
  void add(const std::string& id, State state, const std::string& device = "a") {
    auto made = batch();
    made.notifications = {notification(id, device)};
    made.deliveries = {delivery(id, state)};
    write(made);
  }
  std::vector<std::string> ids(const NotificationFilter& filter = {},
                               std::optional<std::uint64_t> before = {}, std::size_t limit = 10) {
    const auto read = reader.notifications(filter, before, limit);
    BOOST_REQUIRE_MESSAGE(read, read.error().message);
    std::vector<std::string> found;
    for (const auto& each : *read) found.push_back(each.notification.id);
    return found;
  }
};

using Ids = std::vector<std::string>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sqlite_notifications, Notifications)

BOOST_AUTO_TEST_CASE(what_waits_is_there_after_a_restart) {
  auto made = batch();
  made.notifications = {notification("x"), notification("y"), notification("z")};
  made.deliveries = {delivery("x", State::delivered), delivery("y", State::waiting),
                     delivery("y", State::dead, "chat"), delivery("z", State::waiting)};
  write(made);
  const auto waiting = stored().waiting;
  BOOST_TEST_REQUIRE(waiting.size() == 2U);
  BOOST_TEST((waiting[0].notification == notification("y")));
  BOOST_TEST((waiting[0].deliveries == std::vector{delivery("y", State::waiting)}));
  BOOST_TEST(waiting[1].notification.id == "z");
}

BOOST_AUTO_TEST_CASE(a_delivery_is_replaced_and_a_notification_is_not) {
  add("x", State::waiting);
  auto again = batch();
  again.notifications = {notification("x", "b")};
  again.deliveries = {delivery("x", State::delivered)};
  write(again);
  const auto entry = reader.notification("x");
  BOOST_REQUIRE(entry);
  BOOST_REQUIRE(*entry);
  BOOST_TEST((**entry).notification.device == "a");
  BOOST_TEST(((**entry).deliveries == std::vector{delivery("x", State::delivered)}));
  BOOST_TEST(!reader.notification("nobody")->has_value());
  BOOST_TEST(stored().waiting.empty());
}

BOOST_AUTO_TEST_CASE(of_an_incident_there_is_no_device) {
  auto incident = notification("i", "");
  incident.subject = "incident/1";
  incident.status = incident.label = incident.previous = incident.cause = incident.template_name = "";
  auto made = batch();
  made.notifications = {incident};
  write(made);
  BOOST_TEST(((**reader.notification("i")).notification == incident));
}

BOOST_AUTO_TEST_CASE(the_newest_come_first_page_by_page_and_filtered) {
  add("1", State::delivered);
  add("2", State::dead, "b");
  add("3", State::waiting);
  BOOST_TEST((ids() == Ids{"3", "2", "1"}));
  BOOST_TEST((ids({}, std::nullopt, 2) == Ids{"3", "2"}));
  const auto page = reader.notifications({}, std::nullopt, 2);
  BOOST_TEST((ids({}, page->back().number) == Ids{"1"}));
  BOOST_TEST((ids({"a", {}}) == Ids{"3", "1"}));
  BOOST_TEST((ids({{}, State::dead}) == Ids{"2"}));
  BOOST_TEST((ids({"a", State::dead}) == Ids{}));
}

BOOST_AUTO_TEST_CASE(times_move_along_with_the_clock) {
  add("x", State::waiting);
  auto stepped = batch();
  stepped.row_clock = std::chrono::hours{1};
  write(stepped);
  const auto waiting = stored().waiting;
  BOOST_TEST_REQUIRE(waiting.size() == 1U);
  BOOST_TEST((waiting[0].notification.at == at_ms(5) + stepped.row_clock));
  BOOST_TEST((waiting[0].deliveries[0].began == at_ms(10) + stepped.row_clock));
  BOOST_TEST((waiting[0].deliveries[0].due == at_ms(20) + stepped.row_clock));
  BOOST_TEST((waiting[0].deliveries[0].ended == Time::min()));
}

BOOST_AUTO_TEST_CASE(old_ones_go_but_for_those_that_wait) {
  auto made = batch();
  for (const std::string id : {"1", "2", "3"})
    made.notifications.push_back(notification(id, "a", at_ms(100)));
  made.notifications.push_back(notification("4", "a", at_ms(200)));
  made.deliveries = {delivery("1", State::dead), delivery("2", State::waiting)};
  write(made);
  auto dropping = batch();
  dropping.drop_notifications_before = at_ms(200);
  write(dropping);
  BOOST_TEST((ids() == Ids{"4", "3", "2", "1"}));  // nothing came
  dropping.number = ++last_number;
  dropping.deliveries = {delivery("4", State::delivered)};
  write(dropping);
  BOOST_TEST((ids() == Ids{"4", "2"}));
  BOOST_TEST(number("SELECT count(*) FROM delivery") == 2);
}

BOOST_AUTO_TEST_CASE(there_is_a_most_that_is_kept) {
  WaitingStore store(path);
  auto made = batch();
  constexpr std::size_t kMore = 50;
  for (std::size_t i = 0; i < NotificationWriter::kMostKept + kMore; ++i)
    made.notifications.push_back(notification(std::to_string(i)));
  store.write(made);
  BOOST_TEST(number("SELECT count(*) FROM notification") ==
             static_cast<std::int64_t>(NotificationWriter::kMostKept));
  BOOST_TEST(number("SELECT min(number) FROM notification") == static_cast<std::int64_t>(kMore) + 1);
}

BOOST_AUTO_TEST_CASE(a_store_of_version_6_has_no_notifications) {
  { migrate(*std::make_unique<Database>((std::ofstream(path).flush(), path)), store_steps().first(6)); }
  BOOST_TEST(stored().waiting.empty());
  BOOST_TEST((ids() == Ids{}));
  add("x", State::waiting);
  BOOST_TEST((ids() == Ids{"x"}));
}

BOOST_AUTO_TEST_CASE(what_no_delivery_can_be_is_refused) {
  add("x", State::waiting);
  sql("UPDATE delivery SET state = 'lost'");
  const auto read = reader.notification("x");
  BOOST_REQUIRE(!read);
  BOOST_TEST(has(read.error().message, "is no state of a delivery"));
}

BOOST_AUTO_TEST_SUITE_END()
