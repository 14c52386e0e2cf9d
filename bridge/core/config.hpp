// SPDX-License-Identifier: Apache-2.0
// The configuration as values: what rollcall.json says, checked and with every default filled in.
// Made by parse_config() (config_parser.hpp); the reference for people is docs/configuration.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "topics/cause.hpp"
#include "topics/device_rules.hpp"
#include "topics/result.hpp"
#include "topics/time.hpp"
#include "topics/topics.hpp"

namespace rollcall {

enum class Interaction : std::uint8_t {
  allow,
  notify_on_interaction,
  notify_on_open,
  disable_controls,
  disable_all
};
enum class Commands : std::uint8_t { allow, queue, deny };
std::string_view to_string(Interaction interaction);
std::string_view to_string(Commands commands);

/// Limits on the notifications of one status (used when notifications come; checked now).
struct NotifyLimits {
  std::optional<Millis> period;
  std::uint64_t every = 1;
  std::vector<std::string> channels;
};

/// One status of a template, with every default filled in.
struct StatusDefinition {
  std::string key;          ///< [a-z][a-z0-9_-]*
  std::string label;        ///< default: the key with a capital and spaces ("no_data" → "No data")
  std::string color, icon;  ///< default: by the key, see docs/configuration.md
  Millis after{0};          ///< the wait since the status before it was entered; 0 for the first
  Interaction interaction = Interaction::notify_on_interaction;  ///< online: always allow
  Commands commands = Commands::allow;
  std::string message;
  bool timeline = true;
  std::optional<NotifyLimits> notify;
  std::optional<Millis> forget_after;  ///< on the last status only (rule 10)
};

/// Where the first wait leads to, and how long it is (rule 8).
struct Branch {
  std::size_t status = 1;  ///< index into TemplateDefinition::statuses, never 0
  Millis after{0};
};

struct Flapping {
  std::uint64_t changes = 0;
  Millis within{0}, hold{0};
};

/// The lifecycle of one kind of device (lifecycle.md, "Statuses and waits").
struct TemplateDefinition {
  std::string name;
  std::vector<StatusDefinition> statuses;  ///< [0] is "online"; "offline" is among the others
  bool online_on_report = true;
  Branch on_graceful, on_non_graceful;                ///< default for both: {1, statuses[1].after}
  std::optional<std::vector<Cause>> graceful_causes;  ///< nothing: the table's column
  std::optional<Millis> report_every, report_grace;   ///< rule 7
  std::optional<std::size_t> on_late;
  std::optional<Flapping> flapping;    ///< rule 15
  std::optional<Millis> ignore_blips;  ///< rule 16

  std::optional<std::size_t> find_status(std::string_view key) const;  ///< its index; nothing: not defined

  /// True if the end of a connection counts as graceful in this template (rule 8).
  bool is_graceful(Cause cause, bool will_sent) const;
};

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

struct Config {
  std::vector<BrokerConfig> brokers{BrokerConfig{}};
  std::string store_path = "rollcall.db";
  Millis timeline_retention = std::chrono::hours{24} * 90;
  std::string http_listen = "127.0.0.1:8080";
  std::optional<std::string> http_read_tokens_file, http_write_tokens_file;
  std::string topic_prefix = std::string(kDefaultTopicPrefix);
  int status_qos = 1;
  Millis outage_grace = std::chrono::minutes{2};
  std::vector<std::string> reporters;
  std::vector<DeviceRule> devices;
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

/// By the rules and templates of this configuration: topics/device_rules.hpp. Of reports the plugin has left
/// out what was published as retained and doesn't count.
std::optional<DeviceIdentity> identify(const Config& config, const ClientIdentity& client);
std::optional<DeviceIdentity> identify_report(const Config& config, const ClientIdentity& client,
                                              std::string_view topic);

/// What a status has where the template says nothing else, by its key (docs/configuration.md has the table).
std::string default_label(std::string_view status_key);
std::string_view default_color(std::string_view status_key);
std::string_view default_icon(std::string_view status_key);

/// Online → 1 min → Offline → 30 d → Inactive.
TemplateDefinition default_template();

/// What holds without `devices`: ignore mosq-* and auto-* (the tools' random ids), then each client id is a
/// device.
std::vector<DeviceRule> default_device_rules();

}  // namespace rollcall
