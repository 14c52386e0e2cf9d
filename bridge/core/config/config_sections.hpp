// SPDX-License-Identifier: Apache-2.0
// The parts of rollcall.json that have a file of their own. Private to the parser (config_parser.cpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "bridge/core/config/config.hpp"
#include "bridge/core/config/config_values.hpp"

namespace rollcall {

/// What the parts need to know of each other before they are read.
struct ConfigNames {
  std::string folder;                            ///< of the file; relative paths start there
  std::set<std::string, std::less<>> templates;  ///< "default" is among them
  std::vector<std::string> channels;
  TimeZone zone;  ///< of what names none of its own
};

/// The path of a file as it can be opened.
std::optional<std::string> read_path(const ConfigValue& value, const ConfigNames& names);

/// Gives Config::brokers, Config::password_file_places and Config::tls_places.
void read_brokers(const ConfigValue& value, const ConfigNames& names, Config& config);

/// Gives Config::http.
void read_http(const ConfigValue& value, const ConfigNames& names, Config& config);

/// Gives Config::channels.
void define_channels(const ConfigValue& value, const ConfigNames& names, Config& config);

/// Gives NotifyConfig::incident.
void read_incident(const ConfigValue& value, const ConfigNames& names, Config& config);

/// Names of channels that there are.
std::vector<std::string> read_channels(const ConfigValue& value, const ConfigNames& names);

DeviceRules read_device_rules(const ConfigValue& value, const ConfigNames& names);

/// The topics of commands, template by template: whether they fit together shows only behind the last key.
class CommandTopicReader {
 public:
  void read(const std::string& template_name, const ConfigValue& value);
  /// Gives Config::commands but the queue's limits; refuses what doesn't fit.
  void finish(Config& config) const;

 private:
  struct Place {
    std::string template_name;
    ConfigValue value;
    CommandTopic topic;
  };
  std::vector<Place> places_;
};

/// Gives Config::commands.queue.
void read_command_queue(const ConfigValue& value, Config& config);

std::vector<TemplateDefinition> read_templates(const ConfigValue& value, const ConfigNames& names,
                                               CommandTopicReader& command_topics);

/// 1 to 64 of A-Z a-z 0-9 _ -.
bool is_template_name(std::string_view name);

/// Of an enumeration whose values count from 0 in the order of the key's names.
template <typename Enum>
void read_enum(const ConfigValue& value, Enum& to) {
  if (const auto index = value.one_of()) to = static_cast<Enum>(*index);
}

/// A text by the function that parses it.
template <typename T>
void read_text(const ConfigValue& value, Result<T> (*parse)(std::string_view), T& to) {
  const auto text = value.text();
  if (!text) return;
  auto parsed = parse(*text);
  if (parsed) {
    to = *std::move(parsed);
  } else {
    value.refuse(parsed.error().message);
  }
}

struct HostAndPort {
  std::string host;  ///< without the brackets of an IPv6 address
  std::uint16_t port = 0;
};

/// "host:port" or, with a default, "host"; an IPv6 address stands in brackets.
Result<HostAndPort> parse_host_and_port(std::string_view text, std::optional<std::uint16_t> default_port);

}  // namespace rollcall
