// SPDX-License-Identifier: Apache-2.0
#include "topics/payloads.hpp"

#include <charconv>

#include "base/json_text.hpp"

namespace rollcall {
namespace {

/// 4820: "4,820".
std::string with_commas(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, 1, ',');
  return text;
}

}  // namespace

void write_json(const Status& status, std::string& out) {
  JsonRoom room(out);
  JsonObjectWriter object(room);
  object.string("device", status.device);
  object.string("status", status.status);
  object.string("label", status.label);
  object.string("color", status.color);
  object.string("icon", status.icon);
  object.boolean("connected", status.connected);
  object.time("since", status.since);
  object.string_or_null("previous", status.previous);
  object.string_or_null("cause", status.cause);
  object.boolean_or_null("graceful", status.graceful);
  object.time_or_null("last_seen", status.last_seen);
  if (status.next) {
    JsonObjectWriter next(object.key("next"));
    next.string("status", status.next->status);
    next.time("at", status.next->at);
    next.close();
  } else {
    object.null("next");
  }
  object.string("template", status.template_name);
  JsonObjectWriter interaction(object.key("interaction"));
  interaction.string("disable", to_string(status.interaction.disable));
  interaction.boolean("notify_on_open", status.interaction.notify_on_open);
  interaction.boolean("notify_on_interaction", status.interaction.notify_on_interaction);
  interaction.close();
  object.string("commands", status.commands);
  object.number("queued", status.queued);
  object.string("message", status.message);
  object.boolean("flapping", status.flapping);
  object.boolean("conflict", status.conflict);
  object.number("seq", status.seq);
  object.close();
  room.close();
}

std::string to_json(const Status& status) {
  std::string out;
  write_json(status, out);
  return out;
}

// For retained statuses of a bridge that didn't live to store them: nothing else has their number. It is the
// last member, and a quote within a text is escaped.
std::optional<std::uint64_t> seq_of(std::string_view status_payload) {
  constexpr std::string_view kSeq = ",\"seq\":";
  const auto at = status_payload.rfind(kSeq);
  if (at == std::string_view::npos || !status_payload.ends_with('}')) return std::nullopt;
  const auto number = status_payload.substr(at + kSeq.size(), status_payload.size() - at - kSeq.size() - 1);
  std::uint64_t seq = 0;
  const auto* const end = number.data() + number.size();
  const auto [stopped, error] = std::from_chars(number.data(), end, seq);
  return error == std::errc() && stopped == end ? std::optional(seq) : std::nullopt;
}

void write_json(const TimelineRow& row, std::string& out) {
  JsonRoom room(out);
  JsonObjectWriter object(room);
  object.string("device", row.device);
  object.time("at", row.at);
  object.string_or_null("from", row.from);
  object.string("to", row.to);
  object.string("kind", row.kind);
  object.string_or_null("cause", row.cause);
  object.boolean_or_null("graceful", row.graceful);
  object.string_or_null("broker", row.broker);
  object.string_or_null("client_id", row.client_id);
  object.string_or_null("address", row.address);
  object.number("seq", row.seq);
  object.close();
  room.close();
}

std::string to_json(const TimelineRow& row) {
  std::string out;
  write_json(row, out);
  return out;
}

std::string to_json(const FleetCounts& counts) {
  return object_of([&](JsonObjectWriter& object) {
    object.number("devices", counts.devices);
    object.number("connected", counts.connected);
    object.number("flapping", counts.flapping);
    JsonObjectWriter templates(object.key("templates"));
    for (const auto& [name, statuses] : counts.templates) {
      JsonObjectWriter of_template(templates.key(name));
      for (const auto& [status, count] : statuses) of_template.number(status, count);
      of_template.close();
    }
    templates.close();
  });
}

std::string to_json(const BridgeStatus& bridge) {
  return object_of([&](JsonObjectWriter& object) {
    object.boolean("online", bridge.online);
    object.string("version", bridge.version);
    object.time("since", bridge.since);
    if (bridge.store) {
      JsonObjectWriter store(object.key("store"));
      store.string("error", bridge.store->error);
      store.number("unstored", bridge.store->unstored);
      store.number("lost_rows", bridge.store->lost_rows);
      store.close();
    }
    if (bridge.backlog) {
      JsonObjectWriter backlog(object.key("backlog"));
      backlog.number("publications", bridge.backlog->publications);
      backlog.number("unstored", bridge.backlog->unstored);
      backlog.close();
    }
    if (!bridge.warnings.empty()) {
      auto& out = object.key("warnings");
      write_character(out, '[');
      for (const auto& warning : bridge.warnings) {
        if (&warning != &bridge.warnings.front()) write_character(out, ',');
        JsonObjectWriter each(out);
        each.string("broker", warning.broker);
        each.string("message", warning.message);
        each.close();
      }
      write_character(out, ']');
    }
    if (bridge.refused_newcomers > 0) object.number("refused_newcomers", bridge.refused_newcomers);
    if (bridge.too_large.empty()) return;
    JsonRoom& out = object.key("too_large");
    write_character(out, '[');
    for (const auto& each : bridge.too_large) {
      if (&each != bridge.too_large.data()) write_character(out, ',');
      JsonObjectWriter item(out);
      item.string("broker", each.broker);
      item.string("setting", each.setting);
      item.number("needs", each.needs);
      item.number("statuses", each.statuses);
      item.number("rows", each.rows);
      item.close();
    }
    write_character(out, ']');
  });
}

std::string summary_of(const IncidentNotice& notice) {
  const auto seconds = std::chrono::round<Seconds>(notice.ended - notice.began).count();
  return with_commas(notice.back) + " of " + with_commas(notice.affected) + " back after " +
         with_commas(static_cast<std::uint64_t>(seconds)) + " s";
}

std::string id_of(const IncidentNotice& notice) {
  return std::string(notice.broker) + "-" + std::to_string(notice.began.time_since_epoch().count());
}

std::string to_json(const IncidentNotice& notice) {
  return object_of([&](JsonObjectWriter& object) {
    object.string("id", id_of(notice));
    object.string("kind", "broker");
    object.string("what", notice.broker);
    object.time("began", notice.began);
    object.time("ended", notice.ended);
    object.number("devices", notice.affected);
    object.number("back", notice.back);
    auto& list = object.key("list");  // nobody keeps who they were
    write_character(list, '[');
    write_character(list, ']');
  });
}

std::string to_json(const DeclarationError& error) {
  return object_of([&](JsonObjectWriter& object) {
    object.time("at", error.at);
    object.string("message", error.message);
  });
}

}  // namespace rollcall
