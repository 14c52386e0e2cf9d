// SPDX-License-Identifier: Apache-2.0
// Who is the bridge, and who may write and read Rollcall's topics. It leaves everything else to the broker.
// Runs on the broker's thread.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugin/broker.hpp"
#include "plugin/device_permissions.hpp"
#include "topics/names.hpp"

namespace rollcall::plugin {

/// In front of the client ids that bridges have where brokers[].client_id isn't set.
inline constexpr std::string_view kBridgeIdPrefix = "rollcall-bridge-";

/// `none`: the broker decides, as it would without the plugin.
enum class Verdict { none, allow, deny };

enum class Access { read, write, subscribe, unsubscribe };

class Guard {
 public:
  /// `bridge_secret` empty: nobody can be the bridge. The references must outlive the guard.
  Guard(const Broker& broker, const TopicNames& names, const DevicePermissions& permissions,
        std::string bridge_username, std::string bridge_secret);

  /// Judges a login. Whoever knows the secret becomes a bridge. Denied are others under the bridge's user
  /// name, and under a client id that is a bridge's: one with kBridgeIdPrefix, or one under which a bridge
  /// has logged in since the broker's start. Such a login would disconnect it, or take its session.
  Verdict login(ClientHandle client, std::string_view client_id, std::optional<std::string_view> username,
                std::optional<std::string_view> password);

  /// Judges a login that the broker asks about again after a reload; the client may be offline. Nobody
  /// becomes a bridge by it.
  Verdict login_again(ClientHandle client, std::optional<std::string_view> username,
                      std::optional<std::string_view> password) const;

  /// Judges a publish, a delivery or a subscription. `topic`: for a subscription its filter. `client` must be
  /// one that the broker still has.
  Verdict access(ClientHandle client, Access access, std::string_view topic) const;

  /// Sets whether a bridge is served. One that isn't may write requests only, and its will isn't sent.
  void set_served(ClientHandle bridge, bool served);

  bool is_bridge(ClientHandle client) const { return find(client) != bridges_.end(); }

  /// The connection has ended: from now on the address may be another client's.
  void forget(ClientHandle client) { std::erase_if(bridges_, IsOf{client}); }

 private:
  struct Bridge {
    ClientHandle client;
    bool is_displaced = false;
  };

  struct IsOf {
    ClientHandle client;
    bool operator()(const Bridge& bridge) const { return bridge.client == client; }
  };
  std::vector<Bridge>::const_iterator find(ClientHandle client) const {
    return std::find_if(bridges_.begin(), bridges_.end(), IsOf{client});
  }
  bool knows_secret(std::optional<std::string_view> password) const;
  bool is_a_bridges_id(std::string_view client_id) const;
  void remember(std::string_view client_id);

  const Broker& broker_;
  const TopicNames& names_;
  const DevicePermissions& permissions_;
  const std::string bridge_username_, bridge_secret_;
  std::vector<Bridge> bridges_;          // more than one only while they compete
  std::vector<std::string> bridge_ids_;  // without kBridgeIdPrefix; the latest last
};

}  // namespace rollcall::plugin
