// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/completion.hpp"

#include "tests/unit/cli/fake_bridge.hpp"

namespace rollcall::cli {
namespace {

struct Tree : Typing {
  CommandLine line{console};
  std::vector<CompletedCommand> commands = completed_commands(line.app());

  const CompletedCommand& command(const std::string& name) const {
    const auto found =
        std::find_if(commands.begin(), commands.end(), [&](const auto& each) { return each.name == name; });
    BOOST_TEST_REQUIRE((found != commands.end()), name);
    return *found;
  }
  const CompletedOption& option(const std::string& of, const std::string& name) const {
    const auto& options = command(of).options;
    const auto found = std::find_if(options.begin(), options.end(), [&](const CompletedOption& each) {
      return std::find(each.names.begin(), each.names.end(), name) != each.names.end();
    });
    BOOST_TEST_REQUIRE((found != options.end()), name);
    return *found;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(completion, Tree)

BOOST_AUTO_TEST_CASE(it_knows_what_the_command_line_takes) {
  BOOST_TEST(commands.size() == line.app().get_subcommands(std::function<bool(const CLI::App*)>()).size());
  BOOST_TEST(option("status", "--config").value.is_file);
  BOOST_TEST(option("status", "-c").value.is_file);
  BOOST_TEST((option("status", "--sort").value.choices ==
              std::vector<std::string>{"device", "-since", "-last_seen"}));
  BOOST_TEST(!option("status", "--json").value.is_taken);
  BOOST_TEST(!option("status", "--not-muted").value.is_taken);
  BOOST_TEST(option("status", "--search").value.is_taken);
  BOOST_TEST(command("check").arguments.front().is_file);
  BOOST_TEST(command("help").arguments.front().choices.size() == commands.size());
  BOOST_TEST(command("completion").arguments.front().choices.size() == 3U);
}

BOOST_AUTO_TEST_CASE(every_shell_has_every_command_and_option) {
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    BOOST_TEST(type({"completion", shell}) == kOk);
    for (const auto& each : commands) {
      BOOST_TEST(has(out.str(), each.name));
      for (const auto& option : each.options) {
        const auto& name = option.names.back();
        BOOST_TEST(has(out.str(), shell == "fish" ? "-l " + name.substr(2) : name), shell << " " << name);
      }
    }
  }
  BOOST_TEST(type({"completion", "csh"}) == kUsage);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::cli
