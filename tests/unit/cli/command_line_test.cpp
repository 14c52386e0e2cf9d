// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/command_line.hpp"

#include "bridge/cli/caller.hpp"
#include "tests/unit/cli/fake_bridge.hpp"

namespace rollcall::cli {

BOOST_FIXTURE_TEST_SUITE(command_line, Typing)

BOOST_AUTO_TEST_CASE(what_is_nearly_a_command_or_an_option_is_guessed) {
  BOOST_TEST(type({"stauts"}) == kUsage);
  BOOST_TEST(err.str() ==
             "rollcall: there is no subcommand stauts; did you mean status? (try `rollcall --help`)\n");
  BOOST_TEST(type({"status", "--statsu", "offline"}) == kUsage);
  BOOST_TEST(
      err.str() ==
      "rollcall: status has no option --statsu; did you mean --status? (try `rollcall status --help`)\n");
  BOOST_TEST(type({"status", "--jsn=1"}) == kUsage);
  BOOST_TEST(has(err.str(), "did you mean --json?"));
  BOOST_TEST(type({"xyz"}) == kUsage);
  BOOST_TEST(err.str() == "rollcall: there is no subcommand xyz (try `rollcall --help`)\n");
  BOOST_TEST(type({"fleet", "pump-7"}) == kUsage);
  BOOST_TEST(has(err.str(), "fleet takes no \"pump-7\" there"));
  BOOST_TEST(type({}) == kUsage);
  BOOST_TEST(out.str().empty());
}

BOOST_AUTO_TEST_CASE(help_is_there_for_all_and_for_each) {
  BOOST_TEST(type({"--help"}) == kOk);
  const auto all = out.str();
  BOOST_TEST(type({"help"}) == kOk);
  BOOST_TEST(out.str() == all);
  const CommandLine line(console);
  for (const auto* each : line.app().get_subcommands(std::function<bool(const CLI::App*)>())) {
    BOOST_TEST(has(all, "\n  " + each->get_name() + " "));
    BOOST_TEST(type({each->get_name(), "--help"}) == kOk);
    const auto help = out.str();
    BOOST_TEST(has(help, "Example:\n  "), each->get_name());
    BOOST_TEST(has(help, "Exit codes: 0 done; 64 "), each->get_name());
    BOOST_TEST(type({"help", each->get_name()}) == kOk);
    BOOST_TEST(out.str() == help);
  }
  BOOST_TEST(type({"help", "fleeet"}) == kUsage);
  BOOST_TEST(err.str() == "rollcall help: there is no subcommand fleeet; did you mean fleet?\n");
}

BOOST_AUTO_TEST_CASE(the_bridge_is_that_of_a_configuration_or_of_a_url) {
  bridge.answer("GET /api/v1/fleet", Json::object());
  BOOST_TEST(type({"fleet"}) == kOk);
  BOOST_TEST(bridge.address.config_file == "rollcall.json");
  BOOST_TEST(type({"fleet", "--url", "https://b", "--token-file", "t", "--ca-file", "c"}) == kOk);
  BOOST_TEST(bridge.address.url == "https://b");
  BOOST_TEST(bridge.address.token_file == "t");
  BOOST_TEST(bridge.address.ca_file == "c");
  BOOST_TEST(type({"fleet", "--url", "https://b", "-c", "x"}) == kUsage);
  BOOST_TEST(type({"fleet", "--token-file", "t"}) == kUsage);
}

BOOST_AUTO_TEST_CASE(check_takes_its_file_as_people_type_it) {
  BOOST_TEST(type({"check", "/none/rollcall.json"}) == kConfiguration);
  BOOST_TEST(err.str() == "/none/rollcall.json: No such file or directory\n");
  BOOST_TEST(type({"check", "-c", "/none/b.json"}) == kConfiguration);
  BOOST_TEST(err.str().starts_with("/none/b.json: "));
  BOOST_TEST(type({"check", "a.json", "-c", "b.json"}) == kUsage);
}

BOOST_AUTO_TEST_CASE(an_order_may_begin_with_a_dash) {
  bridge.answer("GET /api/v1/devices?limit=1000&sort=-since", Json{{"devices", Json::array()}, {"total", 0}});
  BOOST_TEST(type({"status", "--sort", "-since"}) == kOk);
  BOOST_TEST(type({"status", "--sort=-since"}) == kOk);
  BOOST_TEST(type({"status", "--sort", "name"}) == kUsage);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(way_to_the_bridge)

BOOST_AUTO_TEST_CASE(what_can_not_be_reached_is_said_before_anything_is_asked) {
  const auto failure = [](const BridgeAddress& address) {
    return reach_bridge(address, [](const std::string&) {}).error();
  };
  BOOST_TEST(failure({"/none/rollcall.json", "", "", ""}).exit_code == kConfiguration);
  BOOST_TEST(failure({"", "bridge:8080", "", ""}).exit_code == kUsage);
  BOOST_TEST(failure({"", "bridge:8080", "", ""}).message.starts_with("--url: "));
  BOOST_TEST(failure({"", "http://b", "/none/token", ""}).exit_code == kUsage);
  BOOST_TEST(failure({"", "http://b", "/none/token", ""}).message.starts_with("--token-file: "));
}

BOOST_AUTO_TEST_CASE(exit_codes_tell_refusals_from_a_bridge_that_can_not) {
  BOOST_TEST(failure_of(problem_reply(404, "unknown")).exit_code == kUsage);
  BOOST_TEST(failure_of(problem_reply(404, "unknown")).message == "unknown");
  BOOST_TEST(failure_of(problem_reply(409, "connected")).exit_code == kUsage);
  BOOST_TEST(failure_of(problem_reply(429, "try again in 2 s")).exit_code == kUnavailable);
  BOOST_TEST(failure_of(problem_reply(503, "starting")).exit_code == kUnavailable);
  BOOST_TEST(failure_of(reply(404, "<html>")).exit_code == kUnavailable);
  BOOST_TEST(failure_of(reply(404, "<html>")).message ==
             "the answer is 404 Not Found; is this a bridge's address?");
  BOOST_TEST(has(failure_of(reply(301, "", {{"location", "https://b/"}})).message, ", to https://b/; "));
}

BOOST_AUTO_TEST_CASE(colours_are_for_terminals_that_have_them) {
  BOOST_TEST((palette_of(nullptr, "xterm", nullptr) == Palette::colors_256));
  BOOST_TEST((palette_of("", "xterm", "truecolor") == Palette::true_color));
  BOOST_TEST((palette_of("1", "xterm", "truecolor") == Palette::none));
  BOOST_TEST((palette_of(nullptr, "dumb", "truecolor") == Palette::none));
  BOOST_TEST((palette_of(nullptr, nullptr, nullptr) == Palette::none));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::cli
