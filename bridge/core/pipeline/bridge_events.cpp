// SPDX-License-Identifier: Apache-2.0
// What the sessions with the brokers tell, on its way to the engine and the log.
#include <algorithm>
#include <utility>

#include "bridge/core/lifecycle/clock_step.hpp"
#include "bridge/core/pipeline/bridge.hpp"
#include "bridge/core/pipeline/bridge_values.hpp"
#include "topics/payloads.hpp"

namespace rollcall {

/// One event of a session.
struct Bridge::Apply {
  Bridge& bridge;
  std::uint32_t broker;
  Time now;

  void operator()(const session_event::SendRequest& event) const {
    bridge.ports_.send_request(broker, event.bytes);
  }
  void operator()(const session_event::BrokerAnswered& event) const {
    bridge.refuse_what_is_served(broker, event.boot, now);
  }
  void operator()(const session_event::ClockCompared& event) const {
    bridge.clock_compared(broker, event.step, now);
  }
  void operator()(const BrokerFound&) const { bridge.broker_found(broker, now); }
  void operator()(const session_event::BrokerReturned& event) const {
    bridge.broker_returned(broker, event, now);
  }
  void operator()(const BrokerStoodStill& event) const { handle(event, event.from); }
  void operator()(const session_event::Opened& event) const { bridge.opened(event, now); }
  void operator()(const ConnectionEnded& event) const { handle(event, event.at); }
  void operator()(const Active& event) const { handle(event, event.at); }
  void operator()(const Declared& event) const { bridge.declared(event, now); }
  void operator()(const session_event::Reported& event) const { bridge.reported(event, now); }
  void operator()(const session_event::Watermark& event) const { bridge.watermark(broker, event.until); }
  void operator()(const session_event::ActivityWatermark& event) const {
    bridge.happen(event.until, now, [&bridge = bridge, broker = broker, until = event.until](Time) {
      bridge.engine_.set_activity_known_until(broker, until);
    });
  }
  void operator()(const session_event::Synced& event) const { bridge.synced(broker, event, now); }
  void operator()(const session_event::ServedAgain&) const { bridge.served_again(broker, now); }
  void operator()(const session_event::PluginStateChanged& event) const {
    bridge.log_plugin_state(broker, event.state, event.detail);
  }
  void operator()(const session_event::PluginGreeted& event) const { bridge.greeted(broker, event); }
  void operator()(const session_event::CauseLogChanged& event) const {
    bridge.cause_log_changed(broker, event.log);
  }
  void operator()(const session_event::LinkDeaf&) const { bridge.ports_.reconnect(broker); }
  void operator()(const session_event::RequestsTooLarge&) const { bridge.log_requests_too_large(broker); }
  void operator()(const session_event::MessagesLeftOut&) const { bridge.log_left_out(broker); }
  void operator()(const session_event::EventsLost&) const { bridge.log_lost_events(broker); }
  void operator()(const session_event::RulesTooLarge& event) const {
    bridge.log_rules_too_large(broker, event.bytes, event.most);
  }

 private:
  template <typename Event>
  void handle(const Event& event, Time at) const {
    bridge.happen(at, now, [&bridge = bridge, event](Time later) {
      bridge.carry_out(bridge.engine_.handle(event, later));
    });
  }
};

void Bridge::take_events(std::uint32_t broker, Time now) {
  while (const auto event = sessions_[broker]->next_event()) std::visit(Apply{*this, broker, now}, *event);
}

void Bridge::opened(const session_event::Opened& event, Time now) {
  const auto& [id, at, facts] = event;
  const auto device = identify(config_, {facts.client_id, facts.username, facts.address});
  if (!device) return;
  if (!encode_device(device->device)) {
    if (no_device_ids_++ == 0) {
      ports_.log(BridgePorts::Level::warning,
                 "a client at " + std::string(facts.address) + " has a device id of " +
                     std::to_string(device->device.size()) +
                     " bytes: such ids (above 512 bytes, or 1024 encoded) are no devices (said once)");
    }
    return;
  }
  const Seconds keepalive{facts.keepalive};
  if (!is_gathering_) {
    carry_out(engine_.handle(ConnectionOpened{id, device->device, device->template_name, at, keepalive,
                                              facts.client_id, facts.username, facts.address},
                             now));
    return;
  }
  gathered_.push_back({at, [this, id = event.id, at = event.at, keepalive, device = *device,
                            client_id = std::string(facts.client_id), username = std::string(facts.username),
                            address = std::string(facts.address)](Time later) {
                         carry_out(
                             engine_.handle(ConnectionOpened{id, device.device, device.template_name, at,
                                                             keepalive, client_id, username, address},
                                            later));
                       }});
}

void Bridge::watermark(std::uint32_t broker, Time until) {
  if (!is_gathering_) {
    engine_.set_known_until(broker, until);
    return;
  }
  auto& known = gathered_until_.try_emplace(broker, until).first->second;
  known = std::max(known, until);
}

void Bridge::broker_found(std::uint32_t broker, Time now) {
  gathered_away_.erase(broker);
  // Before anything that it tells: while it counts as away its connections don't count beside others.
  carry_out(engine_.handle(BrokerFound{broker}, now));
}

void Bridge::broker_returned(std::uint32_t broker, const session_event::BrokerReturned& event, Time now) {
  const bool may_differ = !event.was_synced || may_differ_[broker];
  const auto happen = [this, broker, event, may_differ](Time later) {
    BrokerReturned returned{broker, event.boot, event.lost_at, event.back_at};
    if (event.is_stored_time) move_along(returned.lost_at, step_at_start_);
    returned.lost_at = std::min(returned.lost_at, returned.back_at);
    carry_out(engine_.handle(returned, later));
    if (may_differ) {
      // What the bridge before this one published last isn't certain, but this is newer.
      engine_.for_each_record([this](const DeviceRecord& record) { engine_.refresh(record.device); });
      carry_out(engine_.advance(later));
    }
    publish_all(broker);
  };
  gathered_away_.erase(broker);
  if (is_gathering_) {
    gathered_.push_back({std::min(event.lost_at, event.back_at), happen});
    if (event.is_stored_time) gathered_.back().stored = {event.lost_at, event.back_at};
  } else {
    happen(now);
  }
}

void Bridge::synced(std::uint32_t broker, const session_event::Synced& event, Time now) {
  is_listed_[broker] = true;
  happen(now, now,
         [this, listed = BrokerListed{broker}](Time later) { carry_out(engine_.handle(listed, later)); });
  if (is_gathering_) return;
  restate(broker, now);
  engine_.set_restating(!is_everyone_listed());
  if (event.is_new_boot || event.is_first || may_differ_[broker]) read_left_overs(broker, now);
}

void Bridge::served_again(std::uint32_t broker, Time now) {
  // The other bridge's numbers may be above ours: readers would drop what has a smaller one.
  engine_.raise_seq(first_seq_at(now));
  engine_.for_each_record([this](const DeviceRecord& record) { engine_.refresh(record.device); });
  carry_out(engine_.advance(now));
  publish_all(broker);
}

void Bridge::greeted(std::uint32_t broker, const session_event::PluginGreeted& event) {
  if (!event.knows_causes) ports_.subscribe_to_log(broker);
  is_activity_off_[broker] = event.activity_interval.count() == 0;
  say_where_activity_is_off(broker);
}

}  // namespace rollcall
