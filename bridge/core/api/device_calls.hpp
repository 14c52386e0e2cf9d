// SPDX-License-Identifier: Apache-2.0
// What can be asked about one device, and done to it. Pure, not thread safe.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "bridge/core/api/api.hpp"
#include "bridge/core/api/parameters.hpp"

namespace rollcall {

class DeviceCalls : public std::enable_shared_from_this<DeviceCalls> {
 public:
  explicit DeviceCalls(std::shared_ptr<ApiContext> context) : context_(std::move(context)) {}
  void add_routes(Router& router);

 private:
  void get(const CallPointer& call, int status, const std::string& warning);
  void connected(const CallPointer& call);
  void explain(const CallPointer& call);
  void set_status(const CallPointer& call);
  void register_device(const CallPointer& call);
  void mute(const CallPointer& call);
  void forget(const CallPointer& call);

  using Act = std::function<Result<std::uint64_t>(Bridge& bridge, Time now)>;
  /// Changes a device that is known, and answers what it is then.
  void change(const CallPointer& call, Act act);
  void change(const CallPointer& call, Act act, std::function<void(const std::string& warning)> done);

  std::shared_ptr<ApiContext> context_;
};

}  // namespace rollcall
