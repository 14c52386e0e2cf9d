// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/text/id_lines.hpp"

#include <boost/test/unit_test.hpp>

namespace rollcall::cli {

BOOST_AUTO_TEST_SUITE(id_lines)

BOOST_AUTO_TEST_CASE(there_is_one_id_a_line) {
  const auto lines = read_id_lines("pump-1\r\n\n#2\nhall 3/pump");
  BOOST_TEST(lines.mistakes.empty());
  BOOST_TEST_REQUIRE(lines.ids.size() == 3U);
  BOOST_TEST(lines.ids[0].id == "pump-1");
  BOOST_TEST(lines.ids[1].id == "#2");
  BOOST_TEST(lines.ids[1].number == 3U);
  BOOST_TEST(lines.ids[2].id == "hall 3/pump");
  BOOST_TEST(read_id_lines("").ids.empty());
}

BOOST_AUTO_TEST_CASE(a_wrong_line_is_known_by_its_number) {
  const auto lines = read_id_lines("a\n b\nc\xFF\n" + std::string(513, 'd') + "\n");
  BOOST_TEST(lines.ids.size() == 1U);
  BOOST_TEST_REQUIRE(lines.mistakes.size() == 3U);
  BOOST_TEST(lines.mistakes[0].number == 2U);
  BOOST_TEST(lines.mistakes[0].id == "\" b\" has a blank at its beginning or end");
  BOOST_TEST(lines.mistakes[1].number == 3U);
  BOOST_TEST(lines.mistakes[1].id.find("can't be a device's id") != std::string::npos);
  BOOST_TEST(lines.mistakes[2].number == 4U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::cli
