// SPDX-License-Identifier: Apache-2.0
// Who is the bridge, and who may write and read Rollcall's topics. Everything else is none of its business.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugin/broker.hpp"
#include "plugin/speakers.hpp"
#include "topics/names.hpp"

namespace rollcall::plugin {

/// `none`: as it would be without the plugin.
enum class Verdict { none, allow, deny };

enum class Access { read, write, subscribe, unsubscribe };

class Guard {
 public:
  /// `bridge_secret` empty: nobody can be the bridge. The references must outlive the guard.
  Guard(const Broker& broker, const TopicNames& names, const Speakers& speakers, std::string bridge_username,
        std::string bridge_secret);

  /// A login. The bridge is who knows the secret, and nobody else gets in under its name, or under the client
  /// id of a bridge that is connected (a takeover would throw it out).
  Verdict login(ClientHandle client, std::string_view client_id, std::optional<std::string_view> username,
                std::optional<std::string_view> password);

  /// The broker asks again for a client that it has, online or offline, after a reload. Nobody becomes the
  /// bridge by it.
  Verdict login_again(ClientHandle client, std::optional<std::string_view> username,
                      std::optional<std::string_view> password) const;

  /// `topic`: of a publish or a delivery, or a subscription's filter. `client` must be one that the broker
  /// still has.
  Verdict access(ClientHandle client, Access access, std::string_view topic) const;

  /// A bridge that isn't served because another one is writes nothing but requests, and its will isn't sent.
  void set_served(ClientHandle bridge, bool served);

  bool is_bridge(ClientHandle client) const { return find(client) != bridges_.end(); }

  /// The connection has ended: the address may stand for somebody else from now on.
  void forget(ClientHandle client) { std::erase_if(bridges_, IsOf{client}); }

 private:
  struct Bridge {
    ClientHandle client;
    std::string client_id;
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

  const Broker& broker_;
  const TopicNames& names_;
  const Speakers& speakers_;
  const std::string bridge_username_, bridge_secret_;
  std::vector<Bridge> bridges_;  // one; more while they compete
};

}  // namespace rollcall::plugin
