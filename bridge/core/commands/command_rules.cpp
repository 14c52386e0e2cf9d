// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/commands/command_rules.hpp"

#include <utility>

namespace rollcall {
namespace {

// Small, so that a broker with a low message_size_limit takes them as well.
constexpr std::size_t kMostDevices = 100;
constexpr std::size_t kMostBytes = 4096;

}  // namespace

void CommandRules::begin(std::vector<CommandTopic> topics) {
  topics_ = std::move(topics);
  targets_.clear();
  for (auto& plugin : plugins_) plugin = {};
}

void CommandRules::set(const std::string& device, CommandTarget target) {
  const auto known = targets_.find(device);
  if (target.rule == request::CommandRule::allow) {
    if (known == targets_.end()) return;
    targets_.erase(known);
  } else {
    if (known != targets_.end() && known->second == target) return;
    targets_[device] = std::move(target);
  }
  for (auto& plugin : plugins_) {
    if (plugin.has_topics) plugin.waiting.insert(device);
  }
}

std::optional<RequestBody> CommandRules::next_request(std::uint32_t broker) {
  auto& plugin = plugins_[broker];
  if (!plugin.has_topics) {
    plugin.has_topics = true;
    plugin.is_complete = topics_.empty();
    for (const auto& [device, target] : targets_) plugin.waiting.insert(device);
    return request::CommandTopics{topics_};
  }
  if (plugin.is_complete && plugin.waiting.empty()) return std::nullopt;
  sent_.clear();
  sent_.reserve(kMostDevices);
  request::DeviceCommands body;
  std::size_t bytes = 0;
  while (!plugin.waiting.empty() && sent_.size() < kMostDevices && bytes < kMostBytes) {
    sent_.push_back(std::move(plugin.waiting.extract(plugin.waiting.begin()).value()));
    request::DeviceCommand each;
    each.device = sent_.back();
    if (const auto target = targets_.find(sent_.back()); target != targets_.end()) {
      each.client_id = target->second.client_id;
      each.topics = target->second.topics;
      each.rule = target->second.rule;
    }
    bytes += each.device.size() + each.client_id.size() + sizeof each;
    body.devices.push_back(each);
  }
  body.is_last = !plugin.is_complete && plugin.waiting.empty();
  plugin.is_complete = plugin.is_complete || body.is_last;
  return body;
}

}  // namespace rollcall
