// SPDX-License-Identifier: Apache-2.0
#include "topics/status.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <iterator>

namespace rollcall {
namespace {

constexpr std::size_t kMostOfOneByte = 6;  // as JSON: \u001f
constexpr std::size_t kMostDigits = 20;

/// By byte: it stands for itself in a JSON string.
constexpr auto kIsPlain = [] {
  std::array<bool, 256> is_plain{};
  for (std::size_t byte = 0x20; byte < is_plain.size(); ++byte) is_plain[byte] = byte != '"' && byte != '\\';
  return is_plain;
}();

/// Writes `text` with its quotes to where there is room for kMostOfOneByte for each of its bytes, and 2.
/// Returns the end.
char* write_json_string(char* at, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  *at++ = '"';
  std::size_t plain = 0;  // from there on up to `i` nothing is escaped
  const auto copy_plain = [&](std::size_t end) {
    std::memcpy(at, text.data() + plain, end - plain);
    at += end - plain;
    plain = end + 1;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (kIsPlain[byte]) continue;
    copy_plain(i);
    *at++ = '\\';
    if (byte < 0x20) {
      for (const char each : {'u', '0', '0', kHex[byte >> 4U], kHex[byte & 0xFU]}) *at++ = each;
    } else {
      *at++ = text[i];
    }
  }
  if (!text.empty()) copy_plain(text.size());
  *at++ = '"';
  return at;
}

/// A string as room to write in, whose memory is used again. What was in it is overwritten.
class Room {
 public:
  explicit Room(std::string& out) : out_(out) { out_.resize(std::max(out_.capacity(), kUsualSize)); }

  /// Where to go on, with room for so many bytes.
  char* next(std::size_t bytes) {
    if (out_.size() - size_ < bytes) out_.resize(2 * (out_.size() + bytes));
    return out_.data() + size_;
  }
  /// So far it has been written by now.
  void end(const char* at) { size_ = static_cast<std::size_t>(at - out_.data()); }
  /// Nothing comes any more: the string is what was written.
  void close() { out_.resize(size_); }

 private:
  static constexpr std::size_t kUsualSize = 512;
  std::string& out_;
  std::size_t size_ = 0;
};

void write_character(Room& out, char character) {
  char* at = out.next(1);
  *at++ = character;
  out.end(at);
}

/// Writes one JSON object, field after field. Keys that are literals need no escaping; others
/// are names of people's own. Room is asked for once a
/// field: a status is written at each event, and asking for each byte would take most of the time of that.
class ObjectWriter {
 public:
  explicit ObjectWriter(Room& out) : out_(out) {}
  void close() {
    char* at = out_.next(2);
    if (is_first_) *at++ = '{';
    *at++ = '}';
    out_.end(at);
  }

  /// The value is written by somebody else.
  template <typename Name>
  Room& key(const Name& name) {
    out_.end(begin(name, 0));
    return out_;
  }
  template <typename Name>
  void string(const Name& name, std::string_view value) {
    out_.end(write_json_string(begin(name, kMostOfOneByte * value.size() + 2), value));
  }
  template <typename Name>
  void string_or_null(const Name& name, std::string_view value) {
    value.empty() ? null(name) : string(name, value);
  }
  template <typename Name>
  void null(const Name& name) {
    literal(name, "null");
  }
  template <typename Name>
  void boolean(const Name& name, bool value) {
    value ? literal(name, "true") : literal(name, "false");
  }
  template <typename Name>
  void boolean_or_null(const Name& name, std::optional<bool> value) {
    value ? boolean(name, *value) : null(name);
  }
  template <typename Name>
  void number(const Name& name, std::uint64_t value) {
    char* const at = begin(name, kMostDigits);
    out_.end(std::to_chars(at, at + kMostDigits, value).ptr);
  }
  template <typename Name>
  void time(const Name& name, Time value) {
    char* at = begin(name, kRfc3339Size + 2);
    *at++ = '"';
    at = write_rfc3339(at, value);
    *at++ = '"';
    out_.end(at);
  }

 private:
  /// Copies of a size that the compiler knows take it no call.
  template <std::size_t N>
  static char* copy(char* at, const char (&text)[N]) {
    std::memcpy(at, text, N - 1);
    return at + N - 1;
  }

  template <std::size_t N>
  static constexpr std::size_t room_for(const char (&)[N]) {
    return N + 1;
  }
  static std::size_t room_for(std::string_view name) { return kMostOfOneByte * name.size() + 2; }

  template <std::size_t N>
  static char* quoted(char* at, const char (&name)[N]) {
    *at++ = '"';
    at = copy(at, name);
    *at++ = '"';
    return at;
  }
  static char* quoted(char* at, std::string_view name) { return write_json_string(at, name); }

  template <typename Name>
  char* begin(const Name& name, std::size_t value_bytes) {
    char* at = out_.next(room_for(name) + 2 + value_bytes);
    *at++ = is_first_ ? '{' : ',';
    is_first_ = false;
    at = quoted(at, name);
    *at++ = ':';
    return at;
  }
  template <typename Name, std::size_t N>
  void literal(const Name& name, const char (&value)[N]) {
    out_.end(copy(begin(name, N), value));
  }

  Room& out_;
  bool is_first_ = true;
};

/// What `write` writes as an object.
template <typename Write>
std::string object_of(const Write& write) {
  std::string out;
  Room room(out);
  ObjectWriter object(room);
  write(object);
  object.close();
  room.close();
  return out;
}

/// 4820: "4,820".
std::string with_commas(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, 1, ',');
  return text;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  const std::size_t before = out.size();
  out.resize(before + kMostOfOneByte * text.size() + 2);
  out.resize(static_cast<std::size_t>(write_json_string(out.data() + before, text) - out.data()));
}

void write_json(const Status& status, std::string& out) {
  Room room(out);
  ObjectWriter object(room);
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
    ObjectWriter next(object.key("next"));
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

// It is the last member, and a quote within a text is escaped.
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

std::string to_json(const TimelineRow& row) {
  return object_of([&](ObjectWriter& object) {
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
  });
}

std::string to_json(const FleetCounts& counts) {
  return object_of([&](ObjectWriter& object) {
    object.number("devices", counts.devices);
    object.number("connected", counts.connected);
    object.number("flapping", counts.flapping);
    ObjectWriter templates(object.key("templates"));
    for (const auto& [name, statuses] : counts.templates) {
      ObjectWriter of_template(templates.key(name));
      for (const auto& [status, count] : statuses) of_template.number(status, count);
      of_template.close();
    }
    templates.close();
  });
}

std::string to_json(const BridgeStatus& bridge) {
  return object_of([&](ObjectWriter& object) {
    object.boolean("online", bridge.online);
    object.string("version", bridge.version);
    object.time("since", bridge.since);
    if (bridge.store) {
      ObjectWriter store(object.key("store"));
      store.string("error", bridge.store->error);
      store.number("unstored", bridge.store->unstored);
      store.number("lost_rows", bridge.store->lost_rows);
      store.close();
    }
    if (bridge.backlog) {
      ObjectWriter backlog(object.key("backlog"));
      backlog.number("publications", bridge.backlog->publications);
      backlog.number("unstored", bridge.backlog->unstored);
      backlog.close();
    }
    if (!bridge.warnings.empty()) {
      auto& out = object.key("warnings");
      write_character(out, '[');
      for (const auto& warning : bridge.warnings) {
        if (&warning != &bridge.warnings.front()) write_character(out, ',');
        ObjectWriter each(out);
        each.string("broker", warning.broker);
        each.string("message", warning.message);
        each.close();
      }
      write_character(out, ']');
    }
    if (bridge.too_large.empty()) return;
    Room& out = object.key("too_large");
    write_character(out, '[');
    for (const auto& each : bridge.too_large) {
      if (&each != bridge.too_large.data()) write_character(out, ',');
      ObjectWriter item(out);
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

std::string to_json(const IncidentNotice& notice) {
  return object_of([&](ObjectWriter& object) {
    object.time("at", notice.at);
    object.string("kind", "outage");
    object.string("broker", notice.broker);
    object.time("began", notice.began);
    object.time("ended", notice.ended);
    object.number("affected", notice.affected);
    object.number("back", notice.back);
    object.number("missing", notice.affected - notice.back);
    object.string("message", summary_of(notice));
  });
}

std::string to_json(const DeclarationError& error) {
  return object_of([&](ObjectWriter& object) {
    object.time("at", error.at);
    object.string("message", error.message);
  });
}

}  // namespace rollcall
