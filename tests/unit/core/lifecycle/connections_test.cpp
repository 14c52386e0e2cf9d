// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/connections.hpp"

#include <vector>

#include <boost/test/unit_test.hpp>

namespace rollcall {
namespace {

struct Some {
  Connections connections;
  LiveConnections live;

  void add(std::uint64_t number) { connections.add(live, {0, 1, number}).keepalive_seconds = 60; }
  void take(std::uint64_t number) { connections.take(live, {0, 1, number}); }
  std::vector<std::uint64_t> numbers() const {
    std::vector<std::uint64_t> found;
    connections.for_each_of(live, [&](const Connection& each) { found.push_back(each.id.number); });
    return found;
  }
};

using Numbers = std::vector<std::uint64_t>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(connections, Some)

BOOST_AUTO_TEST_CASE(those_of_a_device_stay_in_the_order_in_which_they_began) {
  BOOST_TEST(live.is_empty());
  for (const std::uint64_t number : {1U, 2U, 3U, 4U}) add(number);
  BOOST_TEST(connections.last_of(live).id.number == 4U);
  take(2);
  take(4);
  BOOST_TEST(numbers() == (Numbers{1, 3}), boost::test_tools::per_element());
  BOOST_TEST(connections.last_of(live).id.number == 3U);
  add(5);
  take(1);
  BOOST_TEST(numbers() == (Numbers{3, 5}), boost::test_tools::per_element());
  take(3);
  take(5);
  BOOST_TEST(live.is_empty());
  add(6);
  BOOST_TEST(numbers() == Numbers{6}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(one_is_found_by_its_whole_id_as_long_as_it_lives) {
  add(1);
  BOOST_TEST(connections.find({0, 1, 1})->keepalive_seconds == 60U);
  for (const ConnectionId other : {ConnectionId{1, 1, 1}, ConnectionId{0, 2, 1}, ConnectionId{0, 1, 2}}) {
    BOOST_TEST((connections.find(other) == nullptr));
  }
  take(1);
  BOOST_TEST((connections.find({0, 1, 1}) == nullptr));
  std::size_t count = 0;
  connections.for_each([&](const Connection& /*connection*/) { ++count; });
  BOOST_TEST(count == 0U);
}

BOOST_AUTO_TEST_CASE(a_place_that_is_taken_again_has_nothing_of_the_one_before) {
  connections.add(live, {0, 1, 1}).strings.set({"pump-7", "user", "::1"});
  BOOST_TEST(connections.take(live, {0, 1, 1}).strings.username() == "user");
  const Connection& next = connections.add(live, {0, 1, 2});
  BOOST_TEST(next.strings.client_id().empty());
  BOOST_TEST(next.keepalive_seconds == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall
