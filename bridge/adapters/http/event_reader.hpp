// SPDX-License-Identifier: Apache-2.0
// Server-sent events, out of the bytes of a stream. No I/O.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace rollcall {

struct ServerEvent {
  std::string id;     ///< the last one that was sent, with this event or before
  std::string event;  ///< its kind; "message" if the server doesn't say
  std::string data;
};

class EventReader {
 public:
  /// Calls `on_event` for each event that is whole now; stops, and returns false, when that returns false.
  bool feed(std::string_view bytes, const std::function<bool(const ServerEvent&)>& on_event);

 private:
  void take_line(std::string_view line);

  std::string rest_;  ///< of a line that isn't whole
  ServerEvent event_;
  bool has_data_ = false;
};

}  // namespace rollcall
