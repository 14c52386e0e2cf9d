// SPDX-License-Identifier: Apache-2.0
// What the broker's own configuration says about who decides on logins and access. Needed on Mosquitto 2.0
// only, where a plugin has no neutral answer (docs/broker-behaviour.md, "Answers").
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "topics/result.hpp"

namespace rollcall::plugin {

/// Of one listener, or of all where `per_listener_settings` is off.
struct SecuritySettings {
  bool has_password_file = false, has_acl_file = false;
  bool has_other_plugin = false, has_deferring_plugin = false;
  bool allow_anonymous = false;
  std::size_t our_plugin_lines = 0;
  /// Another plugin stands in front of this one, and its "no" may be a mere "not I" (those for 2.1's own
  /// password and ACL files say no themselves). Mosquitto 2.1 lets our "none of my business" override that.
  bool is_behind_another = false;
};

/// Where nobody else decides, so that what the broker would allow without the plugin must be allowed with it.
struct Openness {
  bool logins = false;  ///< no password_file, no other plugin, anonymous allowed
  bool access = false;  ///< no acl_file, no other plugin
};

struct BrokerSettings {
  bool per_listener = false;
  /// `global_plugin` of 2.1: on every listener.
  bool is_on_all_listeners = false;
  std::vector<SecuritySettings>
      sections;  ///< [0] alone unless per_listener; then one for each listener, in order

  /// After a reload: the broker reads its files anew, but keeps the plugins that it has, and its listeners.
  /// What it had at its start counts on, so that nothing that is still there seems gone.
  void keep_plugins_of(const BrokerSettings& at_start);

  bool is_behind_another() const;

  /// True if the n-th instance stands behind another one of this plugin in the same place: the same lines
  /// twice.
  bool is_repeated(std::size_t instance) const;

  /// Listeners without a line of this plugin: their clients are neither seen nor guarded against.
  std::size_t unguarded_listeners() const;

  /// Of the n-th instance of this plugin, in the order in which the broker makes them.
  Openness openness(std::size_t instance) const;
};

/// Lists what mosquitto.conf may include, and reads files: the outside of parse_broker_settings.
struct ConfigurationFiles {
  std::function<Result<std::string>(const std::string& path)> read;
  std::function<Result<std::vector<std::string>>(const std::string& folder)>
      list;  ///< paths of *.conf, sorted
};

/// `arguments`: the broker's command line. `plugin_file`: this plugin's file name without its folder. The
/// error says what couldn't be learnt.
Result<BrokerSettings> parse_broker_settings(const std::vector<std::string>& arguments,
                                             std::string_view plugin_file, const ConfigurationFiles& files);

/// Of this process, from /proc and the disk.
Result<BrokerSettings> learn_broker_settings(std::string_view plugin_file);

}  // namespace rollcall::plugin
