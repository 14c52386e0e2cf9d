// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include <boost/test/unit_test.hpp>
#include <unistd.h>

#include "bridge/cli/subcommands.hpp"

namespace rollcall::cli {
namespace {

const std::string kExamples = std::string(ROLLCALL_SOURCE_DIR) + "/tests/golden/scenarios/";

struct Run {
  int exit_code;
  std::string out, err;
};

Run run(const SimulateOptions& options, const std::string& standard_input = "") {
  std::istringstream in(standard_input);
  std::ostringstream out, err;
  const int exit_code = run_simulate(options, in, out, err);
  return {exit_code, out.str(), err.str()};
}

/// A file that is there as long as this is.
class ScratchFile {
 public:
  explicit ScratchFile(const std::string& text) {
    static int count = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("rollcall_simulate_" + std::to_string(::getpid()) + "_" + std::to_string(++count) + ".json");
    std::ofstream(path_) << text;
  }
  ~ScratchFile() { std::filesystem::remove(path_); }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

/// The scenario with the template default: online → 1 min → offline → 30 d → inactive.
Run play(const std::string& scenario, bool json = false) {
  SimulateOptions options;
  options.scenario_file = "-";
  options.json = json;
  return run(options, scenario);
}

/// With a template of these statuses (JSON) and, before them, further keys of it.
Run play_with(const std::string& statuses, const std::string& scenario, const std::string& keys = "") {
  const ScratchFile config(R"({"templates":{"t":{)" + keys + R"("statuses":[{"status":"online"},)" +
                           statuses + "]}}}");
  SimulateOptions options;
  options.config_file = config.path();
  options.template_name = "t";
  options.scenario_file = "-";
  return run(options, scenario);
}

void check_output(const Run& run, const std::string& expected) {
  BOOST_TEST(run.exit_code == kOk);
  BOOST_TEST(run.err == "");
  BOOST_TEST(run.out == expected);
}

/// It ended with 64, said this and printed nothing else.
void check_mistake(const Run& run, const std::string& expected) {
  BOOST_TEST(run.exit_code == kUsage);
  BOOST_TEST(run.out == "");
  BOOST_TEST(run.err.starts_with("rollcall simulate: "));
  BOOST_TEST_CONTEXT(run.err) { BOOST_TEST((run.err.find(expected) != std::string::npos)); }
}

constexpr const char* kSixMinutes = R"({"status":"offline","after":"6m"})";

}  // namespace

BOOST_AUTO_TEST_SUITE(simulate)

BOOST_AUTO_TEST_CASE(the_worked_examples_come_out_as_expected) {
  for (int number = 1; number <= 7; ++number) {
    const std::string name = kExamples + "example_" + std::to_string(number);
    BOOST_TEST_CONTEXT(name) {
      std::ifstream file(name + ".expected");
      const std::string expected(std::istreambuf_iterator<char>(file), {});
      BOOST_REQUIRE(!expected.empty());
      SimulateOptions options;
      options.config_file = name + ".json";
      options.template_name = "example";
      options.scenario_file = name + ".txt";
      check_output(run(options), expected);
    }
  }
}

BOOST_AUTO_TEST_CASE(without_a_configuration_it_plays_the_default_template) {
  check_output(
      play("10:50:00 connect\n10:51:00 disconnect\n"),
      "10:50:00 online connect\n10:52:00 offline client_disconnect\n10:52:00 inactive client_disconnect\n");
}

BOOST_AUTO_TEST_CASE(json_is_one_object_a_line) {
  check_output(play("10:50:00 connect\n10:51:00 disconnect cause=kicked\n10:52:00 end\n", true),
               "{\"at\":\"10:50:00\",\"status\":\"online\",\"cause\":\"connect\"}\n"
               "{\"at\":\"10:52:00\",\"status\":\"offline\",\"cause\":\"kicked\"}\n");
}

BOOST_AUTO_TEST_CASE(end_includes_what_is_due_at_that_instant_and_nothing_after) {
  const std::string before = "10:50:00 connect\n10:51:00 disconnect\n";
  check_output(play(before + "10:51:59 end\n"), "10:50:00 online connect\n");
  check_output(play(before + "10:52:00 end\n"),
               "10:50:00 online connect\n10:52:00 offline client_disconnect\n");
}

BOOST_AUTO_TEST_CASE(milliseconds_are_printed_on_every_line_if_any_line_has_them) {
  check_output(play_with(kSixMinutes, "10:50:00 connect\n10:50:00.250 disconnect\n"),
               "10:50:00.000 online connect\n10:56:00.250 offline client_disconnect\n");
}

BOOST_AUTO_TEST_CASE(durations_are_answered_by_durations_since_the_line_printed_before) {
  check_output(play_with(R"({"status":"offline","after":"6m"},{"status":"gone","after":"0s"})",
                         "+5s connect\n+10s report\n+1m disconnect\n"),
               "+5s online connect\n+7m10s offline client_disconnect\n+0s gone client_disconnect\n");
}

BOOST_AUTO_TEST_CASE(dates_are_answered_by_dates_in_utc) {
  check_output(play_with(kSixMinutes, "2026-11-22T23:50:00+01:00 connect\n2026-11-22T22:57:00Z disconnect\n"),
               "2026-11-22T22:50:00Z online connect\n2026-11-22T23:03:00Z offline client_disconnect\n");
}

BOOST_AUTO_TEST_CASE(past_midnight_the_clock_starts_again) {
  check_output(play_with(kSixMinutes, "23:58:00 connect\n00:01:00 disconnect\n"),
               "23:58:00 online connect\n00:07:00 offline client_disconnect\n");
}

BOOST_AUTO_TEST_CASE(a_report_is_a_contact) {
  check_output(play("10:50:00 report\n10:50:59 report\n10:53:00 report\n10:53:01 end\n"),
               "10:50:00 online report\n10:51:59 offline report\n10:53:00 online report\n");
}

BOOST_AUTO_TEST_CASE(a_status_that_is_hidden_from_the_timeline_is_printed_all_the_same) {
  check_output(play_with(R"({"status":"offline","after":"1m","timeline":false})",
                         "10:50:00 connect\n10:50:00 disconnect\n"),
               "10:50:00 online connect\n10:51:00 offline client_disconnect\n");
}

BOOST_AUTO_TEST_CASE(what_is_due_at_an_instant_comes_before_the_line_of_that_instant) {
  check_output(play("10:50:00 connect\n10:50:00 disconnect\n10:51:00 connect\n10:52:00 end\n"),
               "10:50:00 online connect\n10:51:00 offline client_disconnect\n10:51:00 online connect\n");
  // The loss is noticed at 10:51:30 and then there is nothing left of the wait.
  check_output(play("10:50:00 connect\n10:50:00 lost\n10:51:30 connect\n10:52:00 end\n"),
               "10:50:00 online connect\n10:51:30 offline keepalive_timeout\n10:51:30 online connect\n");
}

BOOST_AUTO_TEST_CASE(an_odd_keepalive_is_rounded_down) {
  check_output(
      play_with(R"({"status":"offline","after":"0s"})", "10:00:00 connect keepalive=45\n10:00:00 lost\n"),
      "10:00:00 online connect\n10:01:07 offline keepalive_timeout\n");
}

BOOST_AUTO_TEST_CASE(without_a_keepalive_a_loss_is_never_noticed) {
  check_output(play("10:00:00 connect keepalive=0\n10:00:01 lost\n"), "10:00:00 online connect\n");
}

BOOST_AUTO_TEST_CASE(a_lost_client_that_connects_again_takes_over_and_is_never_noticed) {
  const std::string never_offline = R"({"status":"offline","after":"0s"})";
  check_output(play_with(never_offline, "10:00:00 connect\n10:00:01 lost\n10:01:00 connect\n10:30:00 end\n"),
               "10:00:00 online connect\n");
  check_output(play_with(never_offline, "10:00:00 connect\n10:00:01 connect\n10:00:02 disconnect\n"),
               "10:00:00 online connect\n10:00:02 offline client_disconnect\n");
}

BOOST_AUTO_TEST_CASE(a_lost_connection_may_end_by_itself_and_then_no_loss_is_noticed) {
  check_output(
      play("10:00:00 connect\n10:00:10 lost\n10:00:20 disconnect cause=connection_closed\n10:10:00 end\n"),
      "10:00:00 online connect\n10:01:20 offline connection_closed\n");
}

BOOST_AUTO_TEST_CASE(clients_of_the_device_come_and_go_each_by_its_name) {
  check_output(
      play("10:00:00 connect client_id=a\n10:00:01 connect client_id=b\n10:00:02 disconnect client_id=a\n"
           "10:30:00 disconnect\n10:40:00 end\n"),
      "10:00:00 online connect\n10:31:00 offline client_disconnect\n");
}

BOOST_AUTO_TEST_CASE(disconnect_means_the_latest_connection) {
  check_mistake(play("10:00:00 connect client_id=a\n10:00:01 connect client_id=b\n10:00:02 disconnect\n"
                     "10:00:03 disconnect client_id=b\n"),
                "<stdin>:4: client 'b' is not connected");
}

BOOST_AUTO_TEST_CASE(of_two_losses_noticed_at_one_instant_the_first_to_be_lost_ends_first) {
  // 90 s and 30 s of silence, both noticed at 10:01:30: what counts is b's, which ends last, so 330 s are
  // left.
  check_output(
      play_with(kSixMinutes,
                "10:00:00 connect client_id=b keepalive=20\n10:00:00 connect client_id=a keepalive=60\n"
                "10:00:00 lost client_id=a\n10:01:00 lost client_id=b\n"),
      "10:00:00 online connect\n10:07:00 offline keepalive_timeout\n");
}

BOOST_AUTO_TEST_CASE(a_will_makes_an_end_without_disconnect_non_graceful) {
  const std::string statuses = R"({"status":"standby","after":"1m"},{"status":"offline","after":"1m"})";
  const std::string branches =
      R"("on_graceful":{"status":"standby","after":"1m"},"on_non_graceful":{"status":"offline","after":"2m"},)";
  const auto first_status = [&](const std::string& connect, const std::string& disconnect) {
    const Run run = play_with(
        statuses, "10:00:00 " + connect + "\n10:00:00 " + disconnect + "\n10:02:00 end\n", branches);
    return run.out.find("10:01:00 standby") != std::string::npos   ? "standby"
           : run.out.find("10:02:00 offline") != std::string::npos ? "offline"
                                                                   : run.err;
  };
  BOOST_TEST(first_status("connect", "disconnect cause=connection_closed") == "standby");
  BOOST_TEST(first_status("connect will", "disconnect cause=connection_closed") == "offline");
  BOOST_TEST(first_status("connect will", "disconnect cause=unknown") == "offline");
  BOOST_TEST(first_status("connect will", "disconnect") == "standby");
  BOOST_TEST(first_status("connect will", "disconnect cause=disconnect_with_will") == "standby");
}

BOOST_AUTO_TEST_CASE(a_disconnect_or_loss_of_nothing_is_a_mistake_and_nothing_is_printed) {
  check_mistake(play("10:00:00 disconnect\n"), "<stdin>:1: no client is connected");
  check_mistake(play("10:00:00 connect\n10:00:01 disconnect\n\n10:00:02 lost\n"),
                "<stdin>:4: no client is connected");
  check_mistake(play("10:00:00 connect\n10:00:01 lost client_id=x\n"),
                "<stdin>:2: client 'x' is not connected");
  check_mistake(play("10:00:00 connect\n10:00:01 lost\n10:00:02 lost\n"),
                "<stdin>:3: client 'device' is lost already");
  // The broker noticed in between.
  check_mistake(play("10:00:00 connect\n10:00:01 lost\n10:01:31 disconnect\n"),
                "<stdin>:3: no client is connected");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_is_named_with_its_line) {
  check_mistake(play("10:00:00 broker_up\n"), "<stdin>:1: the broker is not down");
  check_mistake(play("10:00:00 broker_down\n10:00:01 broker_down\n"),
                "<stdin>:2: the broker is down already");
  check_mistake(play("10:00:00 broker_down\n10:00:01 connect\n"), "<stdin>:2: the broker is down");
  check_mistake(play("10:00:00 connect\n10:00:01 broker_down\n10:00:02 disconnect\n"),
                "<stdin>:3: no client is connected");
  check_mistake(play("10:00:00 set status=offline\n"), "<stdin>:1: the device is not known yet");
  check_mistake(play("10:00:00 connect\n10:00:01 set status=asleep\n"),
                "<stdin>:2: the template \"default\" has no status \"asleep\"; it must be one of \"online\"");
  check_mistake(play("10:00:00 connect\n10:00:01 declare status=asleep\n"),
                "<stdin>:2: the template \"default\" has no status \"asleep\"");
  check_mistake(play("10:00:00 report\n10:00:01 declare status=offline\n"),
                "<stdin>:2: no client is connected");
  check_mistake(play("10:00:00 connect\n10:00:01 release\n"), "<stdin>:2: there is nothing to release");
}

BOOST_AUTO_TEST_CASE(an_outage_freezes_waits_and_gives_grace) {
  BOOST_TEST(play("10:00:00 connect\n10:00:10 disconnect\n10:00:20 broker_down\n10:05:20 broker_up\n"
                  "11:00:00 end\n")
                 .out == "10:00:00 online connect\n10:06:10 offline client_disconnect\n");
  BOOST_TEST(play("10:00:00 connect\n10:00:20 broker_down\n10:05:20 broker_up\n11:00:00 end\n").out ==
             "10:00:00 online connect\n10:07:20 offline broker_lost\n");
  BOOST_TEST(play("10:00:00 connect\n10:00:20 broker_down\n10:05:20 broker_up\n10:06:00 connect\n"
                  "11:00:00 end\n")
                 .out == "10:00:00 online connect\n");
}

BOOST_AUTO_TEST_CASE(a_broker_that_stands_still_freezes_waits_and_gives_grace) {
  BOOST_TEST(
      play("10:00:00 connect\n10:00:10 disconnect\n10:00:20 broker_stall for=12s\n11:00:00 end\n").out ==
      "10:00:00 online connect\n10:01:22 offline client_disconnect\n");
  BOOST_TEST(
      play("10:00:00 connect keepalive=6\n10:00:20 broker_stall for=12s\n10:00:33 connect keepalive=6\n"
           "11:00:00 end\n")
          .out == "10:00:00 online connect\n");
  BOOST_TEST(play("10:00:00 connect keepalive=6\n10:00:20 broker_stall for=12s\n11:00:00 end\n").out ==
             "10:00:00 online connect\n10:02:32 offline broker_lost\n");
  // It goes on before its keepalive has run out.
  BOOST_TEST(play("10:00:00 connect keepalive=60\n10:00:20 broker_stall for=12s\n11:00:00 end\n").out ==
             "10:00:00 online connect\n");
  // The network had gone: found by the next sweep, and later.
  BOOST_TEST(
      play("10:00:00 connect keepalive=20\n10:00:03 lost\n10:00:20 broker_stall for=12s\n11:00:00 end\n")
          .out == "10:00:00 online connect\n10:02:32 offline broker_lost\n");
  BOOST_TEST(
      play("10:00:00 connect keepalive=20\n10:00:05 lost\n10:00:20 broker_stall for=12s\n11:00:00 end\n")
          .out == "10:00:00 online connect\n10:01:05 offline keepalive_timeout\n");
  check_mistake(play("10:00:00 broker_stall for=12s\n10:00:11 connect\n"),
                "<stdin>:2: the broker stands still, nothing reaches it");
  check_mistake(play("10:00:00 connect\n10:00:01 broker_stall for=12s\n10:00:02 disconnect\n"),
                "<stdin>:3: the broker stands still");
  check_mistake(play("10:00:00 broker_down\n10:00:01 broker_stall for=12s\n"),
                "<stdin>:2: the broker is down");
}

BOOST_AUTO_TEST_CASE(a_loss_was_not_silent_before_its_last_packet) {
  BOOST_TEST(
      play("10:00:00 connect\n10:00:30 report\n10:00:40 disconnect cause=keepalive_timeout\n11:00:00 end\n")
          .out == "10:00:00 online connect\n10:01:30 offline keepalive_timeout\n");
}

BOOST_AUTO_TEST_CASE(declared_set_and_released_are_causes) {
  BOOST_TEST(play("10:00:00 connect\n10:00:01 declare status=inactive\n10:00:02 disconnect\n").out ==
             "10:00:00 online connect\n10:00:02 inactive declared\n");
  BOOST_TEST(play("10:00:00 connect\n10:00:01 set status=offline for=1h hold\n10:00:02 disconnect\n"
                  "10:10:00 release\n10:10:30 end\n")
                 .out == "10:00:00 online connect\n10:00:01 offline set\n");
  BOOST_TEST(play("10:00:00 connect\n10:00:01 set status=inactive\n10:10:00 release\n").out ==
             "10:00:00 online connect\n10:00:01 inactive set\n10:10:00 online released\n");
}

BOOST_AUTO_TEST_CASE(late_reports_are_told_by_their_cause) {
  const std::string keys = R"("report_every":"1h","on_late":"offline",)";
  BOOST_TEST(play_with(R"({"status":"offline","after":"1m"})",
                       "10:00:00 connect\n11:30:00 report\n12:00:00 disconnect\n", keys)
                 .out ==
             "10:00:00 online connect\n11:00:00 offline late_report\n11:30:00 online report\n"
             "12:01:00 offline client_disconnect\n");
}

BOOST_AUTO_TEST_CASE(a_wrong_line_is_named_by_file_and_number_before_anything_is_played) {
  const ScratchFile scenario("10:00:00 connect\n10:00:01 declare\n");
  SimulateOptions options;
  options.scenario_file = scenario.path();
  check_mistake(run(options), scenario.path() + ":2: 'declare' needs status=S");
  check_mistake(play("10:00:00 disconnect\n10:00:00 foo\n"), "<stdin>:2: unknown event 'foo'");
  check_mistake(play(""), "<stdin>:1: the scenario has no events");
}

BOOST_AUTO_TEST_CASE(a_scenario_that_can_not_be_read_is_a_mistake) {
  SimulateOptions options;
  options.scenario_file = "/nonexistent/scenario.txt";
  check_mistake(run(options), "/nonexistent/scenario.txt: No such file or directory");
  options.scenario_file = std::filesystem::temp_directory_path().string();
  check_mistake(run(options), "Is a directory");
}

BOOST_AUTO_TEST_CASE(an_unknown_template_names_those_that_exist) {
  SimulateOptions options;
  options.config_file = kExamples + "example_1.json";
  options.template_name = "pmup";
  options.scenario_file = kExamples + "example_1.txt";
  const Run refused = run(options);
  check_mistake(refused, "no template is named 'pmup'");
  check_mistake(refused, "'default'");
  check_mistake(refused, "'example'");
}

BOOST_AUTO_TEST_CASE(a_bad_configuration_is_told_by_its_own_exit_code) {
  const ScratchFile config("{\n \"templats\": {}\n}");
  SimulateOptions options;
  options.config_file = config.path();
  options.scenario_file = "-";
  const Run refused = run(options, "10:00:00 connect\n");
  BOOST_TEST(refused.exit_code == kConfiguration);
  BOOST_TEST(refused.out == "");
  BOOST_TEST((refused.err.find(config.path() + ":2:") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_set_touches_no_wait_and_no_time_that_is_printed) {
  const std::string before = "10:00:00 connect keepalive=40\n10:00:10 lost\n";
  const std::string after = "10:02:00 connect\n10:03:00 disconnect\n10:03:59 connect\n10:05:00 disconnect\n";
  const auto expected = play(before + after);
  BOOST_TEST(expected.out.find("offline") != std::string::npos);
  for (const std::string step : {"+1h", "-1h", "+520w"}) {
    for (const std::string at : {"10:00:30", "10:01:10", "10:01:30"}) {
      const auto played = play(before + at + " clock " + step + "\n" + after);
      BOOST_TEST(played.out == expected.out, at << " clock " << step << "\n" << played.out << played.err);
    }
  }
  const auto back = play(before + "10:00:30 clock +1h\n10:01:00 clock -1h\n" + after);
  BOOST_TEST(back.out == expected.out);
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_set_touches_no_outage_and_nothing_that_an_operator_set) {
  const std::string outage = "10:00:00 connect\n10:00:10 broker_down\n";
  const std::string back = "10:05:00 broker_up\n";
  BOOST_TEST(play(outage + "10:01:00 clock -2h\n" + back).out == play(outage + back).out);
  const std::string set = "10:00:00 connect\n10:00:01 disconnect\n10:00:02 set status=offline for=10m\n";
  BOOST_TEST(play(set + "10:01:00 clock +1h\n").out == play(set).out);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::cli
