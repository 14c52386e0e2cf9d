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
#include "plugin/guard.hpp"
#include "plugin/journal.hpp"
#include "plugin/speakers.hpp"
#include "topics/names.hpp"
#include "topics/protocol/requests.hpp"

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
    Millis activity_interval{0};
  };

  /// All must outlive the session. `guard` is told which bridges aren't served, `speakers` the rules.
  Session(Broker& broker, Journal& journal, Guard& guard, Speakers& speakers, const TopicNames& names,
          Traits traits);

  /// One request, from a bridge's own connection. What is wrong with it is counted and otherwise left. One
  /// bridge is served at a time: the first to greet, until its connection ends or another one that may takes
  /// over.
  void handle(ClientHandle bridge, std::string_view bytes);

  /// A bridge has gone: if it was the one that is served, what waits is left to its next session, which asks
  /// how far this one came.
  void forget(ClientHandle bridge);

  /// A turn of the broker's loop is over: go on with what waits.
  void tick();

  bool is_idle() const { return waiting_.empty(); }
  std::uint64_t refused_count() const { return refused_; }

 private:
  struct Waiting {
    std::string bytes;
    std::uint64_t number = 0;
    std::size_t published = 0;  // of its publications
    int refusals = 0;           // by the broker, of the next of them
  };

  bool displace(ClientHandle bridge, const Request& request, const request::Hello& hello);
  void begin(ClientHandle bridge, const Request& request, const request::Hello& hello);
  void carry_on();
  bool carry_out(Waiting& waiting);
  bool publish(Waiting& waiting, const request::Publish& body);

  Broker& broker_;
  Journal& journal_;
  Guard& guard_;
  Speakers& speakers_;
  const TopicNames& names_;
  const Traits traits_;
  const Millis started_at_;
  ClientHandle served_ = nullptr;  // the bridge; nullptr: none
  std::uint64_t instance_ = 0;     // which one it is
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
