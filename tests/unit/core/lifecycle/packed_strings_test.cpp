// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/packed_strings.hpp"

#include <string>

#include <boost/test/unit_test.hpp>

namespace rollcall {

BOOST_AUTO_TEST_SUITE(packed_strings)

BOOST_AUTO_TEST_CASE(each_text_comes_out_as_it_went_in) {
  PackedStrings<3> texts;
  for (std::size_t i = 0; i < 3; ++i) BOOST_TEST(texts[i].empty());
  const std::string with_nul("a\0b", 3);
  texts.set({"pump-7", "", with_nul});
  BOOST_TEST(texts[0] == "pump-7");
  BOOST_TEST(texts[1] == "");
  BOOST_TEST(texts[2] == with_nul);
  texts.set({"", "", ""});
  for (std::size_t i = 0; i < 3; ++i) BOOST_TEST(texts[i].empty());
}

BOOST_AUTO_TEST_CASE(the_same_texts_stay_where_they_are_and_may_be_their_own) {
  PackedStrings<2> texts({"one", "two"});
  const char* const before = texts[0].data();
  texts.set({texts[0], "two"});
  BOOST_TEST((texts[0].data() == before));
  texts.set({texts[1], texts[0]});
  BOOST_TEST(texts[0] == "two");
  BOOST_TEST(texts[1] == "one");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall
