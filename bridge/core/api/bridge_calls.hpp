// SPDX-License-Identifier: Apache-2.0
// What can be asked about the fleet and the bridge itself. Pure, not thread safe.
#pragma once

#include <memory>

#include "bridge/core/api/api.hpp"

namespace rollcall {

class BridgeCalls {
 public:
  explicit BridgeCalls(std::shared_ptr<ApiContext> context) : context_(std::move(context)) {}
  void add_routes(Router& router);

 private:
  void fleet(const CallPointer& call);
  void bridge(const CallPointer& call);
  void ready(const CallPointer& call);

  std::shared_ptr<ApiContext> context_;
};

}  // namespace rollcall
