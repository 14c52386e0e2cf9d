// SPDX-License-Identifier: Apache-2.0
#include "plugin/mosquitto_conf.hpp"

#include <algorithm>

namespace rollcall::plugin {

bool MosquittoConf::is_in_chain(const PluginLine& plugin, std::size_t chain) {
  return std::find(plugin.chains.begin(), plugin.chains.end(), chain) != plugin.chains.end();
}

std::vector<const MosquittoConf::PluginLine*> MosquittoConf::plugins_of(std::size_t listener) const {
  std::vector<const PluginLine*> found;
  for (const std::size_t chain : {std::size_t{0}, listener + 1}) {
    for (const auto& plugin : plugins_) {
      if (is_in_chain(plugin, chain)) found.push_back(&plugin);
    }
  }
  return found;
}

Fallbacks MosquittoConf::fallbacks(std::size_t instance) const {
  if (instance >= ours_.size() || plugins_[ours_[instance]].chains.empty()) return {};
  const auto chain = plugins_[ours_[instance]].chains.front();
  const bool has_other = std::any_of(plugins_.begin(), plugins_.end(), [&](const PluginLine& plugin) {
    return !plugin.is_ours && is_in_chain(plugin, chain);
  });
  if (has_other) return {};
  return {!is_unclear_ && security_of(chain).allow_anonymous.value_or(true), true};
}

const MosquittoConf::Security& MosquittoConf::security_of(std::size_t chain) const {
  return chain == 0 ? global_ : listeners_[chain - 1].security;
}

bool MosquittoConf::is_repeated(std::size_t instance) const {
  if (instance >= ours_.size()) return false;
  const auto& chains = plugins_[ours_[instance]].chains;
  const auto covers = [&](std::size_t chain) {
    return std::any_of(ours_.begin(), ours_.begin() + static_cast<std::ptrdiff_t>(instance), [&](auto i) {
      return is_in_chain(plugins_[i], chain) || is_in_chain(plugins_[i], 0);
    });
  };
  return !chains.empty() && std::all_of(chains.begin(), chains.end(), covers);
}

std::size_t MosquittoConf::count_of_ours(std::size_t listener) const {
  std::size_t count = 0;
  for (std::size_t i = 0; i < ours_.size(); ++i) {
    const auto& plugin = plugins_[ours_[i]];
    const bool is_here = is_in_chain(plugin, 0) || is_in_chain(plugin, listener + 1);
    count += is_here && !is_repeated(i) ? 1 : 0;
  }
  return count;
}

bool MosquittoConf::is_doubled() const {
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    if (count_of_ours(i) > 1) return true;
  }
  return false;
}

bool MosquittoConf::is_behind_another() const {
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    if (count_of_ours(i) > 0 && !plugins_of(i).front()->is_ours) return true;
  }
  return false;
}

std::size_t MosquittoConf::unguarded_listeners() const {
  std::size_t count = 0;
  for (std::size_t i = 0; i < listeners_.size(); ++i)
    count += count_of_ours(i) == 0 && listeners_[i].speaks_mqtt ? 1 : 0;
  return count;
}

std::vector<std::string> MosquittoConf::other_plugins() const {
  std::vector<std::string> files;
  for (const auto& plugin : plugins_) {
    if (!plugin.is_ours) files.push_back(plugin.file);
  }
  return files;
}

}  // namespace rollcall::plugin
