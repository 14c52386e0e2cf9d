// SPDX-License-Identifier: Apache-2.0
// The start beside several brokers. A device may have gone from one to another while the bridge was away, so
// nothing is judged before each broker has told what happened meanwhile: until then its events are kept, and
// then they are handed out in the order of time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "base/time.hpp"
#include "bridge/core/session/session_events.hpp"

namespace rollcall {

/// An event of a session with texts of its own.
class BufferedEvent {
 public:
  /// `at`: its place in the order of time.
  BufferedEvent(std::uint32_t broker, const SessionEvent& event, Time at);

  std::uint32_t broker;
  SessionEvent event;
  Time at;

 private:
  std::unique_ptr<char[]> texts_;
};

/// Pure. Not thread safe.
class StartupSync {
 public:
  /// Active from the beginning if there are several brokers. `deadline`: who hasn't answered by then isn't
  /// waited for.
  StartupSync(std::size_t brokers, Time deadline) : is_active_(brokers > 1), deadline_(deadline) {}

  /// False once all that was kept has been handed out.
  bool is_active() const { return is_active_; }
  /// True from end() until then.
  bool is_ending() const { return is_ending_; }
  Time deadline() const { return deadline_; }

  /// Returns true if the event is kept. False: it is to be applied now, because the start is over, or because
  /// it isn't about what devices did.
  bool defer(std::uint32_t broker, const SessionEvent& event, Time now);

  /// Times that were stored move along: the wall clock had been set by `by`.
  void correct_stored_times(Millis by);

  using Apply = std::function<void(std::uint32_t broker, const SessionEvent& event)>;
  /// Ends the start: what was kept is handed out from now on, and nothing more is kept.
  void end();
  /// Hands out at most `most` events of what was kept, in the order of time: before each event the watermark
  /// that each broker had reached by then, and last those that they have reached by `now`. Returns true if
  /// that was all.
  bool hand_out(std::size_t most, Time now, const Apply& apply);

 private:
  bool is_active_;
  bool is_ending_ = false;
  Time deadline_;
  std::vector<BufferedEvent> events_;
  std::size_t next_ = 0;                      // of them, to be handed out
  std::map<std::uint32_t, Time> watermarks_;  // by broker
  std::map<std::uint32_t, Time> away_;        // brokers whose links have gone down, and when
};

}  // namespace rollcall
