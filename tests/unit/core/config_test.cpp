// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/config.hpp"

#include <boost/test/unit_test.hpp>

namespace rollcall {
namespace {

using namespace std::chrono_literals;

bool contains(std::string_view block, std::string_view address) {
  const auto parsed = AddressBlock::parse(block);
  BOOST_TEST_REQUIRE(parsed.has_value(), block);
  return parsed->contains(address);
}

BOOST_AUTO_TEST_SUITE(config_suite)

BOOST_AUTO_TEST_CASE(the_built_in_template_is_one_minute_to_offline_and_thirty_days_to_inactive) {
  const auto definition = default_template();
  BOOST_TEST(definition.name == "default");
  BOOST_TEST_REQUIRE(definition.statuses.size() == 3U);
  BOOST_TEST(definition.statuses[0].key == "online");
  BOOST_TEST(definition.statuses[1].key == "offline");
  BOOST_TEST((definition.statuses[1].after == 1min));
  BOOST_TEST(definition.statuses[2].key == "inactive");
  BOOST_TEST((definition.statuses[2].after == 24h * 30));
  BOOST_TEST((definition.statuses[0].interaction == Interaction::allow));
  BOOST_TEST((definition.statuses[1].interaction == Interaction::notify_on_interaction));
  BOOST_TEST(definition.on_graceful.status == 1U);
  BOOST_TEST((definition.on_graceful.after == 1min));
  BOOST_TEST((definition.on_non_graceful.after == 1min));
  BOOST_TEST(definition.online_on_report);
}

BOOST_AUTO_TEST_CASE(labels_come_from_keys) {
  BOOST_TEST(default_label("online") == "Online");
  BOOST_TEST(default_label("no_data") == "No data");
  BOOST_TEST(default_label("long-gone") == "Long gone");
}

BOOST_AUTO_TEST_CASE(colors_and_icons_come_from_keys) {
  const auto look = [](std::string_view key) {
    return std::string(default_color(key)) + " " + std::string(default_icon(key));
  };
  BOOST_TEST(look("online") == "#23c48e wifi");
  BOOST_TEST(look("offline") == "#e5484d wifi-off");
  BOOST_TEST(look("standby") == "#f5a524 moon");
  BOOST_TEST(look("inactive") == "#8b8d98 archive");
  BOOST_TEST(look("no_data") == "#8b8d98 circle");
}

BOOST_AUTO_TEST_CASE(graceful_goes_by_the_table_unless_the_template_names_causes) {
  auto definition = default_template();
  BOOST_TEST(definition.is_graceful(Cause::client_disconnect, false));
  BOOST_TEST(definition.is_graceful(Cause::connection_closed, false));
  BOOST_TEST(!definition.is_graceful(Cause::connection_closed, true));
  BOOST_TEST(!definition.is_graceful(Cause::keepalive_timeout, false));
  definition.graceful_causes = {{Cause::keepalive_timeout, Cause::connection_closed}};
  BOOST_TEST(!definition.is_graceful(Cause::client_disconnect, false));
  BOOST_TEST(definition.is_graceful(Cause::keepalive_timeout, true));
  BOOST_TEST(definition.is_graceful(Cause::connection_closed, true));
}

BOOST_AUTO_TEST_CASE(words_of_the_payload_are_those_of_the_file) {
  BOOST_TEST(to_string(Interaction::allow) == "allow");
  BOOST_TEST(to_string(Interaction::disable_controls) == "disable_controls");
  BOOST_TEST(to_string(Interaction::disable_all) == "disable_all");
  BOOST_TEST(to_string(Commands::queue) == "queue");
  BOOST_TEST(to_string(Commands::deny) == "deny");
}

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
