// SPDX-License-Identifier: Apache-2.0
// The subcommands that ask the running bridge, one .cpp each. Each returns the exit code.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "bridge/cli/caller.hpp"
#include "bridge/cli/text/device_filter.hpp"

namespace rollcall::cli {

struct StatusOptions {
  std::string device;  ///< empty: a list
  FilterOptions filter;
  std::string sort;                                 ///< as the API has it; empty: by device
  std::optional<std::size_t> limit = std::nullopt;  ///< nothing: 1000
  bool all = false, json = false;
};
/// `rollcall status`: one device, or a list of them.
int run_status(const StatusOptions& options, Caller& caller);

struct WatchOptions {
  FilterOptions filter;
  std::string sort = "-since";
  bool json = false;
};
/// `rollcall watch`: on a terminal a table that is kept up, else a line for each change. Ends with the
/// process, or with "q".
int run_watch(const WatchOptions& options, Caller& caller);

struct TimelineOptions {
  std::string device;
  std::size_t limit = 20;
  bool json = false;
};
/// `rollcall timeline`: a device's latest rows.
int run_timeline(const TimelineOptions& options, Caller& caller);

struct NotificationsOptions {
  std::string device, result;  ///< empty: all
  std::string retry;           ///< the id of one whose dead deliveries are tried again; empty: a list
  std::size_t limit = 20;
  bool json = false;
};
/// `rollcall notifications`: what people were told, and by which channels; or one of them once more.
int run_notifications(const NotificationsOptions& options, Caller& caller);

struct IncidentsOptions {
  std::size_t limit = 20;
  bool json = false;
};
/// `rollcall incidents`: when many devices were lost at once.
int run_incidents(const IncidentsOptions& options, Caller& caller);

struct UptimeOptions {
  std::string device, from, to, step;  ///< empty: as the API has it
  bool json = false;
};
/// `rollcall uptime`: how long a device was in which status.
int run_uptime(const UptimeOptions& options, Caller& caller);

struct CommandsOptions {
  std::string device;
  bool clear = false, json = false;
};
/// `rollcall commands`: the messages that wait for a device, or none any more.
int run_commands(const CommandsOptions& options, Caller& caller);

/// `rollcall explain --url`: as run_explain(), but the bridge explains.
int run_explain_by_url(const std::string& device, bool json, Caller& caller);

struct FleetOptions {
  bool json = false;
};
/// `rollcall fleet`: how many devices are in which status.
int run_fleet(const FleetOptions& options, Caller& caller);

struct SetOptions {
  std::string device, status;
  std::string wait;  ///< a duration; empty: none
  bool hold = false, release = false, json = false;
};
/// `rollcall set`: sets a device's status (lifecycle rule 9), or takes that back.
int run_set(const SetOptions& options, Caller& caller);

/// For a device, or for all of a filter.
struct ActionOptions {
  std::string device;  ///< empty: the filter
  FilterOptions filter;
  std::string wait;  ///< of "mute"; empty: none
  bool yes = false;  ///< many at once without a question
  bool json = false;
};
/// `rollcall release`: takes back what was set.
int run_release(const ActionOptions& options, Caller& caller);
/// `rollcall mute`: holds notifications back.
int run_mute(const ActionOptions& options, Caller& caller);
int run_unmute(const ActionOptions& options, Caller& caller);
/// `rollcall forget`: forgets devices that are away (rule 10).
int run_forget(const ActionOptions& options, Caller& caller);

struct RegisterOptions {
  std::string device, file;  ///< one of the two; "-": standard input
  std::string template_name = "default";
  bool json = false;
};
/// `rollcall register`: makes devices known that were never seen.
int run_register(const RegisterOptions& options, Caller& caller);

}  // namespace rollcall::cli
