// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/config/config_parser.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <filesystem>

#include <fmt/format.h>

#include "base/quoting.hpp"
#include "bridge/core/config/config_sections.hpp"
#include "bridge/core/config/json_locations.hpp"

namespace rollcall {
namespace {

/// The keys below a key of the whole configuration: what may be named before it is read.
std::vector<std::string> keys_below(const JsonNode& root, std::string_view key) {
  std::vector<std::string> keys;
  for (const auto& member : root.members) {
    if (member.key != key) continue;
    for (const auto& each : member.value.members) keys.push_back(each.key);
  }
  return keys;
}

/// What is wrong with it is said where it is read.
TimeZone zone_in(const JsonNode& root) {
  for (const auto& member : root.members) {
    if (member.key == "timezone") return TimeZone::find(member.value.text).value_or(TimeZone());
  }
  return {};
}

ConfigNames names_in(const JsonNode& root, const std::string& file_name) {
  ConfigNames names;
  names.folder = std::filesystem::path(file_name).parent_path().string();
  for (auto& name : keys_below(root, "templates")) names.templates.insert(std::move(name));
  names.templates.emplace("default");
  names.channels = keys_below(root, "channels");
  names.zone = zone_in(root);
  return names;
}

void check_mirrors(const ConfigValue& value) {
  for (const auto& item : value.items()) {
    item.read_object<kMirrorKeys>({{"dialect", [](const ConfigValue& each) { each.one_of(); }}});
  }
}

void read_store(const ConfigValue& value, const ConfigNames& names, Config& config) {
  value.read_object<kStoreKeys>({
      {"path", [&](const ConfigValue& each) { assign(config.store_path, read_path(each, names)); }},
      {"timeline_retention",
       [&](const ConfigValue& each) { assign(config.timeline_retention, each.duration()); }},
  });
}

void read_topic_prefix(const ConfigValue& value, Config& config) {
  const auto text = value.text();
  if (!text) return;
  const auto prefix = checked_prefix(*text);
  if (prefix) {
    config.topic_prefix = *prefix;
  } else {
    value.refuse(prefix.error().message);
  }
}

void read_new_devices(const ConfigValue& value, Config& config) {
  const auto text = value.text();
  if (!text) return;
  constexpr std::uint64_t kMost = 1'000'000;
  std::uint64_t count = 0;
  const auto* const end = text->data() + text->size();
  const auto [rest, problem] = std::from_chars(text->data(), end, count);
  if (problem != std::errc{} || std::string_view(rest, end) != "/s" || count < 1 || count > kMost) {
    value.refuse(fmt::format("must be a rate from \"1/s\" to \"{}/s\", such as \"100/s\", not {}", kMost,
                             in_quotes(*text)));
    return;
  }
  config.newcomers.new_devices_per_second = count;
}

void read_reporters(const ConfigValue& value, Config& config) {
  for (const auto& item : value.items()) {
    if (const auto name = item.text(kMaxMqttTextBytes)) config.reporters.push_back(*name);
  }
}

}  // namespace

Result<Config> parse_config(std::string_view text, const std::string& file_name) {
  const auto root = parse_json(text, file_name);
  if (!root) return tl::make_unexpected(root.error());
  const auto names = names_in(*root, file_name);
  ConfigFindings findings(file_name);

  Config config;
  config.devices = default_device_rules();
  CommandTopicReader command_topics;
  ConfigValue(*root, "", findings)
      .read_object<kFileKeys>({
          {"brokers", [&](const ConfigValue& value) { read_brokers(value, names, config); }},
          {"store", [&](const ConfigValue& value) { read_store(value, names, config); }},
          {"http", [&](const ConfigValue& value) { read_http(value, names, config); }},
          {"topic_prefix", [&](const ConfigValue& value) { read_topic_prefix(value, config); }},
          {"status_qos",
           [&](const ConfigValue& value) {
             if (const auto qos = value.whole_number()) config.status_qos = static_cast<int>(*qos);
           }},
          {"outage_grace", [&](const ConfigValue& value) { assign(config.outage_grace, value.duration()); }},
          {"reporters", [&](const ConfigValue& value) { read_reporters(value, config); }},
          {"max_devices",
           [&](const ConfigValue& value) {
             if (const auto most = value.whole_number())
               config.newcomers.max_devices = static_cast<std::size_t>(*most);
           }},
          {"new_devices", [&](const ConfigValue& value) { read_new_devices(value, config); }},
          {"devices", [&](const ConfigValue& value) { config.devices = read_device_rules(value, names); }},
          {"templates",
           [&](const ConfigValue& value) {
             config.templates = read_templates(value, names, command_topics);
           }},
          {"command_queue", [&](const ConfigValue& value) { read_command_queue(value, config); }},
          {"channels", [&](const ConfigValue& value) { define_channels(value, names, config); }},
          {"notify_daily_cap",
           [&](const ConfigValue& value) {
             if (const auto cap = value.whole_number())
               config.notify.daily_cap = static_cast<std::uint64_t>(*cap);
           }},
          {"timezone",
           [&](const ConfigValue& value) { read_text(value, TimeZone::find, config.notify.zone); }},
          {"incident", [&](const ConfigValue& value) { read_incident(value, names, config); }},
          {"mirrors", [&](const ConfigValue& value) { check_mirrors(value); }},
      });
  command_topics.finish(config);
  if (findings.is_set()) return tl::make_unexpected(findings.error());
  config.not_yet_used = std::move(findings.not_yet_used);
  config.warnings = std::move(findings.warnings);
  if (config.find_template("default") == nullptr) {
    config.templates.insert(config.templates.begin(), default_template());
  }
  return config;
}

}  // namespace rollcall
