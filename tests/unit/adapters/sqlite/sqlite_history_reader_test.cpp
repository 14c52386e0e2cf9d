// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/sqlite/sqlite_history_reader.hpp"

#include <string>
#include <vector>

#include "tests/unit/adapters/sqlite/store_fixture.hpp"

using namespace rollcall;

namespace {

using Templates = decltype(FleetSample::templates);

struct Reading : StoreFolder {
  SqliteHistoryReader reader{path};

  template <typename T>
  static T must(Result<T> read) {
    BOOST_REQUIRE_MESSAGE(read, read.error().message);
    return std::move(*read);
  }
  static std::vector<std::uint64_t> seqs(const Result<std::vector<TimelineEntry>>& read) {
    std::vector<std::uint64_t> all;
    for (const auto& each : must(read)) all.push_back(each.seq);
    return all;
  }
  std::vector<std::uint64_t> newest(std::optional<std::uint64_t> before, std::size_t limit) {
    return seqs(reader.timeline("pump-7", before, limit));
  }
  std::vector<std::uint64_t> between(std::int64_t from, std::int64_t to) {
    return seqs(reader.transitions("pump-7", at_ms(from), at_ms(to)));
  }
  std::string error() {
    const auto read = reader.timeline("pump-7", {}, 1);
    return read ? "" : read.error().message;
  }
  std::vector<FleetSample> fleet(std::int64_t from, std::int64_t to, std::int64_t step) {
    return must(reader.fleet_history(at_ms(from), at_ms(to), Millis{step}));
  }
  static StoreBatch with_rows() {
    StoreBatch batch;
    batch.rows = {row(1, at_ms(100)), row(2, at_ms(150), "pump-8"), row(3, at_ms(200)),
                  row(5, at_ms(300)), row(7, at_ms(300)),           row(9, at_ms(400))};
    return batch;
  }
  static StoreBatch with_samples(std::initializer_list<std::int64_t> times) {
    StoreBatch batch;
    for (const auto time : times)
      batch.fleet.push_back(
          {at_ms(time), {{"default", {{"online", static_cast<std::uint64_t>(time)}, {"offline", 0}}}}});
    return batch;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sqlite_history_reader, Reading)

BOOST_AUTO_TEST_CASE(the_timeline_comes_newest_first_in_pages) {
  write(with_rows());
  BOOST_TEST((newest({}, 2) == std::vector<std::uint64_t>{9, 7}));
  BOOST_TEST((newest(7, 2) == std::vector<std::uint64_t>{5, 3}));
  BOOST_TEST((newest(3, 2) == std::vector<std::uint64_t>{1}));
  BOOST_TEST(newest(1, 2).empty());
  BOOST_TEST(newest({}, 0).empty());
  BOOST_TEST((newest(UINT64_MAX, SIZE_MAX) == std::vector<std::uint64_t>{9, 7, 5, 3, 1}));
  BOOST_TEST((must(reader.timeline("pump-8", {}, 9)) == std::vector{with_rows().rows[1]}));
  BOOST_TEST(must(reader.timeline("nobody", {}, 9)).empty());
}

BOOST_AUTO_TEST_CASE(rows_of_a_while_come_oldest_first_with_the_one_before) {
  write(with_rows());
  BOOST_TEST((between(200, 400) == std::vector<std::uint64_t>{1, 3, 5, 7}));
  BOOST_TEST((between(300, 301) == std::vector<std::uint64_t>{3, 5, 7}));
  BOOST_TEST((between(301, 399) == std::vector<std::uint64_t>{7}));
  BOOST_TEST((between(0, 100) == std::vector<std::uint64_t>{}));
  BOOST_TEST((between(0, 101) == std::vector<std::uint64_t>{1}));
  BOOST_TEST((between(900, 1000) == std::vector<std::uint64_t>{9}));
  BOOST_TEST(must(reader.transitions("nobody", at_ms(0), at_ms(1000))).empty());
  BOOST_TEST(must(reader.transitions("pump-7", Time::min(), Time::max())).size() == 5U);
}

BOOST_AUTO_TEST_CASE(a_blip_changed_no_status_and_a_hidden_row_is_on_no_timeline) {
  auto batch = with_rows();
  batch.rows[2].kind = "blip";
  batch.rows[3].is_hidden = true;
  write(batch);
  BOOST_TEST((between(0, 1000) == std::vector<std::uint64_t>{1, 5, 7, 9}));
  BOOST_TEST((newest({}, 9) == std::vector<std::uint64_t>{9, 7, 3, 1}));
}

BOOST_AUTO_TEST_CASE(rows_are_read_by_the_clock_of_now) {
  auto batch = with_rows();
  write(batch);
  StoreBatch stepped;
  stepped.row_clock = Millis{10'000};
  stepped.rows = {row(11, at_ms(10'500))};
  write(stepped);
  BOOST_TEST((between(10'300, 10'500) == std::vector<std::uint64_t>{3, 5, 7, 9}));
  BOOST_TEST((must(reader.timeline("pump-7", 9, 1)).at(0).at == at_ms(10'300)));
}

BOOST_AUTO_TEST_CASE(each_step_has_the_last_sample_that_was_taken_within_it) {
  write(with_samples({0, 300, 600, 900, 2'100}));
  const auto samples = fleet(300, 2'400, 600);
  BOOST_TEST_REQUIRE(samples.size() == 3U);
  BOOST_TEST((samples[0] == FleetSample{at_ms(600), {{"default", {{"online", 600}}}}}));
  BOOST_TEST((samples[1].at == at_ms(900)));
  BOOST_TEST((samples[2].at == at_ms(2'100)));
  BOOST_TEST(fleet(300, 2'100, 300).size() == 3U);
  BOOST_TEST(fleet(1'000, 2'000, 300).empty());
  BOOST_TEST(!reader.fleet_history(at_ms(0), at_ms(1), Millis{0}));
  BOOST_TEST(must(reader.fleet_history(Time::min(), Time::max(), std::chrono::days{1})).size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_fleet_without_devices_is_a_sample_too) {
  write(with_samples({0}));
  const auto samples = fleet(0, 1, 300);
  BOOST_TEST_REQUIRE(samples.size() == 1U);
  BOOST_TEST(samples[0].templates.size() == 1U);
  std::uint64_t devices = 0;
  for (const auto& [status, count] : samples[0].templates.at("default")) devices += count;
  BOOST_TEST(devices == 0U);
}

BOOST_AUTO_TEST_CASE(what_the_bridge_writes_meanwhile_is_read) {
  WaitingStore store(path);
  for (std::uint64_t seq = 1; seq <= 20; ++seq) {
    StoreBatch batch;
    batch.rows = {row(seq)};
    store.write(batch);
    BOOST_TEST((newest({}, 1) == std::vector<std::uint64_t>{seq}));
  }
}

BOOST_AUTO_TEST_CASE(a_store_that_comes_later_is_found_and_so_is_another_in_its_place) {
  BOOST_TEST(has(error(), "the store \"" + path + "\" can't be read: "));
  std::ofstream(path).flush();
  BOOST_TEST(has(error(), "can't be read: it is no store"));
  write(with_rows());
  BOOST_TEST((newest({}, 1) == std::vector<std::uint64_t>{9}));
  for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(path + end);
  StoreBatch other;
  other.rows = {row(77)};
  write(other);
  BOOST_TEST((newest({}, 1) == std::vector<std::uint64_t>{77}));
}

BOOST_AUTO_TEST_CASE(what_is_no_store_or_damaged_is_an_error) {
  std::ofstream(path) << std::string(5000, 'x');
  BOOST_TEST(has(error(), "is damaged"));
  std::filesystem::remove(path);
  write(with_rows());
  sql("UPDATE timeline SET graceful = 7");
  BOOST_TEST(has(error(), "is damaged: table timeline"));
  sql("UPDATE timeline SET graceful = 1");
  BOOST_TEST(error() == "");
  sql("PRAGMA user_version = 4");
  BOOST_TEST(has(SqliteHistoryReader(path).facts("a", at_ms(1)).error().message, "it has version 4"));
}

BOOST_AUTO_TEST_CASE(of_a_hundred_thousand_rows_of_one_device_the_wanted_ones_are_found) {
  constexpr std::uint64_t kRows = 100'000;
  StoreBatch batch;
  for (std::uint64_t seq = 1; seq <= kRows; ++seq) {
    batch.rows.push_back(row(seq * 3, at_ms(static_cast<std::int64_t>(seq) * 1000)));
    if (seq % 10 == 0) batch.rows.push_back(row(seq * 3 + 1, at_ms(5), "pump-8"));
  }
  write(batch);
  BOOST_TEST((between(50'000'000, 50'002'000) == std::vector<std::uint64_t>{149'997, 150'000, 150'003}));
  BOOST_TEST((between(1'000, 2'001) == std::vector<std::uint64_t>{3, 6}));
  BOOST_TEST(between(0, 1'000'000'000).size() == kRows);
  BOOST_TEST((newest(150'001, 2) == std::vector<std::uint64_t>{150'000, 149'997}));
  std::size_t seen = 0;
  for (std::optional<std::uint64_t> before; seen < kRows;) {
    const auto page = newest(before, 1000);
    BOOST_TEST_REQUIRE(page.size() == 1000U);
    BOOST_TEST(page.front() == (kRows - seen) * 3);
    before = page.back();
    seen += page.size();
  }
}

BOOST_AUTO_TEST_SUITE_END()
