// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/load/presence.hpp"

#include <charconv>

namespace rollcall::bench {
namespace {

constexpr std::size_t kDigits = 6;
constexpr std::string_view kPrefix = "device-";

/// What follows `before` in `text`, nothing if it isn't in it.
std::string_view behind(std::string_view text, std::string_view before) {
  const auto at = text.find(before);
  return at == std::string_view::npos ? std::string_view{} : text.substr(at + before.size());
}

template <class Number>
std::optional<Number> number_at(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} ? std::optional(number) : std::nullopt;
}

}  // namespace

std::optional<Presence> presence_of(std::string_view name) {
  if (name == "bare") return Presence::kNone;
  if (name == "will") return Presence::kLastWill;
  if (name == "rollcall") return Presence::kRollcall;
  return std::nullopt;
}

std::string device_name(std::size_t device) {
  const auto digits = std::to_string(device);
  return std::string(kPrefix) + std::string(kDigits - digits.size(), '0') + digits;
}

std::string status_topic(std::size_t device) { return std::string(kStatusTopic) + device_name(device); }

std::optional<std::size_t> device_of(std::string_view topic) {
  if (!topic.starts_with(kStatusTopic)) return std::nullopt;
  topic.remove_prefix(kStatusTopic.size());
  if (topic.size() != kPrefix.size() + kDigits || !topic.starts_with(kPrefix)) return std::nullopt;
  return number_at<std::size_t>(topic.substr(kPrefix.size()));
}

Status status_of(Presence presence, std::size_t device, std::string_view payload) {
  if (presence != Presence::kRollcall) return {payload == kBirth, payload == kGone};
  // The order of the fields is part of what is documented, so this needs no parser.
  if (!behind(payload, "\"device\":\"").starts_with(device_name(device) + '"')) return {};
  const auto status = behind(payload, "\"status\":\"");
  const bool is_connected = behind(payload, "\"connected\":").starts_with("true");
  return {is_connected && status.starts_with("online\""), !is_connected && status.starts_with("offline\""),
          number_at<std::uint64_t>(behind(payload, "\"seq\":")).value_or(0)};
}

}  // namespace rollcall::bench
