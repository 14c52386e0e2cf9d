// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/channels/delivery_queue.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/quoting.hpp"
#include "bridge/core/channels/channel_message.hpp"
#include "bridge/core/channels/message_values.hpp"
#include "bridge/core/lifecycle/clock_step.hpp"

namespace rollcall {
namespace {

// Notifications that the store doesn't take: beyond it those go that wait for no channel any more.
constexpr std::size_t kMostUnstored = 10'000;

std::string name_for_people(const ChannelConfig& channel) {
  return fmt::format("channel {} ({})", channel.name, channel.host());
}

}  // namespace

DeliveryQueue::DeliveryQueue(Setup setup, std::vector<NotificationEntry> waiting, Sender& sender, Log log)
    : secrets_(std::move(setup.secrets)),
      source_(event_source(setup.instance)),
      random_(setup.random),
      sender_(sender),
      log_(std::move(log)) {
  for (const ChannelConfig& each : setup.channels) channels_[each.name].config = each;
  for (NotificationEntry& entry : waiting) {
    const auto notification = std::make_shared<const NotificationRecord>(std::move(entry.notification));
    for (DeliveryRecord& record : entry.deliveries) {
      PendingDelivery delivery{notification, std::move(record), PendingDelivery::Stored::yes};
      const auto found = channels_.find(delivery.record.channel);
      if (found == channels_.end()) {
        delivery.record.state = DeliveryRecord::State::dead;
        delivery.record.answer = "there is no such channel any more";
        changed(delivery.record);
      } else if (auto oldest = found->second.queue.add(++last_number_, std::move(delivery))) {
        give_up(found->second, *std::move(oldest), "gave way to later ones");
      }
    }
  }
}

void DeliveryQueue::notify(const Notification& notification, Time now) {
  const auto record = std::make_shared<const NotificationRecord>(record_of(notification));
  new_.push_back(record);
  for (const auto& name : notification.channels) {
    const auto found = channels_.find(name);
    if (found != channels_.end()) add(found->second, record, now);
  }
  drop_orphans();
}

void DeliveryQueue::incident_ended(const IncidentEnded& effect, EffectPayload& /*payload*/) {
  notify(notification_of(effect.notice), effect.notice.at);
}

void DeliveryQueue::add(Channel& channel, std::shared_ptr<const NotificationRecord> notification, Time now) {
  if (channel.queue.knows(notification->id)) return;
  DeliveryRecord record;
  record.notification = notification->id;
  record.channel = channel.config.name;
  record.began = record.due = now;
  record.ended = Time::min();
  changed(record);
  auto oldest = channel.queue.add(++last_number_, {std::move(notification), std::move(record)});
  if (oldest) {
    give_up(channel, *std::move(oldest),
            fmt::format("gave way to later ones: no more than {} wait for a channel",
                        ChannelQueue::kMostWaiting));
  }
}

void DeliveryQueue::changed(const DeliveryRecord& record) {
  changed_.insert_or_assign({record.notification, record.channel}, record);
}

void DeliveryQueue::give_up(Channel& channel, PendingDelivery delivery, const std::string& why) {
  ++channel.counts.dead;
  delivery.record.state = DeliveryRecord::State::dead;
  if (!why.empty()) delivery.record.answer = why;
  log_dead(channel, delivery.record);
  if (delivery.stored != PendingDelivery::Stored::no) return changed(delivery.record);
  // Where the store fails, it would keep them all: it must end somewhere.
  ++channel.counts.dropped;
  changed_.erase({delivery.record.notification, delivery.record.channel});
}

void DeliveryQueue::drop_orphans() {
  while (new_.size() > kMostUnstored && new_.front().use_count() == 1) new_.pop_front();
}

void DeliveryQueue::advance(const Engine& /*engine*/, Time now) {
  for (auto& [name, channel] : channels_) {
    while (const auto number = channel.queue.take_next(now)) send(channel, *number, now);
  }
}

void DeliveryQueue::send(Channel& channel, Number number, Time now) {
  const PendingDelivery& delivery = *channel.queue.find(number);
  attempts_.emplace(++last_attempt_, Attempt{channel.config.name, number});
  const auto found = secrets_.find(channel.config.name);
  auto message = channel_message(channel.config, found == secrets_.end() ? std::string() : found->second,
                                 *delivery.notification, source_, now);
  message.number = last_attempt_;
  sender_.send(std::move(message));
}

void DeliveryQueue::ended(const SendResult& result, Time now) {
  const auto attempt = attempts_.extract(result.number);
  if (attempt.empty()) return;
  const auto found = channels_.find(attempt.mapped().channel);
  if (found == channels_.end()) return;
  Channel& channel = found->second;
  const Number number = attempt.mapped().number;
  if (channel.queue.find(number) == nullptr) return;

  const auto note = [&](DeliveryRecord& record) {
    record.ended = now;
    record.code = result.code;
    record.answer = described(result);
  };
  const auto verdict = verdict_of(result, channel.config.mail.has_value());
  if (verdict == Verdict::again) {
    DeliveryRecord& failed =
        channel.queue.failed(number, parse_retry_after(result.retry_after, now), random(), now);
    note(failed);
    ++channel.counts.failed;
    log_failure(channel, failed.answer);
    changed(failed);
    const std::string answer = failed.answer;
    for (auto& expired : channel.queue.take_expired(number, now))
      give_up(channel, std::move(expired), answer);
    return;
  }
  if (channel.queue.failures() > 0) log_(true, name_for_people(channel.config) + " answers again");
  PendingDelivery done = channel.queue.answered(number);
  ++done.record.attempts;
  note(done.record);
  if (verdict == Verdict::refused) return give_up(channel, std::move(done), {});
  channel.has_logged_dead = false;
  ++channel.counts.delivered;
  done.record.state = DeliveryRecord::State::delivered;
  changed(done.record);
}

void DeliveryQueue::log_failure(Channel& channel, const std::string& answer) {
  if (channel.queue.failures() != 1) return;
  log_(false, fmt::format("{} doesn't take notifications ({}); trying again for a day",
                          name_for_people(channel.config), escape_unprintable(answer)));
}

void DeliveryQueue::log_dead(Channel& channel, const DeliveryRecord& record) {
  if (std::exchange(channel.has_logged_dead, true)) return;
  log_(false,
       fmt::format("{}: gave up notification {} ({}); \"rollcall notifications\" lists it, and what follows",
                   name_for_people(channel.config), record.notification, escape_unprintable(record.answer)));
}

Result<void> DeliveryQueue::retry(const NotificationEntry& entry, Time now) {
  std::vector<Channel*> found;
  std::string why = "no channel has given it up";
  for (const DeliveryRecord& record : entry.deliveries) {
    const auto place = channels_.find(record.channel);
    if (place == channels_.end()) {
      if (record.state == DeliveryRecord::State::dead)
        why = "there is no channel " + in_quotes(record.channel) + " any more";
    } else if (place->second.queue.knows(record.notification)) {
      why = "it is on its way already";
    } else if (record.state == DeliveryRecord::State::dead) {
      found.push_back(&place->second);
    }
  }
  if (found.empty()) return fail(why);
  const auto notification = std::make_shared<const NotificationRecord>(entry.notification);
  for (Channel* const channel : found) add(*channel, notification, now);
  return {};
}

std::map<std::string, ChannelCounts> DeliveryQueue::counts() const {
  std::map<std::string, ChannelCounts> counts;
  for (const auto& [name, channel] : channels_) {
    counts[name] = channel.counts;
    counts[name].waiting = channel.queue.size();
  }
  return counts;
}

Time DeliveryQueue::next_deadline() const {
  auto next = Time::max();
  for (const auto& [name, channel] : channels_) next = std::min(next, channel.queue.next_deadline());
  return next;
}

void DeliveryQueue::add_changes(StoreBatch& batch) {
  for (const auto& notification : new_) batch.notifications.push_back(*notification);
  for (auto& [key, record] : changed_) batch.deliveries.push_back(std::move(record));
  new_.clear();
  changed_.clear();
  for (auto& [name, channel] : channels_) channel.queue.begin_to_store();
}

void DeliveryQueue::stored(Time /*now*/) {
  for (auto& [name, channel] : channels_) channel.queue.stored();
}

void DeliveryQueue::clock_stepped(Millis by, Time /*now*/) {
  for (auto& [name, channel] : channels_) channel.queue.clock_stepped(by);
  for (auto& [key, record] : changed_) {
    for (Time* const time : {&record.began, &record.due, &record.ended}) move_along(*time, by);
  }
}

void DeliveryQueue::reload(const Config& config, Time now) {
  std::map<std::string, Channel> kept;
  for (const ChannelConfig& each : config.channels) {
    auto before = channels_.extract(each.name);
    Channel& channel = before.empty() ? kept[each.name] : kept.insert(std::move(before)).position->second;
    channel.config = each;
    channel.queue.try_all(now);
  }
  for (auto& [name, channel] : channels_) {
    for (auto& delivery : channel.queue.take_all())
      give_up(channel, std::move(delivery), "there is no such channel any more");
  }
  channels_ = std::move(kept);
}

double DeliveryQueue::random() { return std::uniform_real_distribution<double>()(random_); }

}  // namespace rollcall
