// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/text/history_text.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/duration.hpp"
#include "base/quoting.hpp"
#include "bridge/cli/text/words.hpp"
#include "bridge/core/explain/explanation_parts.hpp"

namespace rollcall::cli {
namespace {

std::string or_dash(const std::string& text) { return text.empty() ? "-" : printable(text); }

std::string change_of(const Json& row) {
  const auto from = text_of(row, "from"), to = text_of(row, "to");
  if (text_of(row, "kind") != "transition")
    return fmt::format("{}, {}", or_dash(to), or_dash(text_of(row, "kind")));
  return fmt::format("{} -> {}", from.empty() ? "(new)" : printable(from), or_dash(to));
}

std::string graceful_of(const Json& row) {
  const Json& graceful = member(row, "graceful");
  return graceful.is_boolean() ? (graceful.get<bool>() ? "yes" : "no") : "-";
}

/// The statuses of all steps, in the order in which they come.
std::vector<std::string> statuses_of(const Json& buckets) {
  std::vector<std::string> statuses;
  for (const Json& bucket : buckets) {
    const Json& seconds = member(bucket, "seconds");
    if (!seconds.is_object()) continue;
    for (const auto& [status, time] : seconds.items()) {
      if (std::find(statuses.begin(), statuses.end(), status) == statuses.end()) statuses.push_back(status);
    }
  }
  return statuses;
}

std::string time_in(const Json& bucket, const std::string& status) {
  const auto seconds = fraction_of(member(bucket, "seconds"), status.c_str());
  return seconds ? lasting(Millis(static_cast<std::int64_t>(*seconds * 1000))) : "-";
}

TimelineEntry entry_of(const Json& row) {
  TimelineEntry entry;
  entry.at = time_of(row, "at").value_or(Time::min());
  entry.from = text_of(row, "from");
  entry.to = text_of(row, "to");
  entry.kind = text_of(row, "kind");
  entry.cause = text_of(row, "cause");
  if (const Json& graceful = member(row, "graceful"); graceful.is_boolean())
    entry.graceful = graceful.get<bool>();
  entry.broker = text_of(row, "broker");
  entry.client_id = text_of(row, "client_id");
  entry.address = text_of(row, "address");
  return entry;
}

}  // namespace

Table timeline_table(const std::vector<Json>& rows) {
  Table table(
      {{"TIME"}, {"STATUS"}, {"CAUSE"}, {"GRACEFUL", 1}, {"BROKER", 4}, {"CLIENT ID", 2}, {"ADDRESS", 3}});
  for (const Json& row : rows) {
    table.add({{or_dash(text_of(row, "at"))},
               {change_of(row)},
               {or_dash(text_of(row, "cause"))},
               {graceful_of(row)},
               {or_dash(text_of(row, "broker"))},
               {or_dash(text_of(row, "client_id"))},
               {or_dash(text_of(row, "address"))}});
  }
  return table;
}

Table uptime_table(const Json& uptime) {
  const Json& buckets = member(uptime, "buckets");
  std::vector<Table::Column> columns{{"FROM"}, {"AVAILABILITY", 0, true}};
  const auto statuses = statuses_of(buckets);
  for (const auto& status : statuses) columns.push_back({printable(status), 0, true});
  Table table(std::move(columns));
  for (const Json& bucket : buckets) {
    std::vector<Span> cells{{or_dash(text_of(bucket, "at"))}, {percent(fraction_of(bucket, "availability"))}};
    for (const auto& status : statuses) cells.push_back({time_in(bucket, status)});
    table.add(std::move(cells));
  }
  return table;
}

Table commands_table(const Json& answer) {
  Table table({{"TOPIC"}, {"BYTES", 1, true}, {"QOS", 2, true}, {"AT"}, {"EXPIRES", 3}, {"PAYLOAD", 4}});
  for (const Json& command : member(answer, "commands")) {
    table.add({{or_dash(text_of(command, "topic"))},
               {std::to_string(number_of(command, "bytes"))},
               {std::to_string(number_of(command, "qos"))},
               {or_dash(text_of(command, "at"))},
               {or_dash(text_of(command, "expires"))},
               {or_dash(text_of(command, "preview"))}});
  }
  return table;
}

Table fleet_table(const Json& fleet) {
  Table table({{"TEMPLATE"}, {"STATUS"}, {"DEVICES", 0, true}});
  const Json& templates = member(fleet, "templates");
  if (!templates.is_object()) return table;
  for (const auto& [name, statuses] : templates.items()) {
    if (!statuses.is_object()) continue;
    for (const auto& [status, count] : statuses.items()) {
      table.add({{printable(name)}, {printable(status)}, {count.dump()}});
    }
  }
  return table;
}

std::string fleet_summary(const Json& fleet) {
  return fmt::format("{}, {} connected, {} flapping", counted(number_of(fleet, "devices"), "device"),
                     number_of(fleet, "connected"), number_of(fleet, "flapping"));
}

std::string change_line(const Json& row) {
  if (text_of(row, "kind") != "transition") return {};
  return fmt::format("{} {} {} {}", or_dash(text_of(row, "at")), or_dash(text_of(row, "device")),
                     or_dash(text_of(row, "to")), or_dash(text_of(row, "cause")));
}

/// As to_text() of an explanation, whose words the JSON has.
std::string explanation_text(const Json& explanation) {
  constexpr int kKeyWidth = 10;
  auto text = in_quotes(text_of(explanation, "device")) + '\n';
  const Json& words = member(explanation, "in_words");
  if (words.is_object()) {
    for (const auto& [name, lines] : words.items()) {
      std::string key = name;
      std::replace(key.begin(), key.end(), '_', ' ');
      for (const Json& line : lines) {
        if (line.is_string()) text += fmt::format("  {:<{}}  {}\n", key, kKeyWidth, line.get<std::string>());
      }
    }
  }
  const Json& timeline = member(explanation, "timeline");
  if (!timeline.is_array() || timeline.empty()) return text + "  timeline    no rows\n";
  text += "  timeline    the last one last:\n";
  for (const Json& row : timeline) text += "    " + explanation::row(entry_of(row)) + '\n';
  return text;
}

std::string api_time(const std::string& text, Time now) {
  if (const auto duration = parse_duration(text)) return format_rfc3339(now - *duration);
  constexpr std::string_view kMidnight = "T00:00:00Z";
  if (parse_time(text + std::string(kMidnight))) return text + std::string(kMidnight);
  return text;
}

}  // namespace rollcall::cli
