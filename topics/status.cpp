// SPDX-License-Identifier: Apache-2.0
#include "topics/status.hpp"

#include <array>
#include <charconv>

namespace rollcall {
namespace {

/// Writes one JSON object, field after field, into a string. Keys are ours and need no escaping.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }
  void close() { out_ += '}'; }

  ObjectWriter& key(std::string_view name) {
    if (!is_first_) out_ += ',';
    is_first_ = false;
    append_json_string(out_, name);
    out_ += ':';
    return *this;
  }
  void string(std::string_view name, std::string_view value) {
    key(name);
    append_json_string(out_, value);
  }
  void string_or_null(std::string_view name, std::string_view value) {
    value.empty() ? null(name) : string(name, value);
  }
  void null(std::string_view name) { key(name).out_ += "null"; }
  void boolean(std::string_view name, bool value) { key(name).out_ += value ? "true" : "false"; }
  void boolean_or_null(std::string_view name, std::optional<bool> value) {
    value ? boolean(name, *value) : null(name);
  }
  void number(std::string_view name, std::uint64_t value) {
    std::array<char, 20> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    key(name).out_.append(text.data(), end);
  }
  void time(std::string_view name, Time value) {
    key(name).out_ += '"';
    append_rfc3339(out_, value);
    out_ += '"';
  }

 private:
  std::string& out_;
  bool is_first_ = true;
};

/// 4820: "4,820".
std::string with_commas(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, 1, ',');
  return text;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += {'\\',
              'u',
              '0',
              '0',
              kHex[static_cast<unsigned char>(c) >> 4U],
              kHex[static_cast<unsigned char>(c) & 0xFU]};
    } else {
      out += c;
    }
  }
  out += '"';
}

std::string to_json(const Status& status) {
  std::string out;
  out.reserve(512);
  ObjectWriter object(out);
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
  object.time("last_seen", status.last_seen);
  if (status.next) {
    object.key("next");
    ObjectWriter next(out);
    next.string("status", status.next->status);
    next.time("at", status.next->at);
    next.close();
  } else {
    object.null("next");
  }
  object.string("template", status.template_name);
  object.string("interaction", status.interaction);
  object.string("commands", status.commands);
  object.string("message", status.message);
  object.boolean("flapping", status.flapping);
  object.number("seq", status.seq);
  object.close();
  return out;
}

std::string to_json(const TimelineRow& row) {
  std::string out;
  out.reserve(320);
  ObjectWriter object(out);
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
  return out;
}

std::string to_json(const FleetCounts& counts) {
  std::string out;
  ObjectWriter object(out);
  object.number("devices", counts.devices);
  object.number("connected", counts.connected);
  object.number("flapping", counts.flapping);
  object.key("templates");
  ObjectWriter templates(out);
  for (const auto& [name, statuses] : counts.templates) {
    templates.key(name);
    ObjectWriter of_template(out);
    for (const auto& [status, count] : statuses) of_template.number(status, count);
    of_template.close();
  }
  templates.close();
  object.close();
  return out;
}

std::string to_json(const BridgeStatus& bridge) {
  std::string out;
  ObjectWriter object(out);
  object.boolean("online", bridge.online);
  object.string("version", bridge.version);
  object.time("since", bridge.since);
  if (bridge.store) {
    object.key("store");
    ObjectWriter store(out);
    store.string("error", bridge.store->error);
    store.number("unstored", bridge.store->unstored);
    store.number("lost_rows", bridge.store->lost_rows);
    store.close();
  }
  object.close();
  return out;
}

std::string summary_of(const IncidentNotice& notice) {
  const auto seconds = std::chrono::round<Seconds>(notice.ended - notice.began).count();
  return with_commas(notice.back) + " of " + with_commas(notice.affected) + " back after " +
         with_commas(static_cast<std::uint64_t>(seconds)) + " s";
}

std::string to_json(const IncidentNotice& notice) {
  std::string out;
  ObjectWriter object(out);
  object.time("at", notice.at);
  object.string("kind", "outage");
  object.string("broker", notice.broker);
  object.time("began", notice.began);
  object.time("ended", notice.ended);
  object.number("affected", notice.affected);
  object.number("back", notice.back);
  object.number("missing", notice.affected - notice.back);
  object.string("message", summary_of(notice));
  object.close();
  return out;
}

std::string to_json(const DeclarationError& error) {
  std::string out;
  ObjectWriter object(out);
  object.time("at", error.at);
  object.string("message", error.message);
  object.close();
  return out;
}

}  // namespace rollcall
