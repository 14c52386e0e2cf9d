// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/pipeline/checkpoint.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/core/store/fake_store.hpp"

using namespace rollcall;
using Outcome = Checkpoint::Outcome;

BOOST_TEST_DONT_PRINT_LOG_VALUE(Outcome)

namespace {

Time at(int ms) { return Time{Millis{1'000'000 + ms}}; }

struct Fixture {
  test::FakeStore store;
  StoreQueue queue{store};
  Checkpoint checkpoint{queue};
  Checkpoint::Progress progress{false, 10, false};

  const StoreBatch& begin(int now) {
    checkpoint.begin({}, progress, at(now));
    return *store.under_way;
  }
  Outcome end(int now) { return checkpoint.ended(*store.end_write(), at(now)); }
  Outcome write(int now) {
    begin(now);
    return end(now + 1);
  }
  BrokerRecord stored(const std::string& name, int last_contact) {
    BrokerRecord record;
    record.name = name;
    record.last_contact = at(last_contact);
    return record;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(checkpoint_of_the_bridge, Fixture)

BOOST_AUTO_TEST_CASE(the_first_batch_reserves_numbers_and_is_durable) {
  BOOST_TEST(checkpoint.is_due(progress, at(0)));
  BOOST_TEST(!checkpoint.has_reserved());
  const auto& batch = begin(0);
  BOOST_TEST(batch.reserved_seq == 1'000'010U);
  BOOST_TEST(!batch.is_durability_relaxed);
  BOOST_TEST(checkpoint.has_reserved());
  BOOST_TEST(!checkpoint.is_ready());
  BOOST_TEST(end(1) == Outcome::no_news);
  BOOST_TEST(checkpoint.is_ready());
}

BOOST_AUTO_TEST_CASE(more_numbers_are_reserved_when_half_of_them_are_used) {
  write(0);
  progress.last_seq = 500'010;
  BOOST_TEST(begin(100).reserved_seq == 1'000'010U);
  end(101);
  progress.last_seq = 500'011;
  BOOST_TEST(checkpoint.is_due(progress, at(200)));
  const auto& batch = begin(200);
  BOOST_TEST(batch.reserved_seq == 1'500'011U);
  BOOST_TEST(!batch.is_durability_relaxed);
}

BOOST_AUTO_TEST_CASE(mere_progress_is_stored_now_and_then_and_may_be_lost) {
  write(0);
  BOOST_TEST(!checkpoint.is_due(progress, at(999)));
  BOOST_TEST((checkpoint.next_deadline(progress) == at(1000)));
  BOOST_TEST(checkpoint.is_due(progress, at(1000)));
  BOOST_TEST(begin(1000).is_durability_relaxed);
}

BOOST_AUTO_TEST_CASE(that_all_is_acknowledged_is_stored_soon_and_once) {
  write(0);
  progress.is_all_acked = true;
  BOOST_TEST((checkpoint.next_deadline(progress) == at(50)));
  write(50);
  BOOST_TEST((checkpoint.next_deadline(progress) == at(1050)));
}

BOOST_AUTO_TEST_CASE(changed_devices_are_stored_at_once_and_durably) {
  write(0);
  progress.has_changes = true;
  BOOST_TEST(checkpoint.is_due(progress, at(100)));
  BOOST_TEST(!begin(100).is_durability_relaxed);
}

BOOST_AUTO_TEST_CASE(templates_are_stored_until_they_change) {
  BOOST_TEST(checkpoint.wants_templates());
  write(0);
  BOOST_TEST(!checkpoint.wants_templates());
  checkpoint.templates_changed();
  BOOST_TEST(checkpoint.is_due(progress, at(100)));
  BOOST_TEST(!begin(100).is_durability_relaxed);
}

BOOST_AUTO_TEST_CASE(a_failure_and_its_end_are_news_once) {
  store.fail_writes = 2;
  BOOST_TEST(write(0) == Outcome::failed);
  BOOST_TEST(checkpoint.last_error() == "the disk is full");
  BOOST_TEST(checkpoint.retry(at(5000)));
  BOOST_TEST(end(5001) == Outcome::no_news);
  BOOST_TEST(checkpoint.retry(at(10'000)));
  BOOST_TEST(end(10'001) == Outcome::recovered);
  BOOST_TEST(!checkpoint.retry(at(10'002)));
}

BOOST_AUTO_TEST_CASE(without_the_store_the_clock_must_be_above_what_was_reserved) {
  StoredState state;
  state.reserved_seq = UINT64_MAX;
  checkpoint.restore(state);
  store.fail_writes = 1;
  write(0);
  BOOST_TEST(!checkpoint.is_ready());

  Checkpoint with_a_clock_that_is_right{queue};
  with_a_clock_that_is_right.ended(fail("the disk is full"), at(1));
  BOOST_TEST(with_a_clock_that_is_right.is_ready());
}

BOOST_AUTO_TEST_CASE(stored_times_of_brokers_that_are_not_configured_move_with_the_clock) {
  checkpoint.keep_broker(stored("other", 10));
  BOOST_TEST(begin(0).brokers.empty());
  end(1);
  checkpoint.clock_stepped(Millis{100});
  const auto& batch = begin(200);
  BOOST_TEST(batch.brokers.size() == 1U);
  BOOST_TEST((batch.brokers.at(0).last_contact == at(110)));
  BOOST_TEST((batch.row_clock == Millis{100}));
  end(201);
  BOOST_TEST(begin(400).brokers.empty());
}

BOOST_AUTO_TEST_CASE(rows_are_dated_back_by_one_batch) {
  checkpoint.date_no_rows_after(at(5));
  BOOST_TEST((begin(0).no_rows_after == at(5)));
  end(1);
  BOOST_TEST(!begin(100).no_rows_after);
}

BOOST_AUTO_TEST_CASE(a_last_batch_says_that_nothing_follows) {
  write(0);
  BOOST_TEST(checkpoint.is_written());
  checkpoint.end(true, at(50));
  BOOST_TEST(!checkpoint.is_written());
  BOOST_TEST(checkpoint.is_due(progress, at(50)));
  BOOST_TEST(begin(50).is_last);
  end(51);
  BOOST_TEST(checkpoint.is_written());
}

BOOST_AUTO_TEST_SUITE_END()
