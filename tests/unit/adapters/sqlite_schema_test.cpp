// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/sqlite_schema.hpp"

#include <vector>

#include "tests/unit/adapters/store_fixture.hpp"

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

BOOST_AUTO_TEST_SUITE_END()
