// SPDX-License-Identifier: Apache-2.0
// GET /api/v1/stream: what happens, as server-sent events, to all who follow. The latest events are kept, so
// that a reader that was cut off goes on where it was. Pure, not thread safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "bridge/core/api/api.hpp"
#include "bridge/core/query/event_feed.hpp"

namespace rollcall {

class EventStreams {
 public:
  static constexpr std::size_t kKeptEvents = 10'000;

  explicit EventStreams(std::shared_ptr<ApiContext> context);
  void add_routes(Router& router);

  /// Events in the order in which they happened.
  void publish(std::vector<LiveEvent> events);

  std::size_t stream_count();

 private:
  /// What a reader wants.
  struct Wanted {
    DeviceFilter filter;
    std::set<LiveEvent::Kind> kinds;  ///< empty: all
    bool is_everything() const { return kinds.empty() && filter.is_empty(); }
    bool includes(const LiveEvent& event) const;
  };
  struct Reader {
    std::string client;  ///< Client::name
    Wanted wanted;
    std::shared_ptr<HttpStream> stream;
  };
  struct Kept {
    std::uint64_t id = 0;
    LiveEvent event;  ///< without its JSON, which is in `text`
    std::shared_ptr<const std::string> text;
  };

  void open(const CallPointer& call);
  void begin(const CallPointer& call, Wanted wanted, std::shared_ptr<HttpStream> stream);
  void catch_up(const Reader& reader, std::string_view last_id) const;
  void forget_closed();

  std::shared_ptr<ApiContext> context_;
  std::uint64_t last_id_;
  std::deque<Kept> kept_;
  std::vector<Reader> readers_;
};

}  // namespace rollcall
