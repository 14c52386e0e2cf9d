// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/sqlite_connections.hpp"

#include <cstdint>
#include <limits>
#include <utility>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace rollcall {
namespace {

using Json = nlohmann::ordered_json;

/// Reads the members of one object; the first that is wrong stays as the error.
class Members {
 public:
  explicit Members(const Json& object) : object_(object) {}

  std::string text(const char* name) {
    const auto* member = find(name);
    if (member == nullptr) return {};
    if (!member->is_string()) wrong(name, "is not a text");
    return member->is_string() ? member->get<std::string>() : std::string();
  }
  std::uint64_t count(const char* name) {
    const auto* member = find(name);
    if (member == nullptr) return 0;
    if (!member->is_number_unsigned()) wrong(name, "is not a number from 0 on");
    return member->is_number_unsigned() ? member->get<std::uint64_t>() : 0;
  }
  std::optional<Time> time_or_null(const char* name) {
    const auto* member = find(name);
    if (member == nullptr || member->is_null()) return std::nullopt;
    if (!member->is_number_integer()) wrong(name, "is not a time");
    return member->is_number_integer() ? Time{Millis{member->get<std::int64_t>()}} : Time{};
  }
  const std::string& error() const { return error_; }

 private:
  const Json* find(const char* name) {
    const auto found = object_.find(name);
    if (found != object_.end()) return &*found;
    wrong(name, "is missing");
    return nullptr;
  }
  void wrong(const char* name, const char* words) {
    if (error_.empty()) error_ = fmt::format("is wrong: in an object of it, \"{}\" {}", name, words);
  }

  const Json& object_;
  std::string error_;
};

}  // namespace

std::string to_json(const std::vector<ConnectionRecord>& connections) {
  auto list = Json::array();
  for (const auto& connection : connections) {
    list.push_back({{"broker", connection.broker},
                    {"boot", connection.boot},
                    {"number", connection.number},
                    {"client_id", connection.client_id},
                    {"username", connection.username},
                    {"address", connection.address},
                    {"keepalive", connection.keepalive.count()},
                    {"lost_at", nullptr}});
    if (connection.lost_at) list.back()["lost_at"] = connection.lost_at->time_since_epoch().count();
  }
  return list.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<std::vector<ConnectionRecord>> connections_from_json(std::string_view text) {
  const auto list = Json::parse(text, nullptr, false);
  if (list.is_discarded()) return fail("is not JSON");
  if (!list.is_array()) return fail("is not a JSON list");
  std::vector<ConnectionRecord> connections;
  connections.reserve(list.size());
  for (const auto& object : list) {
    if (!object.is_object()) return fail("is wrong: not every element of the list is an object");
    Members in(object);
    auto& connection = connections.emplace_back();
    connection.broker = in.text("broker");
    connection.boot = in.count("boot");
    connection.number = in.count("number");
    connection.client_id = in.text("client_id");
    connection.username = in.text("username");
    connection.address = in.text("address");
    const auto keepalive = in.count("keepalive");
    constexpr std::uint64_t kLongestKeepalive = std::numeric_limits<std::uint16_t>::max();
    if (keepalive > kLongestKeepalive)
      return fail("is wrong: in an object of it, \"keepalive\" is above 65535");
    connection.keepalive = Seconds{keepalive};
    connection.lost_at = in.time_or_null("lost_at");
    if (!in.error().empty()) return fail(in.error());
  }
  return connections;
}

}  // namespace rollcall
