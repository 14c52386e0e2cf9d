// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/http/event_reader.hpp"

#include <algorithm>
#include <utility>

namespace rollcall {

bool EventReader::feed(std::string_view bytes, const std::function<bool(const ServerEvent&)>& on_event) {
  rest_.append(bytes);
  std::size_t begin = 0;
  bool goes_on = true;
  for (auto end = rest_.find('\n'); goes_on && end != std::string::npos; end = rest_.find('\n', begin)) {
    auto line = std::string_view(rest_).substr(begin, end - begin);
    begin = end + 1;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (!line.empty()) {
      take_line(line);
      continue;
    }
    auto whole = std::exchange(event_, ServerEvent{event_.id, "", ""});
    if (!std::exchange(has_data_, false)) continue;
    if (whole.event.empty()) whole.event = "message";
    goes_on = on_event(whole);
  }
  rest_.erase(0, begin);
  return goes_on;
}

void EventReader::take_line(std::string_view line) {
  const auto colon = std::min(line.find(':'), line.size());
  const auto name = line.substr(0, colon);
  auto value = line.substr(std::min(colon + 1, line.size()));
  if (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  if (name == "event") {
    event_.event = value;
  } else if (name == "id") {
    event_.id = value;
  } else if (name == "data") {
    if (std::exchange(has_data_, true)) event_.data += '\n';
    event_.data += value;
  }
}

}  // namespace rollcall
