// SPDX-License-Identifier: Apache-2.0
// What the plugins tell of messages to devices, and what they are asked.
#include <algorithm>

#include "bridge/core/commands/command_feature.hpp"
#include "topics/names.hpp"

namespace rollcall {

void CommandFeature::greeted(std::uint32_t broker) {
  rules_.greeted(broker);
  plugins_[broker].told = 0;
  // Asked again they are delivered once: a plugin knows what it has delivered.
  for (auto each = asked_.begin(); each != asked_.end();) {
    auto& delivery = deliveries_.at(each->second);
    if (delivery.asked->broker != broker) {
      ++each;
      continue;
    }
    delivery.asked.reset();
    delivery.has_subscribed = true;
    answers_.emplace_back(each->second, false);
    each = asked_.erase(each);
  }
}

void CommandFeature::synced(std::uint32_t broker, std::uint64_t boot) {
  plugins_[broker].boot = boot;
  plugins_[broker].wants_again = !config_.topics.empty();
}

void CommandFeature::command_taken(std::uint32_t broker, const session_event::CommandTaken& event) {
  auto& taken = plugins_[broker].taken;
  if (event.id.boot == taken.boot && event.id.number <= taken.number) return;
  taken = {brokers_[broker], event.id.boot, event.id.number};
  are_sources_changed_ = true;
  const auto device = decode_device(event.device);
  if (!device) return;
  const auto& message = event.message;
  if (event.is_passed) {
    queue_.remove_topic(*device, message.topic);
    return;
  }
  CommandRecord command;
  command.device = *device;
  command.topic = message.topic;
  command.payload = message.payload;
  command.properties = message.properties;
  command.qos = message.qos;
  command.at = event.at;
  command.expires = event.at + config_.queue.keep;
  if (message.expires_after > 0) {
    command.has_own_expiry = true;
    command.expires = std::min(command.expires, event.at + std::chrono::seconds{message.expires_after});
  }
  command.boot = event.id.boot;
  command.number = event.id.number;
  ++counts_.queued;
  counts_.dropped += queue_.add(std::move(command));
}

void CommandFeature::command_delivered(std::uint32_t /*broker*/,
                                       const session_event::CommandDelivered& event) {
  const auto asked = asked_.find(event.id);
  if (asked == asked_.end()) return;
  auto& delivery = deliveries_.at(asked->second);
  if (event.is_done) {
    queue_.remove(asked->second, delivery.asked->order);
    ++counts_.delivered;
  }
  delivery.asked.reset();
  answers_.emplace_back(asked->second, event.is_done);
  asked_.erase(asked);
}

void CommandFeature::client_subscribed(std::uint32_t /*broker*/,
                                       const session_event::ClientSubscribed& event) {
  const auto device = device_of_client_.find(event.client_id);
  if (device != device_of_client_.end()) subscribers_.push_back(device->second);
}

void CommandFeature::commands_counted(std::uint32_t broker, const session_event::CommandsCounted& event) {
  auto& plugin = plugins_[broker];
  if (plugin.counted.boot != event.boot) {
    plugin.denied_before += plugin.counted.denied;
    plugin.dropped_before += plugin.counted.dropped;
  }
  plugin.counted = event;
}

std::optional<RequestBody> CommandFeature::next_request(std::uint32_t broker, std::size_t most_bytes,
                                                        Time now) {
  if (!is_scanned_) return std::nullopt;
  if (auto request = rules_.next_request(broker)) return request;
  auto& plugin = plugins_[broker];
  const auto stored = plugin.stored.boot == plugin.boot ? plugin.stored.number : 0;
  if (plugin.wants_again || stored > plugin.told) {
    plugin.told = stored;
    return request::CommandsKept{stored, std::exchange(plugin.wants_again, false)};
  }
  return next_delivery(broker, most_bytes, now);
}

std::optional<RequestBody> CommandFeature::next_delivery(std::uint32_t broker, std::size_t most_bytes,
                                                         Time now) {
  constexpr std::size_t kFraming = 128;
  while (!ready_[broker].empty()) {
    const auto device = ready_[broker].extract(ready_[broker].begin()).value();
    auto& delivery = deliveries_.at(device);
    const auto* const command = queue_.next(device);
    if (command == nullptr || delivery.asked) continue;
    request::DeliverCommand body;
    body.id = {command->boot, command->number};
    body.client_id = delivery.client_id;
    body.message = {command->topic, command->payload, static_cast<std::uint8_t>(command->qos), 0,
                    command->properties};
    if (command->has_own_expiry) {
      const auto left = std::chrono::duration_cast<std::chrono::seconds>(command->expires - now).count();
      body.message.expires_after = static_cast<std::uint32_t>(std::max<std::int64_t>(left, 1));
    }
    if (body.message.bytes() + body.client_id.size() + kFraming > most_bytes) {
      counts_.dropped += queue_.remove(device, command->order);  // the broker takes none that is so large
      continue;
    }
    delivery.asked = Asked{body.id, command->order, broker};
    delivery.has_subscribed = false;
    asked_.emplace(body.id, device);
    return body;
  }
  return std::nullopt;
}

}  // namespace rollcall
