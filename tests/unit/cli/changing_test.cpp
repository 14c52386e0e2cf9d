// SPDX-License-Identifier: Apache-2.0
// The subcommands that change something: set, release, mute, unmute, forget, register.
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "tests/unit/cli/fake_bridge.hpp"

namespace rollcall::cli {
namespace {

const std::string kActions = "POST /api/v1/devices/actions";

Json action_answer(int matched, int done, int skipped) {
  return {{"action", "forget"}, {"matched", matched}, {"done", done}, {"skipped", skipped}};
}

struct Changing : Typing {
  /// The last thing that was asked.
  const std::string& last() const { return bridge.asked.back(); }

  void answer_actions(const std::string& action) {
    const Json body{{"action", action}, {"filter", {{"status", "offline"}}}};
    auto expecting = body;
    expecting["expect"] = 12;
    bridge.answer(kActions + " " + body.dump(), action_answer(12, 0, 0));
    bridge.answer(kActions + " " + expecting.dump(), action_answer(12, 10, 2));
  }
  void sit_at_a_terminal(const std::string& typed) {
    console.is_terminal_in = console.is_terminal_err = true;
    in.str(typed);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(changing, Changing)

BOOST_AUTO_TEST_CASE(a_status_is_set_and_released) {
  bridge.answer("PUT /api/v1/devices/p/status", device_json());
  bridge.answer("DELETE /api/v1/devices/p/status", device_json());
  BOOST_TEST(type({"set", "p", "offline"}) == kOk);
  BOOST_TEST(out.str() == "p is set to offline\n");
  BOOST_TEST(last() == R"(PUT /api/v1/devices/p/status {"status":"offline"})");
  BOOST_TEST(type({"set", "p", "offline", "--for", "120m", "--hold"}) == kOk);
  BOOST_TEST(out.str() == "p is set to offline for 2h, and held\n");
  BOOST_TEST(last() == R"(PUT /api/v1/devices/p/status {"status":"offline","for":"2h","hold":true})");
  BOOST_TEST(type({"set", "p", "--release"}) == kOk);
  BOOST_TEST(out.str() == "p is released\n");
  BOOST_TEST(type({"release", "p"}) == kOk);
  BOOST_TEST(out.str() == "p is released\n");
  BOOST_TEST(type({"set", "p", "offline", "--json"}) == kOk);
  BOOST_TEST(out.str() == device_json().dump() + "\n");
}

BOOST_AUTO_TEST_CASE(what_can_not_be_meant_is_refused_before_anybody_is_asked) {
  for (const auto& [arguments, why] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"set", "p"}, "rollcall set: a STATUS is missing, or --release\n"},
           {{"set", "p", "offline", "--release"},
            "rollcall set: --release takes back what was set: no STATUS, --for or --hold goes with it\n"},
           {{"forget"}, "rollcall forget: a DEVICE is missing, or a filter such as --status offline\n"},
           {{"forget", "p", "--status", "offline"}, "rollcall forget: a DEVICE or a filter, not both\n"},
           {{"register"}, "rollcall register: a DEVICE or --file FILE is needed\n"}}) {
    BOOST_TEST(type(arguments) == kUsage);
    BOOST_TEST(err.str() == why);
  }
  BOOST_TEST(type({"set", "p", "offline", "--for", "soon"}) == kUsage);
  BOOST_TEST(err.str().starts_with("rollcall set: --for: "));
  BOOST_TEST(type({"mute", "p", "--for", "soon"}) == kUsage);
  BOOST_TEST(bridge.asked.empty());
}

BOOST_AUTO_TEST_CASE(a_refusal_is_told_as_the_bridge_words_it) {
  bridge.answer("DELETE /api/v1/devices/p", problem_reply(409, "it is connected"));
  BOOST_TEST(type({"forget", "p"}) == kUsage);
  BOOST_TEST(err.str() == "rollcall forget: it is connected\n");
  BOOST_TEST(out.str().empty());
}

BOOST_AUTO_TEST_CASE(a_warning_goes_to_standard_error) {
  bridge.answer("DELETE /api/v1/devices/p", reply(204, "", {{"rollcall-warning", "it isn't stored"}}));
  BOOST_TEST(type({"forget", "p"}) == kOk);
  BOOST_TEST(out.str() == "p is forgotten\n");
  BOOST_TEST(err.str() == "rollcall forget: it isn't stored\n");
}

BOOST_AUTO_TEST_CASE(notifications_are_muted_and_unmuted) {
  bridge.answer("POST /api/v1/devices/p/mute", device_json());
  bridge.answer("DELETE /api/v1/devices/p/mute", device_json());
  BOOST_TEST(type({"mute", "p", "--for", "2h"}) == kOk);
  BOOST_TEST(out.str() == "p is muted for 2h\n");
  BOOST_TEST(last() == R"(POST /api/v1/devices/p/mute {"for":"2h"})");
  BOOST_TEST(type({"mute", "p"}) == kOk);
  BOOST_TEST(out.str() == "p is muted\n");
  BOOST_TEST(type({"unmute", "p"}) == kOk);
  BOOST_TEST(out.str() == "p is unmuted\n");
}

BOOST_AUTO_TEST_CASE(many_at_once_need_a_yes) {
  answer_actions("forget");
  BOOST_TEST(type({"forget", "--status", "offline"}) == kUsage);
  BOOST_TEST(err.str() == "rollcall forget: it would be 12 devices; --yes does it\n");
  BOOST_TEST(bridge.asked.size() == 1U);
  BOOST_TEST(type({"forget", "--status", "offline", "--yes"}) == kOk);
  BOOST_TEST(out.str() ==
             "12 devices in this filter\n"
             "10 devices are forgotten; 2 skipped, where that isn't possible\n");
}

BOOST_AUTO_TEST_CASE(on_a_terminal_they_are_asked_for) {
  answer_actions("release");
  sit_at_a_terminal("y\n");
  BOOST_TEST(type({"release", "--status", "offline"}) == kOk);
  BOOST_TEST(err.str() == "release 12 devices? [y/N] ");
  BOOST_TEST(out.str() == "10 devices are released; 2 skipped, where that isn't possible\n");
  sit_at_a_terminal("\n");
  const auto asked = bridge.asked.size();
  BOOST_TEST(type({"release", "--status", "offline"}) == kUsage);
  BOOST_TEST(err.str() == "release 12 devices? [y/N] rollcall release: nothing is done\n");
  BOOST_TEST(bridge.asked.size() == asked + 1);
}

BOOST_AUTO_TEST_CASE(a_filter_with_nobody_in_it_is_no_mistake) {
  bridge.answer(kActions, action_answer(0, 0, 0));
  BOOST_TEST(type({"unmute", "--muted"}) == kOk);
  BOOST_TEST(out.str() == "no device is in this filter\n");
}

BOOST_AUTO_TEST_CASE(mute_says_for_how_long_to_many_as_well) {
  bridge.answer(kActions, action_answer(1, 1, 0));
  BOOST_TEST(type({"mute", "--template", "pump", "--for", "60m", "--yes"}) == kOk);
  BOOST_TEST(last() == kActions + R"( {"action":"mute","filter":{"template":"pump"},"for":"1h","expect":1})");
  BOOST_TEST(out.str() == "1 device in this filter\n1 device is muted for 1h\n");
}

BOOST_AUTO_TEST_CASE(a_device_is_registered) {
  bridge.answer("POST /api/v1/devices", reply(201, device_json().dump()));
  BOOST_TEST(type({"register", "p", "--template", "pump"}) == kOk);
  BOOST_TEST(out.str() == "p is registered\n");
  BOOST_TEST(last() == R"(POST /api/v1/devices {"device":"p","template":"pump"})");
}

BOOST_AUTO_TEST_CASE(a_file_of_ids_goes_on_past_those_that_are_known) {
  bridge.answer("POST /api/v1/devices", reply(201, device_json().dump()));
  const auto body = [](const char* device) {
    return Json{{"device", device}, {"template", "default"}}.dump();
  };
  bridge.answer("POST /api/v1/devices " + body("b"), problem_reply(409, "it is known"));
  in.str("a\nb\n\nc\n");
  BOOST_TEST(type({"register", "--file", "-"}) == kOk);
  BOOST_TEST(out.str() == "2 devices are registered; 1 known already\n");
  BOOST_TEST(err.str().empty());
  in.clear();
  in.str("a\nb\n");
  BOOST_TEST(type({"register", "--file", "-", "--json"}) == kOk);
  BOOST_TEST(out.str() == "{\"registered\":1,\"known\":1}\n");
}

BOOST_AUTO_TEST_CASE(a_wrong_line_is_named_and_nothing_is_registered) {
  in.str("a\n b\n");
  BOOST_TEST(type({"register", "--file", "-"}) == kUsage);
  BOOST_TEST(err.str() ==
             "rollcall register: <stdin>:2: \" b\" has a blank at its beginning or end\n"
             "rollcall register: nothing is registered\n");
  BOOST_TEST(bridge.asked.empty());
}

BOOST_AUTO_TEST_CASE(what_the_bridge_refuses_is_named_with_its_line) {
  bridge.answer("POST /api/v1/devices", problem_reply(422, "there are too many"));
  in.str("\na\n");
  BOOST_TEST(type({"register", "--file", "-"}) == kUsage);
  BOOST_TEST(err.str() ==
             "rollcall register: 0 devices are registered\n"
             "rollcall register: <stdin>:2: there are too many\n");
  BOOST_TEST(type({"register", "--file", "/none/ids"}) == kUsage);
  BOOST_TEST(err.str() == "rollcall register: /none/ids: No such file or directory\n");
}

BOOST_AUTO_TEST_CASE(progress_is_for_a_terminal) {
  bridge.answer("POST /api/v1/devices", reply(201, device_json().dump()));
  sit_at_a_terminal("");
  std::string ids;
  for (int i = 0; i < 40; ++i) ids += std::to_string(i) + "\n";
  in.str(ids);
  BOOST_TEST(type({"register", "--file", "-"}) == kOk);
  BOOST_TEST(err.str() == "\r\x1b[K32 of 40\r\x1b[K40 of 40\r\x1b[K");
  BOOST_TEST(bridge.asked.size() == 40U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::cli
