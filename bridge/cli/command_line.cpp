// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/command_line.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <sstream>
#include <utility>

#include "base/quoting.hpp"
#include "bridge/cli/caller.hpp"
#include "bridge/cli/subcommands.hpp"
#include "bridge/cli/text/device_filter.hpp"

namespace rollcall::cli {
namespace {

/// The subcommand that was typed, as far as it was.
const CLI::App& deepest(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : deepest(*chosen.front());
}

/// What was meant by something that isn't known; empty where that can't be told.
std::string meant(const std::string& typed, const std::vector<std::string>& known) {
  const auto near = nearest(typed, {known.begin(), known.end()});
  return near ? "; did you mean " + std::string(*near) + "?" : "";
}

std::string unknown_option(const CLI::App& command, const std::string& typed) {
  std::vector<std::string> known;
  for (const auto* option : command.get_options()) {
    for (const auto& name : option->get_lnames()) known.push_back("--" + name);
  }
  const auto name = typed.substr(0, typed.find('='));
  return command.get_name() + " has no option " + name + meant(name, known);
}

/// Without the words by which CLI11 says what goes with what: that is for the man pages.
class HelpFormatter : public CLI::Formatter {
  std::string make_option_opts(const CLI::Option* option) const override {
    if (option->get_expected_max() == 0) return {};
    const auto type = option->get_type_name();
    auto text = " " + type.substr(0, type.find(':'));
    if (!option->get_default_str().empty()) text += "=" + option->get_default_str();
    return text;
  }
};

}  // namespace

CommandLine::CommandLine(Console& console, ReachBridge reach)
    : console_(console),
      reach_(std::move(reach)),
      app_("Rollcall tells which MQTT devices are there, and which are not.", "rollcall") {
  app_.formatter(std::make_shared<HelpFormatter>());
  app_.set_version_flag("--version", "rollcall " ROLLCALL_VERSION);
  app_.require_subcommand(1);
  app_.footer(
      std::string("rollcall COMMAND --help has a command's options and examples; man rollcall has all.\n\n") +
      kExitCodes);
  add_looking_commands(*this);
  add_changing_commands(*this);
  add_running_commands(*this);
}

CLI::App* CommandLine::add(const Help& help, std::function<int()> run) {
  auto* const command = app_.add_subcommand(help.name, help.description);
  command->group(help.group);
  command->footer("Example:\n" + help.example + "\n" + kExitCodes);
  command->callback([this, run = std::move(run)] { chosen_ = run; });
  return command;
}

int CommandLine::run(std::vector<std::string> arguments) {
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes them
  try {
    app_.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    return report(error);
  }
  return chosen_();
}

/// What CLI11 says, in the shape of our errors: help and version on standard output, a mistake in one line.
int CommandLine::report(const CLI::ParseError& error) const {
  std::ostringstream out, err;
  if (app_.exit(error, out, err) == 0) {
    console_.out << out.str();
    return kOk;
  }
  const CLI::App& command = deepest(app_);
  const auto extras = command.remaining();
  std::string said = error.what();
  if (!extras.empty() && extras.front().size() > 1 && extras.front().front() == '-') {
    said = unknown_option(command, extras.front());
  } else if (&command == &app_ && !extras.empty()) {
    std::vector<std::string> known;
    for (const auto* each : app_.get_subcommands(std::function<bool(const CLI::App*)>()))
      known.push_back(each->get_name());
    said = "there is no subcommand " + extras.front() + meant(extras.front(), known);
  } else if (!extras.empty()) {
    said = command.get_name() + " takes no " + in_quotes(extras.front()) + " there";
  }
  std::replace_if(
      said.begin(), said.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  const std::string help =
      &command == &app_ ? "rollcall --help" : "rollcall " + command.get_name() + " --help";
  console_.err << "rollcall: " << said << " (try `" << help << "`)\n";
  return kUsage;
}

int CommandLine::ask_bridge(const std::string& name, const BridgeAddress& address,
                            const std::function<int(Caller&)>& act) const {
  const auto say = [&](const std::string& line) {
    console_.err << "rollcall " << name << ": " << line << '\n';
  };
  const auto api = reach_(address, say);
  if (!api) {
    say(api.error().message);
    return api.error().exit_code;
  }
  Caller caller(name, console_, **api);
  return act(caller);
}

void add_address_options(CLI::App& command, BridgeAddress& address) {
  const char* const group = "Which bridge";
  auto* const config =
      command.add_option("-c,--config", address.config_file, "its configuration, on its machine")
          ->type_name("FILE")
          ->capture_default_str()
          ->group(group);
  auto* const url =
      command.add_option("--url", address.url, "from afar: its address, such as https://bridge:8443")
          ->type_name("URL")
          ->excludes(config)
          ->group(group);
  command.add_option("--token-file", address.token_file, "a file with the token, in its first line")
      ->type_name("FILE")
      ->needs(url)
      ->group(group);
  command
      .add_option("--ca-file", address.ca_file, "the authority of its certificate (default: the system's)")
      ->type_name("FILE")
      ->needs(url)
      ->group(group);
}

void add_json_flag(CLI::App& command, bool& json, const std::string& what) {
  command.add_flag("--json", json, what);
}

void add_filter_options(CLI::App& command, FilterOptions& filter) {
  const char* const group = "Filters";
  const auto names = [&](const char* name, std::vector<std::string>& into, const char* help,
                         const char* type) {
    command.add_option(name, into, help)->type_name(type)->allow_extra_args(false)->group(group);
  };
  names("--status", filter.statuses, "in one of these statuses, separated by commas", "STATUS");
  names("--template", filter.templates, "with one of these templates", "TEMPLATE");
  names("--broker", filter.brokers, "connected at one of these brokers", "BROKER");
  const auto either = [&](const std::string& name, std::optional<bool>& into) {
    auto* const is = command.add_flag_callback(
        "--" + name, [&into] { into = true; }, "only those that are " + name);
    auto* const is_not = command.add_flag_callback(
        "--not-" + name, [&into] { into = false; }, "only those that aren't " + name);
    is->group(group);
    is_not->group(group)->excludes(is);
  };
  either("connected", filter.is_connected);
  either("flapping", filter.is_flapping);
  either("muted", filter.is_muted);
  command
      .add_option("-q,--search", filter.search, "a part of the id, a client id or an address, in any case")
      ->type_name("TEXT")
      ->group(group);
}

}  // namespace rollcall::cli
