// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/hash_index.hpp"

#include <map>
#include <random>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace rollcall {

BOOST_AUTO_TEST_SUITE(hash_index)

BOOST_AUTO_TEST_CASE(things_of_one_hash_are_told_apart_by_their_names) {
  const std::vector<std::string> names{"a", "b", "c"};
  HashIndex index;
  for (std::uint32_t number = 0; number < names.size(); ++number) index.insert(7, number);
  const auto find = [&](const std::string& name) {
    return index.find(7, [&](std::uint32_t number) { return names[number] == name; });
  };
  BOOST_TEST(find("c").value() == 2U);
  BOOST_TEST(!find("d").has_value());
  index.erase(7, 1);
  BOOST_TEST(!find("b").has_value());
  BOOST_TEST(find("a").value() == 0U);
  BOOST_TEST(find("c").value() == 2U);
  BOOST_TEST(index.size() == 2U);
}

BOOST_AUTO_TEST_CASE(whatever_is_added_and_removed_it_is_what_a_map_is) {
  for (const std::uint32_t hashes : {1U, 5U, 100U, 0U}) {  // 0: any
    std::mt19937 random(hashes + 1);
    HashIndex index;
    std::map<std::uint32_t, std::uint64_t> model;  // number → hash
    for (int i = 0; i < 20'000; ++i) {
      const std::uint32_t number = random() % 300;
      const auto known = model.find(number);
      if (known == model.end()) {
        const std::uint64_t hash = hashes > 0 ? random() % hashes : std::uint64_t{random()} << 32U | random();
        index.insert(hash, number);
        model.emplace(number, hash);
      } else if (random() % 2 == 0) {
        index.erase(known->second, number);
        model.erase(known);
      } else {
        const auto found =
            index.find(known->second, [&](std::uint32_t candidate) { return candidate == number; });
        BOOST_TEST_REQUIRE(found.has_value());
      }
      BOOST_TEST_REQUIRE(index.size() == model.size());
    }
    for (const auto& [number, hash] : model) {
      BOOST_TEST(
          index.find(hash, [&, wanted = number](auto candidate) { return candidate == wanted; }).has_value());
    }
  }
}

BOOST_AUTO_TEST_CASE(memory_that_is_taken_beforehand_changes_nothing_that_is_there) {
  HashIndex index;
  const auto is_there = [&](std::uint64_t hash) {
    return index.find(hash, [&](std::uint32_t number) { return number == hash; }).has_value();
  };
  const auto insert = [&](std::uint32_t from, std::uint32_t to) {
    for (auto number = from; number < to; ++number) index.insert(number, number);
  };
  index.reserve(10);
  insert(0, 10);
  index.reserve(1000);
  insert(10, 2000);
  index.reserve(5);  // less than there are
  BOOST_TEST(index.size() == 2000U);
  for (std::uint64_t hash = 0; hash < 2000; ++hash) BOOST_TEST(is_there(hash));
  BOOST_TEST(!is_there(2000));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall
