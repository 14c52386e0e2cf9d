// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <variant>
#include <vector>

#include "bridge/adapters/system/read_config.hpp"
#include "bridge/cli/subcommands.hpp"
#include "bridge/core/config/config_parser.hpp"
#include "bridge/core/simulate/scenario_player.hpp"

namespace rollcall::cli {
namespace {

Result<std::string> read_all(std::istream& stream) {
  constexpr std::size_t kMaxBytes = std::size_t{16} * 1024 * 1024;  // a device such as /dev/zero never ends
  std::string text;
  std::vector<char> block(std::size_t{64} * 1024);
  errno = 0;
  while (stream.read(block.data(), static_cast<std::streamsize>(block.size())) || stream.gcount() > 0) {
    text.append(block.data(), static_cast<std::size_t>(stream.gcount()));
    if (text.size() > kMaxBytes) return fail("has more than 16 MiB; that is no scenario");
  }
  // A folder can be opened; only reading it fails.
  if (!stream.eof()) return fail(errno != 0 ? std::strerror(errno) : "can't be read");
  return text;
}

Result<std::string> read_scenario(const std::string& file, std::istream& in) {
  if (file == "-") return read_all(in);
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return fail(errno != 0 ? std::strerror(errno) : "can't be opened");
  return read_all(stream);
}

std::string names_of(const Config& config) {
  std::string names;
  for (const TemplateDefinition& definition : config.templates) {
    names += (names.empty() ? "'" : ", '") + definition.name + "'";
  }
  return names;
}

}  // namespace

int run_simulate(const SimulateOptions& options, std::istream& in, std::ostream& out, std::ostream& err) {
  const auto give_up = [&](int exit_code, const std::string& why) {
    err << "rollcall simulate: " << why << '\n';
    return exit_code;
  };
  const auto config = options.config_file.empty() ? parse_config("{}", "(no configuration)")
                                                  : read_config(options.config_file);
  if (!config) return give_up(kConfiguration, config.error().message);
  const TemplateDefinition* definition = config->find_template(options.template_name);
  if (definition == nullptr) {
    return give_up(kUsage,
                   "no template is named '" + options.template_name + "'; there are " + names_of(*config));
  }

  const std::string file = options.scenario_file == "-" ? "<stdin>" : options.scenario_file;
  const auto text = read_scenario(options.scenario_file, in);
  if (!text) return give_up(kUsage, file + ": " + text.error().message);
  const auto mistake = [&](std::size_t line, const std::string& what) {
    return give_up(kUsage, file + ":" + std::to_string(line) + ": " + what);
  };
  const auto scenario = parse_scenario(*text);
  if (!scenario) return mistake(scenario.error().line, scenario.error().message);

  ScenarioPrinter printer(*scenario, options.json);
  ScenarioPlayer player(*definition, config->outage_grace, printer);
  ScenarioNotices notices(*config, printer);
  if (options.notifications) player.set_notices(notices);
  for (const ScenarioLine& line : scenario->lines) {
    const auto played = player.play(line);
    if (!played) return mistake(line.number, played.error().message);
  }
  if (!std::holds_alternative<ScenarioEnd>(scenario->lines.back().event)) player.run_out();
  out << printer.text();
  return kOk;
}

}  // namespace rollcall::cli
