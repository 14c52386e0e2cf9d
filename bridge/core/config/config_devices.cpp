// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/quoting.hpp"
#include "bridge/core/config/config_sections.hpp"

namespace rollcall {
namespace {

using Field = std::optional<Pattern> DeviceRule::*;
constexpr std::size_t kMostDeviceRules = 100'000;
constexpr std::array<Field, 3> kPatternFields{&DeviceRule::client_id, &DeviceRule::username,
                                              &DeviceRule::report_topic};

template <typename Captures>
int count_fields(const DeviceRule& rule, Captures captures) {
  return static_cast<int>(std::count_if(kPatternFields.begin(), kPatternFields.end(), [&](Field field) {
    return (rule.*field).has_value() && ((*(rule.*field)).*captures)();
  }));
}

/// True if what `earlier` takes in this field leaves nothing of what `later` would take.
bool field_covers(const DeviceRule& earlier, const DeviceRule& later, Field field) {
  const auto& wide = earlier.*field;
  const auto& narrow = later.*field;
  if (!wide) return true;
  // What it captures can still make the rule fail: an undefined template, or another field that captures
  // otherwise.
  const bool is_conditional =
      wide->captures_template() ||
      (wide->captures_device() && count_fields(earlier, &Pattern::captures_device) > 1);
  if (is_conditional) return narrow && narrow->text() == wide->text();
  // client ids and topics are never empty, user names are (anonymous)
  if (field != &DeviceRule::username && wide->matches_everything()) return true;
  if (!narrow) return wide->matches_everything() && !wide->captures_device();
  return wide->covers(*narrow);
}

bool covers(const DeviceRule& earlier, const DeviceRule& later) {
  if (earlier.report_topic.has_value() != later.report_topic.has_value()) return false;
  if (earlier.address && !(later.address && earlier.address->contains(*later.address))) return false;
  return std::all_of(kPatternFields.begin(), kPatternFields.end(),
                     [&](Field field) { return field_covers(earlier, later, field); });
}

/// Finds rules that can never match, among as many as a configuration may have.
class Predecessors {
 public:
  explicit Predecessors(const std::vector<DeviceRule>& rules) : rules_(rules) {}

  /// The first of the rules so far that takes all that `later` would.
  std::optional<std::uint32_t> find_that_covers(const DeviceRule& later) {
    if (have_given_up()) return std::nullopt;
    ++checked_;
    // What an earlier pattern begins or ends with, one that it covers begins or ends with as well.
    const auto ends_of = [](const std::optional<Pattern>& pattern) {
      return pattern ? RuleIndex::Ends{pattern->literal_begin(), pattern->literal_end(), &*pattern}
                     : RuleIndex::Ends{};
    };
    const auto candidates = (later.report_topic ? of_reports_ : of_connections_)
                                .find({ends_of(later.client_id), ends_of(later.username),
                                       ends_of(later.report_topic), later.address});
    compared_ += candidates.size();
    const auto found = std::find_if(candidates.begin(), candidates.end(),
                                    [&](std::uint32_t number) { return covers(rules_[number], later); });
    return found == candidates.end() ? std::nullopt : std::optional(*found);
  }

  /// The last one of the rules is there for those that follow.
  void add_last() {
    const auto& rule = rules_.back();
    (rule.report_topic ? of_reports_ : of_connections_)
        .add(static_cast<std::uint32_t>(rules_.size() - 1), rule);
  }

  bool have_given_up() const { return compared_ > kMaxComparisons; }
  std::size_t checked() const { return checked_; }

 private:
  static constexpr std::size_t kMaxComparisons = 10'000'000;  // about a second

  const std::vector<DeviceRule>& rules_;
  RuleIndex of_connections_, of_reports_;
  std::size_t compared_ = 0, checked_ = 0;
};

std::optional<Pattern> read_pattern(const ConfigValue& value) {
  const auto text = value.long_text();
  if (!text) return std::nullopt;
  auto pattern = Pattern::parse(*text);
  if (pattern) return std::move(*pattern);
  value.refuse(fmt::format("{} {}", in_quotes(*text), pattern.error().message));
  return std::nullopt;
}

/// True where `#` or `+` stands as a wildcard of MQTT would: `+` as a whole level, `#` as one or at the end.
bool looks_like_a_filter(std::string_view text) {
  if (text.ends_with('#')) return true;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '#' && text[at] != '+') continue;
    const bool begins_level = at == 0 || text[at - 1] == '/';
    const bool ends_level = at + 1 == text.size() || text[at + 1] == '/';
    if (begins_level && ends_level) return true;
  }
  return false;
}

void look_for_mqtt_wildcards(const ConfigValue& value, const Pattern& pattern, Field field) {
  constexpr std::string_view kWildcards = "+#";
  const auto at = pattern.text().find_first_of(kWildcards);
  if (at == std::string::npos) return;
  if (field == &DeviceRule::report_topic) {
    value.refuse(
        "has + or # in it, which no topic of a message has; * matches any run of characters, / included, and "
        "{device} takes the device's id");
  } else if (looks_like_a_filter(pattern.text())) {
    value.warn(
        fmt::format("{} matches a {} with the character {} in it: MQTT's wildcards mean nothing here. * "
                    "matches any run of "
                    "characters",
                    in_quotes(pattern.text()), field == &DeviceRule::client_id ? "client id" : "user name",
                    pattern.text()[at]));
  }
}

void read_address(const ConfigValue& value, DeviceRule& rule) {
  const auto text = value.text();
  if (!text) return;
  const auto block = AddressBlock::parse(*text);
  if (block) {
    rule.address = *block;
  } else {
    value.refuse(fmt::format("{} {}", in_quotes(*text), block.error().message));
  }
}

void read_template_name(const ConfigValue& value, const ConfigNames& names, DeviceRule& rule) {
  rule.template_name = value.long_text();
  if (!rule.template_name || names.templates.contains(*rule.template_name)) return;
  const std::vector<std::string_view> defined(names.templates.begin(), names.templates.end());
  const auto meant = nearest(*rule.template_name, defined);
  value.refuse(fmt::format("there is no template {}; {}defined: {}", in_quotes(*rule.template_name),
                           meant ? fmt::format("did you mean {}? ", in_quotes(*meant)) : "",
                           quoted_list(defined)));
}

DeviceRule read_rule(const ConfigValue& item, const ConfigNames& names) {
  DeviceRule rule;
  std::optional<ConfigValue> template_value;
  std::optional<ConfigValue> report_topic, retained;
  bool has_field = false;
  const auto field = [&](Field to) {
    return [&rule, &has_field, to](const ConfigValue& value) {
      has_field = true;
      rule.*to = read_pattern(value);
      if (rule.*to) look_for_mqtt_wildcards(value, *(rule.*to), to);
    };
  };
  item.read_object<kDeviceRuleKeys>({
      {"client_id", field(&DeviceRule::client_id)},
      {"username", field(&DeviceRule::username)},
      {"address",
       [&](const ConfigValue& value) {
         has_field = true;
         read_address(value, rule);
       }},
      {"report_topic",
       [&](const ConfigValue& value) {
         report_topic = value;
         field (&DeviceRule::report_topic)(value);
       }},
      {"retained",
       [&](const ConfigValue& value) {
         retained = value;
         read_enum(value, rule.retained);
       }},
      {"template",
       [&](const ConfigValue& value) {
         template_value = value;
         read_template_name(value, names, rule);
       }},
      {"ignore", [&](const ConfigValue& value) { assign(rule.ignore, value.boolean()); }},
  });
  if (!has_field) {
    item.refuse(
        R"(a rule needs a field to match: client_id, username, address or report_topic ("client_id": "*" )"
        "matches every client)");
  }
  if (template_value && rule.ignore)
    template_value->refuse("a rule with \"ignore\" gives no template; leave out one");
  if (template_value && count_fields(rule, &Pattern::captures_template) > 0) {
    template_value->refuse("the rule takes its template from {template} already; leave out one");
  }
  if (retained && !report_topic) {
    retained->refuse(
        "is for reports: it needs a report_topic in the same rule (a client's connection is never retained)");
  }
  if (retained && rule.ignore) retained->refuse("a rule with \"ignore\" takes no reports; leave out one");
  if (report_topic && !rule.ignore && count_fields(rule, &Pattern::captures_device) == 0) {
    report_topic->refuse("must have {device} in it: which device reported?");
  }
  return rule;
}

}  // namespace

DeviceRules read_device_rules(const ConfigValue& value, const ConfigNames& names) {
  std::vector<DeviceRule> rules;
  Predecessors predecessors(rules);
  const auto items = value.items();
  if (items.size() > kMostDeviceRules) {
    value.refuse(
        fmt::format("has {} rules; there may be {} at most. Patterns with {{device}} or * stand for many",
                    items.size(), kMostDeviceRules));
    return {};
  }
  for (const auto& item : items) {
    auto rule = read_rule(item, names);
    if (const auto earlier = predecessors.find_that_covers(rule)) {
      const auto& winner = items[*earlier];
      item.refuse(fmt::format(
          "can never match: the first rule that matches wins, and {} (line {}) takes all that this "
          "one would",
          winner.path(), winner.line()));
    }
    rules.push_back(std::move(rule));
    predecessors.add_last();
  }
  if (predecessors.have_given_up()) {
    value.warn(fmt::format(
        "has too many rules that begin and end with a wildcard to find out which of them can never match; "
        "checked were the first {}",
        predecessors.checked()));
  }
  return rules;
}

}  // namespace rollcall
