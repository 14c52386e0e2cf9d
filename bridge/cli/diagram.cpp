// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/diagram/diagram.hpp"

#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>

#include "bridge/adapters/system/read_config.hpp"
#include "bridge/cli/subcommands.hpp"
#include "bridge/core/config/config_parser.hpp"

namespace rollcall::cli {
namespace {

std::string names_of(const Config& config) {
  std::string names;
  for (const TemplateDefinition& definition : config.templates) {
    names += (names.empty() ? "'" : ", '") + definition.name + "'";
  }
  return names;
}

Result<void> write_file(const std::string& file, const std::string& text) {
  errno = 0;
  std::ofstream stream(file, std::ios::binary);
  stream << text << std::flush;
  if (!stream) return fail(file + ": " + std::generic_category().message(errno != 0 ? errno : EIO));
  return {};
}

}  // namespace

int run_diagram(const DiagramOptions& options, std::ostream& out, std::ostream& err) {
  const auto give_up = [&](int exit_code, const std::string& why) {
    err << "rollcall diagram: " << why << '\n';
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
  const auto text = options.mermaid ? diagram_mermaid(*definition) : diagram_svg(*definition);
  if (options.output_file.empty()) {
    out << text;
    return kOk;
  }
  const auto written = write_file(options.output_file, text);
  return written ? kOk : give_up(kUsage, written.error().message);
}

}  // namespace rollcall::cli
