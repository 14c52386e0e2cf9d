// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/simulate/scenario_printer.hpp"

#include <variant>

#include <fmt/format.h>

#include "base/json_text.hpp"

namespace rollcall {

void ScenarioPrinter::print(const Effects& effects) {
  for (const Effect& effect : effects) {
    const auto* added = std::get_if<RowAdded>(&effect);
    if (added != nullptr && added->row.kind == "transition") print(added->row);
  }
}

std::string ScenarioPrinter::in_form(Time time) {
  time -= clock_ahead_;
  auto text = format_scenario_time(time, form_, with_millis_, before_);
  before_ = time;
  return text;
}

void ScenarioPrinter::print(const Notification& notification, Time now) {
  const auto at = in_form(now);
  if (!json_) {
    const auto& about = notification.incident ? notification.incident->what : notification.status;
    text_ +=
        fmt::format("{} notify {} {} count={}", at, about, to_string(notification.kind), notification.count);
    if (!notification.channels.empty()) {
      text_ += fmt::format(" channels={}", fmt::join(notification.channels, ","));
    }
    text_ += '\n';
    return;
  }
  text_ += object_of([&](JsonObjectWriter& object) {
    object.string("at", at);
    object.string("notify", to_string(notification.kind));
    object.string("status", notification.status);
    object.number("count", notification.count);
    auto& out = object.key("channels");
    write_character(out, '[');
    for (const auto& channel : notification.channels) {
      if (&channel != notification.channels.data()) write_character(out, ',');
      out.end(write_json_string(out.next(kMostJsonBytes * channel.size() + 2), channel));
    }
    write_character(out, ']');
    object.string("text", notification.text);
  });
  text_ += '\n';
}

void ScenarioPrinter::print(const TimelineRow& row) {
  const std::string at = in_form(row.at);
  if (!json_) {
    text_.append(at).append(" ").append(row.to).append(" ").append(row.cause).append("\n");
    return;
  }
  text_ += "{\"at\":";
  append_json_string(text_, at);
  text_ += ",\"status\":";
  append_json_string(text_, row.to);
  text_ += ",\"cause\":";
  append_json_string(text_, row.cause);
  text_ += "}\n";
}

}  // namespace rollcall
