// SPDX-License-Identifier: Apache-2.0
// Publishes at the brokers, through their sessions. Pure, not thread safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bridge/core/config/config.hpp"
#include "bridge/core/session/broker_session.hpp"

namespace rollcall {

class Publisher {
 public:
  using Sessions = std::vector<std::unique_ptr<BrokerSession>>;

  /// Both must outlive this. `sessions`: by index into Config::brokers.
  Publisher(const Config& config, const Sessions& sessions) : config_(config), sessions_(sessions) {}

  /// What is published from now on comes of something that happened then; empty: of nothing that has just
  /// happened.
  void set_cause(std::optional<Time> happened_at) { happened_at_ = happened_at; }

  /// Retained messages have Config::status_qos, others QoS 0. They go out with the session's next advance().
  void publish(std::uint32_t broker, std::string topic, std::string payload, bool retain);
  void publish_everywhere(std::string topic, std::string payload, bool retain);

 private:
  const Config& config_;
  const Sessions& sessions_;
  std::optional<Time> happened_at_;
};

}  // namespace rollcall
