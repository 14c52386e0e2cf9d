// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/api/device_json.hpp"

#include <nlohmann/json.hpp>

#include "base/duration.hpp"

namespace rollcall {
namespace {

using nlohmann::ordered_json;

ordered_json text_or_null(const std::string& text) {
  return text.empty() ? ordered_json() : ordered_json(text);
}

ordered_json time_or_null(const std::optional<Time>& time) {
  return time && *time != Time::min() ? ordered_json(format_rfc3339(*time)) : ordered_json();
}

ordered_json number_or_null(const std::optional<double>& number) {
  return number ? ordered_json(*number) : ordered_json();
}

ordered_json protocol_json(std::uint8_t protocol) {
  switch (protocol) {
    case 3:
      return "3.1";
    case 4:
      return "3.1.1";
    case 5:
      return "5";
    default:
      return {};
  }
}

ordered_json connection_json(const ConnectionRecord& connection) {
  return {{"broker", connection.broker},
          {"client_id", connection.client_id},
          {"username", text_or_null(connection.username)},
          {"address", text_or_null(connection.address)},
          {"protocol", protocol_json(connection.protocol)},
          {"keepalive", connection.keepalive.count()},
          {"since", time_or_null(connection.since)},
          {"will", nullptr}};  // no broker tells its plugins whether a client has one
}

ordered_json connections_json(const DeviceRecord& record) {
  auto connections = ordered_json::array();
  for (const auto& each : record.connections) {
    if (!each.lost_at) connections.push_back(connection_json(each));
  }
  return connections;
}

ordered_json rule_json(const std::optional<MatchingRule>& rule) {
  if (!rule) return {};
  return {{"index", rule->index}, {"text", rule->text}};
}

ordered_json declaration_json(const std::optional<DeclarationRecord>& declaration) {
  if (!declaration) return {};
  return {{"status", declaration->status},
          {"for", declaration->wait ? ordered_json(format_duration(*declaration->wait)) : ordered_json()},
          {"at", format_rfc3339(declaration->at)}};
}

ordered_json set_json(const std::optional<OperatorRecord>& set) {
  if (!set) return {};
  return {{"status", set->status},
          {"since", format_rfc3339(set->since)},
          {"until", time_or_null(set->until)},
          {"hold", set->hold}};
}

ordered_json muted_json(const std::optional<Time>& until, Time now) {
  if (!until || *until <= now) return {};
  // Until it is unmuted: a time that nobody lives to see.
  return format_rfc3339(*until);
}

}  // namespace

std::optional<MatchingRule> rule_of(const DeviceRecord& record, const Config& config) {
  if (!record.connections.empty()) {
    const auto& latest = record.connections.back();
    return matching_rule(config, {latest.client_id, latest.username, latest.address});
  }
  const EndRecord& end = record.last_end;
  if (end.broker.empty()) return std::nullopt;
  return matching_rule(config, {end.client_id, end.username, end.address});
}

std::string to_json(const DeviceDetails& device, Time now) {
  const ordered_json more{
      {"connections", connections_json(device.record)},
      {"rule", rule_json(device.rule)},
      {"declaration", declaration_json(device.record.declaration)},
      {"set", set_json(device.record.set)},
      {"muted_until", muted_json(device.record.muted_until, now)},
      {"first_contact", time_or_null(device.facts.first_contact)},
      {"last_connect", time_or_null(device.facts.last_connect)},
      {"last_disconnect", time_or_null(device.facts.last_disconnect)},
      {"last_report", time_or_null(device.facts.last_report)},
      {"disconnects", {{"today", device.facts.disconnects_today}, {"30d", device.facts.disconnects_30_days}}},
      {"availability",
       {{"24h", number_or_null(device.availability.day)},
        {"7d", number_or_null(device.availability.week)},
        {"30d", number_or_null(device.availability.month)}}}};
  // The payload is written by hand, as fast as can be; this isn't read a thousand times a second.
  std::string body = device.payload;
  body.pop_back();
  return body + ',' + more.dump(-1, ' ', false, ordered_json::error_handler_t::replace).substr(1);
}

}  // namespace rollcall
