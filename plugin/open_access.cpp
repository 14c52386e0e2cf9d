// SPDX-License-Identifier: Apache-2.0
#include "plugin/open_access.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace rollcall::plugin {
namespace {

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

OpenAccess::OpenAccess(Result<MosquittoConf> conf, OpenBroker option, LoadedPlugins loaded_plugins)
    : conf_(std::move(conf)), option_(option), loaded_plugins_(std::move(loaded_plugins)) {}

Fallbacks OpenAccess::fallbacks(std::size_t instance) {
  if (option_ != OpenBroker::automatic) return {option_ == OpenBroker::yes, option_ == OpenBroker::yes};
  if (!others_) {
    others_ = loaded_plugins_();
    const auto unknown =
        std::find_if(others_->begin(), others_->end(), [&](const auto& file) { return !names(file); });
    if (conf_ && unknown != others_->end())
      conf_ = fail("the configuration doesn't name " + *unknown + ", which the broker has loaded");
  }
  if (conf_ && instance < conf_->instances()) return conf_->fallbacks(instance);
  return {false, others_->empty()};
}

void OpenAccess::reload(std::size_t instance, const ConfigurationFiles& files) {
  if (reloaded_.contains(instance)) reloaded_.clear();
  if (reloaded_.empty() && conf_) conf_->reload(files);
  reloaded_.insert(instance);
}

std::string OpenAccess::take_warning() {
  if (option_ != OpenBroker::automatic || (conf_ && !conf_->is_unclear())) return {};
  if (std::exchange(is_warned_, true)) return {};
  return "can't tell whether allow_anonymous is on (" +
         (conf_ ? "the broker may have refused the file at this reload" : conf_.error().message) +
         "): clients with a user name get in only if a password_file or another plugin knows them. Make the "
         "configuration readable for the user that Mosquitto runs as and restart it, or set "
         "plugin_opt_open_broker to yes or no";
}

bool OpenAccess::is_behind_another() const {
  const auto loaded = loaded_plugins_();
  if (!conf_) return !loaded.empty();
  return conf_->is_behind_another() ||
         std::any_of(loaded.begin(), loaded.end(), [&](const auto& file) { return !names(file); });
}

bool OpenAccess::names(const std::string& loaded) const {
  if (!conf_) return false;
  const auto named = conf_->other_plugins();
  return std::any_of(named.begin(), named.end(),
                     [&](const std::string& file) { return file_name(file) == file_name(loaded); });
}

}  // namespace rollcall::plugin
