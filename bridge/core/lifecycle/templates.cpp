// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/templates.hpp"

#include <stdexcept>

namespace rollcall {

const TemplateDefinition* Templates::find(std::string_view name) const {
  for (const TemplateDefinition& definition : all_) {
    if (definition.name == name) return &definition;
  }
  return nullptr;
}

const TemplateDefinition& Templates::at(std::string_view name) const {
  if (const auto* const found = find(name)) return *found;
  throw std::logic_error("an event names a template that isn't defined: " + std::string(name));
}

std::string_view Templates::keep_key(std::string_view status_key) {
  for (const TemplateDefinition& definition : all_) {
    for (const StatusDefinition& status : definition.statuses) {
      if (status.key == status_key) return status.key;
    }
  }
  return *other_keys_.emplace(status_key).first;
}

}  // namespace rollcall
