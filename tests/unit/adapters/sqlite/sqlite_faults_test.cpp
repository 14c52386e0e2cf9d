// SPDX-License-Identifier: Apache-2.0
// What happens to the store when the disk fails or the bridge dies, at every single step.
#include <sqlite3.h>
#include <sys/resource.h>

#include "tests/unit/adapters/child.hpp"
#include "tests/unit/adapters/sqlite/rough_disk.hpp"
#include "tests/unit/adapters/sqlite/store_fixture.hpp"

using namespace rollcall;

namespace {

/// The n-th of a series: whoever reads the store sees how far it has come, and whether that is whole.
StoreBatch numbered(std::uint64_t n) {
  StoreBatch batch;
  batch.devices = {device("same", n), device("device " + std::to_string(n), n)};
  batch.rows = {row(n)};
  batch.brokers = {broker("north")};
  batch.brokers[0].known_through = n;
  batch.reserved_seq = n;
  batch.templates = {{"default", n}};
  if (n > 2) batch.removed = {"device " + std::to_string(n - 2)};
  return batch;
}

std::uint64_t whole_through(const StoredState& state) {
  const auto n = state.reserved_seq;
  if (n == 0) {
    BOOST_TEST((state.devices.empty() && state.unacknowledged.empty() && state.brokers.empty()));
    return 0;
  }
  BOOST_TEST(state.devices.size() == (n == 1 ? 2U : 3U));
  BOOST_TEST((state.devices.front() == device("same", n)));
  BOOST_TEST((state.devices.back() == device("device " + std::to_string(n), n)));
  BOOST_TEST(state.unacknowledged.size() == n);
  BOOST_TEST(state.unacknowledged.back().seq == n);
  BOOST_TEST(state.brokers.at(0).known_through == n);
  BOOST_TEST(state.templates.at("default") == n);
  return n;
}

struct Faults : StoreFolder {
  RoughDisk disk;

  /// Fails one write at each of its steps in turn.
  void fail_each_step(int code, const std::string& words) {
    WaitingStore store(path);
    store.write(numbered(1));
    int step = 1;
    for (std::uint64_t n = 2; true; ++n, ++step) {
      BOOST_TEST_CONTEXT("step " << step) {
        disk.fail_from(step, code);
        const auto result = store.try_to_write(numbered(n));
        const bool has_failed = disk.has_failed();
        BOOST_TEST(result.has_value() == !has_failed);
        if (has_failed) {
          BOOST_TEST(has(result.error().message, "\"" + path + "\""));
          BOOST_TEST(has(result.error().message, words), result.error().message);
          const auto again = store.try_to_write(numbered(n));
          BOOST_TEST(!again, "still broken");
        }
        disk.heal();
        if (has_failed) store.write(numbered(n));
        BOOST_TEST(whole_through(store.load()) == n);
        if (!has_failed) break;
      }
    }
    BOOST_TEST(step > 10);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sqlite_faults, Faults)

BOOST_AUTO_TEST_CASE(a_full_disk_costs_nothing_and_ends_when_there_is_room) {
  fail_each_step(SQLITE_FULL, "the disk is full");
}

BOOST_AUTO_TEST_CASE(a_broken_disk_costs_nothing_and_ends_when_it_works_again) {
  fail_each_step(SQLITE_IOERR_WRITE, "disk I/O error");
}

BOOST_AUTO_TEST_CASE(a_disk_that_fails_at_the_end_costs_nothing) {
  int step = 1;
  for (bool has_failed = true; has_failed; ++step) {
    BOOST_TEST_CONTEXT("step " << step) {
      const auto n = static_cast<std::uint64_t>(step);
      {
        WaitingStore store(path);
        store.write(numbered(n));
        disk.fail_from(step, SQLITE_FULL);
      }
      has_failed = disk.has_failed();
      disk.heal();
      BOOST_TEST(whole_through(stored()) == n);
    }
  }
  BOOST_TEST(step > 5);
}

BOOST_AUTO_TEST_CASE(a_store_is_made_whole_or_not_at_all) {
  int step = 1;
  for (bool has_failed = true; has_failed; ++step) {
    BOOST_TEST_CONTEXT("step " << step) {
      std::filesystem::remove(path);
      disk.fail_from(step, SQLITE_FULL);
      const auto error = error_of_opening();
      has_failed = disk.has_failed();
      disk.heal();
      BOOST_TEST(!std::filesystem::exists(path + ".new"));
      if (!error.empty()) BOOST_TEST(has(error, "\"" + path + "\" can't be"), error);
      if (!error.empty()) BOOST_TEST(has(error, "the disk is full"), error);
      BOOST_TEST(whole_through(stored()) == 0U);
    }
  }
  BOOST_TEST(step > 10);
}

BOOST_AUTO_TEST_CASE(a_bridge_killed_at_any_step_keeps_what_was_acknowledged) {
  constexpr std::uint64_t kBatches = 4;
  int step = 1;
  for (bool was_killed = true; was_killed; ++step) {
    BOOST_TEST_CONTEXT("step " << step) {
      std::filesystem::remove(path);
      std::filesystem::remove(path + "-wal");
      std::filesystem::remove(path + "-shm");
      Child bridge([&](const Child::Say& say) {
        disk.kill_at(step);
        WaitingStore store(path);
        for (std::uint64_t n = 1; n <= kBatches; ++n) {
          if (!store.is_open() || !store.try_to_write(numbered(n))) ::_exit(1);
          say("ok");
        }
      });
      std::uint64_t acknowledged = 0;
      while (!bridge.line().empty()) ++acknowledged;
      was_killed = !bridge.wait();
      const auto through = whole_through(stored());
      BOOST_TEST(through >= acknowledged);
      BOOST_TEST(through <= acknowledged + 1);
      if (!was_killed) BOOST_TEST(through == kBatches);
    }
  }
  BOOST_TEST(step > 100);
}

BOOST_AUTO_TEST_CASE(a_real_limit_of_the_system_is_named_and_survived) {
  Child bridge([&](const Child::Say& say) {
    WaitingStore store(path);
    constexpr rlim_t kSmall = 200'000;
    rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = kSmall;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    std::uint64_t n = 1;
    std::string error;
    while (error.empty()) {
      const auto result = store.try_to_write(numbered(n));
      result ? void(++n) : void(error = result.error().message);
    }
    say(error);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto accepted = store.try_to_write(numbered(n));
    say(accepted ? std::to_string(n) : accepted.error().message);
  });
  const auto error = bridge.line();
  BOOST_TEST(has(error, "can't be written: "), error);
  BOOST_TEST(has(error, "File too large"), error);
  const auto n = bridge.line();
  BOOST_TEST(bridge.wait());
  BOOST_TEST(std::to_string(whole_through(stored())) == n);
}

BOOST_AUTO_TEST_CASE(only_what_has_relaxed_durability_is_not_synced) {
  WaitingStore store(path);
  store.write(numbered(1));
  const auto syncs_of = [&](std::uint64_t n, bool is_durability_relaxed) {
    const auto before = disk.sync_count();
    auto batch = numbered(n);
    batch.is_durability_relaxed = is_durability_relaxed;
    store.write(batch);
    return disk.sync_count() - before;
  };
  BOOST_TEST(syncs_of(2, false) == 1);
  BOOST_TEST(syncs_of(3, true) == 0);
  BOOST_TEST(syncs_of(4, true) == 0);
  BOOST_TEST(syncs_of(5, false) == 1);
}

BOOST_AUTO_TEST_CASE(a_store_that_is_moved_away_is_not_written_into_the_void) {
  WaitingStore store(path);
  store.write(numbered(1));
  std::filesystem::rename(path, path + ".away");
  const auto refused = store.try_to_write(numbered(2));
  BOOST_TEST(has(refused.error().message, "isn't there any more"));
  std::filesystem::rename(path + ".away", path);
  store.write(numbered(2));
  BOOST_TEST(whole_through(store.load()) == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
