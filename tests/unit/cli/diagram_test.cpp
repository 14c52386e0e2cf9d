// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
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

const std::string kSource = std::string(ROLLCALL_SOURCE_DIR) + "/";
const std::string kFleet = kSource + "tests/golden/diagrams/fleet.json";

struct Run {
  int exit_code;
  std::string out, err;
};

Run run(const DiagramOptions& options) {
  std::ostringstream out, err;
  const int exit_code = run_diagram(options, out, err);
  return {exit_code, out.str(), err.str()};
}

std::string contents(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  BOOST_TEST_REQUIRE(stream.is_open(), file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// What should be in `file`. Set ROLLCALL_GOLDEN=write to have it written there.
void check_golden(const Run& run, const std::string& file) {
  BOOST_TEST_REQUIRE(run.exit_code == kOk, run.err);
  const char* const wish = std::getenv("ROLLCALL_GOLDEN");
  if (wish != nullptr && std::string_view(wish) == "write") std::ofstream(file, std::ios::binary) << run.out;
  BOOST_TEST((run.out == contents(file)), file + " isn't what is drawn; see tests/unit/cli/diagram_test.cpp");
}

BOOST_AUTO_TEST_SUITE(diagram_suite)

BOOST_AUTO_TEST_CASE(the_pictures_of_the_documentation_are_what_is_drawn) {
  check_golden(run({kFleet, "lamp", false, ""}), kSource + "docs/images/diagram-2.svg");
  check_golden(run({kFleet, "sleeper", false, ""}), kSource + "docs/images/diagram-5.svg");
  check_golden(run({kFleet, "lorry", false, ""}), kSource + "docs/images/diagram-12.svg");
}

BOOST_AUTO_TEST_CASE(mermaid_says_the_same) {
  for (const std::string name : {"lamp", "sleeper", "lorry"}) {
    check_golden(run({kFleet, name, true, ""}), kSource + "tests/golden/diagrams/" + name + ".mmd");
  }
}

BOOST_AUTO_TEST_CASE(without_a_configuration_it_is_the_default_template) {
  const auto drawn = run({"", "default", true, ""});
  BOOST_TEST(drawn.exit_code == kOk);
  BOOST_TEST((drawn.out.find("s0 -->|\"disconnect#44;<br>then 1m\"| s1\n  s1 -->|\"30d\"| s2\n") !=
              std::string::npos));
}

BOOST_AUTO_TEST_CASE(an_unknown_template_is_told_with_those_that_there_are) {
  const auto drawn = run({kFleet, "lam", false, ""});
  BOOST_TEST(drawn.exit_code == kUsage);
  BOOST_TEST(drawn.out.empty());
  BOOST_TEST(
      drawn.err ==
      "rollcall diagram: no template is named 'lam'; there are 'default', 'lamp', 'sleeper', 'lorry'\n");
}

BOOST_AUTO_TEST_CASE(a_configuration_that_is_wrong_is_told) {
  const auto drawn = run({"/nowhere/rollcall.json", "default", false, ""});
  BOOST_TEST(drawn.exit_code == kConfiguration);
  BOOST_TEST(drawn.err == "rollcall diagram: /nowhere/rollcall.json: No such file or directory\n");
}

BOOST_AUTO_TEST_CASE(it_is_written_to_a_file) {
  const auto file =
      std::filesystem::temp_directory_path() / ("rollcall_diagram_" + std::to_string(::getpid()) + ".svg");
  const auto drawn = run({"", "default", false, file.string()});
  BOOST_TEST(drawn.exit_code == kOk);
  BOOST_TEST(drawn.out.empty());
  BOOST_TEST((contents(file.string()) == run({"", "default", false, ""}).out));
  std::filesystem::remove(file);
}

BOOST_AUTO_TEST_CASE(a_file_that_can_not_be_written_is_told) {
  const auto missing = run({"", "default", false, "/nowhere/diagram.svg"});
  BOOST_TEST(missing.exit_code == kUsage);
  BOOST_TEST(missing.err == "rollcall diagram: /nowhere/diagram.svg: No such file or directory\n");
  const auto full = run({"", "default", false, "/dev/full"});
  BOOST_TEST(full.exit_code == kUsage);
  BOOST_TEST(full.err == "rollcall diagram: /dev/full: No space left on device\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace rollcall::cli
