// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/asking.hpp"
#include "bridge/cli/command_line.hpp"

namespace rollcall::cli {
namespace {

const char* const kJsonHelp = "print what the bridge answers";

void add_set(CommandLine& line) {
  struct Typed {
    BridgeAddress address;
    SetOptions options;
  };
  auto typed = std::make_shared<Typed>();
  auto* const command =
      line.add({"set", kChangingGroup, "Set a device's status until it is heard of again, or take that back",
                "  rollcall set pump-7 standby --for 2h\n"
                "  rollcall set pump-7 offline --hold\n"
                "  rollcall set pump-7 --release\n"},
               [&line, typed] {
                 return line.ask_bridge("set", typed->address,
                                        [&](Caller& caller) { return run_set(typed->options, caller); });
               });
  auto& options = typed->options;
  command->add_option("device", options.device, "the device's id")->type_name("DEVICE")->required();
  command->add_option("status", options.status, "a status of its template")->type_name("STATUS");
  command->add_option("--for", options.wait, "then the chain goes on from it, such as 2h")
      ->type_name("DURATION");
  command->add_flag("--hold", options.hold, "whatever is heard of the device, until --release");
  command->add_flag("--release", options.release, "take back what was set");
  add_json_flag(*command, options.json, kJsonHelp);
  add_address_options(*command, typed->address);
}

/// For one device, or for all of a filter.
void add_action(CommandLine& line, CommandLine::Help help, int (*run)(const ActionOptions&, Caller&)) {
  struct Typed {
    BridgeAddress address;
    ActionOptions options;
  };
  auto typed = std::make_shared<Typed>();
  const auto name = help.name;
  help.group = kChangingGroup;
  auto* const command = line.add(help, [&line, typed, name, run] {
    return line.ask_bridge(name, typed->address, [&](Caller& caller) { return run(typed->options, caller); });
  });
  auto& options = typed->options;
  command->add_option("device", options.device, "the device's id; or a filter")->type_name("DEVICE");
  if (name == "mute") {
    command->add_option("--for", options.wait, "so long, such as 2h (default: until unmute)")
        ->type_name("DURATION");
  }
  add_filter_options(*command, options.filter);
  command->add_flag("-y,--yes", options.yes, "do it to all of the filter, without a question");
  add_json_flag(*command, options.json, kJsonHelp);
  add_address_options(*command, typed->address);
}

void add_register(CommandLine& line) {
  struct Typed {
    BridgeAddress address;
    RegisterOptions options;
  };
  auto typed = std::make_shared<Typed>();
  auto* const command = line.add(
      {"register", kChangingGroup, "Make devices known that were never seen: they are offline from then on",
       "  rollcall register pump-8 --template pump\n"
       "  rollcall register --file pumps.txt --template pump\n"},
      [&line, typed] {
        return line.ask_bridge("register", typed->address,
                               [&](Caller& caller) { return run_register(typed->options, caller); });
      });
  auto& options = typed->options;
  auto* const device = command->add_option("device", options.device, "the device's id")->type_name("DEVICE");
  command->add_option("--file", options.file, "many: a file with one id a line; - is standard input")
      ->type_name("FILE")
      ->excludes(device);
  command->add_option("--template", options.template_name, "their template")
      ->type_name("TEMPLATE")
      ->capture_default_str();
  add_json_flag(*command, options.json, kJsonHelp);
  add_address_options(*command, typed->address);
}

}  // namespace

void add_changing_commands(CommandLine& line) {
  add_set(line);
  add_action(line,
             {"release", "", "Take back what was set",
              "  rollcall release pump-7\n"
              "  rollcall release --template pump --yes\n"},
             run_release);
  add_action(line,
             {"mute", "", "Hold notifications back",
              "  rollcall mute pump-7 --for 2h\n"
              "  rollcall mute --broker hall-3 --for 1d --yes\n"},
             run_mute);
  add_action(line,
             {"unmute", "", "Let notifications through again",
              "  rollcall unmute pump-7\n"
              "  rollcall unmute --muted --yes\n"},
             run_unmute);
  add_action(line,
             {"forget", "", "Forget devices that are away; their timelines stay",
              "  rollcall forget pump-7\n"
              "  rollcall forget --status inactive\n"},
             run_forget);
  add_register(line);
}

}  // namespace rollcall::cli
