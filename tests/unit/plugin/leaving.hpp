// SPDX-License-Identifier: Apache-2.0
// What Mosquitto 2.1 does with a message that was published, when its turn comes.
#pragma once

#include <optional>
#include <string>

#include "plugin/core.hpp"
#include "tests/unit/plugin/fake_broker.hpp"

namespace rollcall::plugin {

/// What one subscriber gets; nothing: it gets nothing.
inline std::optional<std::string> what_leaves(Core& core, const FakeBroker::Message& message) {
  const auto leaving = core.leaving(message.topic.c_str(), message.payload);
  switch (leaving.what) {
    case Core::Leaving::What::as_it_is:
      break;
    case Core::Leaving::What::instead:
      return std::string(leaving.payload);
    case Core::Leaving::What::nothing:
      return std::nullopt;
  }
  return message.payload;
}

}  // namespace rollcall::plugin
