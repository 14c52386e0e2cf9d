// SPDX-License-Identifier: Apache-2.0
#include "base/keyed_hash.hpp"

#include <set>
#include <string>
#include <unordered_map>

#include <boost/test/unit_test.hpp>

namespace rollcall {
BOOST_AUTO_TEST_SUITE(keyed_hash_test)

BOOST_AUTO_TEST_CASE(a_text_has_one_hash_and_others_have_others) {
  std::set<std::uint64_t> hashes;
  for (int number = 0; number < 100'000; ++number) {
    const auto text = "device-" + std::to_string(number);
    BOOST_TEST_REQUIRE(keyed_hash(text) == keyed_hash(std::string(text)));
    hashes.insert(keyed_hash(text));
  }
  BOOST_TEST(hashes.size() == 100'000U);
  BOOST_TEST(keyed_hash("") == keyed_hash({}));
  BOOST_TEST(keyed_hash(std::string(1, '\0')) != keyed_hash(""));
}

BOOST_AUTO_TEST_CASE(a_table_finds_texts_of_any_kind) {
  std::unordered_map<std::string, int, KeyedHash, std::equal_to<>> table{{"pump", 7}};
  BOOST_TEST(table.find(std::string_view("pump"))->second == 7);
  BOOST_TEST((table.find("valve") == table.end()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall
