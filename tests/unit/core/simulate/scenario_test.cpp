// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/simulate/scenario.hpp"

#include <string>
#include <variant>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "base/utf8.hpp"

namespace rollcall {
namespace {

using namespace std::chrono_literals;

Scenario parsed(std::string_view text) {
  auto scenario = parse_scenario(text);
  BOOST_REQUIRE_MESSAGE(scenario.has_value(), (scenario ? std::string() : scenario.error().message));
  return *scenario;
}

std::vector<long long> seconds_of(std::string_view text) {
  std::vector<long long> seconds;
  for (const auto& line : parsed(text).lines) {
    seconds.push_back(std::chrono::duration_cast<Seconds>(line.at.time_since_epoch()).count());
  }
  return seconds;
}

/// "LINE: what is wrong", which must be so.
std::string mistake(std::string_view text) {
  const auto scenario = parse_scenario(text);
  if (scenario) return "no mistake";
  return std::to_string(scenario.error().line) + ": " + scenario.error().message;
}

bool says(std::string_view text, std::string_view begins, std::string_view contains = "") {
  const std::string what = mistake(text);
  BOOST_TEST_MESSAGE(what);
  return what.starts_with(begins) && what.find(contains) != std::string::npos;
}

template <typename T>
T only(std::string_view event) {
  return std::get<T>(parsed("10:00:00 " + std::string(event)).lines.at(0).event);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scenario)

BOOST_AUTO_TEST_CASE(lines_keep_their_numbers_past_blank_lines_and_comments) {
  const auto scenario = parsed("# one\n\n10:00:00 connect  # here\n   \t\n\t10:00:01\treport");
  BOOST_REQUIRE(scenario.lines.size() == 2U);
  BOOST_TEST(scenario.lines[0].number == 3U);
  BOOST_TEST(scenario.lines[1].number == 5U);
  BOOST_TEST(std::holds_alternative<ScenarioConnect>(scenario.lines[0].event));
  BOOST_TEST(std::holds_alternative<ScenarioReport>(scenario.lines[1].event));
}

BOOST_AUTO_TEST_CASE(line_ends_of_windows_are_line_ends) {
  const auto scenario = parsed("10:00:00 connect\r\n\r\n10:00:05 end\r\n");
  BOOST_REQUIRE(scenario.lines.size() == 2U);
  BOOST_TEST(scenario.lines[1].number == 3U);
}

BOOST_AUTO_TEST_CASE(connect_has_defaults_and_takes_its_options_in_any_order) {
  const auto plain = only<ScenarioConnect>("connect");
  BOOST_TEST((plain.keepalive == 60s));
  BOOST_TEST(plain.client_id == "device");
  BOOST_TEST(!plain.has_will);
  const auto full = only<ScenarioConnect>("connect will client_id=a#b=c keepalive=65535");
  BOOST_TEST((full.keepalive == 65535s));
  BOOST_TEST(full.client_id == "a#b=c");
  BOOST_TEST(full.has_will);
  BOOST_TEST((only<ScenarioConnect>("connect keepalive=0").keepalive == 0s));
}

BOOST_AUTO_TEST_CASE(disconnect_and_lost_mean_the_latest_connection_unless_they_name_one) {
  const auto plain = only<ScenarioDisconnect>("disconnect");
  BOOST_TEST((plain.cause == Cause::client_disconnect));
  BOOST_TEST(!plain.client_id.has_value());
  const auto full = only<ScenarioDisconnect>("disconnect client_id=x cause=protocol_error");
  BOOST_TEST((full.cause == Cause::protocol_error));
  BOOST_TEST(full.client_id.value() == "x");
  BOOST_TEST(!only<ScenarioLost>("lost").client_id.has_value());
  BOOST_TEST(only<ScenarioLost>("lost client_id=x").client_id.value() == "x");
}

BOOST_AUTO_TEST_CASE(a_smaller_clock_time_is_the_next_day) {
  const auto seconds = seconds_of("23:59:59 connect\n00:00:01 lost\n00:00:01 report\n00:00:00 end\n");
  BOOST_TEST(seconds == (std::vector<long long>{86399, 86401, 86401, 172800}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_duration_counts_from_the_line_before) {
  const auto seconds = seconds_of("+5s connect\n+1h30m lost\n+0s end\n");
  BOOST_TEST(seconds == (std::vector<long long>{5, 5405, 5405}), boost::test_tools::per_element());
  BOOST_TEST((parsed("+5s connect").start == Time{}));
}

BOOST_AUTO_TEST_CASE(clock_times_and_durations_mix) {
  const auto seconds = seconds_of("10:00:00 connect\n+2d lost\n09:00:00 report\n+1s end\n");
  BOOST_TEST(seconds == (std::vector<long long>{36000, 208800, 291600, 291601}),
             boost::test_tools::per_element());
  BOOST_TEST((parsed("10:00:00 connect\n+1s lost").form == TimeForm::clock));
  BOOST_TEST((parsed("+1s connect\n10:00:00 lost").form == TimeForm::elapsed));
}

BOOST_AUTO_TEST_CASE(dates_have_offsets_and_never_go_back) {
  const auto seconds = seconds_of(
      "1970-01-01T01:00:00Z connect\n1970-01-01T03:00:10+02:00 report\n1970-01-01t00:30:00z report\n"
      "1969-12-31T20:31:00-05:30 report\n02:05:00 end\n");
  BOOST_TEST(seconds == (std::vector<long long>{3600, 3610, 3610, 7260, 7500}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(milliseconds_on_any_line_are_noted) {
  BOOST_TEST(!parsed("10:00:00 connect\n10:00:01 end").has_millis);
  BOOST_TEST(parsed("10:00:00 connect\n10:00:01.000 end").has_millis);
  const auto scenario = parsed("10:00:00.007 connect");
  BOOST_TEST((scenario.lines[0].at == Time{10h + 7ms}));
  BOOST_TEST((parsed("1970-01-01T00:00:00.5Z connect").lines[0].at == Time{500ms}));
  BOOST_TEST((parsed("1970-01-01T00:00:00.1239Z connect").lines[0].at == Time{123ms}));
}

BOOST_AUTO_TEST_CASE(a_wrong_time_is_a_mistake) {
  for (const std::string time : {"10:00",
                                 "24:00:00",
                                 "10:60:00",
                                 "10:00:60",
                                 "1:00:00",
                                 "10:00:00.1",
                                 "10:00:00.1234",
                                 "10:00:00x",
                                 "+",
                                 "+5",
                                 "+5 min",
                                 "+-1s",
                                 "-5s",
                                 "now",
                                 "2026-02-29T10:00:00Z",
                                 "2026-13-01T10:00:00Z",
                                 "2026-11-22T10:00:00",
                                 "2026-11-22T10:00:00+0100",
                                 "2026-11-22T10:00:00.Z",
                                 "2026-11-22T10:00:00+24:00",
                                 "0000-01-01T00:00:00Z",
                                 "connect"}) {
    BOOST_TEST_CONTEXT(time) { BOOST_TEST(says("# x\n" + time + " connect\n", "2: ", "")); }
  }
  BOOST_TEST(says("now connect", "1: \"now\" is no time", "HH:MM:SS"));
}

BOOST_AUTO_TEST_CASE(a_date_after_a_first_line_without_one_is_a_mistake) {
  BOOST_TEST(says("10:00:00 connect\n2026-11-22T10:00:00Z end\n", "2: ", "date"));
  BOOST_TEST(says("+1s connect\n2026-11-22T10:00:00Z end\n", "2: ", "date"));
}

BOOST_AUTO_TEST_CASE(an_unknown_event_names_the_known_ones) {
  BOOST_TEST(
      says("10:00:00 conect\n", "1: unknown event 'conect'",
           "connect, disconnect, lost, report, declare, set, release, mute, unmute, broker_down, broker_up, "
           "broker_stall, clock, end"));
  BOOST_TEST(says("10:00:00 connect\n10:00:01 LOST\n", "2: unknown event 'LOST'"));
  BOOST_TEST(says("10:00:00 lost#now\n", "1: unknown event 'lost#now'"));
  BOOST_TEST(says("10:00:00\n", "1: there is no event"));
}

BOOST_AUTO_TEST_CASE(declare_set_and_release_are_read_with_their_options) {
  const auto scenario = parse_scenario(
      "10:00:00 declare status=standby for=1h\n10:00:01 set for=0s hold status=offline\n10:00:02 release\n");
  BOOST_TEST_REQUIRE(scenario.has_value());
  const auto& declare = std::get<ScenarioDeclare>(scenario->lines[0].event);
  BOOST_TEST(declare.status == "standby");
  BOOST_TEST((declare.wait == std::chrono::hours{1}));
  const auto& set = std::get<ScenarioSet>(scenario->lines[1].event);
  BOOST_TEST(set.status == "offline");
  BOOST_TEST((set.wait == Millis{0}));
  BOOST_TEST(set.hold);
  BOOST_TEST(std::holds_alternative<ScenarioRelease>(scenario->lines[2].event));
}

BOOST_AUTO_TEST_CASE(broker_stall_says_how_long_it_takes) {
  BOOST_TEST((only<ScenarioBrokerStall>("broker_stall for=12s").duration == 12s));
  BOOST_TEST(says("10:00:00 broker_stall", "1: ", "'broker_stall' needs for=D"));
  BOOST_TEST(says("10:00:00 broker_stall for=x", "1: ", "for: "));
  BOOST_TEST(says("10:00:00 broker_stall 12s", "1: ", "unknown option '12s'"));
}

BOOST_AUTO_TEST_CASE(clock_says_by_how_much_it_is_set) {
  BOOST_TEST((only<ScenarioClock>("clock +1h").by == 1h));
  BOOST_TEST((only<ScenarioClock>("clock -90s").by == -90s));
  BOOST_TEST(says("10:00:00 clock", "1: ", "needs +DURATION or -DURATION"));
  BOOST_TEST(says("10:00:00 clock 1h", "1: ", "unknown option '1h'"));
  BOOST_TEST(says("10:00:00 clock +1x", "1: ", "clock: "));
  BOOST_TEST(says("10:00:00 clock +1h -1h", "1: ", "given before"));
}

BOOST_AUTO_TEST_CASE(a_wrong_option_is_a_mistake) {
  const auto wrong = [](const std::string& event, std::string_view contains) {
    BOOST_TEST_CONTEXT(event) { BOOST_TEST(says("10:00:00 " + event, "1: ", contains)); }
  };
  wrong("connect keepalive=65536", "from 0 to 65535");
  wrong("declare", "'declare' needs status=S");
  wrong("declare status=", "'declare' needs status=S");
  wrong("declare status=standby for=soon", "for: ");
  wrong("declare status=standby hold", "takes status=S and for=D");
  wrong("set hold", "'set' needs status=S");
  wrong("set status=standby status=offline", "given before");
  wrong("release status=online", "takes no options");
  wrong("connect keepalive=-1", "from 0 to 65535");
  wrong("connect keepalive=-0", "from 0 to 65535");
  wrong("connect keepalive=60s", "from 0 to 65535");
  wrong("connect keepalive=", "from 0 to 65535");
  wrong("connect keepalive", "unknown option 'keepalive'");
  wrong("connect client_id=", "client_id is empty");
  wrong("connect cause=kicked",
        "unknown option 'cause=kicked'; 'connect' takes keepalive=S, client_id=X and will");
  wrong("connect will=yes", "unknown option 'will=yes'");
  wrong("connect will will", "given before");
  wrong("connect keepalive=1 keepalive=1", "given before");
  wrong("connect client_id=a client_id=b", "given before");
  wrong("disconnect cause=bored", "unknown cause 'bored'; known are client_disconnect");
  wrong("disconnect cause=late_report", "unknown cause");
  wrong("disconnect keepalive=5", "unknown option");
  wrong("disconnect cause=kicked cause=kicked", "given before");
  wrong("lost cause=kicked", "unknown option");
  wrong("report now", "'report' takes no options");
  wrong("end 10:00:01", "'end' takes no options");
}

BOOST_AUTO_TEST_CASE(end_is_the_last_line) {
  BOOST_TEST(parsed("10:00:00 connect\n10:00:01 end\n\n# done\n").lines.size() == 2U);
  BOOST_TEST(says("10:00:00 connect\n10:00:01 end\n10:00:02 report\n", "3: nothing may follow 'end'"));
}

BOOST_AUTO_TEST_CASE(a_scenario_without_events_is_a_mistake) {
  BOOST_TEST(says("", "1: the scenario has no events"));
  BOOST_TEST(says("# nothing\n\n", "1: the scenario has no events"));
}

BOOST_AUTO_TEST_CASE(what_can_not_be_shown_is_not_shown) {
  BOOST_TEST(says("10:00:00 \x1B[31m\n", "1: unknown event '?[31m'"));
  BOOST_TEST(mistake("10:00:00 " + std::string(100'000, 'x')).size() < 300U);
}

BOOST_AUTO_TEST_CASE(times_are_shown_in_the_form_of_the_scenario) {
  const Time at{24h * 3 + 1h + 2min + 3s + 45ms};
  BOOST_TEST(format_scenario_time(at, TimeForm::clock, false, Time{}) == "01:02:03");
  BOOST_TEST(format_scenario_time(at, TimeForm::clock, true, Time{}) == "01:02:03.045");
  BOOST_TEST(format_scenario_time(at, TimeForm::date, false, Time{}) == "1970-01-04T01:02:03Z");
  BOOST_TEST(format_scenario_time(at, TimeForm::date, true, Time{}) == "1970-01-04T01:02:03.045Z");
  BOOST_TEST(format_scenario_time(at, TimeForm::elapsed, false, at - 90s) == "+1m30s");
  BOOST_TEST(format_scenario_time(at, TimeForm::elapsed, false, at) == "+0s");
}

BOOST_AUTO_TEST_CASE(a_long_word_of_a_scenario_is_cut_between_characters) {
  std::string word(59, 'x');
  word += "\xC3\xA9\xC3\xA9";
  const auto scenario = parse_scenario("10:00:00 " + word + "\n");
  BOOST_TEST_REQUIRE(!scenario.has_value());
  BOOST_TEST(is_valid_utf8(scenario.error().message));
  BOOST_TEST(scenario.error().message.find(std::string(59, 'x') + "…'") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall
