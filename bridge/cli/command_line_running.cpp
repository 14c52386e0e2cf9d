// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/quoting.hpp"
#include "bridge/cli/command_line.hpp"
#include "bridge/cli/completion.hpp"
#include "bridge/cli/subcommands.hpp"

namespace rollcall::cli {
namespace {

const char* const kConfigHelp = "the configuration";
const char* const kOptionalConfigHelp = "the configuration (default: the empty one)";

void add_bridge(CommandLine& line) {
  auto options = std::make_shared<BridgeOptions>();
  auto* const command = line.add({"bridge", kRunningGroup, "Run the daemon until SIGTERM or SIGINT",
                                  "  rollcall bridge -c /etc/rollcall/rollcall.json\n"},
                                 [&line, options] { return run_bridge(*options, line.console().err); });
  command->add_option("-c,--config", options->config_file, kConfigHelp)
      ->type_name("FILE")
      ->capture_default_str();
}

void add_check(CommandLine& line) {
  auto options = std::make_shared<CheckOptions>();
  auto* const command =
      line.add({"check", kRunningGroup, "Check a configuration and say what it holds",
                "  rollcall check rollcall.json\n"},
               [&line, options] { return run_check(*options, line.console().out, line.console().err); });
  auto* const config = command->add_option("-c,--config", options->config_file, kConfigHelp)
                           ->type_name("FILE")
                           ->capture_default_str();
  command->add_option("file", options->config_file, "the same")->type_name("FILE")->excludes(config);
  add_json_flag(*command, options->json, "print one JSON object");
}

void add_simulate(CommandLine& line) {
  auto options = std::make_shared<SimulateOptions>();
  auto* const command =
      line.add({"simulate", kRunningGroup,
                "Run a scenario through a template and print the transitions, without a broker",
                "  rollcall simulate -c rollcall.json --template pump scenario.txt\n"},
               [&line, options] {
                 const auto& console = line.console();
                 return run_simulate(*options, console.in, console.out, console.err);
               });
  command->add_option("-c,--config", options->config_file, kOptionalConfigHelp)->type_name("FILE");
  command->add_option("--template", options->template_name, "the template of the device")
      ->type_name("NAME")
      ->capture_default_str();
  add_json_flag(*command, options->json, "print one JSON object a line");
  command->add_flag("--notifications", options->notifications,
                    "print notifications too: TIME notify STATUS KIND count=N channels=NAMES");
  command->add_option("scenario", options->scenario_file, "the scenario's file; - is standard input")
      ->type_name("SCENARIO")
      ->required();
}

void add_diagram(CommandLine& line) {
  struct Typed {
    DiagramOptions options;
    std::string format = "svg";
  };
  auto typed = std::make_shared<Typed>();
  auto* const command = line.add({"diagram", kRunningGroup, "Draw a template: its statuses and waits",
                                  "  rollcall diagram -c rollcall.json --template pump -o pump.svg\n"},
                                 [&line, typed] {
                                   typed->options.mermaid = typed->format == "mermaid";
                                   return run_diagram(typed->options, line.console().out, line.console().err);
                                 });
  command->add_option("-c,--config", typed->options.config_file, kOptionalConfigHelp)->type_name("FILE");
  command->add_option("--template", typed->options.template_name, "the template to draw")
      ->type_name("NAME")
      ->capture_default_str();
  command->add_option("--format", typed->format, "svg or mermaid")
      ->check(CLI::IsMember({"svg", "mermaid"}))
      ->type_name("FORMAT")
      ->capture_default_str();
  command->add_option("-o,--output", typed->options.output_file, "where to (default: standard output)")
      ->type_name("FILE");
}

void add_notify_test(CommandLine& line) {
  auto options = std::make_shared<NotifyTestOptions>();
  auto* const command = line.add({"notify-test", kRunningGroup,
                                  "Send one notification by a channel and say what came back, without a bridge",
                                  "  rollcall notify-test ops -c /etc/rollcall/rollcall.json\n"},
                                 [&line, options] {
                                   const auto& console = line.console();
                                   return run_notify_test(*options, console.now(), console.out, console.err);
                                 });
  command->add_option("channel", options->channel, "a channel of the configuration")
      ->type_name("CHANNEL")
      ->required();
  command->add_option("-c,--config", options->config_file, kConfigHelp)
      ->type_name("FILE")
      ->capture_default_str();
}

void add_completion(CommandLine& line) {
  auto shell = std::make_shared<std::string>();
  auto* const command =
      line.add({"completion", kRunningGroup, "Print what makes a shell complete this command line",
                "  source <(rollcall completion bash)\n"
                "  rollcall completion zsh > ~/.zfunc/_rollcall\n"
                "  rollcall completion fish > ~/.config/fish/completions/rollcall.fish\n"},
               [&line, shell] {
                 line.console().out << completion_script(*shell, line.app());
                 return static_cast<int>(kOk);
               });
  command->add_option("shell", *shell, "bash, zsh or fish")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}))
      ->type_name("SHELL")
      ->required();
}

/// By a tree of its own, as `--help` has it: this one has a subcommand already.
int run_help(const CommandLine& line, const std::string& name) {
  Console& console = line.console();
  if (name.empty()) return CommandLine(console).run({"--help"});
  std::vector<std::string_view> known;
  for (const auto* each : line.app().get_subcommands(std::function<bool(const CLI::App*)>())) {
    known.push_back(each->get_name());
  }
  if (std::find(known.begin(), known.end(), name) != known.end())
    return CommandLine(console).run({name, "--help"});
  const auto meant = nearest(name, known);
  console.err << "rollcall help: there is no subcommand " << name
              << (meant ? "; did you mean " + std::string(*meant) + "?" : "") << '\n';
  return kUsage;
}

void add_help(CommandLine& line) {
  auto name = std::make_shared<std::string>();
  auto* const command =
      line.add({"help", kRunningGroup, "Show the help of a command, or of all", "  rollcall help status\n"},
               [&line, name] { return run_help(line, *name); });
  command->add_option("command", *name, "a command")->type_name("COMMAND");
}

}  // namespace

void add_running_commands(CommandLine& line) {
  add_bridge(line);
  add_check(line);
  add_simulate(line);
  add_diagram(line);
  add_notify_test(line);
  add_completion(line);
  add_help(line);
}

}  // namespace rollcall::cli
