// SPDX-License-Identifier: Apache-2.0
// The command line: one binary, its subcommands, and their exit codes.
#include <exception>
#include <iostream>
#include <sstream>
#include <string>

#include <CLI/CLI.hpp>

#include "bridge/adapters/system/clock.hpp"
#include "bridge/cli/commands.hpp"
#include "bridge/cli/printable_output.hpp"

namespace {

using namespace rollcall::cli;

/// What CLI11 says, in the shape of our errors: help and version on standard output, a mistake in one line.
int report_usage(const CLI::App& app, const CLI::ParseError& error) {
  std::ostringstream out;
  std::ostringstream err;
  const bool is_mistake = app.exit(error, out, err) != 0;
  std::cout << out.str() << std::flush;
  if (!is_mistake) return std::cout ? kOk : kInternal;
  const auto extras = app.remaining();
  const bool is_unknown_command = app.get_subcommands().empty() && !extras.empty();
  std::string said = is_unknown_command ? "there is no subcommand " + extras.front() : error.what();
  for (char& c : said) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  std::cerr << "rollcall: " << said << " (try `rollcall --help`)\n";
  return kUsage;
}

int run(int argc, char** argv) {
  CLI::App app("Rollcall tells which MQTT devices are there, and which are not.", "rollcall");
  app.set_version_flag("--version", "rollcall " ROLLCALL_VERSION);
  app.require_subcommand(1);
  const char* const kConfigHelp = "the configuration";

  BridgeOptions bridge;
  auto* const bridge_command = app.add_subcommand("bridge", "Run the daemon until SIGTERM or SIGINT");
  bridge_command->add_option("-c,--config", bridge.config_file, kConfigHelp)
      ->type_name("FILE")
      ->capture_default_str();

  CheckOptions check;
  auto* const check_command = app.add_subcommand("check", "Check a configuration and say what it holds");
  check_command->add_option("-c,--config", check.config_file, kConfigHelp)
      ->type_name("FILE")
      ->capture_default_str();
  check_command->add_flag("--json", check.json, "print one JSON object");

  SimulateOptions simulate;
  auto* const simulate_command = app.add_subcommand(
      "simulate", "Run a scenario through a template and print the transitions, without a broker");
  simulate_command
      ->add_option("-c,--config", simulate.config_file, "the configuration (default: the empty one)")
      ->type_name("FILE");
  simulate_command->add_option("--template", simulate.template_name, "the template of the device")
      ->type_name("NAME")
      ->capture_default_str();
  simulate_command->add_flag("--json", simulate.json, "print one JSON object a line");
  simulate_command->add_option("scenario", simulate.scenario_file, "the scenario's file; - is standard input")
      ->type_name("SCENARIO")
      ->required();

  SetOptions set;
  auto* const set_command = app.add_subcommand(
      "set", "Set a device's status until it is heard of again, or take that back (asks the running bridge)");
  set_command->add_option("-c,--config", set.config_file, kConfigHelp)
      ->type_name("FILE")
      ->capture_default_str();
  set_command->add_option("device", set.device, "the device's id")->type_name("DEVICE")->required();
  set_command->add_option("status", set.status, "a status of its template")->type_name("STATUS");
  set_command->add_option("--for", set.wait, "then the chain goes on from it, such as 2h")
      ->type_name("DURATION");
  set_command->add_flag("--hold", set.hold, "whatever is heard of the device, until --release");
  set_command->add_flag("--release", set.release, "take back what was set");

  ForgetOptions forget;
  auto* const forget_command =
      app.add_subcommand("forget", "Forget a device that is away (asks the running bridge)");
  forget_command->add_option("-c,--config", forget.config_file, kConfigHelp)
      ->type_name("FILE")
      ->capture_default_str();
  forget_command->add_option("device", forget.device, "the device's id")->type_name("DEVICE")->required();

  DiagramOptions diagram;
  std::string diagram_format = "svg";
  auto* const diagram_command = app.add_subcommand("diagram", "Draw a template: its statuses and waits");
  diagram_command
      ->add_option("-c,--config", diagram.config_file, "the configuration (default: the empty one)")
      ->type_name("FILE");
  diagram_command->add_option("--template", diagram.template_name, "the template to draw")
      ->type_name("NAME")
      ->capture_default_str();
  diagram_command->add_option("--format", diagram_format, "svg or mermaid")
      ->check(CLI::IsMember({"svg", "mermaid"}))
      ->type_name("FORMAT")
      ->capture_default_str();
  diagram_command->add_option("-o,--output", diagram.output_file, "where to (default: standard output)")
      ->type_name("FILE");

  ExplainOptions explain;
  auto* const explain_command =
      app.add_subcommand("explain", "Say why a device has the status that it has, from the bridge's store");
  explain_command->add_option("-c,--config", explain.config_file, kConfigHelp)
      ->type_name("FILE")
      ->capture_default_str();
  explain_command->add_flag("--json", explain.json, "print one JSON object");
  explain_command->add_option("device", explain.device, "the device's id")->type_name("DEVICE")->required();

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return report_usage(app, error);
  }
  int code = kUsage;
  if (*bridge_command) code = run_bridge(bridge, std::cerr);
  if (*check_command) code = run_check(check, std::cout, std::cerr);
  if (*simulate_command) code = run_simulate(simulate, std::cin, std::cout, std::cerr);
  if (*set_command) code = run_set(set, std::cout, std::cerr);
  if (*forget_command) code = run_forget(forget, std::cout, std::cerr);
  diagram.mermaid = diagram_format == "mermaid";
  if (*diagram_command) code = run_diagram(diagram, std::cout, std::cerr);
  if (*explain_command) code = run_explain(explain, rollcall::Clock().now(), std::cout, std::cerr);
  std::cout.flush();
  if (!std::cout) {
    std::cerr << "rollcall: the output can't be written\n";
    return kInternal;
  }
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  const rollcall::cli::PrintableOutput out(std::cout), err(std::cerr);
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "rollcall: internal error: " << error.what() << '\n';
  } catch (...) {
    std::cerr << "rollcall: internal error\n";
  }
  return kInternal;
}
