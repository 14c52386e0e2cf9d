// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/mqtt/addresses.hpp"

#include <algorithm>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/test/unit_test.hpp>

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

BOOST_AUTO_TEST_CASE(whoever_else_looks_up_a_name_gets_what_was_found) {
  const auto seen = [] {
    boost::asio::io_context io;
    boost::system::error_code error;
    const auto found = boost::asio::ip::tcp::resolver(io).resolve("broker.invalid", "8883", error);
    return error ? error.message() : found.begin()->endpoint().address().to_string();
  };
  {
    const LookupAnswer older("broker.invalid", boost::asio::ip::make_address("127.0.0.7"));
    const LookupAnswer other("other.invalid", boost::asio::ip::make_address("127.0.0.8"));
    BOOST_TEST(seen() == "127.0.0.7");
    const LookupAnswer newer("broker.invalid", boost::asio::ip::make_address("127.0.0.9"));
    BOOST_TEST(seen() == "127.0.0.9");
    BOOST_TEST(!look_up("broker.invalid").error().message.empty());
  }
  BOOST_TEST(seen().find("127.0.0") == std::string::npos);
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
