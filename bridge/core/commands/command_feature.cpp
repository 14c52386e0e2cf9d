// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/commands/command_feature.hpp"

#include <algorithm>

#include "bridge/core/lifecycle/clock_step.hpp"
#include "bridge/core/lifecycle/device_summary.hpp"
#include "topics/names.hpp"

namespace rollcall {
namespace {

constexpr Millis kFirstPause{1000};
constexpr Millis kLongestPause = std::chrono::minutes{5};

}  // namespace

CommandFeature::CommandFeature(const Config& config, StoredState& stored)
    : queue_(config.commands.queue),
      rules_(config.brokers.size()),
      plugins_(config.brokers.size()),
      ready_(config.brokers.size()) {
  configure(config);
  for (auto& command : std::exchange(stored.commands, {})) queue_.restore(std::move(command));
  for (auto& source : std::exchange(stored.command_sources, {})) {
    const auto broker = std::find(brokers_.begin(), brokers_.end(), source.broker);
    if (broker == brokers_.end()) continue;
    auto& plugin = plugins_[static_cast<std::size_t>(broker - brokers_.begin())];
    plugin.taken = plugin.stored = plugin.written = std::move(source);
  }
}

void CommandFeature::configure(const Config& config) {
  brokers_.clear();
  for (const auto& broker : config.brokers) brokers_.push_back(broker.name);
  config_ = config.commands;
  policies_.clear();
  for (const auto& each : config.templates) {
    for (const auto& status : each.statuses) {
      if (status.commands != CommandPolicy::allow) policies_[each.name][status.key] = status.commands;
    }
  }
  rules_.begin(config_.topics);
  queue_.set_limits(config_.queue);
  is_scanned_ = false;
}

void CommandFeature::reload(const Config& config, Time /*now*/) {
  configure(config);
  queue_.for_each_device([&](std::string_view device) { touched_.emplace(device); });
  queue_.for_each_device([&](std::string_view device) {
    queued_.push_back({std::string(device), queue_.count(device)});
  });
}

CommandPolicy CommandFeature::policy_of(std::string_view template_name, std::string_view status) const {
  const auto statuses = policies_.find(template_name);
  if (statuses == policies_.end()) return CommandPolicy::allow;
  const auto policy = statuses->second.find(status);
  return policy == statuses->second.end() ? CommandPolicy::allow : policy->second;
}

void CommandFeature::status_changed(const StatusChanged& effect, EffectPayload& /*payload*/) {
  const auto& status = effect.status;
  // Of most devices nothing is ever refused or kept.
  if (config_.of_template(status.template_name) == 0 && queue_.count(status.device) == 0) return;
  touched_.emplace(status.device);
}

void CommandFeature::device_forgotten(const DeviceForgotten& effect) { touched_.emplace(effect.device); }

void CommandFeature::scan(const Engine& engine) {
  is_scanned_ = true;
  if (config_.topics.empty() || policies_.empty()) return;
  engine.for_each_summary(0, engine.number_count(), [&](const DeviceSummary& device) {
    const bool is_plain = policy_of(device.template_name(), device.status()) == CommandPolicy::allow;
    if (!is_plain) touched_.emplace(device.device());
  });
}

void CommandFeature::advance(const Engine& engine, Time now) {
  if (!is_scanned_) scan(engine);
  counts_.expired += queue_.expire(now);
  const auto answers = std::exchange(answers_, {});
  for (auto& device : queue_.take_changed_devices()) {
    queued_.push_back({device, queue_.count(device)});
    touched_.insert(std::move(device));
  }
  for (const auto& device : std::exchange(touched_, {})) refresh(engine, device, now);
  for (const auto& [device, was_delivered] : answers) go_on(device, was_delivered, now);
  for (const auto& device : std::exchange(subscribers_, {})) {
    const auto found = deliveries_.find(device);
    if (found == deliveries_.end()) continue;
    found->second.has_subscribed = true;
    if (found->second.is_there && !found->second.asked) set_ready(device, found->second);
  }
  while (!due_.empty() && due_.begin()->first <= now) {
    const auto device = due_.begin()->second;
    set_ready(device, deliveries_.at(device));
  }
}

/// By what the engine knows of it now.
void CommandFeature::refresh(const Engine& engine, const std::string& device, Time /*now*/) {
  bool is_known = false;
  bool is_there = false;
  auto policy = CommandPolicy::allow;
  CommandTarget target;
  std::uint32_t broker = 0;
  engine.summarize(device, [&](const DeviceSummary& summary) {
    is_known = true;
    policy = policy_of(summary.template_name(), summary.status());
    is_there = summary.is_connected() && policy == CommandPolicy::allow;
    target.topics = config_.of_template(summary.template_name());
    summary.for_each_client([&](std::uint32_t at, std::string_view client_id, std::string_view /*address*/) {
      broker = at;
      target.client_id = client_id;
    });
  });
  const auto level = encode_device(device);
  if (!is_known || !level) {
    counts_.dropped += queue_.clear(device);
    if (level) rules_.set(*level, {});
    forget(device);
    return;
  }
  const auto count = queue_.count(device);
  if (target.topics != 0 && policy == CommandPolicy::deny) target.rule = request::CommandRule::deny;
  // As long as something is kept, what comes must not overtake it.
  if (target.topics != 0 && (policy == CommandPolicy::queue || (is_there && count > 0)))
    target.rule = request::CommandRule::queue;
  rules_.set(*level, target);
  if (count == 0 && policy != CommandPolicy::queue) {
    forget(device);
    return;
  }
  auto& delivery = deliveries_[device];
  if (delivery.client_id != target.client_id || delivery.broker != broker) {
    unschedule(device, delivery);
    device_of_client_.erase(delivery.client_id);
    delivery.client_id = target.client_id;
    delivery.broker = broker;
  }
  device_of_client_[delivery.client_id] = device;
  const bool has_come = is_there && !std::exchange(delivery.is_there, is_there);
  if (!is_there || count == 0) {
    unschedule(device, delivery);
  } else if (has_come && !delivery.asked) {
    delivery.pause = Millis{0};
    set_ready(device, delivery);
  } else if (!delivery.asked && delivery.due == Time::max()) {
    set_ready(device, delivery);
  }
}

void CommandFeature::forget(const std::string& device) {
  const auto found = deliveries_.find(device);
  if (found == deliveries_.end()) return;
  unschedule(device, found->second);
  device_of_client_.erase(found->second.client_id);
  if (found->second.asked) asked_.erase(found->second.asked->id);
  deliveries_.erase(found);
}

void CommandFeature::unschedule(const std::string& device, Delivery& delivery) {
  if (delivery.due != Time::max()) due_.erase({std::exchange(delivery.due, Time::max()), device});
  if (delivery.broker < ready_.size()) ready_[delivery.broker].erase(device);
}

void CommandFeature::schedule(const std::string& device, Delivery& delivery, Time due) {
  unschedule(device, delivery);
  delivery.due = due;
  due_.emplace(due, device);
}

void CommandFeature::set_ready(const std::string& device, Delivery& delivery) {
  unschedule(device, delivery);
  if (delivery.broker < ready_.size()) ready_[delivery.broker].insert(device);
}

/// Behind the answer of a plugin, or without one where it was lost.
void CommandFeature::go_on(const std::string& device, bool was_delivered, Time now) {
  const auto found = deliveries_.find(device);
  if (found == deliveries_.end()) return;
  auto& delivery = found->second;
  if (!delivery.is_there || delivery.asked || queue_.count(device) == 0) return;
  if (was_delivered || delivery.has_subscribed) {
    delivery.pause = Millis{0};
    set_ready(device, delivery);
    return;
  }
  delivery.pause = std::clamp(delivery.pause * 2, kFirstPause, kLongestPause);
  schedule(device, delivery, now + delivery.pause);
}

Time CommandFeature::next_deadline() const {
  return std::min(queue_.next_expiry(), due_.empty() ? Time::max() : due_.begin()->first);
}

void CommandFeature::add_changes(StoreBatch& batch) {
  queue_.add_changes(batch);
  are_sources_changed_ = false;
  for (auto& plugin : plugins_) {
    plugin.written = plugin.taken;
    if (plugin.taken.boot != 0) batch.command_sources.push_back(plugin.taken);
  }
}

void CommandFeature::stored(Time /*now*/) {
  for (auto& plugin : plugins_) plugin.stored = plugin.written;
}

void CommandFeature::clock_stepped(Millis by, Time /*now*/) {
  queue_.clock_stepped(by);
  for (const auto& [due, device] : std::exchange(due_, {})) {
    deliveries_.at(device).due = due + by;
    due_.emplace(due + by, device);
  }
}

std::vector<Feature::Queued> CommandFeature::take_queued() { return std::exchange(queued_, {}); }

std::size_t CommandFeature::clear(std::string_view device) {
  const auto count = queue_.clear(device);
  counts_.dropped += count;
  return count;
}

CommandCounts CommandFeature::counts() const {
  auto counts = counts_;
  for (const auto& plugin : plugins_) {
    counts.denied += plugin.denied_before + plugin.counted.denied;
    counts.dropped += plugin.dropped_before + plugin.counted.dropped;
  }
  return counts;
}

}  // namespace rollcall
