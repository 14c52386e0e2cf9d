// SPDX-License-Identifier: Apache-2.0
// A template: the lifecycle of one kind of device, checked and with every default filled in (lifecycle.md,
// "Statuses and waits"). Made by parse_config(); docs/configuration.md is the reference for people.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cause.hpp"
#include "base/time.hpp"
#include "bridge/core/calendar/mute_hours.hpp"
#include "topics/interaction.hpp"

namespace rollcall {

enum class CommandPolicy : std::uint8_t { allow, queue, deny };
/// What time in a status is to a device's availability.
enum class CountsAs : std::uint8_t { up, down, neither };
std::string_view to_string(CommandPolicy policy);
std::string_view to_string(CountsAs counts_as);

/// Who is told when a status is entered, and how often at most.
struct NotifyLimits {
  std::optional<Millis> period;  ///< a window that begins with an event lets one pass
  std::uint64_t every = 1;       ///< each N-th event
  std::vector<std::string> channels;
  std::string text;       ///< with placeholders; empty: the default
  bool recovery = false;  ///< one more when a device of which was told is online again
};

/// One status of a template, with every default filled in.
struct StatusDefinition {
  std::string key;          ///< [a-z][a-z0-9_-]*
  std::string label;        ///< default: the key with a capital and spaces ("no_data" → "No data")
  std::string color, icon;  ///< default: by the key, see docs/configuration.md
  Millis after{0};          ///< the wait since the status before it was entered; 0 for the first
  Interaction interaction{.notify_on_interaction = true};  ///< online: always allows all
  CommandPolicy commands = CommandPolicy::allow;
  std::string message;                ///< default: where `interaction` shows something, see default_message()
  bool timeline = true;               ///< the timeline shows when it is entered
  std::optional<CountsAs> counts_as;  ///< nothing: see TemplateDefinition::counts_as()
  std::optional<NotifyLimits> notify;
  std::optional<Millis> forget_after;  ///< on the last status only (rule 10)
};

/// Where the first wait leads to, and how long it is (rule 8).
struct Branch {
  std::size_t status = 1;  ///< index into TemplateDefinition::statuses, never 0
  Millis after{0};
};

struct Flapping {
  std::uint64_t changes = 0;
  Millis within{0}, hold{0};
};

/// The lifecycle of one kind of device (lifecycle.md, "Statuses and waits").
struct TemplateDefinition {
  std::string name;
  std::vector<StatusDefinition> statuses;  ///< [0] is "online"; "offline" is among the others
  bool online_on_report = true;
  Branch on_graceful, on_non_graceful;                ///< default for both: {1, statuses[1].after}
  std::optional<std::vector<Cause>> graceful_causes;  ///< nothing: the table's column
  std::optional<Millis> report_every, report_grace;   ///< rule 7
  std::optional<std::size_t> on_late;
  std::optional<Flapping> flapping;    ///< rule 15
  std::optional<Millis> ignore_blips;  ///< rule 16
  std::vector<MuteHours> mute;         ///< when nobody is told

  std::optional<std::size_t> find_status(std::string_view key) const;  ///< its index; nothing: not defined
  /// What is configured; else a status before "offline" in the list is up, and from it on down. One that
  /// isn't defined is neither.
  CountsAs counts_as(std::string_view key) const;
};

/// What a status has where the template says nothing else, by its key (docs/configuration.md has the table).
std::string default_label(std::string_view status_key);
std::string_view default_color(std::string_view status_key);
std::string_view default_icon(std::string_view status_key);
/// "Device is {label}".
std::string default_message(std::string_view label);

/// Online → 1 min → Offline → 30 d → Inactive.
TemplateDefinition default_template();

}  // namespace rollcall
