// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/pipeline/contact_collector.hpp"

#include <chrono>

#include <boost/test/unit_test.hpp>

using namespace rollcall;
using Kind = Contact::Kind;

namespace {

constexpr Millis kDay = std::chrono::days{1};

Time at(Millis since_1970) { return Time{since_1970}; }

struct Fixture {
  ContactCollector collector;

  void contact(std::string_view device, Kind kind, Millis when, bool is_first = false) {
    collector.contact(Contact{device, kind, at(when), is_first});
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(contact_collector, Fixture)

BOOST_AUTO_TEST_CASE(each_device_is_there_once_with_the_latest_of_each_kind) {
  contact("a", Kind::connect, Millis{10}, true);
  contact("b", Kind::report, Millis{15});
  contact("a", Kind::disconnect, Millis{20});
  contact("a", Kind::connect, Millis{40});
  contact("a", Kind::connect, Millis{30});  // told late
  const auto taken = collector.take();
  BOOST_TEST_REQUIRE(taken.size() == 2U);
  BOOST_TEST((taken[0] == ContactFacts{"a", at(Millis{10}), at(Millis{40}), at(Millis{20}), {}, {}}));
  BOOST_TEST((taken[1] == ContactFacts{"b", {}, {}, {}, at(Millis{15}), {}}));
  BOOST_TEST(collector.take().empty());
}

BOOST_AUTO_TEST_CASE(disconnects_of_its_own_are_counted_by_day) {
  contact("a", Kind::own_disconnect, kDay - Millis{1});
  contact("a", Kind::own_disconnect, kDay);
  contact("a", Kind::own_disconnect, kDay + Millis{1});
  contact("a", Kind::own_disconnect, -Millis{1});
  const auto taken = collector.take();
  BOOST_TEST_REQUIRE(taken.size() == 1U);
  BOOST_TEST((taken[0].disconnects == std::map<std::int64_t, std::uint64_t>{{-1, 1}, {0, 1}, {1, 2}}));
}

BOOST_AUTO_TEST_CASE(of_a_forgotten_device_only_what_came_later_is_there) {
  contact("a", Kind::connect, Millis{10}, true);
  contact("b", Kind::connect, Millis{10}, true);
  collector.device_forgotten(DeviceForgotten{"a", "a", 7});
  collector.device_forgotten(DeviceForgotten{"b", "b", 8});
  contact("a", Kind::connect, Millis{20}, true);
  const auto taken = collector.take();
  BOOST_TEST_REQUIRE(taken.size() == 1U);
  BOOST_TEST((taken[0].first_contact == at(Millis{20})));
}

BOOST_AUTO_TEST_CASE(a_step_of_the_clock_moves_what_waits) {
  contact("a", Kind::connect, Millis{10}, true);
  for (int i = 0; i < 70'000; ++i) contact("a", Kind::own_disconnect, Millis{11});  // more than wait unmerged
  collector.clock_stepped(2 * kDay);
  const auto taken = collector.take();
  BOOST_TEST_REQUIRE(taken.size() == 1U);
  BOOST_TEST((taken[0].first_contact == at(2 * kDay + Millis{10})));
  BOOST_TEST((taken[0].last_connect == at(2 * kDay + Millis{10})));
  BOOST_TEST((taken[0].disconnects == std::map<std::int64_t, std::uint64_t>{{2, 70'000}}));
}

BOOST_AUTO_TEST_SUITE_END()
