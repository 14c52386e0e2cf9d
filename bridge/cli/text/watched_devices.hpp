// SPDX-License-Identifier: Apache-2.0
// The devices that `rollcall watch` shows: the list, kept up by the stream's events. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bridge/cli/text/device_filter.hpp"
#include "bridge/cli/text/device_list_text.hpp"

namespace rollcall::cli {

enum class DeviceSort : std::uint8_t { by_device, latest_since, latest_last_seen };

class WatchedDevices {
 public:
  WatchedDevices(FilterOptions filter, DeviceSort sort) : filter_(std::move(filter)), sort_(sort) {}

  /// The list as it is now, of devices that the filter lets through.
  void replace(const std::vector<Json>& statuses);

  /// An event of the stream without a filter; `data` is its JSON. Returns false if only a new list can tell
  /// who is in the filter now.
  bool apply(const std::string& event, const Json& data);

  std::size_t size() const { return devices_.size(); }

  struct View {
    std::size_t columns = 80, rows = 24;  ///< of the window
    std::optional<std::string> away{};    ///< why the bridge doesn't answer
  };
  /// Returns as many lines as the window has at most.
  std::vector<StyledLine> lines(const View& view, Time now) const;

 private:
  bool lets_through(const Json& status) const;
  std::vector<DeviceRow> first(std::size_t count) const;

  const FilterOptions filter_;
  const DeviceSort sort_;
  std::map<std::string, DeviceRow> devices_;
};

}  // namespace rollcall::cli
