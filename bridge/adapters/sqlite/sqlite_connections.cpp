// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/sqlite/sqlite_connections.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/json_text.hpp"
#include "base/utf8.hpp"
#include "bridge/adapters/sqlite/sqlite_columns.hpp"

namespace rollcall {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 12> kMembers = {"broker",      "boot",       "number",    "client_id",
                                                       "username",    "address",    "keepalive", "lost_at",
                                                       "last_packet", "grace_ends", "protocol",  "since"};
enum Member : std::size_t {
  broker,
  boot,
  number,
  client_id,
  username,
  address,
  keepalive,
  lost_at,
  last_packet,
  grace_ends,
  protocol,
  since
};
constexpr unsigned kAllMembers = (1U << (lost_at + 1)) - 1;  // the others came later

/// As events, not as a tree: a start reads as many of these as there are devices.
class Reader : public nlohmann::json_sax<json> {
 public:
  std::vector<ConnectionRecord> connections;
  std::string error;

  bool start_array(std::size_t) override { return ++depth_ == 1 || wrong_value(); }
  bool end_array() override { return --depth_ == 0; }
  bool start_object(std::size_t) override {
    if (++depth_ != 2) return wrong_value();
    connections.emplace_back();
    seen_ = 0;
    return true;
  }
  bool end_object() override {
    --depth_;
    return (seen_ & kAllMembers) == kAllMembers || wrong("an object of it lacks a member");
  }
  bool key(std::string& name) override {
    for (member_ = 0; member_ < kMembers.size() && kMembers[member_] != name;) ++member_;
    if (member_ == kMembers.size()) return wrong(fmt::format("\"{}\" is unknown", name));
    if ((seen_ & 1U << member_) != 0) return wrong(fmt::format("\"{}\" is there twice", name));
    seen_ |= 1U << member_;
    return true;
  }
  bool string(std::string& value) override {
    auto* text = depth_ == 2 ? text_member() : nullptr;
    if (text == nullptr) return wrong_value();
    *text = std::move(value);
    return true;
  }
  bool number_unsigned(std::uint64_t value) override {
    if (depth_ != 2) return wrong_value();
    auto& connection = connections.back();
    switch (member_) {
      case boot:
        connection.boot = value;
        return true;
      case number:
        connection.number = value;
        return true;
      case keepalive:
        connection.keepalive = Seconds{value};
        return value <= std::numeric_limits<std::uint16_t>::max() || wrong_value();
      case protocol:
        connection.protocol = static_cast<std::uint8_t>(value);
        return value <= std::numeric_limits<std::uint8_t>::max() || wrong_value();
      case lost_at:
      case last_packet:
      case grace_ends:
      case since:
        return read_time(static_cast<std::int64_t>(value));
      default:
        return wrong_value();
    }
  }
  bool number_integer(std::int64_t value) override {
    return depth_ == 2 && is_time() ? read_time(value) : wrong_value();
  }
  bool null() override { return (depth_ == 2 && is_time()) || wrong_value(); }
  bool boolean(bool) override { return wrong_value(); }
  bool number_float(double, const std::string&) override { return wrong_value(); }
  bool binary(json::binary_t&) override { return wrong_value(); }
  bool parse_error(std::size_t, const std::string&, const json::exception&) override {
    error = "is not JSON";
    return false;
  }

 private:
  bool is_time() const {
    return member_ == lost_at || member_ == last_packet || member_ == grace_ends || member_ == since;
  }
  std::string* text_member() {
    auto& connection = connections.back();
    switch (member_) {
      case broker:
        return &connection.broker;
      case client_id:
        return &connection.client_id;
      case username:
        return &connection.username;
      case address:
        return &connection.address;
      default:
        return nullptr;
    }
  }
  bool read_time(std::int64_t value) {
    const Time time{Millis{value}};
    if (!is_storable(time)) return wrong_value();
    auto& connection = connections.back();
    if (member_ == lost_at) connection.lost_at = time;
    if (member_ == last_packet) connection.last_packet = time;
    if (member_ == grace_ends) connection.grace_ends = time;
    if (member_ == since) connection.since = time;
    return true;
  }
  bool wrong(const std::string& words) {
    error = "is wrong: " + words;
    return false;
  }
  bool wrong_value() {
    if (depth_ != 2 || seen_ == 0) return wrong("it must be a list of objects");
    return wrong(fmt::format("\"{}\" can't be that", kMembers[member_]));
  }

  int depth_ = 0;
  std::size_t member_ = 0;
  unsigned seen_ = 0;  // bits, by Member
};

void append_text(std::string& out, const std::string& text) {
  if (is_valid_utf8(text)) {
    append_json_string(out, text);
  } else {
    out += json(text).dump(-1, ' ', false, json::error_handler_t::replace);
  }
}

}  // namespace

std::string to_json(const std::vector<ConnectionRecord>& connections) {
  std::string out;
  const auto append_member = [&out](Member member) {
    out += '"';
    out += kMembers[member];
    out += "\":";
  };
  const auto append_number = [&](Member member, auto value) {
    append_member(member);
    out += fmt::format_int(value).c_str();
    out += ',';
  };
  const auto append = [&](Member member, const std::string& text) {
    append_member(member);
    append_text(out, text);
    out += ',';
  };
  const auto append_time = [&](Member member, std::optional<Time> time) {
    append_member(member);
    out += time ? std::to_string(time->time_since_epoch().count()) : "null";
    out += ',';
  };
  for (const auto& connection : connections) {
    out += out.empty() ? "[{" : ",{";
    append(broker, connection.broker);
    append_number(boot, connection.boot);
    append_number(number, connection.number);
    append(client_id, connection.client_id);
    append(username, connection.username);
    append(address, connection.address);
    append_number(keepalive, connection.keepalive.count());
    append_time(lost_at, connection.lost_at);
    if (connection.last_packet != Time::min()) append_time(last_packet, connection.last_packet);
    if (connection.grace_ends) append_time(grace_ends, connection.grace_ends);
    if (connection.protocol != 0) append_number(protocol, connection.protocol);
    if (connection.since != Time::min()) append_time(since, connection.since);
    out.back() = '}';
  }
  return out.empty() ? "[]" : out + "]";
}

Result<std::vector<ConnectionRecord>> connections_from_json(std::string_view text) {
  Reader reader;
  if (!json::sax_parse(text, &reader)) return fail(reader.error);
  return std::move(reader.connections);
}

}  // namespace rollcall
