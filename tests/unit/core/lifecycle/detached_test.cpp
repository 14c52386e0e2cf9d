// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/detached.hpp"

#include <vector>

#include <boost/test/unit_test.hpp>

namespace rollcall::test {
namespace {

using ConnectionIds = std::vector<ConnectionId>;

struct Some : Detached {
  void put(std::uint32_t device, const ConnectionId& id) { add(device, id).device = device; }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(detached, Some)

BOOST_AUTO_TEST_CASE(a_connection_is_found_by_its_id_its_device_and_its_broker) {
  put(7, {0, 1, 1});
  put(7, {1, 1, 2});
  put(8, {0, 1, 3});
  BOOST_TEST(find({0, 1, 1})->device == 7U);
  BOOST_TEST((of_device(7) == ConnectionIds{{0, 1, 1}, {1, 1, 2}}));
  BOOST_TEST(of_device(9).empty());
  BOOST_TEST((at_broker(1) == ConnectionIds{{1, 1, 2}}));
  BOOST_TEST(at_broker(0).size() == 2U);
}

BOOST_AUTO_TEST_CASE(one_that_is_taken_is_not_detached_any_more) {
  put(7, {0, 1, 1});
  put(7, {0, 1, 2});
  BOOST_TEST((take({0, 1, 1})->id == ConnectionId{0, 1, 1}));
  BOOST_TEST(!take({0, 1, 1}).has_value());
  BOOST_TEST((of_device(7) == ConnectionIds{{0, 1, 2}}));
  take({0, 1, 2});
  BOOST_TEST(of_device(7).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
