// SPDX-License-Identifier: Apache-2.0
// A broker that holds back what is logged. With `log_dest topic` a line comes back into the plugin as an
// access check, which must not find it in the middle of something.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <utility>

#include "plugin/broker.hpp"

namespace rollcall::plugin {

class DeferredLog : public Broker {
 public:
  /// `broker` must outlive it.
  explicit DeferredLog(Broker& broker) : broker_(broker) {}

  ClientFacts facts(ClientHandle client) const override { return broker_.facts(client); }
  bool publish(std::string_view topic, std::string_view payload, int qos, bool retain) override {
    return broker_.publish(topic, payload, qos, retain);
  }
  bool publish_command(const CommandMessage& message) override { return broker_.publish_command(message); }
  MessageProperties properties(const void* properties) const override {
    return broker_.properties(properties);
  }
  Millis monotonic() const override { return broker_.monotonic(); }
  Millis wall() const override { return broker_.wall(); }
  Millis keepalive_sweep() const override { return broker_.keepalive_sweep(); }

  /// Keeps a line until write(). Lines beyond a hundred are dropped.
  void log(LogLevel level, const std::string& line) override;

  /// Logs what was held back. Not from within access checks.
  void write();

 private:
  Broker& broker_;
  std::deque<std::pair<LogLevel, std::string>> lines_;
};

}  // namespace rollcall::plugin
