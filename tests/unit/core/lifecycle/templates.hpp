// SPDX-License-Identifier: Apache-2.0
// Templates for tests, in few words.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bridge/core/config/config.hpp"

namespace rollcall::test {

inline StatusDefinition status(std::string key, Millis after = Millis{0}) {
  StatusDefinition definition;
  definition.key = std::move(key);
  definition.label = "The " + definition.key;
  definition.color = "#123456";
  definition.icon = "dot";
  definition.after = after;
  if (definition.key == "online") definition.interaction = {};
  return definition;
}

/// With both branches leading to the second status, as by default.
inline TemplateDefinition lifecycle(std::vector<StatusDefinition> statuses, std::string name = "default") {
  TemplateDefinition definition;
  definition.name = std::move(name);
  definition.statuses = std::move(statuses);
  definition.on_graceful = definition.on_non_graceful = Branch{1, definition.statuses[1].after};
  return definition;
}

}  // namespace rollcall::test
