// SPDX-License-Identifier: Apache-2.0
// What the sessions with the brokers tell, on its way to the engine and the log.
#include <algorithm>
#include <variant>

#include "bridge/core/pipeline/bridge.hpp"
#include "bridge/core/pipeline/bridge_values.hpp"
#include "bridge/core/pipeline/reporting.hpp"
#include "topics/payloads.hpp"

namespace rollcall {

/// One event of a session. `is_replay`: it was kept until all brokers were synced.
struct Bridge::Apply {
  Bridge& bridge;
  std::uint32_t broker;
  Time now;
  bool is_replay = false;

  void operator()(const session_event::SendRequest& event) const {
    if (!bridge.inboxes_[broker].has_link_down()) bridge.ports_.send_request(broker, event.bytes);
  }
  void operator()(const session_event::BrokerAnswered& event) const {
    bridge.refuse_what_is_served(broker, event.boot, now);
  }
  void operator()(const session_event::ClockCompared& event) const {
    bridge.clock_compared(broker, event.step, now);
  }
  void operator()(const BrokerAway& event) const { handle(event); }
  // Before anything that it tells: while it counts as away its connections don't count beside others.
  void operator()(const BrokerFound& event) const { handle(event); }
  void operator()(const session_event::BrokerReturned& event) const {
    ++counts().outages;
    bridge.broker_returned(broker, event, now);
  }
  void operator()(const BrokerStoodStill& event) const {
    ++counts().outages;
    handle(event);
  }
  void operator()(const session_event::Opened& event) const {
    ++counts().connects;
    bridge.publisher_.set_cause(event.at);
    bridge.opened(event, now);
  }
  void operator()(const ConnectionEnded& event) const {
    ++counts().disconnects;
    bridge.publisher_.set_cause(event.at);
    handle(event);
  }
  void operator()(const Active& event) const {
    ++counts().activities;
    handle(event);
  }
  void operator()(const Declared& event) const {
    ++counts().declarations;
    handle(event);
  }
  void operator()(const session_event::Reported& event) const {
    ++counts().reports;
    bridge.publisher_.set_cause(event.at);
    bridge.reported(event, now);
  }
  void operator()(const session_event::Watermark& event) const {
    bridge.engine_.set_watermark(broker, event.until);
  }
  void operator()(const session_event::ActivityWatermark& event) const {
    bridge.engine_.set_activity_watermark(broker, event.until);
  }
  void operator()(const session_event::Synced& event) const {
    ++counts().snapshots;
    handle(BrokerListed{broker});
    const auto boot = bridge.sessions_[broker]->boot();
    for (Feature* feature : bridge.features_) feature->synced(broker, boot);
    if (!is_replay) bridge.synced(broker, event, now);
  }
  void operator()(const session_event::ServedAgain&) const { bridge.served_again(broker, now); }
  void operator()(const session_event::PluginStateChanged& event) const {
    bridge.log_.plugin_state(broker, event.state, event.detail);
  }
  void operator()(const session_event::PluginGreeted& event) const {
    bridge.greeted(broker, event);
    for (Feature* feature : bridge.features_) feature->greeted(broker);
  }
  void operator()(const session_event::CommandTaken& event) const {
    for (Feature* feature : bridge.features_) feature->command_taken(broker, event);
  }
  void operator()(const session_event::CommandDelivered& event) const {
    for (Feature* feature : bridge.features_) feature->command_delivered(broker, event);
  }
  void operator()(const session_event::ClientSubscribed& event) const {
    for (Feature* feature : bridge.features_) feature->client_subscribed(broker, event);
  }
  void operator()(const session_event::CommandsCounted& event) const {
    for (Feature* feature : bridge.features_) feature->commands_counted(broker, event);
  }
  void operator()(const session_event::CauseLogChanged& event) const {
    bridge.cause_log_changed(broker, event.log);
  }
  void operator()(const session_event::LinkDeaf&) const { bridge.ports_.reconnect(broker); }
  void operator()(const session_event::RequestsTooLarge&) const { bridge.log_.requests_too_large(broker); }
  void operator()(const session_event::MessagesLeftOut& event) const {
    bridge.log_.left_out(broker, event.what);
  }
  void operator()(const session_event::EventsLost&) const { bridge.log_.lost_events(broker); }
  void operator()(const session_event::RulesTooLarge& event) const {
    bridge.log_.rules_too_large(broker, event.bytes, event.most);
  }

 private:
  BrokerCounts& counts() const { return bridge.counts_[broker]; }
  void handle(const Event& event) const { bridge.carry_out(bridge.engine_.handle(event, now)); }
};

void Bridge::apply(std::uint32_t broker, const SessionEvent& event, Time now) {
  if (!startup_.defer(broker, event, now)) std::visit(Apply{*this, broker, now}, event);
  publisher_.set_cause(std::nullopt);
}

/// All brokers that can be reached have told what happened while this bridge was away.
void Bridge::begin_end_of_startup(Time now) {
  if (!is_clock_known_ && is_any_clock_compared_) correct_stored_times(std::nullopt, {}, now);
  startup_.end();
}

/// Returns true if the start has ended.
bool Bridge::go_on_ending_startup(Time now, std::size_t most) {
  const auto apply = [&](std::uint32_t broker, const SessionEvent& event) {
    std::visit(Apply{*this, broker, now, true}, event);
  };
  if (!startup_.hand_out(most, now, apply)) return false;
  for (std::uint32_t broker = 0; broker < sessions_.size(); ++broker) {
    if (!sessions_[broker]->was_synced()) continue;
    republish_unacknowledged(broker, now);
    stale_.want_scan(broker, now);
  }
  engine_.set_republishing(!is_everyone_synced());
  return true;
}

void Bridge::opened(const session_event::Opened& event, Time now) {
  const auto& [id, at, facts] = event;
  const auto device = identify(config_, {facts.client_id, facts.username, facts.address});
  if (!device) return;
  if (!can_be_device(device->device)) {
    log_.no_device_id(facts.address, device->device.size());
    return;
  }
  if (!may_be_device(device->device, at)) {
    sessions_[id.broker]->forget(id.number);  // a later snapshot is another contact
    return;
  }
  carry_out(
      engine_.handle(ConnectionOpened{id, device->device, device->template_name, at, Seconds{facts.keepalive},
                                      facts.client_id, facts.username, facts.address, facts.protocol},
                     now));
}

void Bridge::reported(const session_event::Reported& event, Time now) {
  const auto device = device_of_report(config_, topics_, event.topic, event.by,
                                       [this](std::string_view known) { return engine_.template_of(known); });
  if (!device || !may_be_device(device->device, event.at)) return;
  carry_out(
      engine_.handle(Reported{device->device, device->template_name, event.at, event.by.client_id}, now));
}

bool Bridge::may_be_device(std::string_view device, Time at) {
  return engine_.knows(device) || newcomers_.admit(device, engine_.device_count(), at);
}

void Bridge::broker_returned(std::uint32_t broker, const session_event::BrokerReturned& event, Time now) {
  const Time lost_at = std::min(event.lost_at, event.back_at);
  carry_out(engine_.handle(BrokerReturned{broker, event.boot, lost_at, event.back_at}, now));
  if (!event.was_synced || stale_.may_differ(broker)) {
    // What the bridge before this one published last isn't certain, but this is newer.
    engine_.for_each_record([this](const DeviceRecord& record) { engine_.republish(record.device); });
    carry_out(engine_.advance(now));
  }
  publish_all(broker);
}

void Bridge::synced(std::uint32_t broker, const session_event::Synced& event, Time now) {
  republish_unacknowledged(broker, now);
  engine_.set_republishing(!is_everyone_synced());
  if (event.is_new_boot || event.is_first || stale_.may_differ(broker)) stale_.want_scan(broker, now);
}

void Bridge::served_again(std::uint32_t broker, Time now) {
  // The other bridge's numbers may be above ours: readers would drop what has a smaller one.
  engine_.raise_seq(first_seq_at(now));
  engine_.for_each_record([this](const DeviceRecord& record) { engine_.republish(record.device); });
  carry_out(engine_.advance(now));
  publish_all(broker);
}

void Bridge::greeted(std::uint32_t broker, const session_event::PluginGreeted& event) {
  if (!event.knows_causes) ports_.subscribe_to_log(broker);
  is_activity_off_[broker] = event.activity_interval.count() == 0;
  log_where_activity_is_off(broker);
}

void Bridge::log_where_activity_is_off(std::uint32_t broker) {
  if (wants_activity(config_) && is_activity_off_[broker]) log_.activity_off(broker);
}

void Bridge::cause_log_changed(std::uint32_t broker, CauseLog log) {
  cause_logs_[broker] = log;
  has_new_warnings_ = true;
  log_.cause_log(broker, log);
}

}  // namespace rollcall
