// SPDX-License-Identifier: Apache-2.0
// The engine: every device's way through its template's lifecycle (docs/lifecycle.md), as a pure state
// machine. Time comes in with every call; the same calls give the same effects to the byte. Not thread safe:
// one owner.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "bridge/core/config.hpp"
#include "bridge/core/effects.hpp"
#include "bridge/core/events.hpp"
#include "topics/status.hpp"

namespace rollcall {

class Engine {
 public:
  /// `templates` are copied. Every payload gets a `seq` above `first_seq`, growing per device.
  Engine(std::vector<TemplateDefinition> templates, std::uint64_t first_seq);
  ~Engine();
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;

  /// Carries out what was due by `now`, then the event (rule 11). `now` never goes back: a smaller one is
  /// clamped. An event's `at` may lie before `now` (it came late): waits are worked out from `at`, and what
  /// is due by `now` happens at once with the time at which it was due (rule 12). An id that is no device
  /// changes nothing. First come the rows, as they happened, then one payload for each device that changed;
  /// `last_seen` alone is no change, it goes out with the next payload. A template_name that isn't defined is
  /// a broken invariant: it throws.
  Effects handle(const Event& event, Time now);

  /// Carries out what was due by `now`, in the order of the due times; ties in the order of scheduling.
  Effects advance(Time now);

  /// All that happened at this broker up to `known_until` has been handled by now. A wait that a disconnect
  /// there began goes no further than that: a connect that nobody has told yet may have ended it. Without a
  /// call: no limit. Never goes back. What is due by then is carried out with the next handle() or advance().
  void set_known_until(std::uint32_t broker, Time known_until);

  /// The earliest due wait that only a broker's limit holds back; nothing: there is none.
  std::optional<Time> held_back_by(std::uint32_t broker) const;

  /// When advance() will next have something to do; nothing: never, unless an event comes.
  std::optional<Time> next_deadline() const;

  /// The last published status of every device again (same seq), for a broker that has lost them. Order:
  /// first contact.
  void for_each_status(const std::function<void(const PublishStatus&)>& visit) const;

  /// The counts of ds/fleet as they are now.
  FleetCounts fleet() const;

  std::size_t device_count() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rollcall
