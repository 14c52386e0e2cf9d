// SPDX-License-Identifier: Apache-2.0
// What Mosquitto 2.1 does with a message that was published, when its turn comes.
#pragma once

#include <optional>
#include <string>

#include "plugin/plugin.hpp"
#include "tests/unit/plugin/fake_broker.hpp"

namespace rollcall::plugin {

/// Returns the payload that one subscriber gets; empty if it gets nothing.
inline std::optional<std::string> what_leaves(Plugin& plugin, const FakeBroker::Message& message) {
  const auto outgoing = plugin.outgoing(message.topic.c_str(), message.payload);
  switch (outgoing.action) {
    case OutgoingMessage::Action::keep:
      break;
    case OutgoingMessage::Action::replace:
      return std::string(outgoing.payload);
    case OutgoingMessage::Action::drop:
      return std::nullopt;
  }
  return message.payload;
}

}  // namespace rollcall::plugin
