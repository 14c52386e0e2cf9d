// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/text/table.hpp"

#include <boost/test/unit_test.hpp>

namespace rollcall::cli {
namespace {

std::string text_of(const std::vector<StyledLine>& lines) {
  std::string text;
  for (const auto& line : lines) text += plain_text(line) + "\n";
  return text;
}

struct Devices {
  Table table{{{"DEVICE"}, {"STATUS", 2}, {"N", 1, true}, {"TEMPLATE", 3}}};
  Devices() {
    table.add({{"pump-7"}, {"online"}, {"1"}, {"pump"}});
    table.add({{"a-long-device"}, {"no_data"}, {"12"}, {"sleeper"}});
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(table, Devices)

BOOST_AUTO_TEST_CASE(columns_are_as_wide_as_what_is_in_them) {
  BOOST_TEST(text_of(table.lines(std::nullopt)) ==
             "DEVICE         STATUS    N  TEMPLATE\n"
             "pump-7         online    1  pump\n"
             "a-long-device  no_data  12  sleeper\n");
}

BOOST_AUTO_TEST_CASE(columns_that_may_go_do_so_where_there_is_no_room) {
  BOOST_TEST(text_of(table.lines(36)) == text_of(table.lines(std::nullopt)));
  BOOST_TEST(text_of(table.lines(35)).substr(0, 28) == "DEVICE         STATUS    N\np");
  BOOST_TEST(text_of(table.lines(25)).substr(0, 20) == "DEVICE          N\npu");
}

BOOST_AUTO_TEST_CASE(the_first_column_stays_whole_unless_it_may_be_cut) {
  BOOST_TEST(text_of(table.lines(10)) == "DEVICE\npump-7\na-long-device\n");
  BOOST_TEST(text_of(table.lines(10, true)) == "DEVICE\npump-7\na-long-de…\n");
  BOOST_TEST(text_of(table.lines(3, true)) == "DE…\npu…\na-…\n");
}

BOOST_AUTO_TEST_CASE(wide_characters_are_counted_as_they_are_shown) {
  Table wide({{"A"}, {"B"}});
  wide.add({{"温度"}, {"x"}});
  wide.add({{"e\u0301"}, {"y"}});
  BOOST_TEST(text_of(wide.lines(std::nullopt)) == "A     B\n温度  x\ne\u0301     y\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::cli
