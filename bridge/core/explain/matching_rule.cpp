// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/explain/matching_rule.hpp"

#include <algorithm>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "base/json_text.hpp"

namespace rollcall {
namespace {

std::string text_of(const AddressBlock& block) {
  constexpr std::size_t kIpv4At = 12;  // ::ffff:0:0/96 is IPv4
  constexpr unsigned kIpv4Bits = 96;
  const auto& bytes = block.bytes;
  const bool is_ipv4 = block.prefix_bits >= kIpv4Bits && bytes[10] == 0xFF && bytes[11] == 0xFF &&
                       std::all_of(bytes.begin(), bytes.begin() + 10, [](auto byte) { return byte == 0; });
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(is_ipv4 ? AF_INET : AF_INET6, is_ipv4 ? &bytes[kIpv4At] : bytes.data(), text, sizeof text);
  const unsigned bits = block.prefix_bits - (is_ipv4 ? kIpv4Bits : 0);
  return bits == (is_ipv4 ? 32 : 128) ? text : fmt::format("{}/{}", text, bits);
}

std::string text_of(const DeviceRule& rule) {
  std::string text;
  const auto add = [&text](std::string_view key, std::string_view value) {
    text += fmt::format("{}\"{}\": ", text.empty() ? "{" : ", ", key);
    append_json_string(text, value);
  };
  if (rule.client_id) add("client_id", rule.client_id->text());
  if (rule.username) add("username", rule.username->text());
  if (rule.address) add("address", text_of(*rule.address));
  if (rule.report_topic) add("report_topic", rule.report_topic->text());
  if (rule.template_name) add("template", *rule.template_name);
  if (rule.ignore) text += ", \"ignore\": true";
  return text + "}";
}

}  // namespace

// One after the other, each as if it were the only one, so that what a rule means stays in one place.
std::optional<MatchingRule> matching_rule(const Config& config, const ClientIdentity& client) {
  Config only;
  only.templates = config.templates;
  for (std::size_t index = 0; index < config.devices.size(); ++index) {
    const DeviceRule& rule = config.devices[index];
    auto always = rule;
    always.ignore = false;
    only.devices = {std::move(always)};
    auto identity = identify(only, client);
    if (!identity) continue;
    if (rule.ignore) identity.reset();
    return MatchingRule{index, text_of(rule), std::move(identity)};
  }
  return std::nullopt;
}

}  // namespace rollcall
