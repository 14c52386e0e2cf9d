// SPDX-License-Identifier: Apache-2.0
#include "topics/names.hpp"

#include <array>
#include <cstdint>
#include <utility>

#include "base/utf8.hpp"

namespace rollcall {
namespace {

/// True if `topic` is `level` or lies below it.
bool is_at_or_below(std::string_view topic, std::string_view level) {
  return topic.starts_with(level) && (topic.size() == level.size() || topic[level.size()] == '/');
}

constexpr std::string_view kErrorBelow = "/error";

std::optional<std::string_view> only_level_below(std::string_view topic, std::string_view above) {
  if (!topic.starts_with(above)) return std::nullopt;
  topic.remove_prefix(above.size());
  if (topic.empty() || topic.find('/') != std::string_view::npos) return std::nullopt;
  return topic;
}

/// Of what lies below the prefix: "declare/{device}/error".
bool is_declare_error(std::string_view topic) {
  if (!topic.starts_with("declare/") || !topic.ends_with(kErrorBelow)) return false;
  const auto device_end = topic.find('/', std::string_view("declare/").size());
  return device_end != std::string_view::npos && topic.substr(device_end) == kErrorBelow;
}

constexpr std::uint8_t kBeforeC1Control = 0xC2;

/// By byte: nothing in a topic level has to be encoded for it.
constexpr auto kIsPlain = [] {
  std::array<bool, 256> is_plain{};
  for (std::size_t byte = 0x20; byte < is_plain.size(); ++byte) is_plain[byte] = true;
  for (const std::uint8_t byte : {'%', '/', '+', '#', '\x7F'}) is_plain[byte] = false;
  is_plain[kBeforeC1Control] = false;
  return is_plain;
}();

}  // namespace

TopicNames::TopicNames(std::string prefix)
    : prefix_(std::move(prefix)),
      fleet_(prefix_ + "/fleet"),
      bridge_(prefix_ + "/bridge"),
      incident_(prefix_ + "/incident"),
      all_statuses_(prefix_ + "/status/+"),
      stream_("$" + prefix_ + "/event"),
      declare_(prefix_ + "/declare/"),
      report_(prefix_ + "/report/") {}

std::string TopicNames::status(std::string_view encoded_device) const {
  return prefix_ + "/status/" + std::string(encoded_device);
}

std::string TopicNames::timeline(std::string_view encoded_device) const {
  return prefix_ + "/timeline/" + std::string(encoded_device);
}

std::string TopicNames::notify(std::string_view encoded_device) const {
  return prefix_ + "/notify/" + std::string(encoded_device);
}

std::string TopicNames::declare_error(std::string_view encoded_device) const {
  return declare_ + std::string(encoded_device) + std::string(kErrorBelow);
}

std::optional<std::string_view> TopicNames::declaring_device(std::string_view topic) const {
  return only_level_below(topic, declare_);
}

std::optional<std::string_view> TopicNames::reporting_device(std::string_view topic) const {
  return only_level_below(topic, report_);
}

TopicKind TopicNames::kind_of(std::string_view topic) const {
  constexpr std::string_view kShare = "$share/";
  if (topic.starts_with(kShare)) {
    const auto group_end = topic.find('/', kShare.size());
    if (group_end == std::string_view::npos) return TopicKind::none;
    topic.remove_prefix(group_end + 1);
  }
  if (topic.starts_with('$')) {
    if (is_at_or_below(topic, "$CONTROL/rollcall")) return TopicKind::control;
    return is_at_or_below(topic.substr(1), prefix_) ? TopicKind::stream : TopicKind::none;
  }
  if (!is_at_or_below(topic, prefix_) || topic.size() == prefix_.size()) return TopicKind::none;
  topic.remove_prefix(prefix_.size() + 1);
  constexpr std::array<std::pair<std::string_view, TopicKind>, 8> kOurs{{{"status", TopicKind::bridge},
                                                                         {"timeline", TopicKind::bridge},
                                                                         {"notify", TopicKind::bridge},
                                                                         {"fleet", TopicKind::bridge},
                                                                         {"incident", TopicKind::bridge},
                                                                         {"bridge", TopicKind::bridge},
                                                                         {"declare", TopicKind::declare},
                                                                         {"report", TopicKind::report}}};
  if (is_declare_error(topic)) return TopicKind::bridge;
  const auto level = topic.substr(0, topic.find('/'));
  for (const auto& [name, kind] : kOurs) {
    if (level == name) return kind;
  }
  return TopicKind::none;
}

Result<std::string> checked_prefix(std::string_view prefix) {
  constexpr std::size_t kMaxBytes = 64;
  const auto refuse = [&](const char* why) {
    return fail("topic prefix \"" + std::string(prefix) + "\" " + why +
                "; it is one or more topic levels, such as \"ds\"");
  };
  if (prefix.empty()) return refuse("is empty");
  if (prefix.size() > kMaxBytes) return refuse("is longer than 64 bytes");
  if (prefix.front() == '$' || prefix.front() == '/') return refuse("begins with $ or /");
  if (prefix.back() == '/' || prefix.find("//") != std::string_view::npos)
    return refuse("has an empty level");
  if (prefix.find_first_of("+#") != std::string_view::npos) return refuse("has a wildcard");
  if (!is_valid_utf8(prefix)) return refuse("is not UTF-8");
  for (const char c : prefix) {
    if (static_cast<std::uint8_t>(c) < 0x20 || c == 0x7F) return refuse("has a control character");
  }
  return std::string(prefix);
}

void append_encoded(std::string& out, std::string_view device) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  const auto byte_at = [&](std::size_t at) { return static_cast<std::uint8_t>(device[at]); };
  const auto encode = [&](std::uint8_t byte) { out += {'%', kHex[byte >> 4U], kHex[byte & 0xFU]}; };
  std::size_t plain = 0;  // from there up to `at` nothing is encoded
  for (std::size_t at = 0; at < device.size(); ++at) {
    if (kIsPlain[byte_at(at)]) continue;
    const bool may_be_c1_control = byte_at(at) == kBeforeC1Control;
    if (may_be_c1_control && byte_at(at + 1) > 0x9F) continue;
    out += device.substr(plain, at - plain);
    encode(byte_at(at));
    if (may_be_c1_control) encode(byte_at(++at));
    plain = at + 1;
  }
  out += device.substr(plain);
}

std::optional<std::string> encode_device(std::string_view device) {
  if (device.empty() || device.size() > kMaxDeviceIdBytes || !is_valid_utf8(device)) return std::nullopt;
  std::string out;
  out.reserve(device.size());
  append_encoded(out, device);
  if (out.size() > kMaxEncodedDeviceIdBytes) return std::nullopt;
  return out;
}

bool can_be_device(std::string_view id) {
  constexpr std::size_t kMostBytesEncoded = 3;  // of one byte: %2F
  if (id.empty() || id.size() > kMaxDeviceIdBytes || !is_valid_utf8(id)) return false;
  return id.size() * kMostBytesEncoded <= kMaxEncodedDeviceIdBytes || encode_device(id).has_value();
}

std::optional<std::string> decode_device(std::string_view level) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  };
  std::string device;
  for (std::size_t i = 0; i < level.size(); ++i) {
    if (level[i] != '%') {
      device += level[i];
      continue;
    }
    if (i + 2 >= level.size()) return std::nullopt;
    const int high = digit(level[i + 1]);
    const int low = digit(level[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    device += static_cast<char>(high * 16 + low);
    i += 2;
  }
  if (encode_device(device) != level) return std::nullopt;
  return device;
}

}  // namespace rollcall
