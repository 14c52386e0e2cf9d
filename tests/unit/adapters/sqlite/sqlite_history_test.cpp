// SPDX-License-Identifier: Apache-2.0
// What the store keeps of the past beside timelines, as it is read again: facts of devices, counts of
// disconnects, counts of the fleet.
#include "bridge/adapters/sqlite/sqlite_history.hpp"

#include <chrono>

#include "bridge/adapters/sqlite/sqlite_history_reader.hpp"
#include "tests/unit/adapters/sqlite/store_fixture.hpp"

using namespace rollcall;
using std::chrono::days;
using std::chrono::hours;

namespace {

/// Noon of some day, in UTC.
constexpr std::int64_t kToday = 20'000;
constexpr Time kNow{days{kToday} + hours{12}};

struct History : StoreFolder {
  std::uint64_t last_number = 0;
  SqliteHistoryReader reader{path};

  StoreBatch batch(const std::string& name = "a") {
    StoreBatch made;
    made.number = ++last_number;
    made.devices = {device(name)};
    made.facts = {ContactFacts{name, {}, {}, {}, {}, {}}};
    return made;
  }
  /// `name` has disconnected so often on this day.
  void disconnects(const std::string& name, std::int64_t day, std::uint64_t count) {
    auto made = batch(name);
    made.facts[0].disconnects = {{day, count}};
    write(made);
  }
  DeviceFacts facts(const std::string& name = "a", Time now = kNow) {
    auto read = reader.facts(name, now);
    BOOST_REQUIRE_MESSAGE(read, read.error().message);
    return *read;
  }
  static StoreBatch forgetting(StoreBatch made) {
    DeviceRecord tombstone = device(made.devices[0].device);
    tombstone.is_forgotten = true;
    made.devices.insert(made.devices.begin(), tombstone);
    return made;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sqlite_history, History)

BOOST_AUTO_TEST_CASE(the_first_contact_stays_and_the_others_go_on) {
  auto first = batch();
  first.facts[0] = ContactFacts{"a", at_ms(1), at_ms(1), {}, {}, {}};
  write(first);
  BOOST_TEST((facts() == DeviceFacts{at_ms(1), at_ms(1), {}, {}, 0, 0}));
  auto second = batch();
  second.facts[0] = ContactFacts{"a", {}, at_ms(5), at_ms(3), {}, {}};
  write(second);
  BOOST_TEST((facts() == DeviceFacts{at_ms(1), at_ms(5), at_ms(3), {}, 0, 0}));
  auto third = batch();
  third.facts[0] = ContactFacts{"a", at_ms(9), at_ms(4), {}, at_ms(9), {}};
  write(third);
  BOOST_TEST((facts() == DeviceFacts{at_ms(1), at_ms(5), at_ms(3), at_ms(9), 0, 0}));
  auto without = batch();
  without.facts.clear();
  write(without);
  BOOST_TEST((facts() == DeviceFacts{at_ms(1), at_ms(5), at_ms(3), at_ms(9), 0, 0}));
}

BOOST_AUTO_TEST_CASE(of_an_unknown_device_nothing_is_known) {
  write(batch());
  BOOST_TEST((facts("b") == DeviceFacts{}));
}

BOOST_AUTO_TEST_CASE(disconnects_are_counted_for_today_and_for_thirty_days) {
  disconnects("a", kToday - 30, 1'000);
  disconnects("a", kToday - 29, 100);
  disconnects("a", kToday, 7);
  disconnects("b", kToday, 50);
  disconnects("a", kToday, 3);
  BOOST_TEST(facts().disconnects_today == 10U);
  BOOST_TEST(facts().disconnects_30_days == 110U);
  BOOST_TEST(facts("a", kNow + hours{12}).disconnects_today == 0U);  // midnight
}

BOOST_AUTO_TEST_CASE(a_batch_that_is_written_twice_counts_once) {
  auto made = batch();
  made.facts[0] = ContactFacts{"a", at_ms(1), at_ms(2), at_ms(3), at_ms(4), {{kToday, 2}}};
  made.fleet = {{at_ms(300'000), {{"default", {{"online", 3}}}}}};
  write(made);
  write(made);
  const DeviceFacts expected{at_ms(1), at_ms(2), at_ms(3), at_ms(4), 2, 2};
  BOOST_TEST((facts() == expected));
  BOOST_TEST(number("SELECT sum(count) FROM fleet_history") == 3);
  write(forgetting(made));  // the same number
  BOOST_TEST((facts() == expected));
  BOOST_TEST(stored().last_batch == made.number);
}

BOOST_AUTO_TEST_CASE(forgetting_a_device_takes_its_facts_along) {
  auto made = batch();
  made.facts[0] = ContactFacts{"a", at_ms(1), at_ms(2), at_ms(3), at_ms(4), {{kToday, 2}}};
  write(made);
  auto again = forgetting(batch());
  again.facts[0] = ContactFacts{"a", at_ms(8), at_ms(8), {}, {}, {{kToday, 1}}};
  write(again);
  const DeviceFacts expected{at_ms(8), at_ms(8), {}, {}, 1, 1};
  BOOST_TEST((facts() == expected));
  write(again);
  BOOST_TEST((facts() == expected));
  auto gone = forgetting(batch());
  gone.devices.pop_back();
  gone.facts.clear();
  write(gone);
  BOOST_TEST((facts() == DeviceFacts{}));
  BOOST_TEST(number("SELECT count(*) FROM disconnects") == 0);
  BOOST_TEST(number("SELECT count(*) FROM device WHERE first_contact IS NULL AND last_connect IS NULL") == 1);
}

BOOST_AUTO_TEST_CASE(facts_move_along_with_the_clock) {
  auto made = batch();
  made.facts[0] = ContactFacts{"a", at_ms(1'000), at_ms(2'000), {}, {}, {{0, 4}}};
  write(made);
  auto stepped = batch();
  stepped.row_clock = days{kToday} + hours{1};
  stepped.facts[0] = ContactFacts{"a", {}, {}, kNow, {}, {{kToday, 1}}};
  write(stepped);
  const auto known = facts();
  BOOST_TEST((known.first_contact == at_ms(1'000) + stepped.row_clock));
  BOOST_TEST((known.last_connect == at_ms(2'000) + stepped.row_clock));
  BOOST_TEST((known.last_disconnect == kNow));
  BOOST_TEST(known.disconnects_today == 5U);
}

BOOST_AUTO_TEST_CASE(what_lies_in_the_future_is_pulled_back_where_that_is_asked_for) {
  auto made = batch();
  made.facts[0] = ContactFacts{"a", at_ms(1), kNow + days{2}, {}, {}, {{kToday + 2, 1}, {kToday, 1}}};
  made.fleet = {{kNow + days{2}, {{"default", {{"online", 3}}}}}};
  write(made);
  auto pulled = batch();
  pulled.no_rows_after = kNow;
  write(pulled);
  BOOST_TEST((facts().last_connect == kNow));
  BOOST_TEST((facts().first_contact == at_ms(1)));
  BOOST_TEST(number("SELECT sum(count) FROM disconnects") == 1);
  BOOST_TEST(number("SELECT count(*) FROM fleet_history") == 0);
}

BOOST_AUTO_TEST_CASE(counts_that_are_too_old_go_some_with_each_batch) {
  WaitingStore store(path);
  StoreBatch many;
  many.number = ++last_number;
  constexpr int kDevices = static_cast<int>(2 * HistoryWriter::kCountsLookedAt) + 50;
  for (int i = 0; i < kDevices; ++i) {
    const std::string name = "pump-" + std::to_string(1000 + i);
    many.devices.push_back(device(name));
    many.facts.push_back(ContactFacts{name, {}, {}, {}, {}, {{i % 2 == 0 ? 10 : 50, 1}}});
  }
  store.write(many);
  const auto count = [this] { return number("SELECT count(*) FROM disconnects"); };
  const auto write_dropping = [&](Time before) {
    StoreBatch next;
    next.number = ++last_number;
    next.drop_disconnects_before = before;
    store.write(next);
  };
  write_dropping(Time::min());
  BOOST_TEST(count() == kDevices);
  write_dropping(Time{days{50}});
  BOOST_TEST(count() == kDevices - 100);
  write_dropping(Time{days{50}});
  write_dropping(Time{days{50}});
  BOOST_TEST(count() == kDevices / 2);
  for (int i = 0; i < 4; ++i) write_dropping(Time{days{51}});  // round again
  BOOST_TEST(count() == 0);
}

BOOST_AUTO_TEST_CASE(samples_that_are_too_old_go_with_a_new_one) {
  auto made = batch();
  made.fleet = {{at_ms(300'000), {{"default", {{"online", 3}}}}}};
  write(made);
  auto without = batch();
  without.drop_samples_before = at_ms(600'000);
  write(without);
  BOOST_TEST(number("SELECT count(*) FROM fleet_history") == 1);
  without.number = ++last_number;
  without.fleet = {{at_ms(600'000), {{"default", {{"online", 4}}}}}};
  write(without);
  BOOST_TEST(number("SELECT min(at) FROM fleet_history") == 600'000);
}

BOOST_AUTO_TEST_SUITE_END()
