// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/query/list_snapshots.hpp"

#include <boost/test/unit_test.hpp>

namespace rollcall {
namespace {

using Devices = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(list_snapshots)

BOOST_AUTO_TEST_CASE(pages_follow_each_other) {
  ListSnapshots lists(100);
  const auto list = lists.keep({"a", "b", "c", "d", "e"}, 5);
  BOOST_TEST(list == 101U);
  BOOST_TEST(lists.page(list, 2, 2)->devices == (Devices{"c", "d"}));
  BOOST_TEST(lists.page(list, 2, 2)->has_more);
  BOOST_TEST(lists.page(list, 4, 2)->devices == Devices{"e"});
  BOOST_TEST(!lists.page(list, 4, 2)->has_more);
  BOOST_TEST(lists.page(list, 9, 2)->devices.empty());
  BOOST_TEST(lists.page(list, 4, 2)->total == 5U);
  BOOST_TEST(!lists.page(list + 1, 0, 2).has_value());
}

BOOST_AUTO_TEST_CASE(the_list_that_was_read_the_longest_ago_goes_first) {
  ListSnapshots lists(0);
  const auto first = lists.keep({"a"}, 1);
  const auto second = lists.keep({"b"}, 1);
  for (std::size_t i = 2; i < ListSnapshots::kMostLists; ++i) lists.keep({"x"}, 1);
  BOOST_TEST(lists.page(first, 0, 1).has_value());
  lists.keep({"y"}, 1);
  BOOST_TEST(lists.page(first, 0, 1).has_value());
  BOOST_TEST(!lists.page(second, 0, 1).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace rollcall
