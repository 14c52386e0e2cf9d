// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <boost/test/unit_test.hpp>

#include "bridge/adapters/mqtt/addresses.hpp"
#include "bridge/adapters/mqtt/reasons.hpp"

namespace rollcall {
namespace {

BOOST_AUTO_TEST_SUITE(addresses_suite)

BOOST_AUTO_TEST_CASE(an_address_is_itself) {
  for (const auto* const literal : {"127.0.0.1", "::1", "fd00::7"}) {
    BOOST_TEST(is_literal_address(literal));
    const auto found = look_up(literal).value();
    BOOST_TEST(found.size() == 1U);
    BOOST_TEST(found[0].to_string() == literal);
  }
}

BOOST_AUTO_TEST_CASE(a_name_has_addresses_or_a_reason_why_not) {
  BOOST_TEST(!is_literal_address("localhost"));
  const auto found = look_up("localhost").value();
  BOOST_TEST(std::all_of(found.begin(), found.end(), [](const auto& each) { return each.is_loopback(); }));
  BOOST_TEST(!look_up("no-such-host.invalid").error().message.empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(reasons_suite)

BOOST_AUTO_TEST_CASE(reasons_are_words_and_unknown_ones_numbers) {
  BOOST_TEST(reason_text(0x8E) == "Session taken over");
  BOOST_TEST(reason_text(0xA2) == "Wildcard subscriptions not supported");
  BOOST_TEST(reason_text(0x92) == "reason 0x92");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace rollcall
