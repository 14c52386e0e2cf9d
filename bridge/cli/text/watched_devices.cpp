// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/text/watched_devices.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/quoting.hpp"
#include "bridge/cli/text/words.hpp"

namespace rollcall::cli {
namespace {

constexpr std::size_t kLinesAround = 3;  // the summary, the titles, and the last line

bool is_one_of(const std::vector<std::string>& lists, const std::string& name) {
  if (lists.empty()) return true;
  return std::any_of(lists.begin(), lists.end(), [&](const std::string& list) {
    return ("," + list + ",").find("," + name + ",") != std::string::npos;
  });
}

bool agrees(const std::optional<bool>& wanted, bool is) { return !wanted || *wanted == is; }

}  // namespace

void WatchedDevices::replace(const std::vector<Json>& statuses) {
  devices_.clear();
  for (const Json& status : statuses) {
    auto row = device_row(status);
    auto key = row.device;
    devices_.insert_or_assign(std::move(key), std::move(row));
  }
}

/// As far as a payload tells.
bool WatchedDevices::lets_through(const Json& status) const {
  return is_one_of(filter_.statuses, text_of(status, "status")) &&
         is_one_of(filter_.templates, text_of(status, "template")) &&
         agrees(filter_.is_connected, is_true(status, "connected")) &&
         agrees(filter_.is_flapping, is_true(status, "flapping"));
}

bool WatchedDevices::apply(const std::string& event, const Json& data) {
  const auto device = text_of(data, "device");
  const auto seq = number_of(data, "seq");
  const auto known = devices_.find(device);
  if (known != devices_.end() && seq <= known->second.seq) return true;  // the list was newer
  if (event == "gone") {
    if (known != devices_.end()) devices_.erase(known);
    return true;
  }
  if (event != "status") return event != "reset";
  if (!lets_through(data)) {
    if (known != devices_.end()) devices_.erase(known);
    return true;
  }
  // Who is in the rest of the filter, a payload doesn't tell.
  if (!filter_.brokers.empty() || filter_.is_muted || !filter_.search.empty()) {
    if (known != devices_.end()) known->second = device_row(data);
    return false;
  }
  devices_.insert_or_assign(device, device_row(data));
  return true;
}

std::vector<DeviceRow> WatchedDevices::first(std::size_t count) const {
  std::vector<const DeviceRow*> sorted;
  sorted.reserve(devices_.size());
  for (const auto& [device, row] : devices_) sorted.push_back(&row);
  count = std::min(count, sorted.size());
  const auto newest_first = [&](std::optional<Time> DeviceRow::*time) {
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(count);
    std::partial_sort(sorted.begin(), middle, sorted.end(), [time](const DeviceRow* a, const DeviceRow* b) {
      return a->*time != b->*time ? b->*time < a->*time : a->device < b->device;
    });
  };
  if (sort_ == DeviceSort::latest_since) newest_first(&DeviceRow::since);
  if (sort_ == DeviceSort::latest_last_seen) newest_first(&DeviceRow::last_seen);
  std::vector<DeviceRow> rows;
  for (std::size_t i = 0; i < count; ++i) rows.push_back(*sorted[i]);
  return rows;
}

std::vector<StyledLine> WatchedDevices::lines(const View& view, Time now) const {
  const auto room = view.rows > kLinesAround ? view.rows - kLinesAround : 1;
  const auto rows = first(room);
  std::vector<StyledLine> lines;
  StyledLine summary{{counted(devices_.size(), "device"), {"", true, false}}};
  if (const auto words = filter_words(filter_); !words.empty())
    summary.push_back({"  " + words, {"", false, true}});
  if (view.away) {
    summary.push_back({"  the bridge is away; trying again (" + escape_unprintable(*view.away) + ")",
                       {"#ff5f5f", true, false}});
  }
  lines.push_back(cut_to_width(summary, view.columns));
  for (auto& line : device_table(rows, now).lines(view.columns, true)) lines.push_back(std::move(line));
  auto last = std::string("q quits");
  if (rows.size() < devices_.size())
    last = fmt::format("and {} more; {}", devices_.size() - rows.size(), last);
  lines.push_back(cut_to_width(StyledLine{{last, {"", false, true}}}, view.columns));
  if (lines.size() > view.rows) lines.resize(view.rows);
  return lines;
}

}  // namespace rollcall::cli
