// SPDX-License-Identifier: Apache-2.0
// Answers of a bridge, as it gave them.
#pragma once

#include <string>

#include <boost/test/unit_test.hpp>

#include "bridge/cli/text/json_members.hpp"
#include "bridge/cli/text/styled_text.hpp"

namespace rollcall::cli {

inline const Time kNow = parse_time("2026-11-22T10:50:30Z").value();

/// A status payload; `more` are members that replace or follow.
inline Json status_json(const Json& more = Json::object()) {
  auto json =
      Json::parse(R"({"device":"pump-7","status":"online","label":"Online","color":"#23c48e","icon":"wifi",
    "connected":false,"since":"2026-11-22T10:49:00.000Z","previous":"offline","cause":"keepalive_timeout",
    "graceful":false,"last_seen":"2026-11-22T10:50:01.120Z",
    "next":{"status":"offline","at":"2026-11-22T10:52:01.000Z"},"template":"pump","interaction":{"disable":"none","notify_on_open":false,"notify_on_interaction":false},"queued":0,
    "commands":"allow","message":"","flapping":false,"conflict":false,"seq":42})");
  json.update(more);
  return json;
}

inline Json device_json(const Json& more = Json::object()) {
  auto json = status_json(Json::parse(R"({"connections":[],"rule":{"index":0,"text":"client_id \"{device}\""},
    "declaration":null,"set":null,"muted_until":null,"first_contact":"2026-11-01T00:00:00.000Z",
    "last_connect":"2026-11-22T10:49:00.000Z","last_disconnect":"2026-11-22T10:50:01.120Z","last_report":null,
    "disconnects":{"today":3,"30d":17},"availability":{"24h":0.99981,"7d":1.0,"30d":null}})"));
  json.update(more);
  return json;
}

inline std::string text_of_lines(const std::vector<StyledLine>& lines) {
  std::string text;
  for (const auto& line : lines) text += plain_text(line) + "\n";
  return text;
}

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace rollcall::cli
