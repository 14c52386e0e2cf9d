// SPDX-License-Identifier: Apache-2.0
// What a store can't hold, because Rollcall didn't write it, is refused by table, row and column.
#include "bridge/adapters/sqlite/sqlite_records.hpp"

#include <vector>

#include "tests/unit/adapters/sqlite/store_fixture.hpp"

using namespace rollcall;

BOOST_FIXTURE_TEST_SUITE(sqlite_records, StoreFolder)

BOOST_AUTO_TEST_CASE(what_cannot_be_in_a_store_is_named) {
  struct Wrong {
    const char *change, *words;
  };
  const std::vector<Wrong> wrongs = {
      {"UPDATE device SET end_cause = 'bored'", R"(column end_cause is "bored", which is no cause)"},
      {"UPDATE device SET seq = -1", "column seq is -1, and can't be negative"},
      {"UPDATE device SET is_forgotten = 2", "column is_forgotten is 2, and must be 0 or 1"},
      {"UPDATE device SET end_silence = -1", "column end_silence is -1"},
      {"UPDATE device SET since = 9223372036854775807",
       "column since is 9223372036854775807, which is no time"},
      {"UPDATE device SET next_status = 'gone'", R"(column wait_kind is "", which is no kind of wait)"},
      {"UPDATE device SET declared = '['", "column declared is not JSON"},
      {"UPDATE device SET declared = '{}'", "column declared is wrong: it isn't an object with its members"},
      {"UPDATE device SET operator = '[1,2,3,4,5]'", "column operator is wrong: it isn't an object"},
      {R"(UPDATE device SET operator = '{"status":1,"previous":"","since":0,"until":null,"hold":true}')",
       R"(column operator is wrong: "status" is no text)"},
      {R"(UPDATE device SET operator = '{"status":"a","previous":"","since":9e18,"until":null,"hold":true}')",
       "column operator is wrong: a time in it is no whole number"},
      {"UPDATE device SET changes = '7'", "column changes is wrong: it must be a list of times"},
      {"UPDATE device SET is_flapping = 2", "column is_flapping is 2, and must be 0 or 1"},
      {"UPDATE device SET conflicts = '7'", "column conflicts is wrong: it must be a list of objects"},
      {"UPDATE device SET conflicts = '[{}]'",
       "column conflicts is wrong: it isn't an object with its members"},
      {R"(UPDATE device SET conflicts = '[{"broker":"","client_id":"","began":1,"last":2,"takeovers":-1,"addresses":[]}]')",
       R"(column conflicts is wrong: "takeovers" is no such number)"},
      {R"(UPDATE device SET conflicts = '[{"broker":"","client_id":"","began":1,"last":2,"takeovers":2,"addresses":{}}]')",
       R"(column conflicts is wrong: "addresses" is no list)"},
      {R"(UPDATE device SET conflicts = '[{"broker":"","client_id":"","began":1,"last":2,"takeovers":2,"addresses":[7]}]')",
       R"(column conflicts is wrong: one of "addresses" is no text)"},
      {"UPDATE device SET muted_until = 9223372036854775806", "column muted_until is 9223372036854775806"},
      {"UPDATE device SET connections = '['", "column connections is not JSON"},
      {"UPDATE device SET connections = '{}'", "column connections is wrong: it must be a list of objects"},
      {"UPDATE device SET connections = '[7]'", "column connections is wrong: it must be a list of objects"},
      {"UPDATE device SET connections = '[[]]'", "column connections is wrong: it must be a list of objects"},
      {"UPDATE device SET connections = '[{}]'",
       "column connections is wrong: an object of it lacks a member"},
      {R"(UPDATE device SET connections = '[{"x":1}]')", R"("x" is unknown)"},
      {R"(UPDATE device SET connections = '[{"boot":1,"boot":1}]')", R"("boot" is there twice)"},
      {R"(UPDATE device SET connections = '[{"boot":-1}]')", R"("boot" can't be that)"},
      {R"(UPDATE device SET connections = '[{"boot":1.5}]')", R"("boot" can't be that)"},
      {R"(UPDATE device SET connections = '[{"boot":"1"}]')", R"("boot" can't be that)"},
      {R"(UPDATE device SET connections = '[{"broker":null}]')", R"("broker" can't be that)"},
      {R"(UPDATE device SET connections = '[{"broker":[]}]')", "column connections is wrong: it must be"},
      {R"(UPDATE device SET connections = '[{"keepalive":65536}]')", R"("keepalive" can't be that)"},
      {R"(UPDATE device SET connections = '[{"protocol":256}]')", R"("protocol" can't be that)"},
      {R"(UPDATE device SET connections = '[{"since":"now"}]')", R"("since" can't be that)"},
      {R"(UPDATE device SET connections = '[{"lost_at":true}]')", R"("lost_at" can't be that)"},
      {R"(UPDATE device SET connections = '[{"lost_at":18446744073709551615}] ')",
       "column connections is wrong"},
  };
  for (const auto& [change, words] : wrongs) {
    BOOST_TEST_CONTEXT(change) {
      std::filesystem::remove(path);
      StoreBatch batch;
      batch.devices = {device("pump-7")};
      write(batch);
      sql(change);
      const auto before = bytes_of(path);
      {
        WaitingStore store(path);
        BOOST_REQUIRE_MESSAGE(store.is_open(), store.error());
        const auto loaded = (*store).load();
        BOOST_REQUIRE(!loaded);
        const auto& error = loaded.error().message;
        BOOST_TEST(has(error, words), error);
        BOOST_TEST(has(error, "\"" + path + "\" is damaged (table device, device \"pump-7\", column "),
                   error);
      }
      BOOST_TEST((bytes_of(path) == before));
    }
  }
}

BOOST_AUTO_TEST_CASE(the_other_tables_are_checked_too) {
  const auto error_after = [this](const char* change) {
    std::filesystem::remove(path);
    StoreBatch batch;
    batch.brokers = {broker("north")};
    batch.rows = {row(5)};
    write(batch);
    sql(change);
    WaitingStore store(path);
    const auto loaded = (*store).load();
    return loaded ? std::string() : loaded.error().message;
  };
  BOOST_TEST(
      has(error_after("UPDATE meta SET seq_ceiling = -2"), "table meta, only_row \"1\", column seq_ceiling"));
  BOOST_TEST(has(error_after("UPDATE broker SET known_through = -1"),
                 "table broker, name \"north\", column known_t"));
  BOOST_TEST(has(error_after("UPDATE timeline SET graceful = 3"),
                 "table timeline, seq \"5\", column graceful is 3"));
}

BOOST_AUTO_TEST_CASE(devices_come_in_portions_and_each_is_checked) {
  StoreBatch batch;
  for (std::size_t i = 0; i < 2 * kDevicesAtOnce + 1; ++i) {
    batch.devices.push_back(device("pump-" + std::to_string(i)));
  }
  write(batch);
  BOOST_TEST((stored().devices == batch.devices));

  const auto last = batch.devices.back().device;
  sql("UPDATE device SET seq = -1 WHERE device = '" + last + "'");
  WaitingStore store(path);
  auto state = store.load_first();
  BOOST_TEST(state.most_devices == batch.devices.size());
  BOOST_TEST(state.devices.size() == kDevicesAtOnce);
  BOOST_TEST(state.more_devices(state.devices));
  BOOST_CHECK_EXCEPTION(state.more_devices(state.devices), StoreFailure, [&](const StoreFailure& failure) {
    return has(failure.what(), "table device, device \"" + last + "\", column seq is -1");
  });
}

BOOST_AUTO_TEST_SUITE_END()
