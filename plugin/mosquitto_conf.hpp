// SPDX-License-Identifier: Apache-2.0
// mosquitto.conf, as far as it decides on logins and access: listeners, plugins and `allow_anonymous`, read
// as Mosquitto reads them, at the start and, on 2.0, at each SIGHUP. docs/broker-behaviour.md has why
// ("Answers") and how ("How Mosquitto reads its configuration"). Values, any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "plugin/conf_reader.hpp"

namespace rollcall::plugin {

struct BrokerVersion {
  bool is_v21 = false;
  int patch = 0;  ///< N of 2.0.N; 0: not known
};

/// Which fallback callbacks an instance of the plugin needs on Mosquitto 2.0: where nobody else decides, they
/// allow what the broker would allow without the plugin. Files don't count: they are asked before.
struct Fallbacks {
  bool logins =
      false;  ///< for clients with a user name: anonymous ones are allowed, no other plugin is there
  bool access = false;  ///< no other plugin is there
};

class MosquittoConf {
 public:
  /// Reads what the broker has read at its start. `arguments`: its command line. The error says what can't be
  /// learnt.
  static Result<MosquittoConf> read(const std::vector<std::string>& arguments, BrokerVersion version,
                                    const ConfigurationFiles& files);

  /// Follows a SIGHUP; on 2.0 only, once for each. The broker reads the last `-c` anew, keeps its listeners
  /// and plugins, and keeps what it had where it refuses the file.
  void reload(const ConfigurationFiles& files);

  /// Returns how many instances of this plugin the broker makes. Instances are numbered in that order.
  std::size_t instances() const { return ours_.size(); }

  /// Returns the fallbacks of an instance; none for one that isn't known.
  Fallbacks fallbacks(std::size_t instance) const;

  /// True if other instances of this plugin come before this one on all of its listeners.
  bool is_repeated(std::size_t instance) const;

  /// True if there is a listener whose clients meet two instances that are not repeated: one for all
  /// listeners, and one for this.
  bool is_doubled() const;

  /// True if on some listener another plugin is asked before this one: what that one allows this one can't
  /// refuse, and on 2.1 this one's "none of my business" allows what that one left undecided.
  bool is_behind_another() const;

  /// Returns how many listeners don't have this plugin: their clients are neither seen nor guarded against.
  std::size_t unguarded_listeners() const;

  /// True if a reload could not be followed. From then on logins get no fallback.
  bool is_unclear() const { return is_unclear_; }

  /// Returns the files of other plugins, as the configuration names them.
  std::vector<std::string> other_plugins() const;

 private:
  class StartReader;
  class ReloadReader;

  struct Security {
    std::optional<bool> allow_anonymous;  // the broker takes "not set" for true
    bool has_auto_id_prefix = false;
  };
  struct Listener {
    long port = 0;
    std::optional<std::string> host;  // or the path of a Unix socket, where the port is 0
    Security security;
    bool speaks_mqtt = true;
  };
  /// A plugin that the broker loads. Callbacks are called chain by chain: chain 0 is that of all listeners,
  /// chain n that of listener n - 1.
  struct PluginLine {
    std::string file;
    bool is_ours = false;
    std::vector<std::size_t> chains;
  };

  static bool is_in_chain(const PluginLine& plugin, std::size_t chain);
  /// Those that a client of this listener meets, in their order.
  std::vector<const PluginLine*> plugins_of(std::size_t listener) const;
  std::size_t count_of_ours(std::size_t listener) const;
  const Security& security_of(std::size_t chain) const;

  BrokerVersion version_;
  std::string main_file_;
  bool per_listener_ = false, is_local_only_ = true;
  Security global_;
  std::vector<Listener> listeners_;
  std::vector<PluginLine> plugins_;  // in the order in which they are loaded
  std::vector<std::size_t> ours_;    // indices of plugins_
  bool is_unclear_ = false;
};

}  // namespace rollcall::plugin
