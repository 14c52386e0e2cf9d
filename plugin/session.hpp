// SPDX-License-Identifier: Apache-2.0
// The bridge's requests (docs/protocol.md), carried out in their order, each once, within the broker's
// patience.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "plugin/broker.hpp"
#include "plugin/journal.hpp"
#include "topics/requests.hpp"
#include "topics/topics.hpp"

namespace rollcall::plugin {

/// Statuses published in one turn of the broker's loop: more would stall it.
inline constexpr std::size_t kMaxPublishedPerLoop = 256;
/// Requests that wait for their turn; what comes beyond isn't taken, and the bridge sends it again.
inline constexpr std::size_t kMaxWaitingRequests = 16;

class Session {
 public:
  /// What the answer to `hello` says of this broker.
  struct Traits {
    std::string plugin_version, broker_name;
    bool knows_causes = false;
  };

  /// All must outlive the session.
  Session(Broker& broker, Journal& journal, const TopicNames& names, Traits traits);

  /// One request, from the bridge's own connection. What is wrong with it is counted and otherwise left.
  void handle(std::string_view bytes);

  /// The bridge has gone: what waits is left to its next session, which asks how far this one came.
  void abandon() { waiting_.clear(); }

  /// A turn of the broker's loop is over: go on with what waits.
  void tick();

  bool is_idle() const { return waiting_.empty(); }
  std::uint64_t refused_count() const { return refused_; }

 private:
  struct Waiting {
    std::string bytes;
    std::uint64_t number = 0;
    std::size_t published = 0;  // of its publications
  };

  void begin(std::uint32_t session, std::uint64_t number, std::string_view bridge_prefix);
  void carry_on();
  bool carry_out(Waiting& waiting);
  bool publish(Waiting& waiting, const request::Publish& body);

  Broker& broker_;
  Journal& journal_;
  const TopicNames& names_;
  const Traits traits_;
  std::uint32_t session_ = 0;
  std::uint64_t last_done_ = 0;
  std::uint32_t previous_session_ = 0;  // the last one that did more than greet, and how far it came
  std::uint64_t previous_done_ = 0;
  std::deque<Waiting> waiting_;
  std::size_t published_this_loop_ = 0;
  Millis loop_began_{0};
  bool has_ticks_ = false;
  std::uint64_t refused_ = 0;
};

}  // namespace rollcall::plugin
