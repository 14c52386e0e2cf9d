// SPDX-License-Identifier: Apache-2.0
// What Mosquitto makes of its configuration when it starts.
#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "plugin/mosquitto_conf.hpp"

namespace rollcall::plugin {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);  // before any listener
constexpr std::size_t kDefaultListener = kNowhere - 1;

/// Options that make a listener of their own of the lines before the first `listener`.
constexpr std::array kOfAListener{
    "bind_interface"sv, "capath"sv,  "certfile"sv, "ciphers"sv,    "ciphers_tls1.3"sv,
    "crlfile"sv,        "keyfile"sv, "psk_hint"sv, "tls_engine"sv, "tls_engine_kpass_sha1"sv};
constexpr std::array kOfAListenerOn20{"cafile"sv, "dhparamfile"sv, "mount_point"sv, "socket_domain"sv};
constexpr std::array kOfAListenerIfTrueOn20{"require_certificate"sv, "use_identity_as_username"sv,
                                            "use_subject_as_username"sv, "use_username_as_clientid"sv};
constexpr std::array kOfAListenerOn21{"max_connections"sv,
                                      "max_qos"sv,
                                      "maximum_qos"sv,
                                      "protocol"sv,
                                      "require_certificate"sv,
                                      "socket_domain"sv,
                                      "tls_keyform"sv,
                                      "use_identity_as_username"sv,
                                      "use_subject_as_username"sv,
                                      "use_username_as_clientid"sv};
template <typename Names>
bool is_among(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Result<void> not_what_it_has_read(const ConfLine& line) {
  return fail("the broker would not take \"" + std::string(line.name) + " " + std::string(line.rest) +
              "\": the file was changed after the broker's start");
}

}  // namespace

/// Reads as the broker does at its start. It doesn't check lines: with a wrong one the broker wouldn't run.
class MosquittoConf::StartReader : public ConfHandler {
 public:
  StartReader(MosquittoConf& conf, const ConfigurationFiles& files) : conf_(conf), files_(files) {}

  void file_begins() override {
    outer_.push_back({current_, conf_.listeners_.size(), std::exchange(is_lost_, false)});
    current_ = is_v21() ? kNowhere : kDefaultListener;
  }

  void file_ends() override {
    const auto outer = outer_.back();
    outer_.pop_back();
    current_ = outer.current;
    // The broker goes on at the address that the listener had before its list grew: that may be any listener.
    const bool has_moved = current_ < outer.listeners && conf_.listeners_.size() != outer.listeners;
    is_lost_ = outer.is_lost || has_moved;
  }

  Result<void> option(const ConfLine& line) override {
    const auto [name, rest] = line;
    if (name == "per_listener_settings") {
      const auto value = conf_bool(rest);
      if (!value) return not_what_it_has_read(line);
      conf_.per_listener_ = *value || (is_v21() && conf_.per_listener_);
    } else if (name == "listener") {
      conf_.is_local_only_ = is_lost_ = false;
      conf_.listeners_.push_back({conf_number(rest), conf_host(rest), {}, true});
      current_ = conf_.listeners_.size() - 1;
    } else if (name == "port" || name == "bind_address") {
      read_default_listener(line);
    } else if (name == "global_plugin" && is_v21()) {
      load(rest, {0});
    } else if (name == "plugin_load" && is_v21()) {
      auto file = rest;
      const auto plugin = next_word(file);
      by_name_[std::string(plugin)] = conf_.plugins_.size();
      load(file.substr(std::min<std::size_t>(1, file.size())), {});
    } else if (name == "plugin_use" && is_v21()) {
      const auto found = by_name_.find(conf_text(rest).value_or(""));
      if (found == by_name_.end() || current_ >= conf_.listeners_.size()) return not_what_it_has_read(line);
      conf_.plugins_[found->second].chains.push_back(current_ + 1);
    } else if (is_security_option(name) || name == "plugin" || name == "auth_plugin") {
      return read_security(line);
    } else if (name == "listener_allow_anonymous" || name == "listener_auto_id_prefix") {
      // only 2.1 has them, where logins need no fallback
    } else {
      if (makes_a_listener(line)) describe_default_listener();
      if (name == "protocol" && current_ < conf_.listeners_.size()) {
        auto protocol = rest;
        conf_.listeners_[current_].speaks_mqtt = next_word(protocol) != "http_api";
      }
    }
    return {};
  }

  /// After each file of the command line.
  void all_read() {
    if (is_v21()) return;
    if (conf_.is_local_only_) {
      if (const int patch = conf_.version_.patch; patch != 0 && patch < 21)
        conf_.global_.allow_anonymous = true;
    } else if (conf_.per_listener_) {
      for (auto& listener : conf_.listeners_) close_unless_said(listener.security);
    } else {
      close_unless_said(conf_.global_);
    }
  }

  void finish(const std::vector<long>& ports) {
    if (is_default_described_ && !is_v21()) append_default_listener();
    for (auto& listener : conf_.listeners_) listener.security.has_auto_id_prefix |= conf_.per_listener_;
    order_plugins();
    const bool is_local =
        conf_.version_.patch == 11 && !is_v21() ? conf_.listeners_.empty() : conf_.is_local_only_;
    if (is_local) listen_locally(ports.empty() ? std::vector<long>{1883} : ports);
  }

 private:
  bool is_v21() const { return conf_.version_.is_v21; }

  static void close_unless_said(Security& security) {
    if (!security.allow_anonymous) security.allow_anonymous = false;
  }

  void load(std::string_view file, std::vector<std::size_t> chains) {
    const auto path = conf_text(file).value_or("");
    conf_.plugins_.push_back({path, files_.is_ours(path), std::move(chains)});
  }

  void describe_default_listener() {
    if (current_ < conf_.listeners_.size()) return;
    is_default_described_ = true;
    if (!is_v21()) return;
    if (!default_of_21_) {
      default_of_21_ = conf_.listeners_.size();
      conf_.listeners_.push_back({1883, std::nullopt, {}, true});
    }
    current_ = *default_of_21_;
  }

  void read_default_listener(const ConfLine& line) {
    conf_.is_local_only_ = false;
    if (is_v21()) {
      is_lost_ = false;
      current_ = kNowhere;
      describe_default_listener();
    }
    is_default_described_ = true;
    auto& listener = is_v21() ? conf_.listeners_[*default_of_21_] : default_;
    if (line.name == "port") {
      listener.port = conf_number(line.rest);
    } else {
      listener.host = conf_text(line.rest);
    }
  }

  bool makes_a_listener(const ConfLine& line) const {
    const auto [name, rest] = line;
    if (is_among(kOfAListener, name)) return true;
    if (is_v21()) return is_among(kOfAListenerOn21, name);
    if (is_among(kOfAListenerOn20, name)) return true;
    if (is_among(kOfAListenerIfTrueOn20, name)) return conf_bool(rest).value_or(false);
    auto words = rest;
    if (name == "tls_keyform") return conf_text(rest) == "engine";
    if (name == "protocol") return next_word(words) == "websockets";
    if (name == "max_connections") return conf_number(rest) >= 0;
    return (name == "max_qos" || name == "maximum_qos") && conf_number(rest) != 2;
  }

  Result<void> read_security(const ConfLine& line) {
    const auto [name, rest] = line;
    if (conf_.per_listener_ && is_lost_) {
      return fail(
          "\"" + std::string(name) +
          "\" follows an include_dir that adds listeners: it isn't known which listener it belongs to");
    }
    if (conf_.per_listener_ && is_v21() && current_ == kNowhere) describe_default_listener();
    const bool is_of_default = conf_.per_listener_ && current_ >= conf_.listeners_.size();
    auto& security = !conf_.per_listener_ ? conf_.global_
                     : is_of_default      ? default_.security
                                          : conf_.listeners_[current_].security;
    if (name == "plugin" || name == "auth_plugin") {
      load(rest, {!conf_.per_listener_ ? 0 : is_of_default ? kDefaultListener : current_ + 1});
    } else if (name == "allow_anonymous") {
      const auto value = conf_bool(rest);
      if (!value) return not_what_it_has_read(line);
      security.allow_anonymous = value;
    } else if (name == "auto_id_prefix") {
      security.has_auto_id_prefix = true;
    }
    const bool describes = name == "plugin" || name == "auth_plugin" || name == "password_file" ||
                           name == "psk_file" ||
                           (name == "allow_zero_length_clientid" && conf_bool(rest) == false);
    if (is_of_default && describes) is_default_described_ = true;
    return {};
  }

  void append_default_listener() {
    if (default_.port == 0) default_.port = 1883;
    conf_.listeners_.push_back(default_);
    for (auto& plugin : conf_.plugins_)
      std::replace(plugin.chains.begin(), plugin.chains.end(), kDefaultListener, conf_.listeners_.size());
  }

  /// Brings plugins into the order in which the broker loads them. 2.0 goes listener by listener, and loads
  /// either those of listeners or those of all, depending on per_listener_settings.
  void order_plugins() {
    if (!is_v21()) {
      std::erase_if(conf_.plugins_, [&](const PluginLine& plugin) {
        return (plugin.chains.front() == 0) == conf_.per_listener_;
      });
      std::stable_sort(conf_.plugins_.begin(), conf_.plugins_.end(),
                       [](const PluginLine& left, const PluginLine& right) {
                         return left.chains.front() < right.chains.front();
                       });
    } else {
      std::erase_if(conf_.plugins_, [](const PluginLine& plugin) { return plugin.chains.empty(); });
    }
    for (std::size_t i = 0; i < conf_.plugins_.size(); ++i) {
      if (conf_.plugins_[i].is_ours) conf_.ours_.push_back(i);
    }
  }

  /// The broker listens on the loopback addresses only. Plugins of other listeners are never called then.
  void listen_locally(const std::vector<long>& ports) {
    conf_.listeners_.clear();
    for (auto& plugin : conf_.plugins_) std::erase_if(plugin.chains, [](auto chain) { return chain != 0; });
    for (const long port : ports) {
      for (const auto* host : {"127.0.0.1", "::1"}) {
        conf_.listeners_.push_back({port, host, {conf_.global_.allow_anonymous.value_or(true), false}, true});
      }
    }
  }

  MosquittoConf& conf_;
  const ConfigurationFiles& files_;
  std::size_t current_ = kNowhere;
  bool is_lost_ = false;  // it isn't known to which listener the broker gives options
  struct Outer {
    std::size_t current, listeners;
    bool is_lost;
  };
  std::vector<Outer> outer_;
  Listener default_;  // of 2.0: the lines before the first `listener`; becomes the last listener
  bool is_default_described_ = false;
  std::optional<std::size_t> default_of_21_;
  std::map<std::string, std::size_t> by_name_;  // plugin_load
};

Result<MosquittoConf> MosquittoConf::read(const std::vector<std::string>& arguments, BrokerVersion version,
                                          const ConfigurationFiles& files) {
  MosquittoConf conf;
  conf.version_ = version;
  StartReader reader(conf, files);
  std::vector<long> ports;
  for (std::size_t i = 1; i + 1 < arguments.size(); ++i) {
    const auto& name = arguments[i];
    if (name == "-c" || name == "--config-file") {
      conf.main_file_ = arguments[++i];
      if (auto done = read_conf(conf.main_file_, files, version.is_v21, reader); !done)
        return tl::make_unexpected(done.error());
      reader.all_read();
    } else if (name == "-p" || name == "--port") {
      ports.push_back(conf_number(arguments[++i]));
    } else if (name == "--tls-keylog") {
      ++i;
    }
  }
  if (conf.main_file_.empty()) return fail("the broker's command line names no configuration file");
  reader.finish(ports);
  // So the broker has read something else: from a pipe, or the file was replaced since.
  if (conf.ours_.empty()) return fail(conf.main_file_ + " doesn't name this plugin");
  return conf;
}

}  // namespace rollcall::plugin
