// SPDX-License-Identifier: Apache-2.0
// A broker for tests of the plugin: clients are numbers, what was published is kept, time is set by
// hand.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "plugin/broker.hpp"

namespace rollcall::plugin {

/// The address of client `number`; only ever compared.
inline ClientHandle handle(std::uintptr_t number) { return reinterpret_cast<ClientHandle>(number * 8); }

class FakeBroker : public Broker {
 public:
  struct Message {
    std::string topic, payload;
    int qos = 0;
    bool retain = false;
    std::string properties{};  // of a command
    std::uint32_t expires_after = 0;
  };

  ClientFacts facts(ClientHandle client) const override { return clients.at(client); }
  bool publish(std::string_view topic, std::string_view payload, int qos, bool retain) override {
    if (--refuse_publish_in == 0) return false;
    messages.push_back({std::string(topic), std::string(payload), qos, retain});
    return true;
  }
  bool publish_command(const CommandMessage& message) override {
    if (!publish(message.topic, message.payload, message.qos, false)) return false;
    messages.back().properties = message.properties;
    messages.back().expires_after = message.expires_after;
    return true;
  }
  MessageProperties properties(const void* properties) const override {
    return properties == nullptr ? MessageProperties{} : *static_cast<const MessageProperties*>(properties);
  }
  Millis monotonic() const override { return now; }
  void log(LogLevel, const std::string& line) override {
    lines.push_back(line);
    if (on_log) on_log(std::string(kLogName) + line);
  }
  Millis wall() const override { return now + wall_offset; }
  Millis keepalive_sweep() const override { return Millis{2000}; }

  /// The broker has a record of this client from now on.
  ClientHandle add(std::uintptr_t number, const std::string& client_id, std::uint8_t protocol = 4,
                   std::uint16_t keepalive = 60) {
    ClientFacts facts;
    facts.client_id = client_id;
    facts.address = "127.0.0.1";
    facts.protocol = protocol;
    facts.keepalive = keepalive;
    clients[handle(number)] = facts;
    return handle(number);
  }

  std::map<ClientHandle, ClientFacts> clients;
  std::vector<Message> messages;
  std::vector<std::string> lines;
  std::function<void(const std::string& line)> on_log;  ///< what comes of it, as a broker writes it
  Millis now{1'000'000};
  Millis wall_offset{1'700'000'000'000};
  long refuse_publish_in = 0;  ///< the how manieth publish from now fails; 0 or less: none
};

}  // namespace rollcall::plugin
