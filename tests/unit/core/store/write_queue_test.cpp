// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/store/write_queue.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/core/store/fake_store.hpp"

namespace rollcall::test {
namespace {

struct Fixture {
  FakeStore store;
  StoreQueue queue{store};
  Time now{Millis{1'000'000}};

  TimelineEntry row(std::uint64_t seq) {
    TimelineEntry entry;
    entry.seq = seq;
    entry.device = "a";
    return entry;
  }
  StoreBatch with_device(std::uint64_t seq) {
    StoreBatch batch;
    batch.devices.resize(1);
    batch.devices[0].device = "a";
    batch.devices[0].seq = seq;
    return batch;
  }
  void end_write() { queue.ended(store.end_write().value(), now); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(store_queue, Fixture)

BOOST_AUTO_TEST_CASE(one_batch_is_under_way_at_a_time) {
  BOOST_TEST(queue.is_free(now));
  queue.begin(with_device(1), now);
  BOOST_TEST(!queue.is_free(now + Millis{60'000}));
  BOOST_TEST(!queue.next_deadline().has_value());
  now += Millis{1000};
  end_write();
  BOOST_TEST(queue.is_free(now));
  BOOST_TEST(store.devices.at("a").seq == 1U);
}

BOOST_AUTO_TEST_CASE(rows_go_with_the_next_batch) {
  queue.add_row(row(1));
  queue.add_row(row(2));
  BOOST_TEST(queue.has_waiting());
  queue.begin({}, now);
  BOOST_TEST(!queue.has_waiting());
  queue.add_row(row(3));
  end_write();
  BOOST_TEST(store.rows.size() == 2U);
  BOOST_TEST(queue.has_waiting());
}

BOOST_AUTO_TEST_CASE(what_failed_is_written_again_after_a_pause_that_grows_and_nothing_is_lost) {
  store.fail_writes = 3;
  queue.add_row(row(1));
  queue.begin(with_device(1), now);
  std::vector<Millis> pauses;
  while (true) {
    end_write();
    if (!queue.must_retry()) break;
    BOOST_TEST(queue.error().value() == "the disk is full");
    BOOST_TEST(queue.unstored() >= 2U);
    queue.add_row(row(10 + pauses.size()));  // statuses go on
    pauses.push_back(*queue.next_deadline() - now);
    BOOST_TEST(!queue.is_free(now));
    now = *queue.next_deadline();
    BOOST_TEST(queue.is_free(now));
    queue.retry(now);
  }
  BOOST_TEST_REQUIRE(pauses.size() == 3U);
  BOOST_TEST((pauses[0] < pauses[1] && pauses[1] < pauses[2]));
  BOOST_TEST(!queue.error().has_value());
  BOOST_TEST(store.rows.size() == 1U);
  queue.begin(with_device(2), now);
  end_write();
  BOOST_TEST(store.rows.size() == 4U);
  BOOST_TEST(store.devices.at("a").seq == 2U);
}

BOOST_AUTO_TEST_CASE(rows_that_wait_are_bounded_and_those_lost_are_counted) {
  queue.begin({}, now);
  for (std::uint64_t seq = 1; seq <= StoreQueue::kMaxRows + 1; ++seq) queue.add_row(row(seq));
  BOOST_TEST(queue.lost_rows() == StoreQueue::kMaxRows / 10);
  BOOST_TEST(queue.unstored() == StoreQueue::kMaxRows + 1 - queue.lost_rows());
  end_write();
  queue.begin({}, now);
  end_write();
  BOOST_TEST(store.rows.rbegin()->first == StoreQueue::kMaxRows + 1);  // the latest are kept
}

BOOST_AUTO_TEST_CASE(a_forgotten_device_is_a_tombstone_until_it_is_removed) {
  DeviceRecord tombstone;
  tombstone.device = "gone";
  tombstone.is_forgotten = true;
  queue.add_forgotten(tombstone);
  queue.begin({}, now);
  end_write();
  BOOST_TEST(store.devices.at("gone").is_forgotten);
  queue.remove("gone");
  queue.begin({}, now);
  end_write();
  BOOST_TEST(!store.devices.contains("gone"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
