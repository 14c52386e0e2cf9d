// SPDX-License-Identifier: Apache-2.0
// On Mosquitto 2.1, events leave with the turn of the broker's loop in which they happen: a placeholder is
// published, and as the broker sends it, the events take its place. docs/decisions/0011 has the reasons. Runs
// on the broker's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "plugin/broker.hpp"
#include "plugin/connection_tracker.hpp"
#include "plugin/event_stream.hpp"

namespace rollcall::plugin {

/// What becomes of a message that the broker is about to send to one subscriber.
struct OutgoingMessage {
  enum class Action { keep, replace, drop } action = Action::keep;
  std::string_view payload{};  ///< for `replace`; valid until the next call
};

class Placeholder {
 public:
  /// All must outlive it.
  Placeholder(Broker& broker, EventStream& stream, ConnectionTracker& tracker)
      : broker_(broker), stream_(stream), tracker_(tracker) {}

  /// Publishes a placeholder if there are events to send and none is under way.
  void publish();

  /// True if a message may be a placeholder, by its size alone. Cheap: for every message to every subscriber.
  static bool may_be(std::string_view payload) { return payload.size() == sizeof(Number); }

  /// Returns what becomes of a message that may_be() a placeholder. Called once for each subscriber.
  OutgoingMessage outgoing(std::string_view topic, std::string_view payload);

 private:
  using Number = std::uint64_t;

  std::string_view payload() const { return {reinterpret_cast<const char*>(&number_), sizeof number_}; }

  Broker& broker_;
  EventStream& stream_;
  ConnectionTracker& tracker_;
  Number number_ = 0;                 // of the latest placeholder: its payload
  std::uint64_t sent_before_it_ = 0;  // EventStream::sent_count() when it was published
  bool is_under_way_ = false;
  std::optional<std::string> events_;  // what took its place, for further subscribers
};

}  // namespace rollcall::plugin
