// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/text/device_list_text.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bridge/cli/text/words.hpp"

namespace rollcall::cli {
namespace {

/// "No data" and "no_data" are the same to a reader.
std::string folded(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool is_between = c == ' ' || c == '_' || c == '-';
    out += is_between ? '_' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

std::string time_cell(const std::optional<Time>& time, std::optional<Time> now) {
  if (!time) return "-";
  return now ? ago(*time, *now) : format_rfc3339(*time);
}

std::string next_cell(const DeviceRow& row, std::optional<Time> now) {
  if (row.next_status.empty() || !row.next_at) return "-";
  return row.next_status + " " + time_cell(row.next_at, now);
}

std::string status_cell(const DeviceRow& row) {
  auto text = status_words(row.status, row.label);
  if (row.is_flapping) text += ", flapping";
  if (row.has_conflict) text += ", conflict";
  return text;
}

}  // namespace

DeviceRow device_row(const Json& status) {
  const Json& next = member(status, "next");
  DeviceRow row;
  row.device = text_of(status, "device");
  row.status = text_of(status, "status");
  row.label = text_of(status, "label");
  row.color = text_of(status, "color");
  row.template_name = text_of(status, "template");
  row.next_status = text_of(next, "status");
  row.since = time_of(status, "since");
  row.last_seen = time_of(status, "last_seen");
  row.next_at = time_of(next, "at");
  row.is_connected = is_true(status, "connected");
  row.is_flapping = is_true(status, "flapping");
  row.has_conflict = is_true(status, "conflict");
  row.seq = number_of(status, "seq");
  return row;
}

std::string status_words(const std::string& status, const std::string& label) {
  if (label.empty() || folded(label) == folded(status)) return printable(status);
  return fmt::format("{} ({})", printable(status), printable(label));
}

Table device_table(const std::vector<DeviceRow>& devices, std::optional<Time> now) {
  constexpr std::size_t kAgo = 10;  // "23h59m ago"
  const std::size_t least = now ? kAgo : 0;
  Table table({{"DEVICE"},
               {"STATUS"},
               {"SINCE", 2, false, least},
               {"LAST SEEN", 3, false, least},
               {"NEXT", 1},
               {"TEMPLATE", 4}});
  for (const DeviceRow& row : devices) {
    table.add({{printable(row.device)},
               {status_cell(row), {row.color, false, false}},
               {time_cell(row.since, now)},
               {time_cell(row.last_seen, now)},
               {next_cell(row, now)},
               {printable(row.template_name)}});
  }
  return table;
}

std::string device_count(std::size_t shown, std::uint64_t total) {
  if (shown >= total) return counted(shown, "device");
  return fmt::format("{} of {}; --all shows all", shown, counted(total, "device"));
}

}  // namespace rollcall::cli
