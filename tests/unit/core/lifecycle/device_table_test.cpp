// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/device_table.hpp"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "tests/unit/core/lifecycle/engine_fixture.hpp"

namespace rollcall::test {
namespace {

using Ids = std::vector<std::string>;

struct Table : DeviceTable {
  Table() : DeviceTable(templates()) {}

  std::size_t add(const char* id) {
    const auto index = find_or_add(id).value();
    (*this)[index].definition = templates().data();
    return index;
  }
  Ids published() {
    Ids ids;
    end_call([&](Device& device) { ids.emplace_back(device.id()); });
    return ids;
  }
  Ids changed() {
    Ids ids;
    take_changes([&](std::size_t index) { ids.emplace_back((*this)[index].id()); });
    return ids;
  }

  static const std::vector<TemplateDefinition>& templates() {
    static const std::vector<TemplateDefinition> kTemplates{one_minute()};
    return kTemplates;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(device_table, Table)

BOOST_AUTO_TEST_CASE(a_device_is_found_by_its_id_until_it_is_removed) {
  BOOST_TEST(!find("a").has_value());
  const auto a = add("a");
  BOOST_TEST(find("a").value() == a);
  BOOST_TEST(find_or_add("a").value() == a);
  remove(a);
  BOOST_TEST(!find("a").has_value());
  BOOST_TEST(count() == 0U);
  BOOST_TEST(!find_or_add("").has_value());
}

BOOST_AUTO_TEST_CASE(a_place_is_taken_again_only_after_the_call) {
  const auto a = add("a");
  remove(a);
  BOOST_TEST(add("b") != a);
  published();
  BOOST_TEST(add("c") == a);
}

BOOST_AUTO_TEST_CASE(touched_ones_come_once_in_order_without_those_that_are_gone) {
  const auto a = add("a"), b = add("b"), c = add("c");
  for (const auto index : {c, a, c, b}) touch(index);
  remove(a);
  BOOST_TEST(published() == (Ids{"c", "b"}), boost::test_tools::per_element());
  BOOST_TEST(published().empty());
}

BOOST_AUTO_TEST_CASE(what_is_untouched_is_stored_but_not_published) {
  const auto a = add("a"), b = add("b");
  touch(a);
  const auto before = touched_count();
  touch(b);
  untouch_since(before);
  BOOST_TEST(!is_touched(b));
  BOOST_TEST(published() == Ids{"a"}, boost::test_tools::per_element());
  BOOST_TEST(changed() == (Ids{"a", "b"}), boost::test_tools::per_element());
  BOOST_TEST(changed_count() == 0U);
}

BOOST_AUTO_TEST_CASE(the_fleet_is_counted_whether_the_changes_are_taken_or_not) {
  const auto a = add("a");
  change(a);
  BOOST_TEST(count_fleet().devices == 1U);
  changed();
  const auto b = add("b");
  change(b);
  BOOST_TEST(count_fleet().templates.at("default").at("online") == 2U);
  take_back_last_change();
  BOOST_TEST(changed().empty());
  remove(a);
  BOOST_TEST(count_fleet().devices == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::test
