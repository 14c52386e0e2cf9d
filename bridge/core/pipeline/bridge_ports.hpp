// SPDX-License-Identifier: Apache-2.0
// The port to what the pure bridge drives: links to the brokers, and a log.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bridge/core/session/link_traffic.hpp"

namespace rollcall {

/// What the bridge needs from the outside: links to its brokers, and a log.
class BridgePorts {
 public:
  virtual ~BridgePorts() = default;
  /// Publishes bytes on `$CONTROL/rollcall/v1` at Config::brokers[broker], QoS 0. Never blocks; what can't be
  /// sent is lost, and the bridge asks again.
  virtual void send_request(std::uint32_t broker, std::string_view bytes) = 0;
  /// 2.0 only: hold a subscription to the broker's log in the persistent session, so that the plugin sees its
  /// lines.
  virtual void subscribe_to_log(std::uint32_t broker) = 0;
  /// Whether to be subscribed to all statuses, so that the retained ones come to Bridge::found_status().
  virtual void read_statuses(std::uint32_t broker, bool on) = 0;
  /// What this link has moved by now.
  virtual LinkTraffic link_traffic(std::uint32_t broker) = 0;
  /// End this link for as long as the bridge runs; no link_down is to be said.
  virtual void give_up(std::uint32_t broker) = 0;
  /// The other end of the link doesn't answer: break it and connect again, then say link_down and link_up.
  virtual void reconnect(std::uint32_t broker) = 0;
  enum class Level { info, warning, error };
  virtual void log(Level level, const std::string& line) = 0;
};

}  // namespace rollcall
