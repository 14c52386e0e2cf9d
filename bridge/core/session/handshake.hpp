// SPDX-License-Identifier: Apache-2.0
// Who is served: what a bridge says of itself in its greetings, how many of them got no answer, and whether
// another bridge has been served meanwhile.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "bridge/core/session/session_events.hpp"
#include "topics/protocol/requests.hpp"

namespace rollcall {

struct BridgeIdentity {
  std::string topic_prefix;
  std::uint64_t instance = 0;       ///< which bridge this is (topics/protocol/requests.hpp, Hello)
  bool may_take_over = false;       ///< at its first greeting, from a bridge that is served
  std::uint32_t first_session = 0;  ///< random; sessions count on from it
};

/// Pure. Not thread safe.
class Handshake {
 public:
  explicit Handshake(BridgeIdentity identity) : identity_(std::move(identity)) {}

  request::Hello hello() const {
    return {identity_.topic_prefix, identity_.instance, identity_.may_take_over};
  }

  void link_up() { unanswered_ = 0; }
  /// A greeting got no answer in time. Returns true if the link should be made anew, at growing intervals.
  bool unanswered();
  /// A broker that runs as this boot has answered, and isn't refused.
  void answered(std::uint64_t boot);
  /// Another bridge is served.
  void displaced();
  /// Returns true once after another bridge has been served.
  bool take_served_again() { return std::exchange(was_displaced_, false); }

  /// Returns true if this is news.
  bool set_state(PluginState state, std::string detail);
  std::optional<PluginState> state() const { return state_; }
  const std::string& state_detail() const { return state_detail_; }

  /// The boot that has answered in this run; 0: none.
  std::uint64_t answered_boot() const { return answered_boot_; }

 private:
  BridgeIdentity identity_;
  int unanswered_ = 0;  // greetings, in a row
  int deaf_links_ = 0;  // in a row
  bool was_displaced_ = false;
  std::uint64_t answered_boot_ = 0;
  std::optional<PluginState> state_;
  std::string state_detail_;
};

}  // namespace rollcall
