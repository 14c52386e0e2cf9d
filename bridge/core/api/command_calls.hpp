// SPDX-License-Identifier: Apache-2.0
// The messages that wait for a device: listed and cleared. Pure, not thread safe.
#pragma once

#include <memory>
#include <utility>

#include "bridge/core/api/api.hpp"

namespace rollcall {

class CommandCalls : public std::enable_shared_from_this<CommandCalls> {
 public:
  explicit CommandCalls(std::shared_ptr<ApiContext> context) : context_(std::move(context)) {}
  void add_routes(Router& router);

 private:
  void list(const CallPointer& call);
  void clear(const CallPointer& call);

  std::shared_ptr<ApiContext> context_;
};

}  // namespace rollcall
