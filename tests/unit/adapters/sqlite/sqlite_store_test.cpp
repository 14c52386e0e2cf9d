// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/sqlite/sqlite_store.hpp"

#include <limits>

#include <sys/stat.h>

#include "bridge/adapters/sqlite/sqlite_records.hpp"
#include "tests/unit/adapters/sqlite/store_fixture.hpp"

using namespace rollcall;

namespace {

constexpr auto kLargest = std::numeric_limits<std::uint64_t>::max();

DeviceRecord full_device(const std::string& name) {
  auto record = device(name, 42);
  record.previous = "offline";
  record.since = at_ms(1'700'000'000'123);
  record.last_seen = at_ms(1'700'000'000'456);
  record.published_last_seen = at_ms(-5);
  record.latest = Time::min();
  record.connections = {{"north", kLargest, 7, "client \"1\"", "", "192.0.2.1", Seconds{65535}, std::nullopt},
                        {"söuth", 1, 8, "a\\b\x01", "user'%s", "2001:db8::1", Seconds{0}, at_ms(77),
                         at_ms(88), at_ms(66), 5, at_ms(55)}};
  record.last_end = {
      Cause::keepalive_timeout, false, at_ms(5), Millis{90'000}, "north", "c", "u", "192.0.2.9"};
  record.wait = WaitRecord{"gone", at_ms(9), at_ms(8), at_ms(7), WaitKind::first, false};
  record.heard = at_ms(6);
  record.declaration = DeclarationRecord{"asleep", Millis{86'400'000}, "main", UINT64_MAX, 7, at_ms(5)};
  record.set = OperatorRecord{"maintenance", "gone", at_ms(4), at_ms(11), true};
  record.changes = {at_ms(1), at_ms(2)};
  record.is_flapping = true;
  record.muted_until = Time::max();
  record.conflicts = {{"main", "c \"1\"", at_ms(2), at_ms(9), 970, {"10.0.0.1", "10.0.0.2"}},
                      {"north", "c2", at_ms(3), at_ms(4), 2, {}}};
  record.detached = {{"north", 2, 9, "c", "", "", Seconds{60}, std::nullopt}};
  return record;
}

StoreBatch full_batch() {
  StoreBatch batch;
  batch.devices = {full_device("z-first"), device("a-second"), full_device("m-third")};
  batch.devices[1].wait = WaitRecord{"", at_ms(9), at_ms(8), Time::min(), WaitKind::forget, true};
  batch.devices[1].set = OperatorRecord{"gone", "", at_ms(4), std::nullopt, false};
  batch.devices[1].declaration = DeclarationRecord{"asleep", std::nullopt, "main", 1, 2, at_ms(3)};
  batch.rows = {row(1), row(2)};
  batch.rows[1].from = "online";
  batch.rows[1].graceful = false;
  batch.rows[1].broker = "north";
  batch.rows[1].client_id = "c";
  batch.rows[1].address = "192.0.2.1";
  batch.brokers = {broker("north"), broker("")};
  batch.brokers[0].boot = kLargest - 1;
  batch.brokers[0].known_through = 12;
  batch.brokers[1].lost_at = at_ms(99);
  batch.brokers[1].clock_offset = Millis{-7};
  batch.templates = {{"default", kLargest}, {"", 0}};
  batch.brokers[0].outage = OutageRecord{at_ms(1), at_ms(2), at_ms(3), 4, 5, StallRecord{at_ms(6), at_ms(7)}};
  batch.brokers[0].known_stall = Millis{8};
  batch.reserved_seq = 1000;
  return batch;
}

void expect(const StoredState& state, const StoreBatch& batch) {
  BOOST_TEST((state.devices == batch.devices));
  BOOST_TEST((state.unacknowledged == batch.rows));
  BOOST_TEST((state.brokers == batch.brokers));
  BOOST_TEST((state.templates == batch.templates));
  BOOST_TEST(state.reserved_seq == batch.reserved_seq);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sqlite_store, StoreFolder)

BOOST_AUTO_TEST_CASE(a_new_store_is_empty_and_says_so) {
  const auto state = stored();
  BOOST_TEST(state.is_new);
  expect(state, {});
  BOOST_TEST(!stored().is_new);
}

BOOST_AUTO_TEST_CASE(the_instance_is_drawn_once) {
  const auto instance = stored().instance;
  BOOST_TEST(stored().instance == instance);
  std::filesystem::remove(path);
  BOOST_TEST(stored().instance != instance);
}

BOOST_AUTO_TEST_CASE(what_is_written_is_there_after_a_restart) {
  write(full_batch());
  expect(stored(), full_batch());
}

BOOST_AUTO_TEST_CASE(only_the_last_batch_of_all_makes_the_store_complete) {
  BOOST_TEST(!stored().is_complete);
  StoreBatch last;
  last.is_last = true;
  write(last);
  BOOST_TEST(stored().is_complete);
  write({});
  BOOST_TEST(!stored().is_complete);
}

BOOST_AUTO_TEST_CASE(rows_move_along_with_the_clock_and_age_as_time_passes) {
  StoreBatch before;
  before.rows = {row(1, at_ms(100)), row(2, at_ms(900))};
  StoreBatch step;
  step.rows = {row(3, at_ms(11'000))};
  step.row_clock = Millis{10'000};
  step.drop_rows_before = at_ms(10'100);
  WaitingStore store(path);
  store.write(before);
  const auto times = [&] {
    std::vector<std::int64_t> found;
    for (const auto& each : store.load().unacknowledged) found.push_back(each.at.time_since_epoch().count());
    return found;
  };
  for (int twice = 0; twice < 2; ++twice) {
    store.write(step);
    BOOST_TEST(times() == (std::vector<std::int64_t>{10'100, 10'900, 11'000}),
               boost::test_tools::per_element());
  }
  BOOST_TEST(store.load().row_clock.count() == 10'000);
  step.rows.clear();
  step.drop_rows_before = at_ms(10'101);
  store.write(step);
  BOOST_TEST(times() == (std::vector<std::int64_t>{10'900, 11'000}), boost::test_tools::per_element());
  StoreBatch back;
  back.row_clock = Millis{-500};
  store.write(back);
  BOOST_TEST(times() == (std::vector<std::int64_t>{400, 500}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_latest_rows_are_dated_no_later_than_asked) {
  StoreBatch batch;
  batch.rows = {row(1, at_ms(100)), row(2, at_ms(10'900)), row(3, at_ms(500)), row(4, at_ms(10'200))};
  batch.row_clock = Millis{50};
  batch.no_rows_after = at_ms(600);
  write(batch);
  std::vector<std::int64_t> times;
  for (const auto& each : stored().unacknowledged) times.push_back(each.at.time_since_epoch().count());
  // The one before a right one stays.
  const std::vector<std::int64_t> expected{100, 10'900, 500, 600};
  BOOST_TEST(times == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(writing_twice_is_the_same_as_once) {
  WaitingStore store(path);
  store.write(full_batch());
  store.write(full_batch());
  expect(store.load(), full_batch());
}

BOOST_AUTO_TEST_CASE(ids_are_kept_byte_by_byte) {
  StoreBatch batch;
  for (const std::string name :
       {"it's", "100%", "\"", "a'; DROP TABLE device; --", "grüße/泵/🚰", " ", "a\nb"}) {
    batch.devices.push_back(device(name));
  }
  batch.devices.push_back(device(std::string(512, 'x')));
  batch.devices.push_back(device(std::string("nul\0inside", 10)));
  batch.devices.push_back(device(std::string("nul\0beyond", 10)));
  batch.devices.push_back(device("not utf-8: \xC3\x28"));
  write(batch);
  expect(stored(), batch);
}

BOOST_AUTO_TEST_CASE(what_is_not_utf8_in_a_connection_does_not_stop_the_batch) {
  auto record = device("a");
  record.connections = {{"north", 1, 2, "c", "\xFF", "", Seconds{60}, std::nullopt}};
  StoreBatch batch;
  batch.devices = {record};
  write(batch);
  BOOST_TEST(stored().devices.at(0).connections.at(0).username == "\uFFFD");
}

BOOST_AUTO_TEST_CASE(every_cause_comes_back) {
  StoreBatch batch;
  for (std::uint8_t number = 1; const auto cause = cause_from_number(number); ++number) {
    batch.devices.push_back(device("device " + std::to_string(number)));
    batch.devices.back().last_end.cause = cause;
  }
  BOOST_TEST(batch.devices.size() == 10U);
  write(batch);
  expect(stored(), batch);
}

BOOST_AUTO_TEST_CASE(a_replaced_device_keeps_its_place_and_a_removed_one_loses_it) {
  write(full_batch());
  StoreBatch later;
  later.devices = {device("z-first", 43)};
  later.removed = {"a-second", "never there"};
  write(later);
  const auto state = stored();
  BOOST_TEST(state.devices.size() == 2U);
  BOOST_TEST((state.devices[0] == device("z-first", 43)));
  BOOST_TEST((state.devices[1] == full_device("m-third")));
  StoreBatch again;
  again.removed = {"z-first"};
  again.devices = {device("z-first", 44)};
  write(again);
  BOOST_TEST((stored().devices.at(1) == device("z-first", 44)));
}

BOOST_AUTO_TEST_CASE(of_a_forgotten_device_only_its_name_and_seq_are_kept_in_its_place) {
  write(full_batch());
  StoreBatch forgetting;
  forgetting.devices = {full_device("z-first")};
  forgetting.devices[0].is_forgotten = true;
  write(forgetting);
  DeviceRecord tombstone;
  tombstone.device = "z-first";
  tombstone.is_forgotten = true;
  tombstone.seq = 42;
  BOOST_TEST((stored().devices.at(0) == tombstone));
  BOOST_TEST(number("SELECT count(*) FROM device WHERE status = '' AND end_client_id IS NULL") == 1);
  write(full_batch());
  expect(stored(), full_batch());
}

BOOST_AUTO_TEST_CASE(templates_are_replaced_all_at_once_or_not_at_all) {
  write(full_batch());
  write({});
  BOOST_TEST((stored().templates == full_batch().templates));
  StoreBatch later;
  later.templates = {{"valve", 7}};
  write(later);
  BOOST_TEST((stored().templates == later.templates));
}

BOOST_AUTO_TEST_CASE(the_ceiling_never_sinks) {
  write(full_batch());
  write({});
  BOOST_TEST(stored().reserved_seq == 1000U);
}

BOOST_AUTO_TEST_CASE(the_rows_that_some_broker_lacks_are_unacknowledged) {
  StoreBatch batch;
  for (std::uint64_t seq = 1; seq <= 9; ++seq) batch.rows.push_back(row(seq));
  batch.brokers = {broker("north", 8), broker("south", 4)};
  write(batch);
  const auto unacknowledged = stored().unacknowledged;
  BOOST_TEST(unacknowledged.size() == 5U);
  BOOST_TEST(unacknowledged.front().seq == 5U);
  BOOST_TEST(unacknowledged.back().seq == 9U);
}

BOOST_AUTO_TEST_CASE(of_too_many_unacknowledged_rows_the_latest_are_read) {
  StoreBatch batch;
  for (std::uint64_t seq = 1; seq <= kMaxUnacknowledgedRows + 1; ++seq) batch.rows.push_back(row(seq));
  write(batch);
  const auto unacknowledged = stored().unacknowledged;
  BOOST_TEST(unacknowledged.size() == kMaxUnacknowledgedRows);
  BOOST_TEST(unacknowledged.front().seq == 2U);
}

BOOST_AUTO_TEST_CASE(old_rows_go_some_with_each_batch_from_the_lowest_on) {
  StoreBatch batch;
  for (std::uint64_t seq = 1; seq <= 2500; ++seq)
    batch.rows.push_back(row(seq, at_ms(seq <= 2200 ? 10 : 20)));
  WaitingStore store(path);
  store.write(batch);
  StoreBatch later;
  later.drop_rows_before = at_ms(20);
  const auto lowest = [this] { return number("SELECT min(seq) FROM timeline"); };
  store.write(later);
  BOOST_TEST(lowest() == 1001);
  store.write(later);
  BOOST_TEST(lowest() == 2001);
  store.write(later);
  BOOST_TEST(lowest() == 2201);
  store.write(later);
  BOOST_TEST(lowest() == 2201);
}

BOOST_AUTO_TEST_CASE(old_rows_go_faster_than_new_ones_come) {
  StoreBatch batch;
  for (std::uint64_t seq = 1; seq <= 9000; ++seq) batch.rows.push_back(row(seq, at_ms(10)));
  write(batch);
  for (auto& entry : batch.rows) entry.seq += 9000;
  batch.drop_rows_before = at_ms(11);
  write(batch);
  BOOST_TEST(number("SELECT count(*) FROM timeline") == 0);
}

BOOST_AUTO_TEST_CASE(a_young_row_hides_the_old_ones_behind_it_until_its_time_comes) {
  StoreBatch batch;
  batch.rows = {row(1, at_ms(10)), row(2, at_ms(30)), row(3, at_ms(10))};
  write(batch);
  StoreBatch later;
  later.drop_rows_before = at_ms(20);
  write(later);
  BOOST_TEST(number("SELECT count(*) FROM timeline") == 2);
  later.drop_rows_before = at_ms(31);
  write(later);
  BOOST_TEST(number("SELECT count(*) FROM timeline") == 0);
}

BOOST_AUTO_TEST_CASE(only_its_owner_can_read_a_new_store) {
  const auto before = ::umask(0);
  WaitingStore store(path);
  store.write(full_batch());
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    struct stat info {};
    BOOST_TEST(::stat(entry.path().c_str(), &info) == 0);
    BOOST_TEST((info.st_mode & 07777U) == 0600U, entry.path());
  }
  ::umask(before);
}

BOOST_AUTO_TEST_CASE(others_may_read_it_meanwhile) {
  WaitingStore store(path);
  Database reader(path);
  reader.run("BEGIN");
  BOOST_TEST(reader.number("SELECT count(*) FROM device") == 0);
  store.write(full_batch());
  BOOST_TEST(reader.number("SELECT count(*) FROM device") == 0);
  reader.run("COMMIT");
  BOOST_TEST(reader.number("SELECT count(*) FROM device") == 3);
}

BOOST_AUTO_TEST_CASE(a_write_that_has_begun_ends_before_the_store_goes) {
  bool is_told = false;
  {
    auto store = SqliteStore::open(path, [&](const Result<void>& result) { is_told = result.has_value(); });
    BOOST_REQUIRE(store);
    (*store)->begin_write(std::make_shared<const StoreBatch>(full_batch()));
  }
  BOOST_TEST(is_told);
  BOOST_TEST(!std::filesystem::exists(path + "-wal"));
  expect(stored(), full_batch());
}

BOOST_AUTO_TEST_SUITE_END()
