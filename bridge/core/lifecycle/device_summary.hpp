// SPDX-License-Identifier: Apache-2.0
// One device as lists of devices look at it. Views of the engine's, valid until its next call that isn't
// const.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/time.hpp"
#include "bridge/core/lifecycle/connections.hpp"
#include "bridge/core/lifecycle/device.hpp"

namespace rollcall {

class DeviceSummary {
 public:
  /// Both must outlive this. `muted_until`: Time::min() if it isn't muted.
  DeviceSummary(const Device& device, const Connections& connections, Time muted_until)
      : device_(device), connections_(connections), muted_until_(muted_until) {}

  std::string_view device() const { return device_.id(); }
  std::string_view status() const { return device_.shown_definition().key; }
  std::string_view template_name() const { return device_.definition->name; }
  bool is_connected() const { return device_.is_connected(); }
  bool is_flapping() const { return device_.is_flapping; }
  bool is_muted(Time now) const { return muted_until_ > now; }
  Time since() const { return device_.shown_since(); }
  /// As in the last payload.
  Time last_seen() const { return device_.published_last_seen; }

  /// Calls `visit(broker, client_id, address)` for each live connection, or for the last one where none
  /// lives; not at all for a device that had none.
  template <typename Visit>
  void for_each_client(const Visit& visit) const {
    if (!is_connected()) {
      const LastEnd& end = device_.last_end;
      if (end.broker) visit(*end.broker, end.strings.client_id(), end.strings.address());
      return;
    }
    connections_.for_each_of(device_.live, [&](const Connection& each) {
      visit(each.id.broker, each.strings.client_id(), each.strings.address());
    });
  }

 private:
  const Device& device_;
  const Connections& connections_;
  const Time muted_until_;
};

}  // namespace rollcall
