// SPDX-License-Identifier: Apache-2.0
#include "topics/protocol/requests.hpp"

#include <array>
#include <optional>
#include <utility>

#include "topics/protocol/command_wire.hpp"
#include "topics/protocol/wire.hpp"

namespace rollcall {
namespace {

// The type byte is the place in RequestBody, plus one: append to the variant, never reorder it.
enum RuleFlags : std::uint8_t {
  kClientId = 1,
  kUsername = 2,
  kReportTopic = 4,
  kAddress = 8,
  kTemplate = 16,
  kIgnore = 32,
  kCountRetained = 64
};
constexpr unsigned kAllRuleFlags = 127;
constexpr unsigned kFieldsToMatch = kClientId | kUsername | kReportTopic | kAddress;

struct BodyWriter {
  WireWriter& out;

  void operator()(const request::Hello& body) const {
    out.short_string(body.topic_prefix);
    out.number(body.instance);
    out.boolean(body.take_over);
  }
  void operator()(const request::Snapshot& body) const {
    out.number(body.snapshot);
    out.number(body.past_cursor);
    out.number(body.live_cursor);
    out.boolean(body.in_live);
    out.number(body.report_cursor);
  }
  void operator()(const request::Publish& body) const {
    out.number(static_cast<std::uint16_t>(body.publications.size()));
    for (const auto& publication : body.publications) {
      out.number(publication.qos);
      out.boolean(publication.retain);
      out.short_string(publication.topic);
      out.long_string(publication.payload);
    }
  }
  void operator()(const request::Ping&) const {}
  void operator()(const request::Rules& body) const {
    out.boolean(body.wants_activity);
    names(body.templates);
    names(body.reporters);
    out.number(static_cast<std::uint16_t>(body.rules.size()));
    for (const auto& rule : body.rules) write(rule);
  }
  void operator()(const request::CommandTopics& body) const {
    out.number(static_cast<std::uint16_t>(body.topics.size()));
    for (const auto& topic : body.topics) out.short_string(topic.text());
  }
  void operator()(const request::DeviceCommands& body) const {
    out.boolean(body.is_last);
    out.number(static_cast<std::uint16_t>(body.devices.size()));
    for (const auto& each : body.devices) {
      out.short_string(each.device);
      out.short_string(each.client_id);
      out.number(each.topics);
      out.number(static_cast<std::uint8_t>(each.rule));
    }
  }
  void operator()(const request::DeliverCommand& body) const {
    out.number(body.id.boot);
    out.number(body.id.number);
    out.short_string(body.client_id);
    write_command(out, body.message);
  }
  void operator()(const request::CommandsKept& body) const {
    out.number(body.through);
    out.boolean(body.again);
  }

 private:
  void names(const std::vector<std::string>& texts) const {
    out.number(static_cast<std::uint16_t>(texts.size()));
    for (const auto& text : texts) out.short_string(text);
  }
  void write(const DeviceRule& rule) const {
    const auto flag = [](bool is_set, RuleFlags value) { return is_set ? value : 0; };
    out.number(static_cast<std::uint8_t>(
        flag(rule.client_id.has_value(), kClientId) | flag(rule.username.has_value(), kUsername) |
        flag(rule.report_topic.has_value(), kReportTopic) | flag(rule.address.has_value(), kAddress) |
        flag(rule.template_name.has_value(), kTemplate) | flag(rule.ignore, kIgnore) |
        flag(rule.retained == RetainedReports::count, kCountRetained)));
    for (const auto* pattern : {&rule.client_id, &rule.username, &rule.report_topic}) {
      if (*pattern) out.short_string((*pattern)->text());
    }
    if (rule.address) {
      for (const auto byte : rule.address->bytes) out.number(byte);
      out.number(static_cast<std::uint8_t>(rule.address->prefix_bits));
    }
    if (rule.template_name) out.short_string(*rule.template_name);
  }
};

/// Everything is checked: the plugin lives by it in the broker.
Result<DeviceRule> read_rule(WireReader& in) {
  DeviceRule rule;
  const auto flags = in.number<std::uint8_t>();
  if (flags > kAllRuleFlags) return fail("a device rule with a field that is unknown");
  if ((flags & kFieldsToMatch) == 0) return fail("a device rule without a field to match");
  if ((flags & kCountRetained) != 0 && (flags & kReportTopic) == 0)
    return fail("a device rule that counts retained messages, but none on a topic");
  const std::array<std::pair<RuleFlags, std::optional<Pattern>*>, 3> patterns{
      {{kClientId, &rule.client_id}, {kUsername, &rule.username}, {kReportTopic, &rule.report_topic}}};
  for (const auto& [flag, field] : patterns) {
    if ((flags & flag) == 0) continue;
    auto pattern = Pattern::parse(in.short_string());
    if (!pattern) return fail("a pattern of a device rule " + pattern.error().message);
    *field = *std::move(pattern);
  }
  if ((flags & kAddress) != 0) {
    AddressBlock block;
    for (auto& byte : block.bytes) byte = in.number<std::uint8_t>();
    block.prefix_bits = in.number<std::uint8_t>();
    if (!block.is_canonical()) return fail("an address of a device rule that is none");
    rule.address = block;
  }
  if ((flags & kTemplate) != 0) rule.template_name = in.short_string();
  rule.ignore = (flags & kIgnore) != 0;
  if ((flags & kCountRetained) != 0) rule.retained = RetainedReports::count;
  return rule;
}

Result<std::vector<std::string>> read_names(WireReader& in) {
  const auto count = in.number<std::uint16_t>();
  if (count > kMaxNames) return fail("more than 10,000 templates or reporters");
  std::vector<std::string> names;
  for (std::uint16_t i = 0; i < count && in.is_good(); ++i) names.emplace_back(in.short_string());
  return names;
}

Result<request::Rules> read_rules(WireReader& in) {
  request::Rules body;
  body.wants_activity = in.boolean();
  for (auto* names : {&body.templates, &body.reporters}) {
    auto read = read_names(in);
    if (!read) return tl::make_unexpected(read.error());
    *names = *std::move(read);
  }
  const auto count = in.number<std::uint16_t>();
  if (count > kMaxRules) return fail("more than 10,000 device rules");
  for (std::uint16_t i = 0; i < count && in.is_good(); ++i) {
    auto rule = read_rule(in);
    if (!rule) return tl::make_unexpected(rule.error());
    body.rules.push_back(*std::move(rule));
  }
  return body;
}

Result<request::Publish> read_publish(WireReader& in) {
  request::Publish body;
  const auto count = in.number<std::uint16_t>();
  if (count > kMaxPublicationsPerRequest) return fail("more than 256 publications in one request");
  body.publications.reserve(count);
  for (std::uint16_t i = 0; i < count && in.is_good(); ++i) {
    request::Publication publication;
    publication.qos = in.number<std::uint8_t>();
    publication.retain = in.boolean();
    publication.topic = in.short_string();
    publication.payload = in.long_string();
    if (publication.qos > 2) return fail("a QoS above 2");
    body.publications.push_back(publication);
  }
  return body;
}

Result<request::CommandTopics> read_command_topics(WireReader& in) {
  request::CommandTopics body;
  const auto count = in.number<std::uint16_t>();
  if (count > kMaxCommandTopics) return fail("more than 64 topics of commands");
  for (std::uint16_t i = 0; i < count && in.is_good(); ++i) {
    auto topic = CommandTopic::parse(in.short_string());
    if (!topic) return fail("a topic of commands that " + topic.error().message);
    body.topics.push_back(*std::move(topic));
  }
  return body;
}

Result<request::DeviceCommands> read_device_commands(WireReader& in) {
  request::DeviceCommands body;
  body.is_last = in.boolean();
  const auto count = in.number<std::uint16_t>();
  if (count > kMaxPublicationsPerRequest) return fail("more than 256 devices in one request");
  body.devices.reserve(count);
  for (std::uint16_t i = 0; i < count && in.is_good(); ++i) {
    request::DeviceCommand each;
    each.device = in.short_string();
    each.client_id = in.short_string();
    each.topics = in.number<std::uint64_t>();
    const auto rule = in.number<std::uint8_t>();
    if (rule > static_cast<std::uint8_t>(request::CommandRule::queue))
      return fail("an unknown rule for commands");
    each.rule = static_cast<request::CommandRule>(rule);
    body.devices.push_back(each);
  }
  return body;
}

}  // namespace

std::string encode_request(const Request& request) {
  std::string bytes;
  WireWriter out(bytes);
  out.number(kRequestVersion);
  out.number(request.session);
  out.number(request.number);
  out.number(static_cast<std::uint8_t>(request.body.index() + 1));
  std::visit(BodyWriter{out}, request.body);
  return bytes;
}

Result<Request> decode_request(std::string_view bytes) {
  if (bytes.size() > kMaxRequestBytes) return fail("a request of more than 256 KiB");
  WireReader in(bytes);
  if (const auto version = in.number<std::uint8_t>(); version != kRequestVersion) {
    return fail("a request of version " + std::to_string(version) + "; this plugin takes version " +
                std::to_string(kRequestVersion));
  }
  Request request;
  request.session = in.number<std::uint32_t>();
  request.number = in.number<std::uint64_t>();
  switch (in.number<std::uint8_t>()) {
    case 1: {
      request::Hello body;
      body.topic_prefix = in.short_string();
      body.instance = in.number<std::uint64_t>();
      body.take_over = in.boolean();
      request.body = body;
      break;
    }
    case 2: {
      request::Snapshot body;
      body.snapshot = in.number<std::uint64_t>();
      body.past_cursor = in.number<std::uint64_t>();
      body.live_cursor = in.number<std::uint64_t>();
      body.in_live = in.boolean();
      body.report_cursor = in.number<std::uint64_t>();
      request.body = body;
      break;
    }
    case 3: {
      auto body = read_publish(in);
      if (!body) return tl::make_unexpected(body.error());
      request.body = std::move(*body);
      break;
    }
    case 4:
      request.body = request::Ping{};
      break;
    case 5: {
      auto body = read_rules(in);
      if (!body) return tl::make_unexpected(body.error());
      request.body = std::move(*body);
      break;
    }
    case 6: {
      auto body = read_command_topics(in);
      if (!body) return tl::make_unexpected(body.error());
      request.body = *std::move(body);
      break;
    }
    case 7: {
      auto body = read_device_commands(in);
      if (!body) return tl::make_unexpected(body.error());
      request.body = *std::move(body);
      break;
    }
    case 8: {
      request::DeliverCommand body;
      body.id.boot = in.number<std::uint64_t>();
      body.id.number = in.number<std::uint64_t>();
      body.client_id = in.short_string();
      if (!read_command(in, body.message)) return fail("a command with a QoS above 2");
      request.body = body;
      break;
    }
    case 9: {
      request::CommandsKept body;
      body.through = in.number<std::uint64_t>();
      body.again = in.boolean();
      request.body = body;
      break;
    }
    default:
      return fail("an unknown kind of request");
  }
  if (!in.is_good() || !in.is_at_end()) return fail("a request of the wrong length");
  if (request.session == 0 || request.number == 0) return fail("a request without a session or number");
  return request;
}

}  // namespace rollcall
