// SPDX-License-Identifier: Apache-2.0
// What a good file gives, and that a bad one is refused by file, line, column, path and reason.
#include "bridge/core/config/config_parser.hpp"

#include <fstream>
#include <random>
#include <sstream>

#include <boost/test/unit_test.hpp>

namespace rollcall {
namespace {

using namespace std::chrono_literals;

Config accepted(std::string_view text, const std::string& file_name = "r.json") {
  auto config = parse_config(text, file_name);
  BOOST_TEST_REQUIRE(config.has_value(), (config ? "" : config.error().message));
  return std::move(*config);
}

std::string refusal(std::string_view text) {
  const auto config = parse_config(text, "r.json");
  return config ? "accepted" : config.error().message;
}

std::string contents(const std::string& path) {
  std::ifstream file(ROLLCALL_SOURCE_DIR "/" + path);
  BOOST_TEST_REQUIRE(file.is_open(), path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string every_key() { return contents("tests/golden/config/every_key.json"); }

BOOST_AUTO_TEST_SUITE(config_parser_suite)

BOOST_AUTO_TEST_CASE(an_empty_object_is_a_whole_configuration) {
  const auto config = accepted("{}");
  BOOST_TEST_REQUIRE(config.brokers.size() == 1U);
  BOOST_TEST(config.brokers[0].name == "main");
  BOOST_TEST(config.brokers[0].uri == "mqtt://127.0.0.1:1883");
  BOOST_TEST(config.brokers[0].host == "127.0.0.1");
  BOOST_TEST(config.brokers[0].port == 1883U);
  BOOST_TEST(config.brokers[0].username == "rollcall");
  BOOST_TEST(!config.brokers[0].password_file);
  BOOST_TEST(config.topic_prefix == "ds");
  BOOST_TEST(config.status_qos == 1);
  BOOST_TEST((config.outage_grace == 2min));
  BOOST_TEST(config.devices.size() == 3U);
  BOOST_TEST_REQUIRE(config.templates.size() == 1U);
  BOOST_TEST(config.templates[0].name == "default");
  BOOST_TEST(config.not_yet_used.empty());
}

BOOST_AUTO_TEST_CASE(every_key_is_read) {
  const auto config = accepted(every_key(), "/etc/rollcall/rollcall.json");
  BOOST_TEST(config.brokers[0].password_file.value() == "/etc/rollcall/bridge.password");
  BOOST_TEST(config.brokers[0].tls->ca_file.value() == "/etc/rollcall/ca.crt");
  BOOST_TEST(config.store_path == "/etc/rollcall/rollcall.db");
  BOOST_TEST((config.timeline_retention == 24h * 90));
  BOOST_TEST(config.http.listen == "127.0.0.1:8080");
  BOOST_TEST(!config.http.read_tokens_file);
  BOOST_TEST(config.reporters == std::vector<std::string>{"gateway-user"}, boost::test_tools::per_element());
  BOOST_TEST((config.newcomers == NewcomerLimits{50'000, 500}));
  BOOST_TEST_REQUIRE(config.devices.size() == 5U);
  BOOST_TEST(config.devices[0].ignore);
  BOOST_TEST(config.devices[1].client_id->captures_template());
  BOOST_TEST(config.devices[2].template_name.value() == "sleeper");
  BOOST_TEST(config.devices[3].report_topic.has_value());

  BOOST_TEST_REQUIRE(config.find_template("default") != nullptr);
  const auto* const sleeper = config.find_template("sleeper");
  BOOST_TEST_REQUIRE(sleeper != nullptr);
  BOOST_TEST_REQUIRE(sleeper->statuses.size() == 5U);
  BOOST_TEST(sleeper->online_on_report);
  BOOST_TEST((sleeper->report_every == Millis{24h}));
  BOOST_TEST((sleeper->report_grace == Millis{1h}));
  BOOST_TEST(sleeper->on_late.value() == 2U);
  BOOST_TEST(sleeper->on_graceful.status == 1U);
  BOOST_TEST((sleeper->on_graceful.after == 5min));
  BOOST_TEST(sleeper->on_non_graceful.status == 3U);
  BOOST_TEST((sleeper->on_non_graceful.after == 2min));
  BOOST_TEST((sleeper->ignore_blips == Millis{10s}));
  BOOST_TEST(sleeper->flapping->changes == 6U);
  BOOST_TEST(sleeper->statuses[1].label == "Asleep");
  BOOST_TEST(sleeper->statuses[1].icon == "moon");
  BOOST_TEST((sleeper->statuses[3].interaction == interaction_of("disable_controls")));
  BOOST_TEST((sleeper->statuses[3].commands == CommandPolicy::queue));
  BOOST_TEST((sleeper->statuses[3].notify->period == Millis{1h}));
  BOOST_TEST(sleeper->statuses[3].notify->channels == std::vector<std::string>{"ops"},
             boost::test_tools::per_element());
  BOOST_TEST(sleeper->statuses[3].notify->text == "{label}: {device}");
  BOOST_TEST(sleeper->statuses[3].notify->recovery);
  BOOST_TEST((sleeper->statuses[4].forget_after == Millis{24h * 365}));
  BOOST_TEST_REQUIRE(sleeper->mute.size() == 1U);
  BOOST_TEST(sleeper->mute[0].zone.name() == "Europe/Berlin");
  BOOST_TEST(config.notify.daily_cap == 20U);
  BOOST_TEST(config.notify.zone.name() == "Europe/Berlin");
  BOOST_TEST_REQUIRE(config.notify.incident.has_value());
  BOOST_TEST(config.notify.incident->devices == 50U);
  BOOST_TEST((config.notify.incident->within == 1min));
  BOOST_TEST(config.notify.incident->by.size() == 4U);
  BOOST_TEST(config.http.public_url == "https://rollcall.example.com/rollcall");
}

BOOST_AUTO_TEST_CASE(what_to_do_about_another_bridge_is_refuse_or_take_over) {
  BOOST_TEST((accepted("{}").brokers[0].on_conflict == OnConflict::refuse));
  BOOST_TEST((accepted(R"({"brokers":[{"on_conflict":"take_over"}]})").brokers[0].on_conflict ==
              OnConflict::take_over));
  BOOST_TEST(refusal(R"({"brokers":[{"on_conflict":"fight"}]})").find("brokers[0].on_conflict") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(keys_without_effect_in_this_version_are_named_in_the_order_of_the_file) {
  const std::vector<std::string> expected{"mirrors"};
  BOOST_TEST(accepted(every_key()).not_yet_used == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_examples_for_people_are_configurations_in_which_the_tools_are_no_devices) {
  for (const auto* const document : {"docs/configuration.md", "README.md"}) {
    BOOST_TEST_CONTEXT(document) {
      const auto text = contents(document);
      constexpr std::string_view kFence = "```jsonc\n";
      const auto begin = text.find(kFence);
      BOOST_TEST_REQUIRE(begin != std::string::npos);
      const auto end = text.find("```", begin + kFence.size());
      const auto config = accepted(text.substr(begin + kFence.size(), end - begin - kFence.size()));
      BOOST_TEST(config.find_template("sleeper") != nullptr);
      BOOST_TEST(config.not_yet_used.empty());
      BOOST_TEST(config.warnings.empty());
      BOOST_TEST(identify(config, {"pump-7", "", ""}).has_value());
      BOOST_TEST(!identify(config, {"auto-4D1B8A2C-1F0E-42D5", "", ""}).has_value());
      BOOST_TEST(!identify(config, {"mosq-1a2B3c", "", ""}).has_value());
    }
  }
}

BOOST_AUTO_TEST_CASE(paths_are_relative_to_the_file) {
  const auto* const text =
      R"({"brokers":[{"password_file":"secret/p"},{"name":"b","uri":"mqtt://b","password_file":"/run/p"}]})";
  const auto config = accepted(text, "conf/rollcall.json");
  BOOST_TEST(config.brokers[0].password_file.value() == "conf/secret/p");
  BOOST_TEST(config.brokers[1].password_file.value() == "/run/p");
  BOOST_TEST(config.store_path == "conf/rollcall.db");
  BOOST_TEST(accepted(text, "rollcall.json").brokers[0].password_file.value() == "secret/p");
}

BOOST_AUTO_TEST_CASE(comments_may_stand_anywhere) {
  const auto config = accepted("// one { [\n{ // two\n \"status_qos\" /* three */ : 2 // four\n}\n// five");
  BOOST_TEST(config.status_qos == 2);
}

BOOST_AUTO_TEST_CASE(places_are_right_behind_comments_numbers_and_wide_characters) {
  BOOST_TEST(refusal("// \u00FC\n{ \"status_qos\":1 , /* \u00FC */ \"x\": 1 }")
                 .starts_with("r.json:2:28: x: unknown key"));
  BOOST_TEST(refusal("{\"reporters\":[\"\u00FC\u20AC\",1]}")
                 .starts_with("r.json:1:20: reporters[1]: must be a string"));
  BOOST_TEST(refusal("{\r\n\"status_qos\":3}")
                 .starts_with("r.json:2:14: status_qos: must be a whole number from 0 to 2"));
  BOOST_TEST(refusal("{\"status_qos\":1,\"outage_grace\":1}")
                 .starts_with("r.json:1:32: outage_grace: must be a duration"));
}

BOOST_AUTO_TEST_CASE(syntax_errors_are_named_by_place_and_remedy) {
  BOOST_TEST(refusal("") == "r.json:1:1: the file is empty; an empty configuration is {}");
  BOOST_TEST(refusal("\n // nothing\n") == "r.json:3:1: the file is empty; an empty configuration is {}");
  BOOST_TEST(refusal("{\n\"reporters\": [],\n}") ==
             "r.json:2:16: a comma before the closing } is one too many: remove it");
  BOOST_TEST(refusal("{\"reporters\": [\"a\" , // x\n ]}") ==
             "r.json:1:20: a comma before the closing ] is one too many: remove it");
  BOOST_TEST(refusal("{\"http\": {\n") ==
             "r.json:2:1: the file ends before the { of line 1, column 10 is closed");
  BOOST_TEST(refusal("{\"reporters\": [1") ==
             "r.json:1:17: the file ends before the [ of line 1, column 15 is closed");
  BOOST_TEST(refusal("{\"reporters\": [] \"http\": {}}") ==
             "r.json:1:18: unexpected string literal; expected ',' or '}'");
  BOOST_TEST(refusal("{} {}") == "r.json:1:4: unexpected '{'; expected end of input");
  BOOST_TEST(refusal("{reporters: []}")
                 .starts_with("r.json:1:2: is no JSON value: names and texts stand in double"));
  BOOST_TEST(refusal("{'reporters': []}").starts_with("r.json:1:2: is no JSON value"));
  BOOST_TEST(refusal("{\"topic_prefix\": \"a\n\"}") ==
             "r.json:1:18: this string has no closing quote on its line");
  BOOST_TEST(refusal("{\"topic_prefix\": \"a\\x\"}")
                 .starts_with("r.json:1:21: invalid string: forbidden character after"));
  BOOST_TEST(refusal("{\"status_qos\": 01}").starts_with("r.json:1:17: unexpected number literal"));
  BOOST_TEST(refusal("{\"status_qos\": 1e999}").starts_with("r.json:1:16: number overflow"));
  BOOST_TEST(refusal("{} /* open").starts_with("r.json:1:4: invalid comment"));
}

BOOST_AUTO_TEST_CASE(a_byte_order_mark_and_bytes_that_are_not_utf8_are_refused) {
  BOOST_TEST(refusal("\xEF\xBB\xBF{}") ==
             "r.json:1:1: begins with a byte order mark; save the file as UTF-8 without one");
  BOOST_TEST(refusal("{}\n// caf\xE9") == "r.json:2:7: the byte 0xE9 is not UTF-8 text");
  BOOST_TEST(refusal(std::string_view("{}\0", 3)) == "r.json:1:3: the byte 0x00 is not UTF-8 text");
}

BOOST_AUTO_TEST_CASE(nesting_without_end_is_refused_and_harms_nothing) {
  BOOST_TEST(refusal(std::string(1'000'000, '[')) == "r.json:1:65: is nested deeper than 64 levels");
}

BOOST_AUTO_TEST_CASE(a_rate_of_new_devices_is_written_in_one_way) {
  BOOST_TEST((parse_config("{}", "r.json")->newcomers == NewcomerLimits{1'000'000, 100}));
  BOOST_TEST((parse_config(R"({"new_devices":"1/s"})", "r.json")->newcomers.new_devices_per_second == 1U));
  for (const auto* rate :
       {"100", "0/s", "-1/s", "1.5/s", "1000001/s", "1 /s", "1/min", "/s", "9999999999999/s"}) {
    BOOST_TEST(refusal(std::string(R"({"new_devices":")") + rate + "\"}") ==
               std::string("r.json:1:16: new_devices: must be a rate from \"1/s\" to \"1000000/s\", such as "
                           "\"100/s\", not \"") +
                   rate + "\"");
  }
  BOOST_TEST(refusal(R"({"max_devices":0})") ==
             "r.json:1:16: max_devices: must be a whole number from 1 to 100000000");
}

BOOST_AUTO_TEST_CASE(unknown_keys_are_named_with_what_was_meant) {
  BOOST_TEST(
      refusal("{\n  \"broker\": []}") ==
      "r.json:2:3: broker: unknown key; did you mean \"brokers\"? known here: \"brokers\", \"store\", "
      "\"http\", "
      "\"topic_prefix\", \"status_qos\", \"outage_grace\", \"reporters\", \"max_devices\", \"new_devices\", "
      "\"devices\", \"templates\", \"command_queue\", "
      "\"channels\", \"notify_daily_cap\", \"timezone\", \"incident\", "
      "\"mirrors\"");
  BOOST_TEST(
      refusal(R"({"brokers":[{"user_name":"x"}]})") ==
      R"(r.json:1:14: brokers[0].user_name: unknown key; did you mean "username"? known here: "name", "uri", )"
      R"("tls", "username", "password_file", "client_id", "on_conflict")");
  BOOST_TEST(refusal(R"({"brokers":[{"tls":true}]})").find("did you mean") == std::string::npos);
  BOOST_TEST(refusal("{\"a b\\n\":1}").starts_with("r.json:1:2: [\"a b\\u000a\"]: unknown key"));
}

BOOST_AUTO_TEST_CASE(duplicate_keys_are_named_with_the_first_place) {
  BOOST_TEST(refusal("{\n\"status_qos\": 1,\n\"status_qos\": 1}") ==
             "r.json:3:1: status_qos: duplicate key; it is there in line 2 already");
  BOOST_TEST(
      refusal("{\"channels\":{\"a\":{\"webhook\":\"http://x\"},\n\"\\u0061\":{\"webhook\":\"http://x\"}}}") ==
      "r.json:2:1: channels.a: duplicate key; it is there in line 1 already");
}

BOOST_AUTO_TEST_CASE(wrong_types_are_named_with_the_right_one) {
  BOOST_TEST(refusal("[]") == "r.json:1:1: must be an object {...}, not an array");
  BOOST_TEST(refusal("null") == "r.json:1:1: must be an object {...}, not null");
  BOOST_TEST(refusal(R"({"brokers":{}})") == "r.json:1:12: brokers: must be an array [...], not an object");
  BOOST_TEST(refusal(R"({"topic_prefix":null})") == "r.json:1:17: topic_prefix: must be a string, not null");
  BOOST_TEST(refusal(R"({"status_qos":"1"})") ==
             "r.json:1:15: status_qos: must be a whole number from 0 to 2, not a string");
  BOOST_TEST(refusal(R"({"status_qos":1.0})").find("without a fraction") != std::string::npos);
  BOOST_TEST(refusal(R"({"status_qos":99999999999999999999})").find("fraction") != std::string::npos);
  BOOST_TEST(refusal(R"({"devices":[{"client_id":"a","ignore":"yes"}]})") ==
             "r.json:1:39: devices[0].ignore: must be true or false, not a string");
}

BOOST_AUTO_TEST_CASE(one_error_is_one_line_even_for_hostile_texts) {
  for (const auto* const text :
       {"{\"topic_prefix\":\"a\\nb\"}", "{\"outage_grace\":\"1\\n\"}", "{\"\\n\":1}",
        "{\"devices\":[{\"client_id\":\"a\",\"template\":\"\\n\"}]}", "{\"templates\":{\"\\n\":{}}}",
        "{\"brokers\":[{\"uri\":\"mqtt://a\\nb\"}]}"}) {
    const auto message = refusal(text);
    BOOST_TEST(message.starts_with("r.json:1:"), message);
    BOOST_TEST(message.find('\n') == std::string::npos, message);
  }
}

BOOST_AUTO_TEST_CASE(damaged_files_are_refused_or_read_but_never_break_the_parser) {
  const auto whole = every_key();
  std::mt19937 random(42);
  std::size_t refused = 0;
  for (int round = 0; round < 1'500; ++round) {
    auto text = whole;
    for (auto damages = 1 + random() % 3; damages > 0; --damages) {
      const auto at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = static_cast<char>(random() % 256);
          break;
        case 1:
          text.erase(at, 1 + random() % 20);
          break;
        default:
          text.insert(at, whole.substr(random() % whole.size(), random() % 20));
      }
    }
    const auto message = refusal(text);
    if (message == "accepted") continue;
    ++refused;
    BOOST_TEST_REQUIRE(message.starts_with("r.json:"), message);
    BOOST_TEST_REQUIRE(message.find('\n') == std::string::npos, message);
  }
  BOOST_TEST(refused > 500U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace rollcall
