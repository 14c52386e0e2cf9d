// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/sqlite/sqlite_schema.hpp"

#include <vector>

#include "tests/unit/adapters/sqlite/store_fixture.hpp"

using namespace rollcall;

namespace {

struct EmptyFile : StoreFolder {
  EmptyFile() { std::ofstream(path).flush(); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sqlite_schema, EmptyFile)

BOOST_AUTO_TEST_CASE(only_the_missing_steps_are_taken) {
  Database database(path);
  migrate(database, std::vector<const char*>{"CREATE TABLE a (x ANY) STRICT"});
  BOOST_TEST(database.number("PRAGMA user_version") == 1);
  const std::vector<const char*> steps = {"not SQL at all", "INSERT INTO a VALUES (2)",
                                          "INSERT INTO a VALUES (3)"};
  migrate(database, steps);
  migrate(database, steps);
  BOOST_TEST(database.number("PRAGMA user_version") == 3);
  BOOST_TEST(database.number("PRAGMA application_id") == kStoreApplicationId);
  BOOST_TEST(database.number("SELECT count(*) FROM a") == 2);
}

BOOST_AUTO_TEST_CASE(a_step_that_fails_leaves_the_version_before_all_steps) {
  Database database(path);
  BOOST_CHECK_THROW(
      migrate(database, std::vector<const char*>{"CREATE TABLE a (x ANY) STRICT", "not SQL at all"}),
      SqliteFailure);
  BOOST_TEST(database.number("PRAGMA user_version") == 0);
  BOOST_TEST(database.number("SELECT count(*) FROM sqlite_schema") == 0);
  BOOST_TEST(!database.is_in_transaction());
}

BOOST_AUTO_TEST_CASE(a_store_of_version_0_becomes_one_of_the_newest) {
  sql(("PRAGMA application_id = " + std::to_string(kStoreApplicationId)).c_str());
  BOOST_TEST(stored().instance != 0U);
  BOOST_TEST(number("PRAGMA user_version") == static_cast<std::int64_t>(store_steps().size()));
}

BOOST_AUTO_TEST_CASE(a_store_of_version_1_keeps_its_devices) {
  {
    Database database(path);
    migrate(database, store_steps().first(1));
    database.run(
        "INSERT INTO device (device, is_forgotten, seq, template, status, last_seen, end_is_graceful, "
        "end_silence, next_status, next_at, wait_began, wait_is_first) VALUES "
        "('first', 0, 1, 't', 'online', 5, 1, 0, 'offline', 9, 8, 1), "
        "('next', 0, 2, 't', 'offline', 5, 1, 0, 'gone', 9, 8, 0), "
        "('last', 0, 3, 't', 'gone', 5, 1, 0, NULL, NULL, NULL, NULL)");
  }
  const auto devices = stored().devices;
  BOOST_TEST_REQUIRE(devices.size() == 3U);
  BOOST_TEST((devices[0].wait ==
              WaitRecord{"offline", Time{Millis{9}}, Time{Millis{8}}, Time::min(), WaitKind::first, false}));
  BOOST_TEST((devices[1].wait ==
              WaitRecord{"gone", Time{Millis{9}}, Time{Millis{8}}, Time::min(), WaitKind::next, false}));
  BOOST_TEST(!devices[2].wait.has_value());
  BOOST_TEST((devices[0].heard == Time{Millis{5}}));
  BOOST_TEST(!devices[0].set.has_value());
  BOOST_TEST(!devices[0].is_flapping);
}

BOOST_AUTO_TEST_CASE(a_store_of_version_3_keeps_its_devices_and_nobody_fights) {
  {
    Database database(path);
    migrate(database, store_steps().first(3));
    database.run(
        "INSERT INTO device (device, is_forgotten, seq, template, status, last_seen, end_is_graceful, "
        "end_silence, is_flapping) VALUES ('a', 0, 1, 't', 'online', 5, 1, 0, 1); "
        "UPDATE meta SET seq_ceiling = 12; "
        "INSERT INTO broker (name, boot, known_through, last_contact, settled_seq) VALUES ('main', 7, 8, 9, "
        "10)");
  }
  const auto state = stored();
  BOOST_TEST_REQUIRE(state.devices.size() == 1U);
  BOOST_TEST(state.devices[0].device == "a");
  BOOST_TEST(state.devices[0].is_flapping);
  BOOST_TEST(state.devices[0].conflicts.empty());
  BOOST_TEST(state.reserved_seq == 12U);
  BOOST_TEST(!state.is_complete);
  BOOST_TEST_REQUIRE(state.brokers.size() == 1U);
  BOOST_TEST(state.brokers[0].boot == 7U);
  BOOST_TEST((state.brokers[0].last_contact == Time{Millis{9}}));
  BOOST_TEST(!state.brokers[0].clock_offset.has_value());
  BOOST_TEST(number("PRAGMA user_version") == static_cast<std::int64_t>(store_steps().size()));
}

BOOST_AUTO_TEST_CASE(a_store_of_version_4_keeps_all_and_finds_first_contacts_again) {
  {
    Database database(path);
    migrate(database, store_steps().first(4));
    database.run(
        R"(INSERT INTO device (device, is_forgotten, seq, template, status, last_seen, end_is_graceful, end_at,
           end_silence, connections) VALUES
           ('a', 0, 1, 't', 'online', 5, 1, 0, 0, '[{"broker":"main","boot":7,"number":3,"client_id":"a",)"
        R"("username":"","address":"","keepalive":60,"lost_at":null}]'), ('old', 0, 2, 't', 'offline', 5, 1, 4, 0, NULL),
           ('gone', 1, 3, '', '', NULL, 1, 0, 0, NULL))");
    database.run(
        "UPDATE meta SET row_clock = 1000; "
        "INSERT INTO timeline (seq, device, at, from_status, to_status, kind, cause) VALUES "
        "(1, 'a', 10, NULL, 'online', 'transition', 'connect'), "
        "(2, 'a', 20, 'online', 'offline', 'transition', 'unknown'), "
        "(3, 'a', 30, NULL, 'online', 'transition', 'connect'), "
        "(4, 'old', 40, 'online', 'offline', 'transition', 'unknown'), "
        "(5, 'gone', 50, NULL, 'online', 'transition', 'connect')");
  }
  const auto state = stored();
  BOOST_TEST_REQUIRE(state.devices.size() == 3U);
  BOOST_TEST(state.devices[0].connections.size() == 1U);
  BOOST_TEST(!state.devices[0].muted_until.has_value());
  BOOST_TEST((state.row_clock == Millis{1000}));
  BOOST_TEST(state.unacknowledged.size() == 5U);
  BOOST_TEST(number("SELECT first_contact FROM device WHERE device = 'a'") == 30);
  BOOST_TEST(number("SELECT count(*) FROM device WHERE first_contact IS NULL") == 2);
  BOOST_TEST(number("SELECT count(*) FROM disconnects") == 0);
  BOOST_TEST(number("SELECT count(*) FROM fleet_history") == 0);
}

BOOST_AUTO_TEST_CASE(a_store_of_version_3_keeps_its_connections_and_outages) {
  {
    Database database(path);
    migrate(database, store_steps().first(3));
    database.run(
        "INSERT INTO broker (name, boot, known_through, settled_seq, outage_began, outage_back_at, "
        "outage_grace_ends, outage_affected, outage_back) VALUES ('main', 7, 3, 0, 1, 2, 3, 4, 5)");
    database.run(
        R"(INSERT INTO device (device, is_forgotten, seq, template, status, end_is_graceful, end_silence, connections)
           VALUES ('a', 0, 1, 't', 'online', 1, 0, '[{"broker":"main","boot":7,"number":3,"client_id":"a",)"
        R"("username":"","address":"","keepalive":60,"lost_at":1}]'))");
  }
  const auto state = stored();
  BOOST_TEST_REQUIRE(state.brokers.size() == 1U);
  BOOST_TEST((state.brokers[0].known_stall == Millis{0}));
  BOOST_TEST(
      (state.brokers[0].outage == OutageRecord{Time{Millis{1}}, Time{Millis{2}}, Time{Millis{3}}, 4, 5}));
  BOOST_TEST_REQUIRE(state.devices.size() == 1U);
  BOOST_TEST_REQUIRE(state.devices[0].connections.size() == 1U);
  const auto& connection = state.devices[0].connections[0];
  BOOST_TEST((connection.last_packet == Time::min()));
  BOOST_TEST((connection.lost_at == Time{Millis{1}}));
  BOOST_TEST(!connection.grace_ends.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
