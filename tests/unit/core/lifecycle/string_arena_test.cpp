// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/string_arena.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace rollcall {

BOOST_AUTO_TEST_SUITE(string_arena)

BOOST_AUTO_TEST_CASE(they_stay_as_they_were_however_many_follow_until_all_are_dropped) {
  StringArena texts;
  for (int round = 0; round < 3; ++round) {
    std::vector<std::string_view> kept;
    for (int i = 0; i < 10'000; ++i) kept.push_back(texts.keep(std::to_string(i)));
    for (int i = 0; i < 10'000; ++i) {
      BOOST_TEST_REQUIRE(kept[static_cast<std::size_t>(i)] == std::to_string(i));
    }
    BOOST_TEST(texts.keep("").empty());
    texts.drop();
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall
