// SPDX-License-Identifier: Apache-2.0
// Who decides on logins and access at this broker, as its own configuration says it: read as Mosquitto reads
// it, at the start and, on 2.0, at each SIGHUP. Needed for two things (docs/broker-behaviour.md, "Answers"):
// 2.0 gives a plugin no neutral answer, and no plugin may stand before this one.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "plugin/mosquitto_conf.hpp"

namespace rollcall::plugin {

struct BrokerVersion {
  bool is_v21 = false;
  int patch = 0;  ///< N of 2.0.N; 0: not known
};

/// Where nobody else decides, so that what the broker would allow without the plugin must be allowed with it.
/// What password_file and acl_file say doesn't count here: they are asked before.
struct Openness {
  bool logins = false;  ///< of clients with a user name: allow_anonymous, and no other plugin
  bool access = false;  ///< no other plugin
};

class BrokerSettings {
 public:
  /// What the broker has read at its start. `arguments`: its command line. The error says what can't be
  /// learnt.
  static Result<BrokerSettings> read(const std::vector<std::string>& arguments, BrokerVersion version,
                                     const ConfigurationFiles& files);

  /// What the broker has made of a SIGHUP; on 2.0 only, once for each. It reads the last `-c` anew, keeps its
  /// listeners and plugins, and keeps what it had where it refuses the file.
  void reload(const ConfigurationFiles& files);

  /// Instances of this plugin in the order in which the broker makes them.
  std::size_t instances() const { return ours_.size(); }

  /// Of one of them; nothing is open for one that isn't known.
  Openness openness(std::size_t instance) const;

  /// True if that instance stands behind another one of this plugin on all of its listeners.
  bool is_repeated(std::size_t instance) const;

  /// True if a client of any listener would meet two instances that are not repeated: one for all listeners,
  /// and one for this.
  bool is_doubled() const;

  /// True if on any listener of this plugin's another plugin is asked before it: what that one allows this
  /// one can't refuse, and on 2.1 this one's "none of my business" allows what that one left undecided.
  bool is_behind_another() const;

  /// Listeners without this plugin: their clients are neither seen nor guarded against.
  std::size_t unguarded_listeners() const;

  /// True if a reload could not be followed: logins count as not open until a restart.
  bool is_unclear() const { return is_unclear_; }

  /// Files of other plugins, as the configuration names them.
  std::vector<std::string> other_plugins() const;

 private:
  class StartReader;
  class ReloadReader;

  struct Security {
    std::optional<bool> allow_anonymous;  // the broker takes "not said" for yes
    bool has_auto_id_prefix = false;
  };
  struct Listener {
    long port = 0;
    std::optional<std::string> host;  // or the path of a Unix socket, where the port is 0
    Security security;
    bool speaks_mqtt = true;
  };
  /// Callbacks are called chain by chain: number 0 is that of all listeners, n that of listener n - 1.
  struct Plugin {
    std::string file;
    bool is_ours = false;
    std::vector<std::size_t> chains;
  };

  static bool is_in_chain(const Plugin& plugin, std::size_t chain);
  /// Those that a client of this listener meets, in their order.
  std::vector<const Plugin*> plugins_of(std::size_t listener) const;
  std::size_t count_of_ours(std::size_t listener) const;
  const Security& security_of(std::size_t chain) const;

  BrokerVersion version_;
  std::string main_file_;
  bool per_listener_ = false, is_local_only_ = true;
  Security global_;
  std::vector<Listener> listeners_;
  std::vector<Plugin> plugins_;    // in the order in which they are loaded
  std::vector<std::size_t> ours_;  // indices of plugins_
  bool is_unclear_ = false;        // a reload can't be followed
};

}  // namespace rollcall::plugin
