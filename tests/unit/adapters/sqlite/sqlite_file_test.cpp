// SPDX-License-Identifier: Apache-2.0
// Opening a store: what is none, is damaged, newer, in use or out of reach is refused and stays as it is.
#include "bridge/adapters/sqlite/sqlite_file.hpp"

#include <map>
#include <vector>

#include <sys/stat.h>

#include "bridge/adapters/sqlite/sqlite_schema.hpp"
#include "tests/unit/adapters/child.hpp"
#include "tests/unit/adapters/sqlite/store_fixture.hpp"

using namespace rollcall;

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPage = 4096;

struct Opening : StoreFolder {
  void file(const std::string& bytes) const {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  }
  void some_devices() const {
    StoreBatch batch;
    for (std::uint64_t seq = 1; seq <= 200; ++seq) {
      batch.devices.push_back(device("device " + std::to_string(seq)));
      batch.rows.push_back(row(seq, at_ms(1), batch.devices.back().device));
    }
    batch.brokers = {broker("north")};
    write(batch);
  }
  /// All files but the lock and SQLite's shared memory, which holds nothing of its own.
  std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> found;
    for (const auto& entry : fs::directory_iterator(folder)) {
      const auto name = entry.path().filename().string();
      if (!name.ends_with(".lock") && !name.ends_with("-shm")) found[name] = bytes_of(entry.path());
    }
    return found;
  }
  /// Opening fails with these words, in one line with the file's name, and changes nothing.
  void refused(const std::string& words) const {
    const auto before = files();
    const auto error = error_of_opening();
    BOOST_TEST(has(error, words), "\"" << error << "\" should say: " << words);
    BOOST_TEST(has(error, "the store \"" + path + "\""), error);
    BOOST_TEST(!has(error, "\n"), error);
    BOOST_TEST((files() == before));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sqlite_file, Opening)

BOOST_AUTO_TEST_CASE(an_empty_file_becomes_a_store) {
  file("");
  BOOST_TEST(stored().is_new);
  BOOST_TEST(!stored().is_new);
}

BOOST_AUTO_TEST_CASE(what_an_interrupted_start_left_is_no_hindrance) {
  std::ofstream(path + ".new") << "half of a store";
  BOOST_TEST(stored().is_new);
  BOOST_TEST(!fs::exists(path + ".new"));
}

BOOST_AUTO_TEST_CASE(what_is_no_database_is_left_alone) {
  file("{}\n");
  refused("is not a database");
  file(std::string(100'000, 'x'));
  refused("is not a database");
  file(std::string("SQLite format 3\0", 16));
  refused("is not a database");
}

BOOST_AUTO_TEST_CASE(the_database_of_another_program_is_left_alone) {
  file("");
  sql("CREATE TABLE device (name TEXT); INSERT INTO device VALUES ('mine')");
  refused("is a database of another program");
  sql("PRAGMA application_id = 7; PRAGMA user_version = 1");
  refused("is a database of another program");
  sql("PRAGMA journal_mode = WAL");
  refused("is a database of another program");
}

BOOST_AUTO_TEST_CASE(a_store_with_other_tables_is_left_alone) {
  some_devices();
  sql("ALTER TABLE device RENAME COLUMN status TO state");
  refused("no column named status");
}

BOOST_AUTO_TEST_CASE(the_store_of_a_newer_version_is_left_alone) {
  some_devices();
  sql("PRAGMA user_version = 99");
  refused("has version 99, and this Rollcall knows versions up to " + std::to_string(store_steps().size()));
}

BOOST_AUTO_TEST_CASE(a_newer_version_that_is_only_in_the_wal_is_seen) {
  some_devices();
  {
    Database newer(path);
    newer.checkpoint_on_close(false);
    newer.run("PRAGMA user_version = 99; CREATE TABLE unheard_of (x)");
  }
  BOOST_REQUIRE(fs::file_size(path + "-wal") > 0);
  refused("has version 99");
}

BOOST_AUTO_TEST_CASE(a_wal_without_its_database_is_left_alone) {
  std::ofstream(path + "-wal") << "what was written last";
  refused("is gone, and \"" + path + "-wal\" is there");
}

BOOST_AUTO_TEST_CASE(damage_in_any_page_is_found_and_left_alone) {
  some_devices();
  const auto sound = bytes_of(path);
  const auto pages = sound.size() / kPage;
  BOOST_TEST(pages > 10U);
  for (std::size_t page = 0; page < pages; ++page) {
    for (const char garbage : {'\0', '\xA5'}) {
      BOOST_TEST_CONTEXT("page " << page + 1) {
        auto bytes = sound;
        // The header of the file is another test's.
        const std::size_t from = page * kPage + (page == 0 ? 100 : 0);
        bytes.replace(from, (page + 1) * kPage - from, (page + 1) * kPage - from, garbage);
        file(bytes);
        refused("is damaged (");
      }
    }
  }
  for (std::size_t left = 1; left < pages; ++left) {
    BOOST_TEST_CONTEXT("cut after page " << left) {
      file(sound.substr(0, left * kPage));
      refused("is damaged (");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_torn_wal_is_read_up_to_the_tear) {
  some_devices();
  {
    Database last_words(path);
    last_words.checkpoint_on_close(false);
    last_words.run("UPDATE meta SET seq_ceiling = 1");
    last_words.run("UPDATE meta SET seq_ceiling = 2");
  }
  fs::resize_file(path + "-wal", fs::file_size(path + "-wal") - 1);
  BOOST_TEST(stored().reserved_seq == 1U);
}

BOOST_AUTO_TEST_CASE(a_place_where_no_file_can_be_is_named) {
  const auto error = [](const std::string& where) { return WaitingStore(where).error(); };
  file("");
  BOOST_TEST(has(error(folder + "/none/x.db"), "its folder isn't there; make that"));
  BOOST_TEST(has(error(path + "/x.db"), "can't be made: \"" + path + "\" is not a folder"));
  BOOST_TEST(has(error(folder), "is a folder; name a file in it"));
  BOOST_TEST(has(error(folder + "/"), "is a folder"));
  BOOST_TEST(has(error(""), "has no file name"));
  BOOST_TEST(has(error("/dev/null"), "is not a file"));
  fs::create_symlink("nowhere", folder + "/link.db");
  BOOST_TEST(has(error(folder + "/link.db"), "is a symbolic link that leads nowhere"));
}

BOOST_AUTO_TEST_CASE(what_may_not_be_written_is_named) {
  some_devices();
  constexpr mode_t kForAll = 0777;
  constexpr mode_t kToRead = 0444;
  constexpr mode_t kToEnter = 0555;
  const auto error_as_somebody = [this] {
    Child somebody([this](const Child::Say& say) {
      constexpr uid_t kNobody = 65534;
      if (::geteuid() == 0 && ::setuid(kNobody) != 0) ::_exit(1);
      say(error_of_opening());
    });
    return somebody.line();
  };
  fs::remove(path + ".lock");
  ::chmod(folder.c_str(), kToEnter);
  BOOST_TEST(
      has(error_as_somebody(), "can't be locked: \"" + path + ".lock\" can't be opened: Permission denied"));
  ::chmod(folder.c_str(), kForAll);
  ::chmod(path.c_str(), kToRead);
  BOOST_TEST(has(error_as_somebody(), "can't be written; make file and folder writable"));
  fs::remove(path + ".lock");
}

BOOST_AUTO_TEST_CASE(a_store_in_use_is_refused_by_whatever_name) {
  WaitingStore first(path);
  BOOST_REQUIRE(first.is_open());
  fs::create_symlink(path, folder + "/link.db");
  for (const auto* name : {"/rollcall.db", "/link.db", "/./rollcall.db"}) {
    const auto error = WaitingStore(folder + name).error();
    BOOST_TEST(has(error, "is in use by another bridge (process " + std::to_string(::getpid()) + ")"), error);
  }
  first.write({});
}

BOOST_AUTO_TEST_CASE(a_killed_bridge_leaves_the_store_free) {
  Child bridge([this](const Child::Say& say) {
    WaitingStore store(path);
    say(store.is_open() ? "open" : store.error());
    ::pause();
  });
  BOOST_TEST(bridge.line() == "open");
  const auto error = error_of_opening();
  BOOST_TEST(has(error, "is in use by another bridge (process " + std::to_string(bridge.pid()) + ")"), error);
  bridge.kill();
  BOOST_TEST(error_of_opening() == "");
}

BOOST_AUTO_TEST_SUITE_END()
