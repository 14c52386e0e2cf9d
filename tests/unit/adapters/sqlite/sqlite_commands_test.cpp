// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/sqlite/sqlite_commands.hpp"

#include <string>

#include "tests/unit/adapters/sqlite/store_fixture.hpp"

using namespace rollcall;

namespace {

CommandRecord command(const std::string& topic, std::uint64_t order) {
  CommandRecord record;
  record.device = "pump-7";
  record.topic = topic;
  record.payload = std::string("\0\xFF\x01", 3);
  record.properties = std::string("\3\0\1x\0\0", 6);
  record.qos = 2;
  record.at = at_ms(1);
  record.expires = at_ms(2);
  record.has_own_expiry = true;
  record.boot = UINT64_MAX;
  record.number = 5;
  record.order = order;
  return record;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sqlite_commands, StoreFolder)

BOOST_AUTO_TEST_CASE(commands_come_back_as_they_went_in_their_order) {
  StoreBatch batch;
  batch.commands = {command("b", 1), command("a", 2)};
  batch.command_sources = {{"main", UINT64_MAX, 7}};
  write(batch);
  const auto state = stored();
  BOOST_TEST((state.commands == batch.commands));
  BOOST_TEST((state.command_sources == batch.command_sources));
}

BOOST_AUTO_TEST_CASE(a_newer_one_takes_the_place_of_its_topic) {
  StoreBatch batch;
  batch.commands = {command("a", 1), command("b", 2)};
  write(batch);
  StoreBatch next;
  next.removed_commands = {{"pump-7", "b"}};
  next.commands = {command("a", 3)};
  next.command_sources = {{"main", 1, 8}};
  write(next);
  write(next);
  const auto state = stored();
  BOOST_TEST((state.commands == next.commands));
  BOOST_TEST((state.command_sources == next.command_sources));
}

BOOST_AUTO_TEST_CASE(what_cant_be_a_command_is_named) {
  StoreBatch batch;
  batch.commands = {command("a", 1)};
  write(batch);
  sql("UPDATE command SET qos = 3");
  WaitingStore store(path);
  BOOST_REQUIRE(store.is_open());
  const auto state = (*store).load();
  BOOST_REQUIRE(!state.has_value());
  BOOST_TEST(has(state.error().message, "column qos"));
}

BOOST_AUTO_TEST_SUITE_END()
