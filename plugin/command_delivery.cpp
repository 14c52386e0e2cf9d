// SPDX-License-Identifier: Apache-2.0
#include "plugin/command_delivery.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::plugin {

bool CommandDelivery::deliver(const request::DeliverCommand& command) {
  if (delivered_.contains(command.id)) {
    emit_({command.id, true});
    return true;
  }
  const bool is_known = std::any_of(under_way_.begin(), under_way_.end(),
                                    [&](const UnderWay& each) { return each.id == command.id; });
  if (is_known) return true;  // asked twice, answered once
  if (under_way_.size() >= kMaxCommandsUnderWay) return false;
  const auto& message = command.message;
  // Before it is published: the broker may ask from within.
  under_way_.push_back({command.id, std::string(command.client_id), std::string(message.topic),
                        std::string(message.payload), broker_.monotonic()});
  if (!broker_.publish_command(message)) {
    under_way_.pop_back();
    emit_({command.id, false});
  }
  return true;
}

CommandDelivery::Read CommandDelivery::read(ClientHandle client, std::string_view topic,
                                            std::string_view payload) {
  for (auto& each : under_way_) {
    if (each.topic != topic || each.payload != payload) continue;
    if (broker_.facts(client).client_id != each.client_id) return Read::not_for_it;
    each.was_read = true;
    return Read::its_own;
  }
  return Read::not_ours;
}

void CommandDelivery::end_turn(bool is_tick) {
  // The broker publishes at the beginning of its next turn: when two have ended it has.
  constexpr int kTicks = 2;
  constexpr Millis kWithoutTicks{200};
  const auto now = broker_.monotonic();
  for (auto& each : under_way_) {
    if (is_tick) ++each.ticks;
  }
  while (!under_way_.empty()) {
    const auto& first = under_way_.front();
    const bool is_over = is_tick ? first.ticks >= kTicks : now - first.at >= kWithoutTicks;
    if (!is_over) return;
    if (first.was_read) remember(first.id);
    emit_({first.id, first.was_read});
    under_way_.pop_front();
  }
}

void CommandDelivery::remember(const CommandId& id) {
  if (!delivered_.insert(id).second) return;
  order_.push_back(id);
  if (order_.size() <= kMaxRememberedCommands) return;
  delivered_.erase(order_.front());
  order_.pop_front();
}

}  // namespace rollcall::plugin
