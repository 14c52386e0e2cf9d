// SPDX-License-Identifier: Apache-2.0
// The templates that the engine goes by. Internal to the engine.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bridge/core/lifecycle/template.hpp"

namespace rollcall {

/// Stays where it is: devices and effects point into it.
class Templates {
 public:
  explicit Templates(std::vector<TemplateDefinition> all) : all_(std::move(all)) {}
  Templates(const Templates&) = delete;
  Templates& operator=(const Templates&) = delete;

  const std::vector<TemplateDefinition>& all() const { return all_; }
  /// Returns nullptr if there is none of this name.
  const TemplateDefinition* find(std::string_view name) const;
  /// The same; throws std::logic_error if there is none.
  const TemplateDefinition& at(std::string_view name) const;
  /// Returns the same text, which is valid as long as this is. It may be of a status that no template has any
  /// more.
  std::string_view keep_key(std::string_view status_key);

 private:
  std::vector<TemplateDefinition> all_;
  std::set<std::string, std::less<>> other_keys_;
};

}  // namespace rollcall
