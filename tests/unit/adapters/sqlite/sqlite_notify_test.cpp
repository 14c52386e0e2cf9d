// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/sqlite/sqlite_notify.hpp"

#include "bridge/adapters/sqlite/sqlite_schema.hpp"
#include "tests/unit/adapters/sqlite/store_fixture.hpp"

using namespace rollcall;

namespace {

NotifyRecord full_record(const std::string& name) {
  NotifyRecord record;
  record.device = name;
  record.counts = {{"offline", 2, 3, at_ms(-5), true}, {"gone", 0, 1, Time::min(), false}};
  record.day = 20'000;
  record.sent = 7;
  record.last_sent = at_ms(1'700'000'000'123);
  record.told = "offline";
  record.is_flapping = record.has_told_flapping = record.is_back = true;
  record.held = 4;
  record.held_status = "gone";
  record.waiting = WaitingNotice{WaitingNotice::Kind::flapping,
                                 at_ms(9),
                                 "offline",
                                 "online",
                                 "kicked",
                                 "pump",
                                 at_ms(8),
                                 at_ms(7),
                                 6,
                                 "gone"};
  record.incident = "abc";
  record.gateway = "gate \"1\"\n";
  return record;
}

IncidentRecord incident(const std::string& id) {
  return {id, "gateway", "gate", at_ms(1), at_ms(2), at_ms(3), 22, 3, {"a", "ü\"b"}, {"ops"}};
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sqlite_notify, StoreFolder)

BOOST_AUTO_TEST_CASE(what_is_kept_of_notifications_comes_back) {
  StoreBatch batch;
  NotifyRecord plain;
  plain.device = "plain";
  batch.notify.devices = {full_record("a/b"), plain};
  batch.notify.incidents = {incident("abc"), {}};
  batch.notify.incidents[1].id = "new";
  batch.notify.incidents[1].began = batch.notify.incidents[1].last_loss = at_ms(0);
  {
    WaitingStore store(path);
    store.write(batch);
  }
  const auto state = stored().notify;
  BOOST_TEST((state.devices == batch.notify.devices));
  BOOST_TEST((state.incidents == batch.notify.incidents));
}

BOOST_AUTO_TEST_CASE(a_later_batch_replaces_and_removes) {
  {
    WaitingStore store(path);
    StoreBatch batch;
    batch.notify.devices = {full_record("a"), full_record("b"), full_record("c")};
    batch.notify.incidents = {incident("1"), incident("2")};
    store.write(batch);
    StoreBatch later;
    later.number = 1;
    later.notify.devices = {full_record("a")};
    later.notify.devices[0].sent = 8;
    later.notify.removed = {"c", "never there"};
    later.notify.ended = {"2"};
    store.write(later);
  }
  const auto state = stored().notify;
  BOOST_TEST_REQUIRE(state.devices.size() == 2U);
  BOOST_TEST(state.devices[0].sent == 8U);
  BOOST_TEST(state.devices[1].device == "b");
  BOOST_TEST_REQUIRE(state.incidents.size() == 1U);
  BOOST_TEST(state.incidents[0].id == "1");
}

BOOST_AUTO_TEST_CASE(what_is_damaged_is_named) {
  { const WaitingStore store(path); }
  for (const auto* const state :
       {"nothing", "[]", R"({"sent":"many"})", R"({"last_sent":99999999999999999})"}) {
    BOOST_TEST_CONTEXT(state) {
      sql((std::string("REPLACE INTO notify_device VALUES ('a', '") + state + "')").c_str());
      const WaitingStore store(path);
      BOOST_TEST(!(store.is_open() && const_cast<WaitingStore&>(store).operator*().load()));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_store_of_version_5_has_told_nobody) {
  {
    std::ofstream(path).flush();
    Database database(path);
    migrate(database, store_steps().first(5));
  }
  const auto state = stored();
  BOOST_TEST(state.notify.devices.empty());
  BOOST_TEST(state.notify.incidents.empty());
  BOOST_TEST(number("PRAGMA user_version") == static_cast<std::int64_t>(store_steps().size()));
}

BOOST_AUTO_TEST_SUITE_END()
