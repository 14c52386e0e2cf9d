// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/sqlite/sqlite_reader.hpp"

#include <set>

#include "bridge/adapters/sqlite/sqlite_schema.hpp"
#include "tests/unit/adapters/child.hpp"
#include "tests/unit/adapters/sqlite/store_fixture.hpp"

using namespace rollcall;

namespace {

struct Reading : StoreFolder {
  Result<StoredDevice> read(const std::string& name = "pump-7", std::size_t rows = 10) const {
    return read_stored_device(path, name, rows);
  }
  std::string error() const {
    const auto stored = read();
    return stored ? "" : stored.error().message;
  }
  std::set<std::string> files() const {
    std::set<std::string> names;
    for (const auto& each : std::filesystem::directory_iterator(folder))
      names.insert(each.path().filename().string());
    return names;
  }
  std::string said(const std::string& words) const { return "the store \"" + path + "\" " + words; }

  static StoreBatch batch() {
    StoreBatch made;
    made.devices = {device("pump-7", 5), device("pump-8", 6)};
    made.rows = {row(1), row(2, at_ms(2'000), "pump-8"), row(3), row(4)};
    made.brokers = {broker("main")};
    made.templates = {{"default", 77}};
    return made;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sqlite_reader, Reading)

BOOST_AUTO_TEST_CASE(one_device_and_its_latest_rows_are_read_while_the_store_is_open_for_writing) {
  WaitingStore store(path);
  store.write(batch());
  const auto before = files();
  for (std::uint64_t seq = 10; seq < 13; ++seq) {
    StoreBatch next;
    next.devices = {device("pump-7", seq)};
    next.rows = {row(seq)};
    store.write(next);
    const auto stored = read("pump-7", 2);
    BOOST_REQUIRE_MESSAGE(stored, stored.error().message);
    BOOST_TEST((stored->record == device("pump-7", seq)));
    BOOST_REQUIRE(stored->rows.size() == 2U);
    BOOST_TEST((stored->rows.back() == row(seq)));
    BOOST_TEST((stored->brokers == batch().brokers));
    BOOST_TEST(stored->templates.at("default") == 77U);
    BOOST_TEST(stored->known.empty());
  }
  BOOST_TEST((files() == before));
}

BOOST_AUTO_TEST_CASE(a_store_at_rest_is_left_as_it_is) {
  write(batch());
  const auto bytes = bytes_of(path);
  const auto before = files();
  BOOST_TEST(read().value().rows.size() == 3U);
  BOOST_TEST((files() == before));
  BOOST_TEST((bytes_of(path) == bytes));
}

BOOST_AUTO_TEST_CASE(so_is_one_that_another_process_has_and_one_whose_bridge_was_killed) {
  Child bridge([this](const Child::Say& say) {
    WaitingStore store(path);
    if (store.try_to_write(batch())) say("written");
    ::pause();
  });
  BOOST_REQUIRE(bridge.line() == "written");
  const auto before = files();
  const auto wal = bytes_of(path + "-wal");
  const auto index = bytes_of(path + "-shm");
  for (const bool is_alive : {true, false}) {
    if (!is_alive) bridge.kill();
    const auto stored = read();
    BOOST_REQUIRE_MESSAGE(stored, stored.error().message);
    BOOST_TEST((stored->record == device("pump-7", 5)));
    BOOST_TEST((files() == before));
    BOOST_TEST((bytes_of(path + "-wal") == wal));
    BOOST_TEST((bytes_of(path + "-shm") == index));
  }
  BOOST_TEST(stored().devices.size() == 2U, "and the next bridge finds all");
}

BOOST_AUTO_TEST_CASE(for_an_unknown_device_there_are_the_known_ones) {
  auto made = batch();
  made.devices[1].is_forgotten = true;
  write(made);
  const auto stored = read("pump");
  BOOST_REQUIRE(stored.has_value());
  BOOST_TEST(!stored->record);
  BOOST_TEST(stored->rows.empty());
  BOOST_TEST(stored->known == std::vector<std::string>{"pump-7"}, boost::test_tools::per_element());
  BOOST_TEST(read("pump-8").value().record->is_forgotten);
}

BOOST_AUTO_TEST_CASE(a_store_that_is_not_there_is_not_made) {
  BOOST_TEST(error() == said("isn't there yet: a bridge makes it when it starts for the first time"));
  BOOST_TEST(files().empty());
}

BOOST_AUTO_TEST_CASE(a_database_without_its_file_is_said_so) {
  std::ofstream(path + "-wal") << "x";
  BOOST_TEST(error() == said("is gone, and \"" + path + "-wal\" is there"));
}

BOOST_AUTO_TEST_CASE(an_older_store_is_left_to_the_bridge) {
  std::ofstream{path};
  Database database(path);
  migrate(database, store_steps().first(1));
  BOOST_TEST(error() ==
             said("has version 1, of an older Rollcall: the bridge of this one must open it first, and "
                  "makes it version " +
                  std::to_string(store_steps().size())));
  BOOST_TEST(number("PRAGMA user_version") == 1);
}

BOOST_AUTO_TEST_CASE(a_newer_store_is_refused) {
  write(batch());
  sql("PRAGMA user_version = 99");
  BOOST_TEST(error() == said("has version 99, and this Rollcall knows versions up to " +
                             std::to_string(store_steps().size())));
}

BOOST_AUTO_TEST_CASE(what_is_damaged_or_none_is_said_so) {
  write(batch());
  sql("UPDATE device SET wait_kind = 'odd', next_status = 'x'");
  BOOST_TEST(has(error(), said("is damaged: table device, device \"pump-7\", column wait_kind")));
  std::ofstream(path, std::ios::trunc) << std::string(5000, 'x');
  BOOST_TEST(error() == said("is not a database"));
}

BOOST_AUTO_TEST_CASE(a_folder_is_no_store) {
  std::filesystem::create_directory(path);
  BOOST_TEST(error() == said("is a folder"));
}

BOOST_AUTO_TEST_CASE(any_name_can_be_opened) {
  const auto odd = folder + "/a?b#c%41 ü.db";
  { WaitingStore store(odd); }
  BOOST_TEST(read_stored_device(odd, "pump-7", 1).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
