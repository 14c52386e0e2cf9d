// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/config/config.hpp"

#include <boost/test/unit_test.hpp>

#include "bridge/core/lifecycle/rules.hpp"

namespace rollcall {
namespace {

using namespace std::chrono_literals;

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
  BOOST_TEST((definition.statuses[0].interaction == interaction_of("allow")));
  BOOST_TEST((definition.statuses[1].interaction == interaction_of("notify_on_interaction")));
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
  BOOST_TEST(is_graceful(definition, Cause::client_disconnect, false));
  BOOST_TEST(is_graceful(definition, Cause::connection_closed, false));
  BOOST_TEST(!is_graceful(definition, Cause::connection_closed, true));
  BOOST_TEST(!is_graceful(definition, Cause::keepalive_timeout, false));
  definition.graceful_causes = {{Cause::keepalive_timeout, Cause::connection_closed}};
  BOOST_TEST(!is_graceful(definition, Cause::client_disconnect, false));
  BOOST_TEST(is_graceful(definition, Cause::keepalive_timeout, true));
  BOOST_TEST(is_graceful(definition, Cause::connection_closed, true));
}

BOOST_AUTO_TEST_CASE(words_of_the_payload_are_those_of_the_file) {
  BOOST_TEST(to_string(Interaction::Disable::none) == "none");
  BOOST_TEST(to_string(Interaction::Disable::controls) == "controls");
  BOOST_TEST(to_string(Interaction::Disable::all) == "all");
  BOOST_TEST(to_string(CommandPolicy::queue) == "queue");
  BOOST_TEST(to_string(CommandPolicy::deny) == "deny");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace rollcall
