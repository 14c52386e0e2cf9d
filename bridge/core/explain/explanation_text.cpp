// SPDX-License-Identifier: Apache-2.0
// The explanation as lines of text.
#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/duration.hpp"
#include "base/quoting.hpp"
#include "bridge/core/explain/explanation_parts.hpp"

namespace rollcall::explanation {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

std::string operator_status(const Explanation& it) {
  const auto& set = *it.record.set;
  auto text = fmt::format("set to {} {}", set.status, when(set.since, it.now));
  if (set.until) text += fmt::format(", until {}", when(*set.until, it.now));
  text += set.hold ? ", held: a contact doesn't end it" : ", until the next contact";
  return text +
         fmt::format("; behind that it is {} since {}", it.record.status, when(it.record.since, it.now));
}

std::string declaration(const Explanation& it) {
  const auto& declared = *it.record.declaration;
  auto text = fmt::format("{}", declared.status);
  if (declared.wait) text += fmt::format(" for {}", format_duration(*declared.wait));
  text += fmt::format(", {}; ", when(declared.at, it.now));
  if (it.is_connected()) return text + "it enters that at its next disconnect";
  return text + "the next connect uses it up";
}

std::string flapping(const Explanation& it) {
  const auto& limits = it.definition != nullptr ? it.definition->flapping : std::nullopt;
  auto text = fmt::format("yes: {} connects and disconnects since {}", it.record.changes.size(),
                          it.record.changes.empty() ? "?" : when(it.record.changes.front(), it.now));
  if (!limits) return text;
  text += fmt::format(" (limit {} within {})", limits->changes, format_duration(limits->within));
  if (it.record.changes.empty()) return text;
  return text +
         fmt::format("; steady {} if no more come", when(it.record.changes.back() + limits->hold, it.now));
}

std::string muted(Time until, Time now) {
  if (until == Time::max()) return "yes, until it is unmuted";
  if (until > now) return fmt::format("yes, until {}", when(until, now));
  return fmt::format("no more; it was until {}", when(until, now));
}

std::string rule(const Explanation& it) {
  if (it.record.is_only_registered()) return "none: no connection of it is known yet";
  if (!it.has_client) return "none: no connection of it is known, only reports";
  if (!it.rule) return "none matches";
  return fmt::format("{} of \"devices\": {}", it.rule->index + 1, it.rule->text);
}

std::string list(const std::vector<std::string>& texts) {
  std::string out;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const char* const between = i == 0 ? "" : i + 1 == texts.size() ? " and " : ", ";
    out += between + texts[i];
  }
  return out;
}

std::string counted_rivalry(const Rivalry& it, Time now) {
  auto text = fmt::format("clients fight over the client id {} at broker {}", in_quotes(it.client_id),
                          in_quotes(it.counted->broker));
  if (!it.addresses.empty()) text += fmt::format(", from {}", list(it.addresses));
  return text + fmt::format(": {} takeovers since {}, the last one {}. Each client needs an id of its own",
                            it.takeovers, when(it.counted->began, now), when(it.counted->last, now));
}

std::string rivalry(const Rivalry& it, Time now) {
  if (it.counted) return counted_rivalry(it, now);
  auto text = fmt::format("clients seem to fight over the client id {}", in_quotes(it.client_id));
  if (!it.addresses.empty()) {
    text += fmt::format(": {} {}", it.addresses.size() == 1 ? "from" : "they come from", list(it.addresses));
    if (it.alternations > 1) text += fmt::format(", the address changed {} times", it.alternations);
  }
  if (it.takeovers > 0) text += fmt::format("; {} takeovers", it.takeovers);
  return text + ". Each client needs an id of its own";
}

std::string keepalive(Seconds seconds) {
  if (seconds == Seconds{0}) return "no keepalive, so that a loss is never noticed";
  return fmt::format("keepalive {} s", seconds.count());
}

std::string protocol(std::uint8_t version) {
  switch (version) {
    case 3:
      return "MQTT 3.1";
    case 4:
      return "MQTT 3.1.1";
    case 5:
      return "MQTT 5";
    default:
      return {};
  }
}

void add_connections(const Explanation& it, std::vector<Line>& lines) {
  for (const auto& connection : it.record.connections) {
    auto text = fmt::format("yes: broker {}, {}, {}", in_quotes(connection.broker),
                            client(connection.client_id, connection.username, connection.address),
                            keepalive(connection.keepalive));
    if (const auto name = protocol(connection.protocol); !name.empty()) text += ", " + name;
    if (connection.since != Time::min()) text += fmt::format(", since {}", when(connection.since, it.now));
    if (connection.lost_at) text += fmt::format("; cut by an outage {}", when(*connection.lost_at, it.now));
    lines.push_back({"connected", std::move(text)});
  }
  if (it.is_connected()) return;
  if (it.record.is_only_registered()) {
    lines.push_back({"connected", "no; registered, not seen yet"});
    return;
  }
  const auto& end = it.record.last_end;
  if (!it.was_connected) {
    lines.push_back({"connected", "no; last heard of by a report without a connection"});
    return;
  }
  lines.push_back({"connected", fmt::format("no; last at broker {}, {}", in_quotes(end.broker),
                                            client(end.client_id, end.username, end.address))});
  lines.push_back({"graceful", graceful(it)});
  lines.push_back({"will", std::string(will(it.will))});
}

}  // namespace

std::string roughly(Millis duration) {
  using Unit = std::pair<Millis, char>;
  constexpr std::array<Unit, 4> kUnits{Unit{hours{24}, 'd'}, Unit{hours{1}, 'h'}, Unit{minutes{1}, 'm'},
                                       Unit{Seconds{1}, 's'}};
  std::string text;
  std::size_t taken = 0;
  for (const auto& [unit, name] : kUnits) {
    if (taken == 2) break;
    if (duration >= unit) text += fmt::format("{}{}", duration / unit, name);
    if (duration >= unit || taken > 0) ++taken;
    duration %= unit;
  }
  return text;
}

std::string when(Time time, Time now) {
  if (time == Time::min()) return "never";
  const auto distance = now >= time ? now - time : time - now;
  const auto text = roughly(distance);
  if (text.empty()) return format_rfc3339(time) + " (now)";
  return fmt::format(fmt::runtime(now >= time ? "{} ({} ago)" : "{} (in {})"), format_rfc3339(time), text);
}

std::string row(const TimelineEntry& row) {
  auto text = fmt::format("{}  ", format_rfc3339(row.at));
  text += row.kind == "transition" ? fmt::format("{} -> {}", row.from.empty() ? "(new)" : row.from, row.to)
                                   : fmt::format("{}, {}", row.to, row.kind);
  text += "  " + row.cause;
  if (row.graceful) text += *row.graceful ? ", graceful" : ", not graceful";
  if (!row.broker.empty()) text += fmt::format("; broker {}", in_quotes(row.broker));
  if (!row.client_id.empty()) text += ", " + client(row.client_id, {}, row.address);
  return text;
}

std::vector<Line> lines_of(const Explanation& it) {
  std::vector<Line> lines;
  const auto add = [&lines](const char* key, std::string text) { lines.push_back({key, std::move(text)}); };
  if (!it.is_known) {
    add("status", "none: it was forgotten, and of it nothing but its timeline is kept");
    return lines;
  }
  const auto& record = it.record;
  add("status", fmt::format("{} since {}{}", it.status, when(it.since, it.now),
                            it.previous.empty() ? "" : "; before that " + it.previous));
  add("why", why(it));
  add_connections(it, lines);
  add("last seen", when(record.last_seen, it.now));
  add("last heard", when(record.heard, it.now) + ": its last connect or report");
  add("next", next(it));
  if (record.set) add("operator", operator_status(it));
  if (record.declaration) add("declared", declaration(it));
  if (record.is_flapping) add("flapping", flapping(it));
  if (record.muted_until) add("muted", muted(*record.muted_until, it.now));
  add("template", record.template_name);
  add("rule", rule(it));
  for (const auto& text : it.changed) add("changed", text);
  for (const auto& each : it.rivalries) add("conflict", rivalry(each, it.now));
  return lines;
}

}  // namespace rollcall::explanation

namespace rollcall {

std::string to_text(const Explanation& it) {
  constexpr int kKeyWidth = 10;
  auto text = fmt::format("{}\n", in_quotes(it.device));
  for (const auto& line : explanation::lines_of(it))
    text += fmt::format("  {:<{}}  {}\n", line.key, kKeyWidth, line.text);
  const std::size_t shown = std::min(it.rows.size(), kRowsToShow);
  if (shown == 0) return text + "  timeline    no rows\n";
  text += fmt::format("  timeline    {}\n",
                      shown < it.rows.size() ? "its latest rows, the last one last:" : "the last one last:");
  for (auto row = it.rows.end() - static_cast<std::ptrdiff_t>(shown); row != it.rows.end(); ++row)
    text += "    " + explanation::row(*row) + '\n';
  return text;
}

}  // namespace rollcall
