// SPDX-License-Identifier: Apache-2.0
#include "plugin/guard.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::plugin {
namespace {

/// Compares in a time that doesn't depend on where the two differ.
bool is_same_secret(std::string_view given, std::string_view secret) {
  unsigned difference = given.size() == secret.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i) {
    difference |=
        static_cast<unsigned char>(given[i]) ^ static_cast<unsigned char>(secret[i % secret.size()]);
  }
  return difference == 0;
}

}  // namespace

Guard::Guard(const Broker& broker, const TopicNames& names, const DevicePermissions& permissions,
             std::string bridge_username, std::string bridge_secret)
    : broker_(broker),
      names_(names),
      permissions_(permissions),
      bridge_username_(std::move(bridge_username)),
      bridge_secret_(std::move(bridge_secret)) {}

Verdict Guard::login(ClientHandle client, std::string_view client_id,
                     std::optional<std::string_view> username, std::optional<std::string_view> password) {
  forget(client);  // whoever had this address has gone
  if (username == bridge_username_) {
    if (!knows_secret(password)) return Verdict::deny;
    bridges_.push_back({client});
    remember(client_id);
    return Verdict::allow;
  }
  return is_a_bridges_id(client_id) ? Verdict::deny : Verdict::none;
}

bool Guard::is_a_bridges_id(std::string_view client_id) const {
  return client_id.starts_with(kBridgeIdPrefix) ||
         std::find(bridge_ids_.begin(), bridge_ids_.end(), client_id) != bridge_ids_.end();
}

void Guard::remember(std::string_view client_id) {
  constexpr std::size_t kMostIds = 64;
  if (is_a_bridges_id(client_id)) return;
  if (bridge_ids_.size() >= kMostIds) bridge_ids_.erase(bridge_ids_.begin());
  bridge_ids_.emplace_back(client_id);
}

Verdict Guard::login_again(ClientHandle client, std::optional<std::string_view> username,
                           std::optional<std::string_view> password) const {
  if (username != bridge_username_) return Verdict::none;
  return is_bridge(client) || knows_secret(password) ? Verdict::allow : Verdict::deny;
}

void Guard::set_served(ClientHandle bridge, bool served) {
  const auto found = std::find_if(bridges_.begin(), bridges_.end(), IsOf{bridge});
  if (found != bridges_.end()) found->is_displaced = !served;
}

bool Guard::knows_secret(std::optional<std::string_view> password) const {
  return !bridge_secret_.empty() && password && is_same_secret(*password, bridge_secret_);
}

Verdict Guard::access(ClientHandle client, Access access, std::string_view topic) const {
  if (access == Access::unsubscribe) return Verdict::none;
  const auto bridge_alone = [&] { return is_bridge(client) ? Verdict::allow : Verdict::deny; };
  switch (names_.kind_of(topic)) {
    case TopicKind::none:
      // The bridge subscribes to the log so that the broker asks the plugin about each line (broker_log.hpp).
      // The lines aren't delivered.
      if (!is_broker_log(topic) || !is_bridge(client)) return Verdict::none;
      return access == Access::subscribe ? Verdict::allow : Verdict::deny;
    case TopicKind::stream:
      return bridge_alone();
    case TopicKind::bridge: {
      const auto bridge = find(client);
      if (access != Access::write) return bridge == bridges_.end() ? Verdict::none : Verdict::allow;
      return bridge != bridges_.end() && !bridge->is_displaced ? Verdict::allow : Verdict::deny;
    }
    case TopicKind::control:
      return access == Access::write ? bridge_alone() : Verdict::none;
    case TopicKind::declare:
    case TopicKind::report: {
      if (access != Access::write) return Verdict::none;
      if (is_bridge(client)) return Verdict::allow;
      const auto facts = broker_.facts(client);
      const bool may =
          permissions_.may_declare(client, facts, topic) || permissions_.may_report(facts, topic);
      return may ? Verdict::none : Verdict::deny;
    }
  }
  return Verdict::none;
}

}  // namespace rollcall::plugin
