// SPDX-License-Identifier: Apache-2.0
// Why a device has the status that it has, worked out from what is stored and what is configured: as values,
// as a text for people, and as JSON. Pure functions; the store may be a little behind the bridge.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/config/config.hpp"
#include "bridge/core/explain/matching_rule.hpp"
#include "bridge/core/store/stored_device.hpp"

namespace rollcall {

/// So many rows of the timeline are looked at, for clients that fight over an id; fewer are shown.
inline constexpr std::size_t kRowsToLookAt = 50;
inline constexpr std::size_t kRowsToShow = 10;

/// What comes if nothing is heard of the device.
struct NextStep {
  enum class Kind : std::uint8_t {
    first,     ///< the wait that its disconnect began
    next,      ///< the wait that its status began
    late,      ///< it is connected, and is to report until then
    forget,    ///< in the last status
    operator_  ///< the time that an operator has given is over then
  };
  Kind kind = Kind::first;
  std::string status;  ///< empty: the device is forgotten
  Time at;
};

/// A broker of the device's that the bridge hears nothing of.
struct AwayBroker {
  std::string name;
  Time since;
};

/// Clients that throw each other out: as the bridge has counted, or as the timeline looks.
struct Rivalry {
  std::string client_id;
  std::vector<std::string> addresses;  ///< in the order in which they were seen
  std::size_t alternations = 0;        ///< how often the address was another one than before
  std::uint64_t takeovers = 0;         ///< counted; else rows of the timeline that say so
  /// What the bridge has counted, while that lasts; nothing: only the timeline looks like it.
  struct Counted {
    std::string broker;
    Time began, last;  ///< the first takeover and the last
  };
  std::optional<Counted> counted;
};

enum class WillState : std::uint8_t { unknown, discarded, sent_if_any, sent, not_sent };

struct Explanation {
  std::string device;
  Time now;
  bool is_known = false;  ///< false: forgotten; but the rows nothing else is there
  DeviceRecord record;
  std::vector<TimelineEntry> rows;
  std::vector<BrokerRecord> brokers;
  const TemplateDefinition* definition =
      nullptr;  ///< the configured template; nullptr: there is none any more

  // What the world sees: an operator's status before the device's own.
  std::string status, previous;
  Time since;
  std::optional<TimelineEntry>
      entered_by;  ///< the row with which it came to that status; nothing: not stored

  bool was_connected = false;       ///< record.last_end is the end of a connection
  std::optional<NextStep> next;     ///< nothing: nothing comes
  std::optional<AwayBroker> away;   ///< that the device is connected at, or that its wait depends on
  std::optional<OutageRecord> cut;  ///< it was connected when this outage began, and isn't back yet
  WillState will = WillState::unknown;
  bool has_client = false;           ///< a connection is known that a rule can be about
  std::optional<MatchingRule> rule;  ///< of the latest connection; nothing: none matches
  std::vector<std::string> changed;  ///< where the configuration says otherwise than the store: sentences
  std::vector<Rivalry> rivalries;

  bool is_connected() const { return !record.connections.empty(); }
};

/// `config` must outlive what is returned; `stored` has a record or rows.
Explanation explain(std::string_view device, StoredDevice stored, const Config& config, Time now);

std::string to_text(const Explanation& explanation);  ///< lines
std::string to_json(const Explanation& explanation);  ///< one object, no line break

/// For a device that isn't known: one line, with the known names that may have been meant.
std::string unknown_device(std::string_view device, const std::vector<std::string>& known,
                           const Config& config);

}  // namespace rollcall
