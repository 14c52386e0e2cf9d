// SPDX-License-Identifier: Apache-2.0
#include "topics/identity/address_block.hpp"

#include <boost/test/unit_test.hpp>

namespace rollcall {
namespace {

bool contains(std::string_view block, std::string_view address) {
  const auto parsed = AddressBlock::parse(block);
  BOOST_TEST_REQUIRE(parsed.has_value(), block);
  const auto single = AddressBlock::of(address);
  return single && parsed->contains(*single);
}

BOOST_AUTO_TEST_SUITE(address_block)

BOOST_AUTO_TEST_CASE(an_address_alone_is_itself) {
  BOOST_TEST(contains("10.0.0.7", "10.0.0.7"));
  BOOST_TEST(!contains("10.0.0.7", "10.0.0.8"));
  BOOST_TEST(contains("fd00::1", "fd00:0:0:0::1"));
  BOOST_TEST(contains("fe80::1", "fe80::1%eth0"));
  BOOST_TEST(!contains("10.0.0.7", ""));
  BOOST_TEST(!contains("10.0.0.7", "not an address"));
}

BOOST_AUTO_TEST_CASE(a_block_holds_what_begins_with_its_bits) {
  BOOST_TEST(contains("10.0.0.0/8", "10.255.255.255"));
  BOOST_TEST(!contains("10.0.0.0/8", "11.0.0.0"));
  BOOST_TEST(contains("192.168.4.0/22", "192.168.7.255"));
  BOOST_TEST(!contains("192.168.4.0/22", "192.168.8.0"));
  BOOST_TEST(contains("10.1.2.3/8", "10.9.9.9"));
  BOOST_TEST(contains("fd00::/8", "fdff::1"));
  BOOST_TEST(!contains("fd00::/8", "fe00::1"));
  BOOST_TEST(contains("10.0.0.7/32", "10.0.0.7"));
  BOOST_TEST(!contains("::1/128", "::2"));
}

BOOST_AUTO_TEST_CASE(mapped_addresses_are_ipv4) {
  BOOST_TEST(contains("10.0.0.0/8", "::ffff:10.1.2.3"));
  BOOST_TEST(contains("::ffff:10.0.0.0/104", "10.1.2.3"));
  BOOST_TEST(contains("::ffff:10.0.0.7", "10.0.0.7"));
  BOOST_TEST(contains("0.0.0.0/0", "203.0.113.9"));
  BOOST_TEST(!contains("0.0.0.0/0", "2001:db8::1"));
  BOOST_TEST(!contains("::/0", "203.0.113.9"));
  BOOST_TEST(contains("::/0", "2001:db8::1"));
}

BOOST_AUTO_TEST_CASE(what_is_no_address_is_refused) {
  for (const auto* const text :
       {"", "10.0.0", "10.0.0.256", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.0/ 8",
        "fd00::/129", "host", "10.0.0.1:80", "/8", "10.0.0.0/8/8", "1.2.3.4%eth0"}) {
    BOOST_TEST(!AddressBlock::parse(text).has_value(), text);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace rollcall
