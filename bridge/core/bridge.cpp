// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/bridge.hpp"

#include <algorithm>
#include <utility>

#include "bridge/core/device_rules.hpp"
#include "topics/status.hpp"

namespace rollcall {
namespace {

constexpr Millis kFleetEvery{1000};

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <typename... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

}  // namespace

// Without a store the sequence begins at the wall clock: it grows by far less than one a millisecond, so that
// no later start begins below it.
Bridge::Bridge(Config config, BridgePorts& ports, Time now, std::uint32_t random)
    : config_(std::move(config)),
      topics_(config_.topic_prefix),
      ports_(ports),
      since_(now),
      engine_(config_.templates,
              static_cast<std::uint64_t>(std::max<Millis::rep>(now.time_since_epoch().count(), 0))) {
  for (std::uint32_t broker = 0; broker < config_.brokers.size(); ++broker) {
    sessions_.push_back(std::make_unique<BrokerSession>(broker, config_.topic_prefix, random, *this));
    engine_.set_known_until(broker, now);
  }
}

void Bridge::link_up(std::uint32_t broker, Time now, std::size_t max_packet_bytes) {
  // The will of the link before this one may have said otherwise.
  sessions_[broker]->publish({topics_.bridge(), bridge_payload(true), config_.status_qos, true});
  sessions_[broker]->link_up(now, max_packet_bytes);
}

void Bridge::link_down(std::uint32_t broker, Time /*now*/) { sessions_[broker]->link_down(); }

void Bridge::receive(std::uint32_t broker, std::string_view bytes, Time now) {
  sessions_[broker]->receive(bytes, now);
}

void Bridge::advance(Time now) {
  carry_out(engine_.advance(now));
  publish_fleet(now);
  for (std::uint32_t broker = 0; broker < sessions_.size(); ++broker) {
    if (engine_.held_back_by(broker)) sessions_[broker]->ask_for_news(now);
    sessions_[broker]->advance(now);
  }
}

Time Bridge::next_deadline() const {
  auto next = Time::max();
  const auto consider = [&](std::optional<Time> deadline) {
    if (deadline) next = std::min(next, *deadline);
  };
  consider(engine_.next_deadline());
  if (is_fleet_stale_) consider(fleet_published_ + kFleetEvery);
  for (const auto& session : sessions_) consider(session->next_deadline());
  return next;
}

std::string Bridge::bridge_payload(bool online) const {
  return to_json(BridgeStatus{online, ROLLCALL_VERSION, since_});
}

bool Bridge::is_settled() const {
  return std::none_of(sessions_.begin(), sessions_.end(),
                      [](const auto& each) { return each->has_unacknowledged(); });
}

void Bridge::send_request(std::uint32_t broker, const std::string& bytes) {
  ports_.send_request(broker, bytes);
}

void Bridge::connection_opened(const ConnectionId& id, Time at, const ConnectionFacts& facts, Time now) {
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
  carry_out(engine_.handle(ConnectionOpened{id, device->device, device->template_name, at,
                                            Seconds{facts.keepalive}, facts.client_id, facts.address},
                           now));
}

void Bridge::connection_ended(const ConnectionId& id, Time at, Cause cause, bool will_sent, Time now) {
  carry_out(engine_.handle(ConnectionEnded{id, at, cause, will_sent}, now));
}

void Bridge::known_until(std::uint32_t broker, Time known_until) {
  engine_.set_known_until(broker, known_until);
}

void Bridge::broker_started(std::uint32_t broker) {
  auto& session = *sessions_[broker];
  engine_.for_each_status([&](const PublishStatus& status) {
    session.publish({topics_.status(status.encoded_device), status.payload, config_.status_qos, true});
  });
  session.publish({topics_.bridge(), bridge_payload(true), config_.status_qos, true});
  if (!fleet_payload_.empty()) session.publish({topics_.fleet(), fleet_payload_, config_.status_qos, true});
}

void Bridge::requests_are_too_large(std::uint32_t broker, std::size_t bytes) {
  ports_.log(
      BridgePorts::Level::warning,
      "broker \"" + config_.brokers[broker].name + "\": a request of up to " + std::to_string(bytes) +
          " bytes got no answer, or broke the link: going on with smaller ones. Where message_size_limit or "
          "max_packet_size is set there, give it 262144 or more");
}

void Bridge::link_is_deaf(std::uint32_t broker) { ports_.reconnect(broker); }

void Bridge::plugin_state_changed(std::uint32_t broker, PluginState state, const std::string& detail) {
  const auto& name = config_.brokers[broker].name;
  switch (state) {
    case PluginState::answers:
      ports_.log(BridgePorts::Level::info,
                 "broker \"" + name + "\": its plugin answers (version " + detail + ")");
      break;
    case PluginState::silent:
      ports_.log(BridgePorts::Level::error,
                 "broker \"" + name +
                     "\": no answer from the Rollcall plugin: is mosquitto_rollcall.so loaded there, with "
                     "topic_prefix \"" +
                     config_.topic_prefix +
                     "\" and this bridge's user and password? "
                     "Asking on.");
      break;
    case PluginState::other_version:
      ports_.log(BridgePorts::Level::error,
                 "broker \"" + name + "\": its plugin doesn't fit this bridge: " + detail);
      break;
  }
}

void Bridge::broker_greeted(std::uint32_t broker, bool knows_causes) {
  if (!knows_causes) ports_.subscribe_to_log(broker);
}

void Bridge::carry_out(const Effects& effects) {
  const auto publish_status = [&](const PublishStatus& status) {
    publish_everywhere({topics_.status(status.encoded_device), status.payload, config_.status_qos, true});
  };
  const auto record = [&](const Record& row) {
    if (!row.on_timeline) return;
    const std::string_view broker =
        row.broker ? std::string_view(config_.brokers[*row.broker].name) : std::string_view{};
    const TimelineRow payload{row.device,   row.at, row.from,      row.to,      row.kind, row.cause,
                              row.graceful, broker, row.client_id, row.address, row.seq};
    publish_everywhere({topics_.timeline(row.encoded_device), to_json(payload), 0, false});
  };
  for (const auto& effect : effects) std::visit(Overloaded{publish_status, record}, effect);
  is_fleet_stale_ = is_fleet_stale_ || !effects.empty();
}

void Bridge::publish_everywhere(const Publication& publication) {
  for (const auto& session : sessions_) session->publish(publication);
}

void Bridge::publish_fleet(Time now) {
  if (!is_fleet_stale_ || now - fleet_published_ < kFleetEvery) return;
  is_fleet_stale_ = false;
  auto payload = to_json(engine_.fleet());
  if (payload == fleet_payload_) return;
  fleet_payload_ = std::move(payload);
  fleet_published_ = now;
  publish_everywhere({topics_.fleet(), fleet_payload_, config_.status_qos, true});
}

}  // namespace rollcall
