// SPDX-License-Identifier: Apache-2.0
// Where Mosquitto 2.0 is open: nobody else decides on logins or access. 2.0 has no neutral answer, so there
// the plugin must allow that itself, by fallback callbacks (docs/decisions/0005). Runs on the broker's
// thread.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "plugin/mosquitto_conf.hpp"
#include "plugin/options.hpp"

namespace rollcall::plugin {

/// One for all instances of the plugin in this process.
class OpenAccess {
 public:
  using LoadedPlugins = std::function<std::vector<std::string>()>;

  /// `conf`: an error if it can't be read. `loaded_plugins` returns the files of the other plugins.
  OpenAccess(Result<MosquittoConf> conf, OpenBroker option, LoadedPlugins loaded_plugins);

  const Result<MosquittoConf>& conf() const { return conf_; }

  /// Returns which fallbacks an instance needs. Only once the broker has loaded all of its plugins.
  Fallbacks fallbacks(std::size_t instance);

  /// The broker reads its configuration anew. Each instance calls this; it is read once for all.
  void reload(std::size_t instance, const ConfigurationFiles& files);

  /// Returns what can't be learnt, and what to do about it. Once: empty if it was returned before, or if
  /// there is nothing to warn of.
  std::string take_warning();

  /// True if another plugin was loaded before this one that the configuration names behind it or not at all,
  /// or any other if the configuration can't be read. Only while the plugin starts.
  bool is_behind_another() const;

 private:
  bool names(const std::string& loaded) const;

  Result<MosquittoConf> conf_;
  const OpenBroker option_;
  const LoadedPlugins loaded_plugins_;
  std::optional<std::vector<std::string>> others_;  // files of the other plugins
  std::set<std::size_t> reloaded_;                  // instances that have called reload() for this SIGHUP
  bool is_warned_ = false;
};

}  // namespace rollcall::plugin
