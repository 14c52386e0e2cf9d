// SPDX-License-Identifier: Apache-2.0
// The whole bridge without its I/O: brokers' event streams in, through device rules and engine, statuses out.
// The daemon and the tests drive the very same object. Not thread safe: one thread owns it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/broker_session.hpp"
#include "bridge/core/config.hpp"
#include "bridge/core/engine.hpp"
#include "topics/topics.hpp"

namespace rollcall {

/// What the bridge needs from the outside: links to its brokers, and a log.
class BridgePorts {
 public:
  virtual ~BridgePorts() = default;
  /// Publishes bytes on `$CONTROL/rollcall/v1` at Config::brokers[broker], QoS 0. Never blocks; what can't be
  /// sent is lost, and the bridge asks again.
  virtual void send_request(std::uint32_t broker, const std::string& bytes) = 0;
  /// 2.0 only: hold a subscription to the broker's log in the persistent session, so that the plugin sees its
  /// lines.
  virtual void subscribe_to_log(std::uint32_t broker) = 0;
  /// The other end of the link doesn't answer: break it and connect again, then say link_down and link_up.
  virtual void reconnect(std::uint32_t broker) = 0;
  enum class Level { info, warning, error };
  virtual void log(Level level, const std::string& line) = 0;
};

class Bridge : public BrokerSession::Listener {
 public:
  /// `now`: becomes `since` in ds/bridge and the floor of all `seq`. `random`: any number, another at each
  /// start. `ports` must outlive the bridge.
  Bridge(Config config, BridgePorts& ports, Time now, std::uint32_t random);

  /// The link to Config::brokers[broker] is connected and subscribed to the event stream; or isn't any more.
  /// `max_packet_bytes`: what the broker takes, by its CONNACK; 0: it didn't say.
  void link_up(std::uint32_t broker, Time now, std::size_t max_packet_bytes = 0);
  void link_down(std::uint32_t broker, Time now);

  /// A message of that broker's event stream.
  void receive(std::uint32_t broker, std::string_view bytes, Time now);

  /// Carries out what is due. Call it after each of the calls above, and when next_deadline() has come.
  void advance(Time now);
  Time next_deadline() const;

  /// The payload of ds/bridge: as it is now, or as the links' will and a clean end should leave it.
  std::string bridge_payload(bool online) const;

  const TopicNames& topics() const { return topics_; }
  const Config& config() const { return config_; }
  const Engine& engine() const { return engine_; }
  /// True if all brokers whose links are up have confirmed all that was published.
  bool is_settled() const;

 private:
  void send_request(std::uint32_t broker, const std::string& bytes) override;
  void connection_opened(const ConnectionId& id, Time at, const ConnectionFacts& facts, Time now) override;
  void connection_ended(const ConnectionId& id, Time at, Cause cause, bool will_sent, Time now) override;
  void known_until(std::uint32_t broker, Time known_until) override;
  void broker_started(std::uint32_t broker) override;
  void requests_are_too_large(std::uint32_t broker, std::size_t bytes) override;
  void link_is_deaf(std::uint32_t broker) override;
  void plugin_state_changed(std::uint32_t broker, PluginState state, const std::string& detail) override;
  void broker_greeted(std::uint32_t broker, bool knows_causes) override;

  void carry_out(const Effects& effects);
  void publish_everywhere(const Publication& publication);
  void publish_fleet(Time now);

  const Config config_;
  const TopicNames topics_;
  BridgePorts& ports_;
  const Time since_;
  Engine engine_;
  std::vector<std::unique_ptr<BrokerSession>> sessions_;  // by index into Config::brokers
  std::string fleet_payload_;
  Time fleet_published_{};
  bool is_fleet_stale_ = true;
  std::uint64_t no_device_ids_ = 0;
};

}  // namespace rollcall
