// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/text/watched_devices.hpp"

#include "tests/unit/cli/text/answers.hpp"

namespace rollcall::cli {
namespace {

Json payload(const std::string& device, const std::string& status, int seq, int second = 0) {
  return status_json({{"device", device},
                      {"status", status},
                      {"label", ""},
                      {"seq", seq},
                      {"since", format_rfc3339(kNow - Seconds{60 - second})}});
}

/// The devices as they are shown, from the top.
std::string shown(const WatchedDevices& devices, WatchedDevices::View view = {}) {
  const auto lines = devices.lines(view, kNow);
  std::string names;
  for (std::size_t i = 2; i + 1 < lines.size(); ++i) {
    const auto text = plain_text(lines[i]);
    names += text.substr(0, text.find(' ')) + " ";
  }
  return names;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(watched_devices)

BOOST_AUTO_TEST_CASE(they_are_sorted_as_was_asked_for) {
  const std::vector<Json> list{payload("a", "online", 1, 10), payload("b", "online", 1, 30),
                               payload("c", "online", 1, 20)};
  WatchedDevices latest({}, DeviceSort::latest_since), by_name({}, DeviceSort::by_device);
  latest.replace(list);
  by_name.replace(list);
  BOOST_TEST(shown(latest) == "b c a ");
  BOOST_TEST(shown(by_name) == "a b c ");
}

BOOST_AUTO_TEST_CASE(events_keep_them_up) {
  WatchedDevices devices({}, DeviceSort::by_device);
  devices.replace({payload("a", "online", 1), payload("b", "online", 1)});
  BOOST_TEST(devices.apply("status", payload("c", "online", 1)));
  BOOST_TEST(devices.apply("gone", {{"device", "a"}, {"seq", 2}}));
  BOOST_TEST(shown(devices) == "b c ");
}

BOOST_AUTO_TEST_CASE(an_event_that_is_older_than_the_list_changes_nothing) {
  WatchedDevices devices({}, DeviceSort::by_device);
  devices.replace({payload("a", "offline", 7)});
  BOOST_TEST(devices.apply("status", payload("a", "online", 6)));
  BOOST_TEST(devices.apply("gone", {{"device", "a"}, {"seq", 5}}));
  BOOST_TEST(has(text_of_lines(devices.lines({}, kNow)), "a       offline"));
}

BOOST_AUTO_TEST_CASE(whoever_leaves_the_filter_leaves_the_table) {
  FilterOptions filter;
  filter.statuses = {"offline,standby", "inactive"};
  WatchedDevices devices(filter, DeviceSort::by_device);
  devices.replace({payload("a", "offline", 1)});
  BOOST_TEST(devices.apply("status", payload("b", "standby", 1)));
  BOOST_TEST(devices.apply("status", payload("c", "online", 1)));
  BOOST_TEST(devices.apply("status", payload("d", "inactive", 1)));
  BOOST_TEST(shown(devices) == "a b d ");
  BOOST_TEST(devices.apply("status", payload("a", "online", 2)));
  BOOST_TEST(shown(devices) == "b d ");
}

BOOST_AUTO_TEST_CASE(where_a_payload_does_not_tell_a_new_list_is_needed) {
  FilterOptions filter;
  filter.search = "pump";
  WatchedDevices devices(filter, DeviceSort::by_device);
  devices.replace({payload("pump-1", "online", 1)});
  BOOST_TEST(!devices.apply("status", payload("pump-2", "online", 1)));
  BOOST_TEST(!devices.apply("status", payload("pump-1", "offline", 2)));
  BOOST_TEST(shown(devices) == "pump-1 ");
  BOOST_TEST(devices.apply("gone", {{"device", "pump-1"}, {"seq", 3}}));
  BOOST_TEST(devices.size() == 0U);
  BOOST_TEST(!devices.apply("reset", Json::object()));
}

BOOST_AUTO_TEST_CASE(they_fill_the_window_and_no_more) {
  WatchedDevices devices({}, DeviceSort::by_device);
  std::vector<Json> list;
  for (int i = 0; i < 30; ++i)
    list.push_back(payload("device-with-a-long-name-" + std::to_string(100 + i), "online", 1));
  devices.replace(list);
  const auto lines = devices.lines({30, 10, std::nullopt}, kNow);
  BOOST_TEST(lines.size() == 10U);
  for (const auto& line : lines) BOOST_TEST(display_width(plain_text(line)) <= 30U);
  BOOST_TEST(plain_text(lines.front()) == "30 devices");
  BOOST_TEST(plain_text(lines.back()) == "and 23 more; q quits");
  BOOST_TEST(devices.lines({5, 1, std::nullopt}, kNow).size() == 1U);
}

BOOST_AUTO_TEST_CASE(that_the_bridge_is_away_is_plain_to_see) {
  FilterOptions filter;
  filter.templates = {"pump"};
  const WatchedDevices devices(filter, DeviceSort::by_device);
  BOOST_TEST(plain_text(devices.lines({200, 24, "Connection refused"}, kNow).front()) ==
             "0 devices  --template pump  the bridge is away; trying again (Connection refused)");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::cli
