// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/asking.hpp"
#include "bridge/cli/command_line.hpp"
#include "bridge/cli/subcommands.hpp"

namespace rollcall::cli {
namespace {

/// Without the words that it would add to the help.
const CLI::Validator kAtLeastOne = CLI::Range(std::size_t{1}, std::size_t{100'000'000}).description("");

void add_limit_option(CLI::App& command, std::size_t& limit, const std::string& what) {
  command.add_option("--limit", limit, "so many " + what + " at most")
      ->check(kAtLeastOne)
      ->type_name("N")
      ->capture_default_str();
}

template <typename Options>
struct Typed {
  BridgeAddress address;
  Options options{};
};

void add_status(CommandLine& line) {
  auto typed = std::make_shared<Typed<StatusOptions>>();
  auto* const command = line.add({"status", kLookingGroup, "Show a device, or the devices of a filter",
                                  "  rollcall status pump-7\n"
                                  "  rollcall status --status offline,standby --sort -since\n"},
                                 [&line, typed] {
                                   return line.ask_bridge("status", typed->address, [&](Caller& caller) {
                                     return run_status(typed->options, caller);
                                   });
                                 });
  auto& options = typed->options;
  command->add_option("device", options.device, "the device's id; without it, a list")->type_name("DEVICE");
  add_filter_options(*command, options.filter);
  command->add_option("--sort", options.sort, "device (default), -since or -last_seen")
      ->check(CLI::IsMember({"device", "-since", "-last_seen"}))
      ->type_name("ORDER");
  auto* const limit = command->add_option("--limit", options.limit, "so many devices at most (default: 1000)")
                          ->check(kAtLeastOne)
                          ->type_name("N");
  command->add_flag("--all", options.all, "all devices, however many")->excludes(limit);
  add_json_flag(*command, options.json, "print JSON: one object for a device, one a line for a list");
  add_address_options(*command, typed->address);
}

void add_watch(CommandLine& line) {
  auto typed = std::make_shared<Typed<WatchOptions>>();
  auto* const command =
      line.add({"watch", kLookingGroup,
                "Show devices as they change: a table on a terminal, else a line for each change",
                "  rollcall watch --template pump\n"
                "  rollcall watch | grep offline\n"},
               [&line, typed] {
                 return line.ask_bridge("watch", typed->address,
                                        [&](Caller& caller) { return run_watch(typed->options, caller); });
               });
  add_filter_options(*command, typed->options.filter);
  command->add_option("--sort", typed->options.sort, "of the table: device, -since or -last_seen")
      ->check(CLI::IsMember({"device", "-since", "-last_seen"}))
      ->type_name("ORDER")
      ->capture_default_str();
  add_json_flag(*command, typed->options.json, "print one JSON object a line, for each change");
  add_address_options(*command, typed->address);
}

void add_timeline(CommandLine& line) {
  auto typed = std::make_shared<Typed<TimelineOptions>>();
  auto* const command =
      line.add({"timeline", kLookingGroup, "Show what a device has lived through, the latest first",
                "  rollcall timeline pump-7 --limit 100\n"},
               [&line, typed] {
                 return line.ask_bridge("timeline", typed->address,
                                        [&](Caller& caller) { return run_timeline(typed->options, caller); });
               });
  command->add_option("device", typed->options.device, "the device's id")->type_name("DEVICE")->required();
  add_limit_option(*command, typed->options.limit, "rows");
  add_json_flag(*command, typed->options.json, "print one JSON object a line, for each row");
  add_address_options(*command, typed->address);
}

void add_notifications(CommandLine& line) {
  auto typed = std::make_shared<Typed<NotificationsOptions>>();
  auto* const command = line.add(
      {"notifications", kLookingGroup, "Show what people were told and by which channels, the latest first",
       "  rollcall notifications --device pump-7\n"
       "  rollcall notifications --result dead\n"
       "  rollcall notifications --retry 1f6c3b0e\n"},
      [&line, typed] {
        return line.ask_bridge("notifications", typed->address,
                               [&](Caller& caller) { return run_notifications(typed->options, caller); });
      });
  auto& options = typed->options;
  command->add_option("--device", options.device, "only those about this device")->type_name("DEVICE");
  command->add_option("--result", options.result, "only those with such a delivery")
      ->check(CLI::IsMember({"waiting", "delivered", "dead"}))
      ->type_name("RESULT");
  command->add_option("--retry", options.retry, "try the dead deliveries of this one again, for a day")
      ->type_name("ID");
  add_limit_option(*command, options.limit, "notifications");
  add_json_flag(*command, options.json, "print one JSON object a line, for each notification");
  add_address_options(*command, typed->address);
}

void add_incidents(CommandLine& line) {
  auto typed = std::make_shared<Typed<IncidentsOptions>>();
  auto* const command = line.add(
      {"incidents", kLookingGroup, "Show when many devices were lost at once, the latest first",
       "  rollcall incidents --limit 5\n"},
      [&line, typed] {
        return line.ask_bridge("incidents", typed->address,
                               [&](Caller& caller) { return run_incidents(typed->options, caller); });
      });
  add_limit_option(*command, typed->options.limit, "incidents");
  add_json_flag(*command, typed->options.json, "print one JSON object a line, for each incident");
  add_address_options(*command, typed->address);
}

void add_uptime(CommandLine& line) {
  auto typed = std::make_shared<Typed<UptimeOptions>>();
  auto* const command =
      line.add({"uptime", kLookingGroup, "Show how long a device was in which status, and its availability",
                "  rollcall uptime pump-7 --from 7d\n"
                "  rollcall uptime pump-7 --from 2026-11-01 --to 2026-12-01 --step 1w\n"},
               [&line, typed] {
                 return line.ask_bridge("uptime", typed->address,
                                        [&](Caller& caller) { return run_uptime(typed->options, caller); });
               });
  const char* const time = "TIME";
  auto& options = typed->options;
  command->add_option("device", options.device, "the device's id")->type_name("DEVICE")->required();
  command
      ->add_option("--from", options.from,
                   "a day, a time (RFC 3339), or how long ago, such as 7d (default: 30d)")
      ->type_name(time);
  command->add_option("--to", options.to, "the same (default: now)")->type_name(time);
  command->add_option("--step", options.step, "a row for each (default: 1d)")->type_name("DURATION");
  add_json_flag(*command, options.json, "print one JSON object");
  add_address_options(*command, typed->address);
}

void add_commands(CommandLine& line) {
  auto typed = std::make_shared<Typed<CommandsOptions>>();
  auto* const command =
      line.add({"commands", kLookingGroup, "Show the messages that wait for a device, or clear them",
                "  rollcall commands pump-7\n"
                "  rollcall commands pump-7 --clear\n"},
               [&line, typed] {
                 return line.ask_bridge("commands", typed->address,
                                        [&](Caller& caller) { return run_commands(typed->options, caller); });
               });
  command->add_option("device", typed->options.device, "the device's id")->type_name("DEVICE")->required();
  command->add_flag("--clear", typed->options.clear, "drop them");
  add_json_flag(*command, typed->options.json, "print what the bridge answers");
  add_address_options(*command, typed->address);
}

void add_explain(CommandLine& line) {
  auto typed = std::make_shared<Typed<ExplainOptions>>();
  auto* const command = line.add({"explain", kLookingGroup, "Say why a device has the status that it has",
                                  "  rollcall explain pump-7\n"},
                                 [&line, typed] {
                                   auto& options = typed->options;
                                   options.config_file = typed->address.config_file;
                                   // On the bridge's machine its store is enough: that works while no bridge
                                   // runs, too.
                                   if (typed->address.url.empty()) {
                                     const auto& console = line.console();
                                     return run_explain(options, console.now(), console.out, console.err);
                                   }
                                   return line.ask_bridge("explain", typed->address, [&](Caller& caller) {
                                     return run_explain_by_url(options.device, options.json, caller);
                                   });
                                 });
  command->add_option("device", typed->options.device, "the device's id")->type_name("DEVICE")->required();
  add_json_flag(*command, typed->options.json, "print one JSON object");
  add_address_options(*command, typed->address);
}

void add_fleet(CommandLine& line) {
  auto typed = std::make_shared<Typed<FleetOptions>>();
  auto* const command =
      line.add({"fleet", kLookingGroup, "Show how many devices are in which status", "  rollcall fleet\n"},
               [&line, typed] {
                 return line.ask_bridge("fleet", typed->address,
                                        [&](Caller& caller) { return run_fleet(typed->options, caller); });
               });
  add_json_flag(*command, typed->options.json, "print one JSON object");
  add_address_options(*command, typed->address);
}

}  // namespace

void add_looking_commands(CommandLine& line) {
  add_status(line);
  add_watch(line);
  add_timeline(line);
  add_notifications(line);
  add_incidents(line);
  add_uptime(line);
  add_commands(line);
  add_explain(line);
  add_fleet(line);
}

}  // namespace rollcall::cli
