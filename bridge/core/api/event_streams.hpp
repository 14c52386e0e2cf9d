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
    std::uint64_t next_id = 0;  ///< of the next event that it may get
    Time sent_at;               ///< when it was sent something last
  };
  struct Kept {
    LiveEvent event;  ///< without its JSON, which is in `text`
    std::string text;
    std::uint64_t bytes_before = 0;  ///< of all texts since the start
  };
  /// Of the readers who want everything, many are equally far.
  struct Shared {
    std::uint64_t first_id = 0, next_id = 0;
    std::shared_ptr<const std::string> text;
  };

  void open(const CallPointer& call);
  void begin(const CallPointer& call, Wanted wanted, std::shared_ptr<HttpStream> stream);
  void begin_behind(Reader& reader, std::string_view last_id) const;
  void send(Reader& reader);
  std::shared_ptr<const std::string> next_text(Reader& reader);
  void cut_off_if_stuck(Reader& reader) const;
  std::uint64_t first_kept_id() const { return last_id_ + 1 - kept_.size(); }
  void forget_closed();

  std::shared_ptr<ApiContext> context_;
  std::uint64_t last_id_;
  std::deque<Kept> kept_;    // the latest events, without a gap; the last one has last_id_
  std::uint64_t bytes_ = 0;  // of all texts since the start
  Shared shared_;
  std::vector<std::shared_ptr<Reader>> readers_;
};

}  // namespace rollcall
