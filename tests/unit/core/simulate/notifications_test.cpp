// SPDX-License-Identifier: Apache-2.0
// The scenarios in tests/golden/notifications: each folder has a configuration, and scenarios named
// TEMPLATE.WHAT.txt with what must come out beside them.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "bridge/core/config/config_parser.hpp"
#include "bridge/core/simulate/scenario_player.hpp"

using namespace rollcall;

namespace {

const std::filesystem::path kScenarios =
    std::filesystem::path(ROLLCALL_SOURCE_DIR) / "tests/golden/notifications";

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string played(const Config& config, const std::string& template_name, const std::string& text) {
  const auto scenario = parse_scenario(text);
  if (!scenario) return "line " + std::to_string(scenario.error().line) + ": " + scenario.error().message;
  ScenarioPrinter printer(*scenario, false);
  ScenarioPlayer player(*config.find_template(template_name), config.outage_grace, printer);
  ScenarioNotices notices(config, printer);
  player.set_notices(notices);
  for (const auto& line : scenario->lines) {
    if (const auto result = player.play(line); !result) return result.error().message;
  }
  if (!std::holds_alternative<ScenarioEnd>(scenario->lines.back().event)) player.run_out();
  return printer.text();
}

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder, const std::string& ending) {
  std::vector<std::filesystem::path> files;
  for (const auto& each : std::filesystem::directory_iterator(folder)) {
    if (each.path().extension() == ending) files.push_back(each.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(notifications)

BOOST_AUTO_TEST_CASE(each_scenario_tells_whom_it_should_and_when) {
  std::size_t count = 0;
  for (const std::string folder : {"usual", "capped", "incident"}) {
    const auto config = parse_config(contents(kScenarios / folder / "config.json"), "config.json");
    BOOST_REQUIRE_MESSAGE(config, (config ? "" : config.error().message));
    for (const auto& file : files_in(kScenarios / folder, ".txt")) {
      const auto name = file.filename().string();
      BOOST_TEST_CONTEXT(folder << "/" << name) {
        auto expected = file;
        expected.replace_extension(".expected");
        const auto out = played(*config, name.substr(0, name.find('.')), contents(file));
        BOOST_TEST(out == contents(expected));
      }
      ++count;
    }
  }
  BOOST_TEST(count > 30U);
}

BOOST_AUTO_TEST_SUITE_END()
