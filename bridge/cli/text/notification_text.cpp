// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/text/notification_text.hpp"

#include <string>

#include <fmt/format.h>

#include "base/quoting.hpp"
#include "bridge/cli/text/words.hpp"

namespace rollcall::cli {
namespace {

std::string or_dash(const std::string& text) { return text.empty() ? "-" : printable(text); }

/// "ops delivered, mail dead (550 no such user)"
std::string deliveries_of(const Json& notification) {
  std::string all;
  for (const Json& each : member(notification, "deliveries")) {
    if (!all.empty()) all += ", ";
    const auto result = text_of(each, "result");
    all += fmt::format("{} {}", printable(text_of(each, "channel")), printable(result));
    const auto answer = text_of(each, "answer");
    if (result != "delivered" && !answer.empty()) all += fmt::format(" ({})", printable(answer));
  }
  return all.empty() ? "-" : all;
}

/// "18 of 20 back", once some are.
std::string devices_of(const Json& incident) {
  const auto back = number_of(incident, "back"), devices = number_of(incident, "devices");
  return back == 0 ? std::to_string(devices) : fmt::format("{} of {} back", back, devices);
}

}  // namespace

Table notifications_table(const std::vector<Json>& notifications) {
  Table table({{"TIME"}, {"KIND", 1}, {"DEVICE"}, {"TEXT", 3}, {"CHANNELS", 2}, {"ID", 4}});
  for (const Json& it : notifications) {
    table.add({{or_dash(text_of(it, "at"))},
               {or_dash(text_of(it, "kind"))},
               {or_dash(text_of(it, "device"))},
               {or_dash(text_of(it, "text"))},
               {deliveries_of(it)},
               {or_dash(text_of(it, "id"))}});
  }
  return table;
}

Table incidents_table(const std::vector<Json>& incidents) {
  Table table({{"BEGAN"}, {"ENDED"}, {"KIND"}, {"WHAT"}, {"DEVICES", 0, true}, {"ID", 1}});
  for (const Json& it : incidents) {
    table.add({{or_dash(text_of(it, "began"))},
               {or_dash(text_of(it, "ended"))},
               {or_dash(text_of(it, "kind"))},
               {or_dash(text_of(it, "what"))},
               {devices_of(it)},
               {or_dash(text_of(it, "id"))}});
  }
  return table;
}

}  // namespace rollcall::cli
