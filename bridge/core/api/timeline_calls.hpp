// SPDX-License-Identifier: Apache-2.0
// What the store knows of the past: timelines, uptime, the fleet's counts. Pure, not thread safe.
#pragma once

#include <memory>

#include "bridge/core/api/api.hpp"

namespace rollcall {

class TimelineCalls {
 public:
  explicit TimelineCalls(std::shared_ptr<ApiContext> context) : context_(std::move(context)) {}
  void add_routes(Router& router);

 private:
  void timeline(const CallPointer& call);
  void uptime(const CallPointer& call);
  void fleet_history(const CallPointer& call);

  std::shared_ptr<ApiContext> context_;
};

}  // namespace rollcall
