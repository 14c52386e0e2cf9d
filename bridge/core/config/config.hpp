// SPDX-License-Identifier: Apache-2.0
// The configuration as values: what rollcall.json says, checked and with every default filled in.
// Made by parse_config() (config_parser.hpp); the reference for people is docs/configuration.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "bridge/core/calendar/time_zone.hpp"
#include "bridge/core/config/channel_config.hpp"
#include "bridge/core/lifecycle/template.hpp"
#include "topics/identity/command_topic.hpp"
#include "topics/identity/device_rules.hpp"
#include "topics/names.hpp"

namespace rollcall {

/// What a starting bridge does at a broker whose plugin serves another bridge.
enum class OnConflict : std::uint8_t { refuse, take_over };
std::string_view to_string(OnConflict on_conflict);

/// Of a broker that is reached over TLS. Files in PEM, as they can be opened.
struct TlsConfig {
  std::optional<std::string> ca_file;                     ///< nothing: the system's authorities
  std::optional<std::string> certificate_file, key_file;  ///< the bridge's own; the key may be in the first
  bool verify = true;  ///< whether the broker's certificate must be valid and its host's

  bool operator==(const TlsConfig&) const = default;
};

/// Where they stand in the file, "file:line:column: path"; empty: they don't.
struct TlsPlaces {
  std::string ca_file, certificate_file, key_file;
};

struct BrokerConfig {
  std::string name = "main";
  std::string uri = "mqtt://127.0.0.1:1883";
  // Taken from uri.
  std::string host = "127.0.0.1";
  std::uint16_t port = 1883;
  std::optional<std::string> websocket_path;  ///< nothing: plain MQTT
  std::optional<TlsConfig> tls;               ///< nothing: no TLS; else with the key "tls"
  std::string username = "rollcall";
  std::optional<std::string> password_file;  ///< as it can be opened: relative paths are those of the file
  std::optional<std::string> client_id;      ///< nothing: one of the bridge's own, the same at each start
  OnConflict on_conflict = OnConflict::refuse;

  bool operator==(const BrokerConfig&) const = default;
};

/// How many may become devices that aren't known yet.
struct NewcomerLimits {
  std::size_t max_devices = 1'000'000;  ///< known ones count
  std::uint64_t new_devices_per_second = 100;

  /// How many may come at once, after a while in which none did.
  double burst() const { return 10.0 * static_cast<double>(new_devices_per_second); }
  bool operator==(const NewcomerLimits&) const = default;
};

/// How the bridge answers over HTTP.
struct HttpConfig {
  std::string listen = "127.0.0.1:8080";  ///< "host:port"; empty: the Unix socket alone
  std::string base_path;                  ///< "/rollcall"; empty: none
  std::string public_url;  ///< where people reach it, without a slash at its end; empty: not known
  std::optional<std::string> read_tokens_file, write_tokens_file;
  struct Tls {
    std::string certificate_file, key_file;
    bool operator==(const Tls&) const = default;
  };
  std::optional<Tls> tls;
  std::vector<std::string> hosts, cors_origins;
  std::size_t max_header_bytes = 8192, max_body_bytes = 65536;
  Millis request_timeout = std::chrono::seconds{30};
  std::size_t max_connections = 1000, max_streams = 100;
  /// Where the files stand in the configuration, "file:line:column: path"; empty: they don't.
  std::string read_tokens_place, write_tokens_place, tls_place;
};

/// What lost devices may have in common.
struct IncidentGroup {
  enum class Kind : std::uint8_t { broker, gateway, address };
  Kind kind = Kind::broker;
  unsigned bits = 0;  ///< of an address's prefix; above 32: of IPv6 addresses
  bool operator==(const IncidentGroup&) const = default;
};

/// When many lost devices are one incident.
struct IncidentConfig {
  std::uint64_t devices = 20;
  Millis within = std::chrono::seconds{30};
  std::vector<IncidentGroup> by;
  std::vector<std::string> channels;  ///< empty: those of the covered statuses
  bool operator==(const IncidentConfig&) const = default;
};

/// What holds for all notifications.
struct NotifyConfig {
  std::uint64_t daily_cap = 100;  ///< of one device
  TimeZone zone;                  ///< whose days these are
  std::optional<IncidentConfig> incident;
};

/// What is kept of messages to a device that is away.
struct CommandQueueLimits {
  std::size_t topics = 64;          ///< the last message of each
  std::size_t bytes = 64UL * 1024;  ///< topics, payloads and properties together
  Millis keep = std::chrono::hours{24};
};

/// On which topics devices are sent commands.
struct CommandConfig {
  std::vector<CommandTopic> topics;  ///< of all templates, each once; at most kMaxCommandTopics
  /// Which of them are a template's: bit 0 is the first. Those without any aren't there.
  std::map<std::string, std::uint64_t, std::less<>> templates;
  CommandQueueLimits queue;

  std::uint64_t of_template(std::string_view name) const {
    const auto found = templates.find(name);
    return found == templates.end() ? 0 : found->second;
  }
};

struct Config {
  std::vector<BrokerConfig> brokers{BrokerConfig{}};
  std::string store_path = "rollcall.db";
  Millis timeline_retention = std::chrono::hours{24} * 90;
  HttpConfig http;
  std::string topic_prefix = std::string(kDefaultTopicPrefix);
  int status_qos = 1;
  Millis outage_grace = std::chrono::minutes{2};
  std::vector<std::string> reporters;
  NewcomerLimits newcomers;
  NotifyConfig notify;
  CommandConfig commands;
  DeviceRules devices;
  std::vector<ChannelConfig> channels;
  std::vector<TemplateDefinition> templates;  ///< "default" is always among them

  /// Keys of the file that are known and checked but have no effect in this version, as paths
  /// ("templates.sleeper.report_every"), in the order of the file: `rollcall check` and the bridge's log name
  /// them.
  std::vector<std::string> not_yet_used;

  /// What is allowed but hardly meant, each with its place: `rollcall check` and the bridge's log name them.
  std::vector<std::string> warnings;
  /// By broker: where its password_file stands, "file:line:column: path"; empty: it has none.
  std::vector<std::string> password_file_places;
  std::vector<TlsPlaces> tls_places;  ///< by broker

  const TemplateDefinition* find_template(std::string_view name) const;  ///< nullptr: not defined
};

/// By the rules and templates of this configuration: topics/identity/device_rules.hpp. Of reports the plugin
/// has left out what was published as retained and doesn't count.
std::optional<DeviceIdentity> identify(const Config& config, const ClientIdentity& client);
std::optional<DeviceIdentity> identify_report(const Config& config, const ClientIdentity& client,
                                              std::string_view topic);

/// What holds without `devices`: ignore mosq-* and auto-* (the tools' random ids), then each client id is a
/// device.
std::vector<DeviceRule> default_device_rules();

}  // namespace rollcall
