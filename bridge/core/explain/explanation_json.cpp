// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <nlohmann/json.hpp>

#include "bridge/core/explain/explanation_parts.hpp"

namespace rollcall {
namespace {

using Json = nlohmann::ordered_json;

Json text_or_null(std::string_view text) { return text.empty() ? Json() : Json(text); }
Json time_or_null(Time time) { return time == Time::min() ? Json() : Json(format_rfc3339(time)); }
Json time_or_null(const std::optional<Time>& time) { return time ? time_or_null(*time) : Json(); }
template <typename Duration>
Json seconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::duration<double>>(duration).count();
}

std::string_view name_of(NextStep::Kind kind) {
  switch (kind) {
    case NextStep::Kind::first:
      return "after_disconnect";
    case NextStep::Kind::next:
      return "after_status";
    case NextStep::Kind::late:
      return "late_report";
    case NextStep::Kind::forget:
      return "forget";
    case NextStep::Kind::operator_:
      return "operator";
  }
  return "";
}

Json will(WillState state) {
  switch (state) {
    case WillState::discarded:
      return "discarded";
    case WillState::sent_if_any:
      return "sent_if_any";
    case WillState::sent:
      return "sent";
    case WillState::not_sent:
      return "not_sent";
    case WillState::unknown:
      break;
  }
  return nullptr;
}

Json connections(const DeviceRecord& record) {
  auto list = Json::array();
  for (const auto& each : record.connections) {
    list.push_back({{"broker", each.broker},
                    {"client_id", each.client_id},
                    {"username", text_or_null(each.username)},
                    {"address", text_or_null(each.address)},
                    {"protocol", each.protocol == 0 ? Json() : Json(each.protocol)},
                    {"keepalive", each.keepalive.count()},
                    {"since", time_or_null(each.since)},
                    {"lost_at", time_or_null(each.lost_at)}});
  }
  return list;
}

Json last_end(const Explanation& it) {
  const auto& end = it.record.last_end;
  if (!it.was_connected) return nullptr;
  return {{"at", time_or_null(end.at)},
          {"cause", to_string(*end.cause)},
          {"graceful", end.graceful},
          {"silence", seconds(end.silence)},
          {"will", will(it.will)},
          {"broker", text_or_null(end.broker)},
          {"client_id", text_or_null(end.client_id)},
          {"username", text_or_null(end.username)},
          {"address", text_or_null(end.address)}};
}

Json next(const Explanation& it) {
  if (!it.next) return nullptr;
  return {{"status", text_or_null(it.next->status)},
          {"at", time_or_null(it.next->at)},
          {"kind", name_of(it.next->kind)}};
}

Json held(const Explanation& it) {
  if (!it.away) return nullptr;
  return {{"broker", it.away->name}, {"since", time_or_null(it.away->since)}};
}

Json outage(const Explanation& it) {
  if (!it.cut) return nullptr;
  return {{"began", time_or_null(it.cut->began)}, {"grace_ends", time_or_null(it.cut->grace_ends)}};
}

Json operator_status(const DeviceRecord& record) {
  if (!record.set) return nullptr;
  const auto& set = *record.set;
  return {{"status", set.status},
          {"since", time_or_null(set.since)},
          {"until", time_or_null(set.until)},
          {"hold", set.hold},
          {"behind", {{"status", record.status}, {"since", time_or_null(record.since)}}}};
}

/// Null unless it is muted now; `until` null: until it is unmuted.
Json muted(const Explanation& it) {
  const auto& until = it.record.muted_until;
  if (!until || *until <= it.now) return nullptr;
  return {{"until", *until == Time::max() ? Json() : Json(format_rfc3339(*until))}};
}

Json declaration(const DeviceRecord& record) {
  if (!record.declaration) return nullptr;
  const auto& declared = *record.declaration;
  return {{"status", declared.status},
          {"for", declared.wait ? seconds(*declared.wait) : Json()},
          {"at", time_or_null(declared.at)}};
}

Json rule(const Explanation& it) {
  if (!it.rule) return nullptr;
  return {{"number", it.rule->index + 1}, {"text", it.rule->text}};
}

Json conflicts(const Explanation& it) {
  auto list = Json::array();
  for (const auto& each : it.rivalries) {
    list.push_back({{"client_id", each.client_id},
                    {"addresses", each.addresses},
                    {"alternations", each.alternations},
                    {"takeovers", each.takeovers},
                    {"broker", each.counted ? Json(each.counted->broker) : Json()},
                    {"since", each.counted ? time_or_null(each.counted->began) : Json()},
                    {"last", each.counted ? time_or_null(each.counted->last) : Json()}});
  }
  return list;
}

Json timeline(const Explanation& it) {
  auto list = Json::array();
  const auto skipped = it.rows.size() - std::min(it.rows.size(), kRowsToShow);
  for (auto row = it.rows.begin() + static_cast<std::ptrdiff_t>(skipped); row != it.rows.end(); ++row) {
    list.push_back({{"at", time_or_null(row->at)},
                    {"from", text_or_null(row->from)},
                    {"to", row->to},
                    {"kind", row->kind},
                    {"cause", row->cause},
                    {"graceful", row->graceful ? Json(*row->graceful) : Json()},
                    {"broker", text_or_null(row->broker)},
                    {"client_id", text_or_null(row->client_id)},
                    {"address", text_or_null(row->address)},
                    {"seq", row->seq}});
  }
  return list;
}

Json in_words(const Explanation& it) {
  auto all = Json::object();
  for (const auto& line : explanation::lines_of(it)) {
    auto key = line.key;
    std::replace(key.begin(), key.end(), ' ', '_');
    all[key].push_back(line.text);
  }
  return all;
}

}  // namespace

std::string to_json(const Explanation& it) {
  const auto& record = it.record;
  Json all{{"device", it.device}, {"now", time_or_null(it.now)}, {"forgotten", !it.is_known}};
  if (it.is_known) {
    all.update({{"status", it.status},
                {"since", time_or_null(it.since)},
                {"previous", text_or_null(it.previous)},
                {"cause", it.entered_by ? Json(it.entered_by->cause) : Json()},
                {"connected", it.is_connected()},
                {"connections", connections(record)},
                {"last_end", last_end(it)},
                {"only_registered", record.is_only_registered()},
                {"last_seen", time_or_null(record.last_seen)},
                {"last_heard", time_or_null(record.heard)},
                {"next", next(it)},
                {"held", held(it)},
                {"outage", outage(it)},
                {"operator", operator_status(record)},
                {"declared", declaration(record)},
                {"flapping", record.is_flapping},
                {"muted", muted(it)},
                {"conflict", !record.conflicts.empty()},
                {"template", record.template_name},
                {"rule", rule(it)},
                {"changed", it.changed},
                {"conflicts", conflicts(it)}});
  }
  all["timeline"] = timeline(it);
  all["in_words"] = in_words(it);
  return all.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace rollcall
