// SPDX-License-Identifier: Apache-2.0
// What people were told, and by which channels: notifications, their deliveries, and incidents. Pure, not
// thread safe.
#pragma once

#include <memory>

#include "bridge/core/api/api.hpp"

namespace rollcall {

class NotificationCalls {
 public:
  explicit NotificationCalls(std::shared_ptr<ApiContext> context) : context_(std::move(context)) {}
  void add_routes(Router& router);

 private:
  void list(const CallPointer& call);
  void incidents(const CallPointer& call);
  void retry(const CallPointer& call);

  std::shared_ptr<ApiContext> context_;
};

}  // namespace rollcall
