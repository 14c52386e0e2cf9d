// SPDX-License-Identifier: Apache-2.0
// docs/man has every subcommand and every option that the command line takes.
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "tests/unit/cli/fake_bridge.hpp"

namespace rollcall::cli {
namespace {

/// The pages in sections, by heading: "rollcall status", "FILTERS". Where two pages have the same, both.
std::map<std::string, std::string> sections_of_pages() {
  std::map<std::string, std::string> sections;
  for (const auto& file : std::filesystem::directory_iterator(ROLLCALL_SOURCE_DIR "/docs/man")) {
    if (file.path().extension() != ".scd") continue;
    std::ifstream page(file.path());
    std::string heading;
    for (std::string line; std::getline(page, line);) {
      if (line.starts_with("# ") || line.starts_with("## ")) {
        heading = line.substr(line.find(' ') + 1);
      } else {
        sections[heading] += line + "\n";
      }
    }
  }
  return sections;
}

std::string in_capitals(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

/// Whether a section explains the option: its name begins a definition.
bool explains(const std::string& section, const std::string& name) {
  return has("\n" + section, "\n*" + name + "*") || has(section, ", *" + name + "*");
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(man_pages, Typing)

BOOST_AUTO_TEST_CASE(they_have_every_subcommand_and_every_option) {
  auto sections = sections_of_pages();
  const CommandLine line(console);
  for (const auto* command : line.app().get_subcommands(std::function<bool(const CLI::App*)>())) {
    const auto heading = "rollcall " + command->get_name();
    BOOST_TEST_REQUIRE(sections.contains(heading), heading << " has no section in docs/man");
    for (const auto* option : command->get_options()) {
      for (const auto& each : option->get_lnames()) {
        const auto name = "--" + each;
        const auto& section =
            option->get_group() == "Options" ? sections[heading] : sections[in_capitals(option->get_group())];
        BOOST_TEST((explains(section, name) || explains(sections["OPTIONS"], name)), heading << " " << name);
      }
      if (!option->nonpositional())
        BOOST_TEST(has(sections[heading],
                       "_" + option->get_type_name().substr(0, option->get_type_name().find(':')) + "_"),
                   heading);
    }
  }
}

BOOST_AUTO_TEST_CASE(they_have_no_option_that_is_not_there) {
  std::string known = "--help --version ";
  const CommandLine line(console);
  for (const auto* command : line.app().get_subcommands(std::function<bool(const CLI::App*)>())) {
    for (const auto* option : command->get_options()) {
      for (const auto& name : option->get_lnames()) known += "--" + name + " ";
    }
  }
  for (const auto& [heading, text] : sections_of_pages()) {
    for (std::size_t at = text.find("*--"); at != std::string::npos; at = text.find("*--", at + 1)) {
      const auto name = text.substr(at + 1, text.find('*', at + 1) - at - 1);
      BOOST_TEST(has(known, name + " "), heading << " has " << name);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::cli
