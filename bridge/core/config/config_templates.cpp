// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/quoting.hpp"
#include "bridge/core/config/config_sections.hpp"
#include "bridge/core/config/notify_text.hpp"

namespace rollcall {
namespace {

void read_count(const ConfigValue& value, std::uint64_t& to) {
  if (const auto count = value.whole_number()) to = static_cast<std::uint64_t>(*count);
}

bool is_status_key(std::string_view key) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  return !key.empty() && is_letter(key.front()) && std::all_of(key.begin(), key.end(), [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

bool is_color(std::string_view color) {
  return color.size() == 7 && color.front() == '#' &&
         color.find_first_not_of("0123456789abcdefABCDEF", 1) == std::string_view::npos;
}

class TemplateReader {
 public:
  TemplateReader(const ConfigNames& names, CommandTopicReader& command_topics)
      : names_(names), command_topics_(command_topics) {}

  TemplateDefinition read(const std::string& name, const ConfigValue& value) {
    definition_.name = name;
    std::optional<ConfigValue> on_graceful;
    std::optional<ConfigValue> on_non_graceful;
    std::optional<ConfigValue> on_late;
    std::optional<ConfigValue> report_every;
    std::optional<ConfigValue> report_grace;
    value.read_object<kTemplateKeys>({
        {"online_on_report",
         [&](const ConfigValue& each) { assign(definition_.online_on_report, each.boolean()); }},
        {"report_every",
         [&](const ConfigValue& each) {
           report_every = each;
           definition_.report_every = each.duration();
         }},
        {"report_grace",
         [&](const ConfigValue& each) {
           report_grace = each;
           definition_.report_grace = each.duration();
         }},
        {"on_late", [&](const ConfigValue& each) { on_late = each; }},
        {"on_graceful", [&](const ConfigValue& each) { on_graceful = each; }},
        {"on_non_graceful", [&](const ConfigValue& each) { on_non_graceful = each; }},
        {"graceful_causes", [&](const ConfigValue& each) { read_graceful_causes(each); }},
        {"ignore_blips", [&](const ConfigValue& each) { definition_.ignore_blips = each.duration(); }},
        {"flapping", [&](const ConfigValue& each) { read_flapping(each); }},
        {"mute", [&](const ConfigValue& each) { read_mute(each); }},
        {"command_topics",
         [&](const ConfigValue& each) {
           has_command_topics_ = true;
           command_topics_.read(name, each);
         }},
        {"statuses", [&](const ConfigValue& each) { read_statuses(each); }},
    });
    if (command_policy_ && !has_command_topics_) {
      command_policy_->warn("has no effect: the template has no command_topics, such as \"cmd/{device}/#\"");
    }
    if (definition_.statuses.size() < 2) return std::move(definition_);  // refused already

    definition_.on_graceful = read_branch(on_graceful);
    definition_.on_non_graceful = read_branch(on_non_graceful);
    if (on_late) definition_.on_late = read_later_status(*on_late);
    if (on_late && !report_every) on_late->refuse("needs report_every: late against what?");
    if (report_grace && !report_every) report_grace->refuse("needs report_every");
    if (report_every && !on_late) report_every->refuse("needs on_late: the status of a device that is late");
    return std::move(definition_);
  }

 private:
  void read_statuses(const ConfigValue& value) {
    auto& statuses = definition_.statuses;
    constexpr std::size_t kMostStatuses = 1000;
    const auto items = value.items();
    if (items.size() > kMostStatuses) {
      value.refuse(
          fmt::format("has {} statuses; a template may have {} at most", items.size(), kMostStatuses));
      return;
    }
    for (const auto& item : items) {
      const auto position = statuses.size();
      statuses.push_back(read_status(item, position == 0, position + 1 == items.size()));
    }
    const auto has = [&](std::string_view key) {
      return std::any_of(statuses.begin(), statuses.end(),
                         [&](const StatusDefinition& status) { return status.key == key; });
    };
    if (!has("online")) value.refuse("has no \"online\": the first status must be it");
    if (!has("offline")) value.refuse("has no \"offline\": one status after \"online\" must be it");
  }

  StatusDefinition read_status(const ConfigValue& item, bool is_first, bool is_last) {
    StatusDefinition status;
    if (is_first) status.interaction = {};
    std::optional<ConfigValue> after, timeline, show;
    std::optional<std::string> message;
    item.read_object<kStatusKeys>({
        {"status", [&](const ConfigValue& each) { read_key(each, is_first, status.key); }},
        {"label", [&](const ConfigValue& each) { assign(status.label, each.text()); }},
        {"color", [&](const ConfigValue& each) { read_color(each, status.color); }},
        {"icon", [&](const ConfigValue& each) { assign(status.icon, each.text()); }},
        {"after",
         [&](const ConfigValue& each) {
           after = each;
           assign(status.after, each.duration());
         }},
        {"interaction",
         [&](const ConfigValue& each) {
           read_interaction(each, status.interaction);
           if (is_first && !status.interaction.allows_all()) {
             each.refuse("must be \"allow\" in the status online");
           }
         }},
        {"commands", [&](const ConfigValue& each) { read_commands(each, is_first, status.commands); }},
        {"message", [&](const ConfigValue& each) { message = each.long_text(); }},
        {"timeline",
         [&](const ConfigValue& each) {
           timeline = each;
           assign(status.timeline, each.boolean());
         }},
        {"show", [&](const ConfigValue& each) { show = each; }},
        {"counts_as",
         [&](const ConfigValue& each) { read_enum(each, status.counts_as.emplace(CountsAs::up)); }},
        {"notify", [&](const ConfigValue& each) { read_notify(each, status.notify); }},
        {"forget_after",
         [&](const ConfigValue& each) {
           assign(status.forget_after, each.duration());
           if (!is_last) each.refuse("only the last status can have forget_after");
         }},
    });
    if (is_first && after) after->refuse("the first status waits for nothing; leave it out");
    if (!is_first && !after) {
      item.refuse(R"(the key "after" is missing: how long after the status before it, such as "5m"?)");
    }
    if (show) read_show(*show, timeline, status);
    if (status.label.empty()) status.label = default_label(status.key);
    if (status.color.empty()) status.color = default_color(status.key);
    if (status.icon.empty()) status.icon = default_icon(status.key);
    const bool is_shown = !status.interaction.allows_all();
    status.message = message.value_or(is_shown ? default_message(status.label) : std::string());
    return status;
  }

  void read_commands(const ConfigValue& value, bool is_first, CommandPolicy& to) {
    read_enum(value, to);
    if (is_first && to == CommandPolicy::queue)
      value.refuse(
          "must be \"allow\" or \"deny\" in the status online: there nothing would ever be delivered");
    if (to != CommandPolicy::allow && !command_policy_) command_policy_ = value;
  }

  static void read_interaction(const ConfigValue& value, Interaction& to) {
    if (!value.is_object()) {
      if (const auto index = value.one_of(interaction_names()))
        to = *interaction_of(kInteractionWords[*index]);
      return;
    }
    value.read_object<kInteractionKeys>({
        {"disable", [&](const ConfigValue& each) { read_enum(each, to.disable); }},
        {"notify_on_open", [&](const ConfigValue& each) { assign(to.notify_on_open, each.boolean()); }},
        {"notify_on_interaction",
         [&](const ConfigValue& each) { assign(to.notify_on_interaction, each.boolean()); }},
    });
  }

  static void read_show(const ConfigValue& value, const std::optional<ConfigValue>& timeline,
                        StatusDefinition& status) {
    bool has_notifications = true;
    bool has_reports = true;
    value.read_object<kShowKeys>({
        {"timeline",
         [&](const ConfigValue& each) {
           if (timeline && !each.is_fallback()) each.refuse("is there twice: \"timeline\" is short for it");
           if (!timeline) assign(status.timeline, each.boolean());
         }},
        {"notifications", [&](const ConfigValue& each) { assign(has_notifications, each.boolean()); }},
        {"reports", [&](const ConfigValue& each) { assign(has_reports, each.boolean()); }},
    });
    if (!has_notifications) status.notify.reset();
    if (!has_reports && !status.counts_as) status.counts_as = CountsAs::neither;
  }

  void read_key(const ConfigValue& value, bool is_first, std::string& to) {
    const auto key = value.text();
    if (!key) return;
    if (!is_status_key(*key)) {
      value.refuse(fmt::format("{} must begin with a letter a-z and have only a-z, 0-9, _ and - in it",
                               in_quotes(*key)));
    } else if (is_first && *key != "online") {
      value.refuse(fmt::format("the first status must be \"online\", not {}", in_quotes(*key)));
    } else if (find_status(*key)) {
      value.refuse(fmt::format("the template has the status {} already", in_quotes(*key)));
    }
    to = *key;
  }

  static void read_color(const ConfigValue& value, std::string& to) {
    const auto color = value.text();
    if (!color) return;
    if (!is_color(*color))
      value.refuse(fmt::format("must be #rrggbb such as \"#23c48e\", not {}", in_quotes(*color)));
    to = *color;
  }

  void read_notify(const ConfigValue& value, std::optional<NotifyLimits>& to) {
    if (value.is_string("off")) return;
    NotifyLimits limits;
    value.read_object<kNotifyKeys>({
        {"period", [&](const ConfigValue& each) { limits.period = each.duration(); }},
        {"every", [&](const ConfigValue& each) { read_count(each, limits.every); }},
        {"channels", [&](const ConfigValue& each) { limits.channels = read_channels(each, names_); }},
        {"text", [&](const ConfigValue& each) { read_notify_text(each, limits.text); }},
        {"recovery", [&](const ConfigValue& each) { assign(limits.recovery, each.boolean()); }},
    });
    to = limits;
  }

  static void read_notify_text(const ConfigValue& value, std::string& to) {
    const auto text = value.long_text();
    if (!text) return;
    if (const auto checked = check_notify_text(*text); !checked) value.refuse(checked.error().message);
    to = *text;
  }

  void read_mute(const ConfigValue& value) {
    for (const auto& item : value.items()) {
      MuteHours hours;
      hours.zone = names_.zone;
      item.read_object<kMuteKeys>({
          {"days", [&](const ConfigValue& each) { read_text(each, parse_days, hours.days); }},
          {"from", [&](const ConfigValue& each) { read_text(each, parse_time_of_day, hours.from); }},
          {"to", [&](const ConfigValue& each) { read_text(each, parse_time_of_day, hours.to); }},
          {"zone", [&](const ConfigValue& each) { read_text(each, TimeZone::find, hours.zone); }},
      });
      if (hours.from == hours.to) item.refuse("\"from\" and \"to\" must not be the same");
      definition_.mute.push_back(hours);
    }
  }

  void read_graceful_causes(const ConfigValue& value) {
    std::vector<Cause> causes;
    const auto names = value.names();
    for (const auto& item : value.items()) {
      const auto index = item.one_of(names);
      if (!index) continue;
      const auto cause = *cause_from_string(names[*index]);
      if (std::find(causes.begin(), causes.end(), cause) != causes.end()) {
        item.refuse(fmt::format("names the cause {} twice", in_quotes(names[*index])));
      }
      causes.push_back(cause);
    }
    definition_.graceful_causes = causes;
  }

  void read_flapping(const ConfigValue& value) {
    Flapping flapping;
    value.read_object<kFlappingKeys>({
        {"changes", [&](const ConfigValue& each) { read_count(each, flapping.changes); }},
        {"within", [&](const ConfigValue& each) { assign(flapping.within, each.duration()); }},
        {"hold", [&](const ConfigValue& each) { assign(flapping.hold, each.duration()); }},
    });
    definition_.flapping = flapping;
  }

  Branch read_branch(const std::optional<ConfigValue>& value) {
    Branch branch;
    std::optional<Millis> after;
    if (value) {
      value->read_object<kBranchKeys>({
          {"status",
           [&](const ConfigValue& each) { branch.status = read_later_status(each).value_or(branch.status); }},
          {"after", [&](const ConfigValue& each) { after = each.duration(); }},
      });
    }
    branch.after = after.value_or(definition_.statuses[branch.status].after);
    return branch;
  }

  /// The index of a status that isn't online.
  std::optional<std::size_t> read_later_status(const ConfigValue& value) {
    const auto key = value.text();
    if (!key) return std::nullopt;
    const auto found = find_status(*key);
    if (found && *found > 0) return found;
    std::vector<std::string_view> later;
    for (std::size_t i = 1; i < definition_.statuses.size(); ++i)
      later.push_back(definition_.statuses[i].key);
    value.refuse(found ? fmt::format("can't be \"online\"; it must be one of {}", quoted_list(later))
                       : fmt::format("the template has no status {}; it must be one of {}", in_quotes(*key),
                                     quoted_list(later)));
    return std::nullopt;
  }

  std::optional<std::size_t> find_status(std::string_view key) const {
    for (std::size_t i = 0; i < definition_.statuses.size(); ++i) {
      if (definition_.statuses[i].key == key) return i;
    }
    return std::nullopt;
  }

  const ConfigNames& names_;
  CommandTopicReader& command_topics_;
  bool has_command_topics_ = false;
  std::optional<ConfigValue> command_policy_;  // the first that isn't "allow"
  TemplateDefinition definition_;
};

}  // namespace

std::vector<std::string> read_channels(const ConfigValue& value, const ConfigNames& names) {
  std::vector<std::string> to;
  const std::vector<std::string_view> defined(names.channels.begin(), names.channels.end());
  for (const auto& item : value.items()) {
    const auto name = item.text(kMaxMqttTextBytes);
    if (!name) continue;
    if (std::find(defined.begin(), defined.end(), *name) == defined.end()) {
      item.refuse(fmt::format("there is no channel {} in \"channels\"{}{}", in_quotes(*name),
                              defined.empty() ? "" : "; there: ", quoted_list(defined)));
    } else if (std::find(to.begin(), to.end(), *name) != to.end()) {
      item.refuse(fmt::format("names the channel {} twice", in_quotes(*name)));
    }
    to.push_back(*name);
  }
  return to;
}

bool is_template_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::vector<TemplateDefinition> read_templates(const ConfigValue& value, const ConfigNames& names,
                                               CommandTopicReader& command_topics) {
  constexpr std::size_t kMostTemplates = 1000;
  std::vector<TemplateDefinition> templates;
  const auto members = value.members();
  if (members.size() > kMostTemplates) {
    value.refuse(fmt::format("has {} templates; there may be {} at most", members.size(), kMostTemplates));
    return templates;
  }
  for (const auto& member : members) {
    if (!is_template_name(member.name)) {
      member.value.refuse("a template's name has 1 to 64 of A-Z, a-z, 0-9, _ and -");
    }
    templates.push_back(TemplateReader(names, command_topics).read(member.name, member.value));
  }
  return templates;
}

}  // namespace rollcall
