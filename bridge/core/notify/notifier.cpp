// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/notify/notifier.hpp"

#include <algorithm>
#include <array>

#include "bridge/core/lifecycle/clock_step.hpp"
#include "bridge/core/lifecycle/device_summary.hpp"
#include "bridge/core/notify/notice_text.hpp"

namespace rollcall {
namespace {

/// By these a status is entered that nobody was lost in: an operator wanted it so, or the device said so.
bool is_on_purpose(std::string_view cause) {
  return cause == "connect" || cause == "late_report" || cause == "declared" || cause == "set" ||
         cause == "released" || cause == "registered";
}

void move_along(NotifyRecord& record, Millis by) {
  for (auto& count : record.counts) rollcall::move_along(count.window_began, by);
  rollcall::move_along(record.last_sent, by);
  if (!record.waiting) return;
  for (Time* time : {&record.waiting->due, &record.waiting->at, &record.waiting->window}) {
    rollcall::move_along(*time, by);
  }
}

}  // namespace

Notifier::Notifier(const Config& config, std::uint64_t instance, NotifyState stored, NotificationSink& sink)
    : rules_(config), instance_(instance), sink_(sink), incidents_(instance) {
  incidents_.configure(rules_.incident(), rules_.outage_grace());
  for (auto& incident : stored.incidents) incidents_.restore(std::move(incident));
  for (auto& record : stored.devices) {
    if (!record.incident.empty()) incidents_.restore_member(record.device, record.incident, record.is_back);
    auto& made = devices_[record.device];
    made.record = std::move(record);
    if (!made.record.waiting) continue;
    made.queued = QueueKey{made.record.waiting->due, ++last_queued_};
    queue_.emplace(*made.queued, made.record.device);
  }
}

void Notifier::row_added(const RowAdded& effect, EffectPayload& /*payload*/) {
  if (!rules_.is_active()) return;
  const TimelineRow& row = effect.row;
  if (row.kind != "transition" || row.cause == "registered") return;
  if (rules_.find(effect.template_name) == nullptr) return;
  Entered entered;
  entered.device = row.device;
  entered.template_name = effect.template_name;
  entered.from = row.from;
  entered.broker = row.broker;
  entered.client_id = row.client_id;
  entered.address = row.address;
  entered.event = {std::string(row.to), std::string(row.from), std::string(row.cause), row.at};
  const auto [place, is_new] = last_entered_.try_emplace(entered.device, entered_.size());
  if (!is_new) {
    auto& before = entered_[place->second];
    before.is_void = true;
    entered.from = before.from;  // where it was when it was last looked at
    place->second = entered_.size();
  }
  entered_.push_back(std::move(entered));
}

void Notifier::status_changed(const StatusChanged& effect, EffectPayload& /*payload*/) {
  if (!rules_.is_active()) return;
  const auto& status = effect.status;
  const auto* const definition = rules_.find(status.template_name);
  if (definition == nullptr || !definition->flapping) return;
  const auto known = devices_.find(status.device);
  const bool was_flapping = known != devices_.end() && known->second.record.is_flapping;
  if (status.flapping != was_flapping) flapping_.emplace_back(status.device, status.flapping);
}

void Notifier::contact(const Contact& effect) {
  if (!rules_.wants_gateways()) return;
  const bool is_connect = effect.kind == Contact::Kind::connect;
  if (!is_connect && (effect.kind != Contact::Kind::report || effect.reporter.empty())) return;
  const auto known = devices_.find(effect.device);
  if (is_connect && (known == devices_.end() || known->second.record.gateway.empty())) return;
  if (known != devices_.end() && known->second.record.gateway == effect.reporter) return;
  auto& record = device(effect.device).record;
  record.gateway = effect.reporter;
  unstored_.insert(record.device);
}

void Notifier::device_forgotten(const DeviceForgotten& effect) {
  if (const auto pending = last_entered_.find(effect.device); pending != last_entered_.end()) {
    entered_[pending->second].is_void = true;
    last_entered_.erase(pending);
  }
  std::erase_if(flapping_, [&](const auto& each) { return each.first == effect.device; });
  incidents_.forget(effect.device);
  if (const auto known = devices_.find(effect.device); known != devices_.end()) drop(known);
}

void Notifier::advance(const Engine& engine, Time now) {
  // More is due at this moment: only what comes of all of it counts.
  if (engine.next_deadline() && *engine.next_deadline() <= now) return;
  auto entered = std::exchange(entered_, {});
  last_entered_.clear();
  // A reload may have taken the template away meanwhile.
  std::erase_if(entered, [this](const Entered& each) {
    return each.is_void || rules_.find(each.template_name) == nullptr;
  });
  const auto flapping = std::exchange(flapping_, {});

  for (const auto& [name, begins] : flapping) {
    if (!begins) continue;
    device(name).record.is_flapping = true;
    unstored_.insert(name);
  }
  follow_incidents(entered, now);
  for (const auto& each : entered) decide(each, engine, now);
  for (const auto& [name, begins] : flapping) {
    if (!begins) end_flapping(name, engine, now);
  }
  returned_.clear();
  send_due(engine, now);
}

Time Notifier::next_deadline() const {
  const auto next = queue_.empty() ? Time::max() : queue_.begin()->first.first;
  return std::min(next, incidents_.next_deadline());
}

void Notifier::add_changes(StoreBatch& batch) {
  for (const auto& name : unstored_) {
    const auto found = devices_.find(name);
    if (found == devices_.end()) {
      batch.notify.removed.push_back(name);
    } else {
      batch.notify.devices.push_back(found->second.record);
    }
  }
  unstored_.clear();
  incidents_.add_unstored(batch.notify);
}

void Notifier::clock_stepped(Millis by, Time /*now*/) {
  queue_.clear();
  for (auto& [name, each] : devices_) {
    move_along(each.record, by);
    unstored_.insert(name);
    if (!each.queued) continue;
    move_along(each.queued->first, by);
    queue_.emplace(*each.queued, name);
  }
  for (auto& each : entered_) rollcall::move_along(each.event.at, by);
  incidents_.clock_stepped(by);
}

void Notifier::reload(const Config& config, Time /*now*/) {
  rules_ = NotifyRules(config);
  incidents_.configure(rules_.incident(), rules_.outage_grace());
}

Notifier::Device& Notifier::device(std::string_view name) {
  const auto known = devices_.find(name);
  if (known != devices_.end()) return known->second;
  auto& made = devices_[std::string(name)];
  made.record.device = name;
  return made;
}

/// After each change of a device's record.
void Notifier::settle(const std::string& name, const TemplateDefinition* definition, Time now) {
  const auto known = devices_.find(name);
  if (known == devices_.end()) return;
  auto& [record, queued] = known->second;
  unstored_.insert(name);
  const auto due = record.waiting ? std::optional(record.waiting->due) : std::nullopt;
  if (queued && (!due || *due != queued->first)) {
    queue_.erase(*queued);
    queued.reset();
  }
  if (due && !queued) {
    queued = QueueKey{*due, ++last_queued_};
    queue_.emplace(*queued, name);
  }
  if (definition != nullptr && DeviceLimits(record, *definition).trim(now, rules_.zone().local(now).day)) {
    drop(known);
  }
}

void Notifier::drop(Devices::iterator device) {
  if (device->second.queued) queue_.erase(*device->second.queued);
  unstored_.insert(device->first);
  devices_.erase(device);
}

bool Notifier::is_muted(const Engine& engine, std::string_view device, const TemplateDefinition& definition,
                        Time now) const {
  bool is_muted = is_muted_at(definition, now);
  engine.summarize(device, [&](const DeviceSummary& summary) { is_muted |= summary.is_muted(now); });
  return is_muted;
}

void Notifier::follow_incidents(const std::vector<Entered>& entered, Time now) {
  for (const auto& each : entered) {
    const auto& definition = *rules_.find(each.template_name);
    if (is_online(definition, each.event.status)) {
      if (!incidents_.returned(each.device, now)) continue;
      returned_.insert(each.device);
      auto& record = device(each.device).record;
      record.is_back = true;
      unstored_.insert(each.device);
      continue;
    }
    const bool is_lost = is_lost_in(definition, each.event.status) && !is_lost_in(definition, each.from) &&
                         !is_on_purpose(each.event.cause);
    if (!incidents_.is_on() || !is_lost) continue;
    Incidents::Loss loss{each.device, each.broker, {}, each.address, each.event.at, {}};
    const auto known = devices_.find(each.device);
    if (known != devices_.end()) loss.gateway = known->second.record.gateway;
    if (const auto* const limits = limits_of(definition, each.event.status)) loss.channels = limits->channels;
    incidents_.lost(loss, now);
    if (!incidents_.covers(each.device)) continue;
    auto& record = device(each.device).record;
    record.incident = incidents_.incident_of(each.device);
    record.is_back = false;
    unstored_.insert(each.device);
  }
  for (const auto& change : incidents_.take_changes(now)) {
    change.has_ended ? end(change, now) : begin(change, now);
  }
}

void Notifier::begin(const Incidents::Change& change, Time now) {
  for (const auto& name : change.devices) {
    auto& record = device(name).record;
    record.incident = change.incident.id;
    record.is_back = false;
    if (record.waiting) {
      const auto* const definition = rules_.find(record.waiting->template_name);
      if (definition != nullptr) DeviceLimits(record, *definition).cover();
    }
    settle(name, nullptr, now);
  }
  Notification told;
  told.id = notification_id(instance_, change.incident.id, "began", {}, change.at);
  told.kind = Notification::Kind::incident_began;
  told.text = text_of_beginning(change.incident);
  told.at = change.at;
  told.count = change.incident.devices;
  told.channels = change.incident.channels;
  told.incident = incident_of(change.incident, std::nullopt);
  sink_.notify(told, now);
}

void Notifier::end(const Incidents::Change& change, Time now) {
  for (const auto& name : change.devices) {
    const auto known = devices_.find(name);
    if (known == devices_.end()) continue;
    known->second.record.incident.clear();
    known->second.record.is_back = false;
    unstored_.insert(name);
  }
  Notification told;
  told.id = notification_id(instance_, change.incident.id, "ended", {}, change.at);
  told.kind = Notification::Kind::incident_ended;
  told.text = text_of_end(change.incident, change.at);
  told.at = change.at;
  told.count = change.incident.devices;
  told.channels = change.incident.channels;
  told.incident = incident_of(change.incident, change.at);
  sink_.notify(told, now);
}

void Notifier::decide(const Entered& entered, const Engine& engine, Time now) {
  const auto& definition = *rules_.find(entered.template_name);
  const auto known = devices_.find(entered.device);
  if (known == devices_.end() && limits_of(definition, entered.event.status) == nullptr) return;
  auto& record = device(entered.device).record;
  DeviceLimits::Circumstances circumstances;
  circumstances.now = now;
  circumstances.is_muted = is_muted(engine, entered.device, definition, now);
  circumstances.is_covered = incidents_.covers(entered.device) || returned_.contains(entered.device);
  const bool may_be_incident = incidents_.is_on() && !is_on_purpose(entered.event.cause) &&
                               is_lost_in(definition, entered.event.status) &&
                               !is_lost_in(definition, entered.from);
  if (may_be_incident) circumstances.wait = rules_.incident()->within;
  DeviceLimits(record, definition).entered(entered.event, circumstances);
  settle(entered.device, &definition, now);
}

void Notifier::end_flapping(const std::string& name, const Engine& engine, Time now) {
  const auto known = devices_.find(name);
  const auto status = engine.status_of(name);
  if (known == devices_.end() || !status) return;
  const auto* const definition = rules_.find(status->template_name);
  if (definition == nullptr) return;
  const StatusEntered current{std::string(status->status), std::string(status->previous),
                              std::string(status->cause.empty() ? "connect" : status->cause), status->since};
  DeviceLimits::Circumstances circumstances;
  circumstances.now = now;
  circumstances.is_muted = is_muted(engine, name, *definition, now);
  circumstances.is_covered = incidents_.covers(name);
  DeviceLimits(known->second.record, *definition).end_flapping(current, circumstances);
  settle(name, definition, now);
}

void Notifier::send_due(const Engine& engine, Time now) {
  while (!queue_.empty() && queue_.begin()->first.first <= now) {
    const auto name = queue_.begin()->second;
    auto& [record, queued] = devices_.at(name);
    queue_.erase(queue_.begin());
    queued.reset();
    const auto* const definition = rules_.find(record.waiting->template_name);
    if (definition == nullptr) {  // a reload has taken it away
      record.waiting.reset();
      unstored_.insert(name);
      continue;
    }
    const auto notice = DeviceLimits(record, *definition)
                            .take(now, is_muted(engine, name, *definition, now), rules_.zone().local(now).day,
                                  rules_.daily_cap());
    if (notice) send(name, *notice, *definition, engine, now);
    settle(name, definition, now);
  }
}

void Notifier::send(const std::string& name, const WaitingNotice& notice,
                    const TemplateDefinition& definition, const Engine& engine, Time now) {
  constexpr std::array kKinds{Notification::Kind::status, Notification::Kind::recovery,
                              Notification::Kind::flapping};
  Notification told;
  told.kind = kKinds.at(static_cast<std::size_t>(notice.kind));
  told.id = notification_id(instance_, name, to_string(told.kind), notice.status, notice.at);
  told.device = name;
  told.status = notice.status;
  told.label = label_of(definition, notice.status);
  told.previous = notice.previous;
  told.cause = notice.cause;
  told.template_name = definition.name;
  told.at = notice.at;
  told.count = notice.count;
  const auto* const limits = limits_of(definition, notice.told);
  if (limits != nullptr) told.channels = limits->channels;
  std::optional<Time> last_seen;
  engine.summarize(name, [&](const DeviceSummary& summary) { last_seen = summary.last_seen(); });
  told.text =
      text_of(told, limits == nullptr ? std::string_view() : limits->text, last_seen, rules_.url_of(name));
  sink_.notify(told, now);
}

}  // namespace rollcall
