// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/pipeline/stale_statuses.hpp"

#include <boost/test/unit_test.hpp>

using namespace rollcall;
using Verdict = StaleStatuses::Verdict;

BOOST_TEST_DONT_PRINT_LOG_VALUE(Verdict)

namespace {

Time at(int second) { return Time{Millis{1000 * second}}; }

struct Fixture {
  StaleStatuses stale{2};
  bool is_busy = false;

  std::size_t begin(int now, std::uint64_t last_seq = 100) {
    return stale.begin_scans([&](std::uint32_t) { return is_busy; }, last_seq, at(now)).size();
  }
  Verdict found(const std::string& device, std::optional<std::uint64_t> known,
                std::optional<std::uint64_t> seq, int now = 11) {
    return stale.found(0, device, known, seq, at(now));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(stale_statuses, Fixture)

BOOST_AUTO_TEST_CASE(a_scan_waits_until_what_has_happened_is_published) {
  BOOST_TEST((stale.next_deadline() == Time::max()));
  stale.want_scan(0, at(10));
  is_busy = true;
  BOOST_TEST(begin(11) == 0U);
  BOOST_TEST((stale.next_deadline() == at(70)));
  is_busy = false;
  BOOST_TEST(begin(12) == 1U);
  BOOST_TEST(stale.is_scanning(0));
  BOOST_TEST(!stale.is_scanning(1));
}

BOOST_AUTO_TEST_CASE(a_scan_does_not_wait_for_ever) {
  stale.want_scan(0, at(10));
  is_busy = true;
  BOOST_TEST(begin(70) == 1U);
}

BOOST_AUTO_TEST_CASE(a_scan_is_over_when_nothing_has_come_for_a_while) {
  stale.want_scan(0, at(10));
  begin(10);
  found("pump", 5, 5, 11);
  BOOST_TEST((stale.next_deadline() == at(13)));
  BOOST_TEST(stale.end_scans(at(12)).empty());
  BOOST_TEST(stale.end_scans(at(13)).size() == 1U);
  BOOST_TEST(!stale.is_scanning(0));
}

BOOST_AUTO_TEST_CASE(what_is_found_is_counted_by_what_is_wrong_with_it) {
  stale.want_scan(0, at(10));
  begin(10);
  BOOST_TEST(found("stranger", {}, 7) == Verdict::unknown_device);
  BOOST_TEST(found("pump", 5, 5) == Verdict::fine);
  BOOST_TEST(found("pump", 5, 4) == Verdict::fine);
  BOOST_TEST(found("pump", 5, 6) == Verdict::newer_than_stored);
  BOOST_TEST(found("pump", 5, {}) == Verdict::newer_than_stored);
  const auto scan = stale.end_scans(at(20)).at(0);
  BOOST_TEST(scan.cleared == 1U);
  BOOST_TEST(scan.corrected == 2U);
}

BOOST_AUTO_TEST_CASE(what_is_missing_counts_only_where_the_store_may_differ) {
  stale.want_scan(0, at(10));
  begin(10);
  BOOST_TEST(!stale.end_scans(at(20)).at(0).is_missing("pump", 5));

  stale.distrust_all();
  stale.want_scan(0, at(30));
  begin(30, 100);
  found("valve", 5, 5, 30);
  const auto scan = stale.end_scans(at(40)).at(0);
  BOOST_TEST(scan.is_missing("pump", 5));
  BOOST_TEST(!scan.is_missing("pump", 101));  // published since
  BOOST_TEST(!scan.is_missing("valve", 5));
  BOOST_TEST(!stale.may_differ(0));
  BOOST_TEST(stale.may_differ(1));
}

BOOST_AUTO_TEST_CASE(a_link_that_breaks_ends_the_scan) {
  stale.want_scan(0, at(10));
  begin(10);
  stale.want_scan(0, at(11));
  stale.link_down(0);
  BOOST_TEST(!stale.is_scanning(0));
  BOOST_TEST((stale.next_deadline() == Time::max()));
}

BOOST_AUTO_TEST_CASE(a_step_of_the_clock_moves_the_deadlines_along) {
  stale.want_scan(0, at(10));
  stale.want_scan(1, at(10));
  stale.clock_stepped(Millis{5000});
  BOOST_TEST((stale.next_deadline() == at(75)));
}

BOOST_AUTO_TEST_SUITE_END()
