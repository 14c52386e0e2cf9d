// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/notify/incidents.hpp"

#include <boost/test/unit_test.hpp>

#include "bridge/core/notify/address_text.hpp"

using namespace rollcall;
using namespace std::chrono_literals;

namespace {

Time at(Millis time) { return Time{time}; }

struct Fixture {
  Incidents incidents{7};
  int last = 0;

  Fixture() {
    configure({{IncidentGroup::Kind::broker, 0},
               {IncidentGroup::Kind::gateway, 0},
               {IncidentGroup::Kind::address, 24}});
  }

  void configure(std::vector<IncidentGroup> by) {
    IncidentConfig config;
    config.devices = 5;
    config.within = 30s;
    config.by = std::move(by);
    incidents.configure(config, 2min);
  }
  std::string lose(Millis time, const std::string& broker = "main", const std::string& gateway = "",
                   const std::string& address = "") {
    const auto device = "d" + std::to_string(++last);
    incidents.lost({device, broker, gateway, address, at(time), {"ops"}}, at(time));
    return device;
  }
  void lose_many(int count, Millis time, const std::string& broker = "main", const std::string& gateway = "",
                 const std::string& address = "") {
    for (int i = 0; i < count; ++i) lose(time, broker, gateway, address);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(incidents, Fixture)

BOOST_AUTO_TEST_CASE(so_many_within_the_window_are_one_incident) {
  lose_many(4, 0s);
  BOOST_TEST(incidents.take_changes(at(0s)).empty());
  BOOST_TEST(!incidents.covers("d1"));
  lose(30s);
  const auto changes = incidents.take_changes(at(30s));
  BOOST_TEST_REQUIRE(changes.size() == 1U);
  BOOST_TEST(!changes[0].has_ended);
  BOOST_TEST((changes[0].at == at(0s)));
  BOOST_TEST(changes[0].incident.kind == "broker");
  BOOST_TEST(changes[0].incident.what == "main");
  BOOST_TEST(changes[0].incident.devices == 5U);
  BOOST_TEST(changes[0].devices.size() == 5U);
  BOOST_TEST(changes[0].incident.channels == std::vector<std::string>{"ops"},
             boost::test_tools::per_element());
  BOOST_TEST(incidents.covers("d1"));
  BOOST_TEST(incidents.take_changes(at(31s)).empty());
}

BOOST_AUTO_TEST_CASE(beyond_the_window_they_are_none) {
  lose_many(4, 0s);
  incidents.take_changes(at(30s + 1ms));
  lose(30s + 1ms);
  BOOST_TEST(incidents.take_changes(at(30s + 1ms)).empty());
}

BOOST_AUTO_TEST_CASE(who_is_back_does_not_count) {
  lose_many(4, 0s);
  incidents.returned("d1", at(1s));
  lose(2s);
  BOOST_TEST(incidents.take_changes(at(2s)).empty());
  lose(3s);
  BOOST_TEST(incidents.take_changes(at(3s)).size() == 1U);
}

BOOST_AUTO_TEST_CASE(five_thousand_at_once_are_one_with_a_list_of_a_hundred) {
  for (int i = 0; i < 5000; ++i)
    lose(0s, "main", "", "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250));
  const auto changes = incidents.take_changes(at(0s));
  BOOST_TEST_REQUIRE(changes.size() == 1U);
  BOOST_TEST(changes[0].incident.kind == "broker");
  BOOST_TEST(changes[0].incident.devices == 5000U);
  BOOST_TEST(changes[0].incident.list.size() == Incident::kMostListed);
}

BOOST_AUTO_TEST_CASE(the_narrowest_group_that_nearly_all_are_in_says_what_has_happened) {
  lose_many(8, 0s, "main", "gate", "10.0.0.1");
  lose_many(2, 0s, "main", "", "10.0.1.1");
  auto changes = incidents.take_changes(at(0s));
  BOOST_TEST_REQUIRE(changes.size() == 1U);
  BOOST_TEST(changes[0].incident.kind == "gateway");
  BOOST_TEST(changes[0].incident.what == "gate");
  BOOST_TEST(!incidents.covers("d9"));

  lose_many(6, 60s, "main", "", "10.0.2.1");
  lose_many(2, 60s, "main", "", "10.0.3.1");
  changes = incidents.take_changes(at(60s));
  BOOST_TEST_REQUIRE(changes.size() == 1U);
  BOOST_TEST(changes[0].incident.kind == "broker");  // 6 of 8 aren't nearly all
  BOOST_TEST(changes[0].incident.devices == 8U);
}

BOOST_AUTO_TEST_CASE(it_grows_as_long_as_devices_follow_each_other) {
  lose_many(5, 0s);
  incidents.take_changes(at(0s));
  const auto next = lose(30s);
  BOOST_TEST(incidents.covers(next));
  const auto after_that = lose(60s);
  BOOST_TEST(incidents.covers(after_that));
  const auto much_later = lose(2min);
  BOOST_TEST(!incidents.covers(much_later));
}

BOOST_AUTO_TEST_CASE(it_ends_when_all_are_back) {
  lose_many(5, 0s);
  incidents.take_changes(at(0s));
  for (int i = 1; i <= 4; ++i) BOOST_TEST(incidents.returned("d" + std::to_string(i), at(60s)));
  BOOST_TEST(incidents.take_changes(at(60s)).empty());
  BOOST_TEST(incidents.returned("d5", at(61s)));
  const auto changes = incidents.take_changes(at(61s));
  BOOST_TEST_REQUIRE(changes.size() == 1U);
  BOOST_TEST(changes[0].has_ended);
  BOOST_TEST((changes[0].at == at(61s)));
  BOOST_TEST(changes[0].incident.back == 5U);
  BOOST_TEST(text_of_end(changes[0].incident, changes[0].at) ==
             "5 of 5 devices at broker main are back after 1m1s");
  BOOST_TEST((incidents.next_deadline() == Time::max()));
}

BOOST_AUTO_TEST_CASE(it_ends_when_no_more_come_back) {
  lose_many(5, 0s);
  incidents.take_changes(at(0s));
  incidents.returned("d1", at(60s));
  BOOST_TEST((incidents.next_deadline() == at(3min)));
  incidents.returned("d2", at(90s));
  BOOST_TEST(incidents.take_changes(at(3min)).empty());
  const auto changes = incidents.take_changes(at(3min + 30s));
  BOOST_TEST_REQUIRE(changes.size() == 1U);
  BOOST_TEST(changes[0].incident.back == 2U);
  BOOST_TEST((changes[0].at == at(90s)));
  BOOST_TEST(!incidents.covers("d5"));
}

BOOST_AUTO_TEST_CASE(it_ends_within_a_day_even_if_none_comes_back) {
  lose_many(5, 0s);
  incidents.take_changes(at(0s));
  BOOST_TEST(incidents.take_changes(at(24h - 1ms)).empty());
  BOOST_TEST((incidents.next_deadline() == at(24h)));
  const auto changes = incidents.take_changes(at(24h));
  BOOST_TEST_REQUIRE(changes.size() == 1U);
  BOOST_TEST(changes[0].incident.back == 0U);
}

BOOST_AUTO_TEST_CASE(who_is_lost_again_is_not_back) {
  lose_many(5, 0s);
  incidents.take_changes(at(0s));
  incidents.returned("d1", at(10s));
  incidents.lost({"d1", "main", "", "", at(20s), {}}, at(20s));
  BOOST_TEST(incidents.covers("d1"));
  for (int i = 2; i <= 5; ++i) incidents.returned("d" + std::to_string(i), at(30s));
  BOOST_TEST(incidents.take_changes(at(30s)).empty());
  incidents.returned("d1", at(40s));
  const auto changes = incidents.take_changes(at(40s));
  BOOST_TEST_REQUIRE(changes.size() == 1U);
  BOOST_TEST(changes[0].incident.back == 5U);
}

BOOST_AUTO_TEST_CASE(nobody_waits_for_a_forgotten_device) {
  lose_many(5, 0s);
  incidents.take_changes(at(0s));
  for (int i = 1; i <= 4; ++i) incidents.returned("d" + std::to_string(i), at(10s));
  incidents.forget("d5");
  const auto changes = incidents.take_changes(at(10s));
  BOOST_TEST_REQUIRE(changes.size() == 1U);
  BOOST_TEST(changes[0].incident.devices == 4U);
}

BOOST_AUTO_TEST_CASE(it_goes_on_after_a_restart) {
  lose_many(5, 0s);
  incidents.take_changes(at(0s));
  incidents.returned("d1", at(10s));
  NotifyChanges changes;
  incidents.add_unstored(changes);
  BOOST_TEST_REQUIRE(changes.incidents.size() == 1U);
  BOOST_TEST(!incidents.has_unstored());

  Incidents next(7);
  next.restore(changes.incidents[0]);
  for (int i = 1; i <= 5; ++i) next.restore_member("d" + std::to_string(i), changes.incidents[0].id, i == 1);
  BOOST_TEST(!next.covers("d1"));
  for (int i = 2; i <= 5; ++i) BOOST_TEST(next.returned("d" + std::to_string(i), at(20s)));
  const auto ended = next.take_changes(at(20s));
  BOOST_TEST_REQUIRE(ended.size() == 1U);
  BOOST_TEST(ended[0].incident.back == 5U);
  NotifyChanges rest;
  next.add_unstored(rest);
  BOOST_TEST(rest.incidents.empty());
  BOOST_TEST(rest.ended == std::vector<std::string>{changes.incidents[0].id},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(found_out_again_it_has_the_same_id) {
  lose_many(5, 0s);
  const auto id = incidents.take_changes(at(0s)).at(0).incident.id;
  Fixture again;
  again.lose_many(5, 0s);
  BOOST_TEST(again.incidents.take_changes(at(5s)).at(0).incident.id == id);
}

BOOST_AUTO_TEST_CASE(blocks_have_the_text_that_people_know) {
  BOOST_TEST(block_of("10.1.2.3", 24) == "10.1.2.0/24");
  BOOST_TEST(block_of("::ffff:10.1.2.3", 8) == "10.0.0.0/8");
  BOOST_TEST(block_of("2001:db8:1:2:3::4", 64) == "2001:db8:1:2::/64");
  BOOST_TEST(block_of("2001:db8::1", 24).empty());
  BOOST_TEST(block_of("10.1.2.3", 64).empty());
  BOOST_TEST(block_of("", 24).empty());
  BOOST_TEST(block_of("host", 24).empty());
}

BOOST_AUTO_TEST_SUITE_END()
