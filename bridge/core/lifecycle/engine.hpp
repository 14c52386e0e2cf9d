// SPDX-License-Identifier: Apache-2.0
// The engine: every device's way through its template's lifecycle (docs/lifecycle.md), as a pure state
// machine. Time comes in with every call; the same calls give the same effects to the byte. Not thread safe:
// one owner. It has many functions because it is the only door to the devices: engine_state.hpp names the
// classes behind it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "bridge/core/lifecycle/effects.hpp"
#include "bridge/core/lifecycle/events.hpp"
#include "bridge/core/lifecycle/records.hpp"
#include "bridge/core/lifecycle/template.hpp"
#include "topics/payloads.hpp"

namespace rollcall {

class DeviceSummary;

struct EngineSettings {
  std::vector<TemplateDefinition> templates;
  std::vector<std::string> brokers;               ///< their names, by index into Config::brokers
  Millis outage_grace = std::chrono::minutes{2};  ///< rule 14
  std::uint64_t first_seq = 0;  ///< rows and payloads of all devices get numbers above it, no two the same
};

/// Client ids that are fought over (rule 13): how many, and the one with the latest takeover.
struct ConflictSummary {
  std::size_t count = 0;
  std::uint32_t broker = 0;  ///< index into Config::brokers
  std::string_view client_id;
  std::string_view device;                 ///< one of those that it is about; empty: none is known any more
  std::span<const std::string> addresses;  ///< of the rivals; the latest newcomer last
  std::uint64_t takeovers = 0;
  Time began, last;  ///< the first takeover and the last
};

class Engine {
 public:
  explicit Engine(EngineSettings settings);
  ~Engine();
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;

  /// Carries out what was due by `now`, then the event (rule 11); where very much was due the event's own
  /// device first, and the rest with the calls that follow. `now` never goes back: a smaller one is clamped.
  /// An event's `at` may lie before `now` (it came late): waits are worked out from `at`, and what is due by
  /// `now` happens at once with the time at which it was due (rule 12). An id that is no device changes
  /// nothing. First come rows and contacts, as they happened, then one payload for each device that changed;
  /// `last_seen` alone is no change, it goes out with the next payload. A template_name that isn't defined is
  /// a broken invariant: it throws. The effects, as those of the calls below, are valid until the next call
  /// that isn't const. For a device that is known, an event allocates nothing.
  const Effects& handle(const Event& event, Time now);

  /// Carries out what was due by `now`, in the order of the due times; ties in the order of scheduling. At
  /// most kMaxDuePerCall at once, so that nothing else has to wait for long: next_deadline() says if there is
  /// more.
  const Effects& advance(Time now);
  static constexpr std::size_t kMaxDuePerCall = 2000;

  /// The wall clock was set by `by`, and says `now`: all times that the engine keeps move along, the order of
  /// what is due stays, and every status is published again (rule 11). First comes what was due by then.
  const Effects& clock_stepped(Millis by, Time now);

  /// While on, nothing is due: it isn't known yet how the times of what was restored compare with the clock
  /// of now. No operator may act meanwhile.
  void hold(bool on);
  /// All that was restored was stored by a clock that was behind the one of now by `by`; what lies in the
  /// future even so counts as now. Before anything has happened to a device. Publishes nothing: `visit` gets
  /// each device whose times have changed, with its last seq. Returns of how many devices something lay in
  /// the future.
  std::size_t correct_stored_times(
      Millis by, const std::function<void(std::string_view device, std::uint64_t seq)>& visit);

  /// What an operator wants (rule 9 and 10), at `now`; call advance() first, until nothing is due. An error
  /// says why it can't be: nothing has changed then.
  Result<Effects> apply(const OperatorAction& action, Time now);

  /// All that happened at this broker up to `to` has been handled by now. A wait that a disconnect there
  /// began goes no further than that: a connect that nobody has told yet may have ended it. Without a call:
  /// no limit. Never goes back. What is due by then is carried out with the next handle() or advance().
  void set_watermark(std::uint32_t broker, Time to);
  /// Likewise of what connected devices published there: nobody is late (rule 7) before that is known.
  void set_activity_watermark(std::uint32_t broker, Time to);

  /// When the earliest wait is due that only waits for this broker's watermark; empty if there is none.
  std::optional<Time> waiting_for_watermark(std::uint32_t broker) const;

  /// When advance() will next have something to do; nothing: never, unless an event comes.
  std::optional<Time> next_deadline() const;

  /// The last published status of every device again (same seq), for a broker that has lost them. Order:
  /// first contact, but that a device may take the place of one that was forgotten. Valid only within
  /// `visit`.
  void for_each_status(
      const std::function<void(std::string_view encoded_device, const Status& status)>& visit) const;
  /// Returns the last published status of one device; empty if it isn't known. Valid as effects are.
  std::optional<Status> status_of(std::string_view device) const;

  /// There will be so many devices: memory is taken for them once.
  void reserve(std::size_t devices);
  /// Takes over a device that it doesn't know yet, as it was stored. A wait that was running is worked out
  /// again by the template as it is now, from the moment that it began; a status that the template no longer
  /// has is left for the one that the device would have by now. Publishes nothing. False: the record can't be
  /// of a device (its id, or a template that isn't defined); nothing has changed then.
  bool restore(const DeviceRecord& record);
  /// Likewise the grace of an outage; after the devices.
  void restore_outage(std::uint32_t broker, std::uint64_t boot, const OutageRecord& outage);

  /// Publishes this device's status anew with the next call of advance() or handle(), whatever has changed.
  void republish(std::string_view device);

  /// So many messages wait for this device: its status is published if that is news. First comes what was due
  /// by `now`.
  const Effects& set_queued(std::string_view device, std::size_t count, Time now);

  /// While on, each event of a device publishes its status, even where that is as it was: the bridge before
  /// this one may have published what it didn't live to store.
  void set_republishing(bool on);

  /// The devices that have changed since the last call, in the order in which they did. What is stored of
  /// them and what restore() needs.
  std::vector<DeviceRecord> take_changes();
  bool has_changes() const;
  /// How many take_changes() would give; and whether this one is among them.
  std::size_t change_count() const;
  bool is_changed(std::string_view device) const;
  /// Counts as changed, whether it has or not.
  void store_again(std::string_view device);
  /// All of them, in the order of their first contacts.
  void for_each_record(const std::function<void(const DeviceRecord&)>& visit) const;
  /// Likewise, but only who they are and the number of their last payload.
  void for_each_device(const std::function<void(std::string_view device, std::uint64_t seq)>& visit) const;
  std::optional<OutageRecord> outage_of(std::uint32_t broker) const;
  /// Nothing: none is fought over. Valid until the next call that isn't const.
  std::optional<ConflictSummary> conflicts() const;

  /// Every connection that lives or may live, in no order.
  void for_each_connection(
      const std::function<void(const ConnectionId&, std::string_view client_id)>& visit) const;
  bool knows(std::string_view device) const;
  /// The number of its last payload; nothing: it isn't known.
  std::optional<std::uint64_t> seq_of(std::string_view device) const;
  /// The name of its template; nothing: it isn't known. A view of the configuration's.
  std::optional<std::string_view> template_of(std::string_view device) const;
  /// True for a device whose connections, or whose last one, were at this broker.
  bool is_at(std::string_view device, std::uint32_t broker) const;
  /// Empty if none was set.
  std::optional<Time> watermark(std::uint32_t broker) const;
  std::optional<Time> activity_watermark(std::uint32_t broker) const;

  /// The highest number given out; another one; and none from now on that isn't above `seq`.
  std::uint64_t last_seq() const;
  std::uint64_t take_seq();
  void raise_seq(std::uint64_t seq);

  // For lists of devices (device_summary.hpp).
  /// Visits the devices with a number from `from` up to before `to`, in no order. A device keeps its number,
  /// below number_count(), as long as it is known: who goes through all numbers in portions sees each that
  /// stays once.
  void for_each_summary(std::size_t from, std::size_t to,
                        const std::function<void(const DeviceSummary&)>& visit) const;
  std::size_t number_count() const;
  /// Calls `visit` once, or not at all for a device that isn't known.
  void summarize(std::string_view device, const std::function<void(const DeviceSummary&)>& visit) const;
  /// What is stored of it as it is now; empty if it isn't known.
  std::optional<DeviceRecord> record_of(std::string_view device) const;

  /// The counts of ds/fleet as they are now.
  FleetCounts fleet() const;

  std::size_t device_count() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rollcall
