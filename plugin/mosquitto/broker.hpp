// SPDX-License-Identifier: Apache-2.0
// The running broker, behind the port plugin/broker.hpp.
#pragma once

#include <string>
#include <string_view>

#include "plugin/broker.hpp"

namespace rollcall::plugin {

/// True if the running broker is Mosquitto 2.1. Needs no callback: from the first registration on, callbacks
/// come.
bool is_running_in_v21();

/// Writes a line to the broker's log, behind kLogName.
void write_log(LogLevel level, const std::string& line);

class MosquittoBroker : public Broker {
 public:
  MosquittoBroker();

  ClientFacts facts(ClientHandle handle) const override;
  bool publish(std::string_view topic, std::string_view payload, int qos, bool retain) override;
  bool publish_command(const CommandMessage& message) override;
  MessageProperties properties(const void* properties) const override;
  /// Goes on while the machine sleeps, as the bridge's clock does.
  Millis monotonic() const override;
  Millis wall() const override;
  Millis keepalive_sweep() const override { return keepalive_sweep_; }
  void log(LogLevel level, const std::string& line) override { write_log(level, line); }

 private:
  const Millis keepalive_sweep_;
};

}  // namespace rollcall::plugin
