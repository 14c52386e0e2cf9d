// SPDX-License-Identifier: Apache-2.0
// Topics of commands, and what is kept.
#include <string>

#include <boost/test/unit_test.hpp>

#include "tests/unit/core/config/config_verdict.hpp"

namespace rollcall {
namespace {

using namespace std::chrono_literals;

std::string one_template(const std::string& topics, const std::string& commands = "deny") {
  return R"({"command_topics":[)" + topics +
         R"(],"statuses":[{"status":"online"},{"status":"offline","after":"1m","commands":")" + commands +
         R"("}]})";
}
std::string with_topics(const std::string& topics, const std::string& more = "") {
  return R"({"templates":{"t":)" + one_template(topics) + "}" + more + "}";
}

BOOST_AUTO_TEST_SUITE(config_commands_suite)

BOOST_AUTO_TEST_CASE(templates_have_topics_of_commands) {
  const auto config = parsed(R"({"templates":{"a":)" + one_template(R"("cmd/{device}/#","set/{device}")") +
                             R"(,"b":)" + one_template(R"("set/{device}","x/{device}")") + "}}");
  BOOST_TEST(config.commands.topics.size() == 3U);
  BOOST_TEST(config.commands.of_template("a") == 3U);
  BOOST_TEST(config.commands.of_template("b") == 6U);
  BOOST_TEST(config.commands.of_template("default") == 0U);
}

BOOST_AUTO_TEST_CASE(the_queue_has_limits) {
  const auto defaults = parsed("{}").commands.queue;
  BOOST_TEST(defaults.topics == 64U);
  BOOST_TEST(defaults.bytes == 65536U);
  BOOST_TEST((defaults.keep == 24h));
  const auto own = parsed(R"({"command_queue":{"topics":1,"bytes":1024,"keep":"1h"}})").commands.queue;
  BOOST_TEST(own.topics == 1U);
  BOOST_TEST(own.bytes == 1024U);
  BOOST_TEST((own.keep == 1h));
}

BOOST_AUTO_TEST_CASE(what_cant_be_a_topic_of_commands_is_refused_at_its_place) {
  const auto config = parse_config(with_topics(R"("cmd/#")"), "r.json");
  BOOST_REQUIRE(!config.has_value());
  BOOST_TEST(config.error().message.starts_with("r.json:1:"));
  BOOST_TEST(config.error().message.find("templates.t.command_topics[0]") != std::string::npos);
  BOOST_TEST(refuses(with_topics(R"("cmd/#")"), "must have {device}"));
  BOOST_TEST(refuses(with_topics(R"("{device}/#")"), "Rollcall's own topics"));
  BOOST_TEST(refuses(with_topics(R"("ds/status/{device}")"), "Rollcall's own topics"));
  BOOST_TEST(verdict(with_topics(R"("{device}/set")")) == "ok");
  BOOST_TEST(verdict(with_topics(R"("own/{device}/x")", R"(,"topic_prefix":"own/status")")) == "ok");
  BOOST_TEST(refuses(with_topics(R"("own/{device}/#")", R"(,"topic_prefix":"own/x")"), "own topics"));
  BOOST_TEST(refuses(with_topics(R"("cmd/{device}/+","cmd/+/{device}")"), "different levels"));
}

BOOST_AUTO_TEST_CASE(a_policy_without_topics_is_warned_of) {
  const auto text = R"({"templates":{"t":{"statuses":[{"status":"online"},
      {"status":"offline","after":"1m","commands":"queue"}]}}})";
  const auto config = parsed(text);
  BOOST_REQUIRE(config.warnings.size() == 1U);
  BOOST_TEST(config.warnings[0].find("has no command_topics") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(online_queues_nothing) {
  BOOST_TEST(refuses(R"({"templates":{"t":{"statuses":[{"status":"online","commands":"queue"},
      {"status":"offline","after":"1m"}]}}})",
                     "nothing would ever be delivered"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace rollcall
