// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/outage.hpp"

#include <boost/test/unit_test.hpp>

#include "bridge/core/lifecycle/brokers.hpp"

namespace rollcall::test {
namespace {

constexpr Time at(int seconds) { return Time{Seconds{seconds}}; }

/// Away from 10 s to 20 s; its grace is over at 140 s.
struct OneOutage : Outage {
  OneOutage() { facts = {at(10), at(20), at(140), 0, 0, {}}; }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(outage, OneOutage)

BOOST_AUTO_TEST_CASE(devices_are_given_up_when_their_grace_is_over_in_the_order_of_their_index) {
  add_missing(8, {at(10), at(140)});
  add_missing(7, {at(10), at(140)});
  add_missing(6, {at(10), at(150)});
  add_missing(6, {at(10), at(99)});  // it is missing already
  BOOST_TEST((next_step() == at(140)));
  BOOST_TEST(!take_given_up(at(139)).has_value());
  BOOST_TEST(take_given_up(at(140))->first == 7U);
  BOOST_TEST(take_given_up(at(140))->first == 8U);
  BOOST_TEST(!take_given_up(at(140)).has_value());
  BOOST_TEST((next_step() == at(150)));
}

BOOST_AUTO_TEST_CASE(who_is_back_is_missing_no_more) {
  add_missing(7, {at(10), at(140)});
  BOOST_TEST(take_missing(7));
  BOOST_TEST(!take_missing(7));
  BOOST_TEST(missing().empty());
  BOOST_TEST((next_step() == at(140)));
  facts.stall = StallRecord{at(10), at(27)};
  BOOST_TEST((next_step() == at(27)));
}

BOOST_AUTO_TEST_CASE(a_step_of_the_clock_moves_every_time) {
  add_missing(7, {at(10), at(140)});
  clock_stepped(Seconds{1000});
  BOOST_TEST((facts.began == at(1010) && facts.back_at == at(1020) && facts.grace_ends == at(1140)));
  BOOST_TEST((missing().at(7).lost_at == at(1010)));
  BOOST_TEST((next_step() == at(1140)));
  pull_back(at(500), at(620));
  BOOST_TEST((facts.began == at(500) && facts.back_at == at(500) && facts.grace_ends == at(620)));
  BOOST_TEST((missing().at(7).lost_at == at(500)));
  BOOST_TEST((next_step() == at(620)));
}

BOOST_AUTO_TEST_CASE(what_is_due_waits_for_the_watermark_of_the_broker) {
  Brokers brokers;
  add_missing(7, {at(10), at(140)});
  brokers[1].outage = *this;
  brokers[1].connections.raise(at(100), [](std::size_t, Time) {});
  BOOST_TEST(!brokers.next_outage_step().has_value());
  brokers[1].connections.raise(at(140), [](std::size_t, Time) {});
  BOOST_TEST((brokers.next_outage_step() == at(140)));
  BOOST_TEST((brokers.missing_since(7) == at(10)));
  BOOST_TEST(!brokers.missing_since(8).has_value());
}

BOOST_AUTO_TEST_CASE(a_connection_of_another_boot_than_the_last_known_is_over) {
  Brokers brokers;
  BOOST_TEST(!brokers.is_over({1, 7, 1}));
  brokers[1].boot = 8;
  BOOST_TEST(brokers.is_over({1, 7, 1}));
  BOOST_TEST(!brokers.is_over({1, 8, 1}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
