// SPDX-License-Identifier: Apache-2.0
// Where Mosquitto 2.0 lets in or permits whatever nobody else decides. 2.0 has no neutral answer, so there
// the plugin must allow that itself: what it finds here, and nothing more. Runs on the broker's thread.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "plugin/broker_settings.hpp"
#include "plugin/options.hpp"

namespace rollcall::plugin {

/// One for all instances of the plugin in this process.
class OpenAccess {
 public:
  using LoadedPlugins = std::function<std::vector<std::string>()>;

  /// `settings`: an error where they can't be learnt. `loaded_plugins`: files of the other plugins.
  OpenAccess(Result<BrokerSettings> settings, OpenBroker option, LoadedPlugins loaded_plugins);

  const Result<BrokerSettings>& settings() const { return settings_; }

  /// Of one instance. Ask only when the broker has loaded all of its plugins.
  Openness of(std::size_t instance);

  /// The broker has read its configuration anew. Each instance says so; it is read once for all.
  void reload(std::size_t instance, const ConfigurationFiles& files);

  /// Returns what can't be learnt, and what to do about it; empty if there is nothing to say, or it was said.
  std::string take_warning();

  /// True if another plugin was loaded before this one that the configuration names after it, or not at all,
  /// or if the configuration isn't known. Ask while the plugin starts.
  bool is_behind_another() const;

 private:
  bool names(const std::string& loaded) const;

  Result<BrokerSettings> settings_;
  const OpenBroker option_;
  const LoadedPlugins loaded_plugins_;
  std::optional<std::vector<std::string>> others_;
  std::set<std::size_t> reloaded_;  // instances that have told of the latest SIGHUP
  bool is_warned_ = false;
};

}  // namespace rollcall::plugin
