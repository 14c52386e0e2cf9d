// SPDX-License-Identifier: Apache-2.0
// What can be asked about templates: what they say, how they look, and what would come of a scenario. Pure.
#pragma once

#include <memory>

#include "bridge/core/api/api.hpp"

namespace rollcall {

class TemplateCalls {
 public:
  explicit TemplateCalls(std::shared_ptr<ApiContext> context) : context_(std::move(context)) {}
  void add_routes(Router& router);

 private:
  void list(const CallPointer& call) const;
  void get(const CallPointer& call) const;
  void diagram(const CallPointer& call) const;
  void simulate(const CallPointer& call) const;
  /// Answers 404 and returns nullptr if there is no such template.
  const TemplateDefinition* find(const CallPointer& call) const;

  std::shared_ptr<ApiContext> context_;
};

}  // namespace rollcall
