// SPDX-License-Identifier: Apache-2.0
#include "plugin/reload_options.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace rollcall::plugin {
namespace {

using namespace std::string_view_literals;

/// Options that the broker doesn't look at in a reload: they count from the next start on.
constexpr std::array kSkipped{"address"sv,
                              "addresses"sv,
                              "auth_plugin"sv,
                              "auth_plugin_deny_special_chars"sv,
                              "bind_address"sv,
                              "bind_interface"sv,
                              "bridge_alpn"sv,
                              "bridge_attempt_unsubscribe"sv,
                              "bridge_bind_address"sv,
                              "bridge_cafile"sv,
                              "bridge_capath"sv,
                              "bridge_certfile"sv,
                              "bridge_identity"sv,
                              "bridge_insecure"sv,
                              "bridge_keyfile"sv,
                              "bridge_max_packet_size"sv,
                              "bridge_outgoing_retain"sv,
                              "bridge_protocol_version"sv,
                              "bridge_psk"sv,
                              "bridge_require_ocsp"sv,
                              "bridge_tls_version"sv,
                              "cafile"sv,
                              "capath"sv,
                              "certfile"sv,
                              "ciphers"sv,
                              "ciphers_tls1.3"sv,
                              "cleansession"sv,
                              "clientid"sv,
                              "connection"sv,
                              "crlfile"sv,
                              "dhparamfile"sv,
                              "http_dir"sv,
                              "idle_timeout"sv,
                              "keepalive_interval"sv,
                              "keyfile"sv,
                              "local_cleansession"sv,
                              "local_clientid"sv,
                              "local_password"sv,
                              "local_username"sv,
                              "max_connections"sv,
                              "max_qos"sv,
                              "max_topic_alias"sv,
                              "maximum_qos"sv,
                              "mount_point"sv,
                              "notification_topic"sv,
                              "notifications"sv,
                              "notifications_local_only"sv,
                              "password"sv,
                              "pid_file"sv,
                              "plugin"sv,
                              "port"sv,
                              "psk_hint"sv,
                              "remote_clientid"sv,
                              "remote_password"sv,
                              "remote_username"sv,
                              "require_certificate"sv,
                              "restart_timeout"sv,
                              "retry_interval"sv,
                              "round_robin"sv,
                              "socket_domain"sv,
                              "start_type"sv,
                              "threshold"sv,
                              "tls_engine"sv,
                              "tls_engine_kpass_sha1"sv,
                              "tls_keyform"sv,
                              "tls_version"sv,
                              "topic"sv,
                              "try_private"sv,
                              "use_identity_as_username"sv,
                              "use_subject_as_username"sv,
                              "use_username_as_clientid"sv,
                              "user"sv,
                              "username"sv};

constexpr std::array kBooleans{"allow_duplicate_messages"sv,
                               "allow_zero_length_clientid"sv,
                               "autosave_on_changes"sv,
                               "check_retain_source"sv,
                               "connection_messages"sv,
                               "log_timestamp"sv,
                               "persistence"sv,
                               "queue_qos0_messages"sv,
                               "retain_available"sv,
                               "retained_persistence"sv,
                               "set_tcp_nodelay"sv,
                               "upgrade_outgoing_qos"sv};

constexpr std::array kTexts{"acl_file"sv, "clientid_prefixes"sv, "password_file"sv, "psk_file"sv};
constexpr std::array kTextsOnce{"log_timestamp_format"sv, "persistence_file"sv, "persistence_location"sv};

struct Number {
  std::string_view name;
  long least = std::numeric_limits<long>::min(), most = std::numeric_limits<long>::max();
};
constexpr std::array<Number, 14> kNumbers{
    {{"autosave_interval"},
     {"log_facility", 0, 7},
     {"max_inflight_bytes"},
     {"max_inflight_messages", std::numeric_limits<long>::min(), 65'535},
     {"max_keepalive", 0, 65'535},
     {"max_packet_size", 20},
     {"max_queued_bytes"},
     {"max_queued_messages"},
     {"memory_limit", 0},
     {"message_size_limit", 0, 268'435'455},
     {"retain_expiry_interval"},
     {"sys_interval", 0, 65'535},
     {"websockets_headers_size", 0, 65'535},
     {"websockets_log_level"}}};

constexpr std::array kLogDestinations{"none"sv, "syslog"sv, "stdout"sv, "stderr"sv, "topic"sv, "dlt"sv};
constexpr std::array kLogTypes{"none"sv,     "information"sv, "notice"sv,    "warning"sv,
                               "error"sv,    "debug"sv,       "subscribe"sv, "unsubscribe"sv,
                               "internal"sv, "websockets"sv,  "all"sv};

template <typename Names>
bool is_among(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// "3d" and the like.
bool is_expiration(std::string_view word) {
  if (word.empty()) return true;  // the broker logs an error and goes on
  return "hdwmy"sv.find(word.back()) != std::string_view::npos &&
         conf_number(word.substr(0, word.size() - 1)) > 0;
}

}  // namespace

ReloadOptions::Answer ReloadOptions::ask(const ConfLine& line) {
  const auto when = [](bool is_taken) { return is_taken ? Answer::taken : Answer::refused; };
  const auto [name, value] = line;
  if (is_among(kSkipped, name) || name.starts_with("auth_opt_") || name.starts_with("plugin_opt_"))
    return Answer::taken;
  if (is_among(kBooleans, name)) return when(conf_bool(value).has_value());
  if (is_among(kTexts, name)) return when(conf_text(value).has_value());
  if (is_among(kTextsOnce, name)) return when(conf_text(value) && seen_.insert(std::string(name)).second);
  std::string_view rest = value;
  const auto word = next_word(rest);
  if (name == "protocol") return when(word.empty() || word == "mqtt" || word == "websockets");
  if (name == "persistent_client_expiration") return when(is_expiration(word));
  if (name == "log_type") return when(word.empty() || is_among(kLogTypes, word));
  if (name == "log_dest") {
    if (word != "file") return when(is_among(kLogDestinations, word));
    return when(rest.find_first_not_of(" \t") != std::string_view::npos && seen_.insert("log_dest").second);
  }
  const auto* const number = std::find_if(kNumbers.begin(), kNumbers.end(),
                                          [&](const Number& one) { return one.name == line.name; });
  if (number == kNumbers.end() || word.empty()) return Answer::refused;
  const long given = conf_number(word);
  // Two options have changed within 2.0: one with 2.0.13, one with 2.0.21.
  const bool may_be_low = name == "max_keepalive" && given >= 0 && given < 10;
  if (may_be_low && patch_ < 13) return patch_ == 0 ? Answer::depends_on_version : Answer::refused;
  if (name == "retain_expiry_interval" && patch_ < 21)
    return patch_ == 0 ? Answer::depends_on_version : Answer::refused;
  return when(given >= number->least && given <= number->most);
}

}  // namespace rollcall::plugin
