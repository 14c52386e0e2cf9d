// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/session/handshake.hpp"

namespace rollcall {
namespace {

constexpr int kGreetingsBeforeReconnect = 2;
constexpr int kMostDeafLinks = 5;  // from then on the intervals don't grow

}  // namespace

bool Handshake::unanswered() {
  if (++unanswered_ % (kGreetingsBeforeReconnect << std::min(deaf_links_, kMostDeafLinks)) != 0) return false;
  ++deaf_links_;
  return true;
}

void Handshake::answered(std::uint64_t boot) {
  unanswered_ = deaf_links_ = 0;
  answered_boot_ = boot;
  identity_.may_take_over = false;  // never again: two that take over from each other would never end
}

void Handshake::displaced() {
  was_displaced_ = true;
  identity_.may_take_over = false;
}

bool Handshake::set_state(PluginState state, std::string detail) {
  if (state_ == state && state_detail_ == detail) return false;
  state_ = state;
  state_detail_ = std::move(detail);
  return true;
}

}  // namespace rollcall
