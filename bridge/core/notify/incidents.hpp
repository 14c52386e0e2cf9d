// SPDX-License-Identifier: Apache-2.0
// Finds out when many devices of one group are lost at once, and follows them until they are back. Pure, not
// thread safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/keyed_hash.hpp"
#include "base/time.hpp"
#include "bridge/core/config/config.hpp"
#include "bridge/core/notify/notification.hpp"
#include "bridge/core/store/notify_records.hpp"

namespace rollcall {

class Incidents {
 public:
  /// However few come back: so old an incident has ended.
  static constexpr Millis kLongest = std::chrono::hours{24};

  /// A device that was lost, and what it may have in common with others.
  struct Loss {
    std::string device;
    std::string broker, gateway, address;  ///< empty: not known
    Time at;
    std::vector<std::string> channels;  ///< where its own notification would go
  };

  explicit Incidents(std::uint64_t instance) : instance_(instance) {}

  /// `quiet`: an incident of which some are back has ended once no other one has come for so long.
  void configure(std::optional<IncidentConfig> config, Millis quiet);
  bool is_on() const { return config_.has_value(); }

  /// Takes over what was stored; the incident before its devices.
  void restore(IncidentRecord record);
  void restore_member(std::string_view device, const std::string& incident, bool is_back);

  /// It counts for its groups, or belongs to an incident that still grows.
  void lost(const Loss& loss, Time now);
  /// True if an incident had covered it.
  bool returned(std::string_view device, Time now);
  void forget(std::string_view device);
  /// True while it is lost, by an incident.
  bool covers(std::string_view device) const;
  /// Empty: it belongs to none that goes on.
  std::string_view incident_of(std::string_view device) const;

  struct Change {
    IncidentRecord incident;
    bool has_ended = false;
    Time at;
    std::vector<std::string> devices;  ///< all that it covers, or has covered
  };
  /// Those that have begun or ended by `now`.
  std::vector<Change> take_changes(Time now);
  /// Time::max(): it waits for nothing.
  Time next_deadline() const;

  /// For the store: those that have changed since the last call, and ids of those that have ended.
  bool has_unstored() const { return !unstored_.empty() || !ended_.empty(); }
  void add_unstored(NotifyChanges& changes);
  void clock_stepped(Millis by);

 private:
  struct Group {
    IncidentGroup kind;
    std::string what;
    bool operator<(const Group& other) const;
  };
  struct Lost {
    Loss loss;
    Time counted_at;
    std::vector<Group> groups;
  };
  struct Member {
    std::string incident;
    bool is_back = false;
  };
  using Members = std::map<std::uint64_t, std::string>;  // devices in the order of their losses

  std::vector<Group> groups_of(const Loss& loss) const;
  IncidentRecord* growing(const std::vector<Group>& groups, Time now);
  void add(IncidentRecord& incident, const std::string& device, Time now);
  void drop_old_losses(Time now);
  void drop(std::uint64_t order);
  std::optional<Group> next_incident() const;
  IncidentRecord& begin(const Group& group, Time now);
  bool has_ended(const IncidentRecord& incident, Time now) const;
  Time ends_at(const IncidentRecord& incident) const;
  std::vector<std::string> members_of(const std::string& incident) const;

  const std::uint64_t instance_;
  std::optional<IncidentConfig> config_;
  Millis quiet_{0};
  std::map<std::uint64_t, Lost> losses_;  // within the window, by order
  std::uint64_t last_order_ = 0;
  std::unordered_map<std::string, std::uint64_t, KeyedHash, std::equal_to<>> order_of_;  // device → losses_
  std::map<Group, Members> groups_;
  std::map<std::string, IncidentRecord> open_;  // by id
  std::unordered_map<std::string, Member, KeyedHash, std::equal_to<>> members_;
  std::vector<std::string> unstored_, ended_;  // ids
};

/// For people: "20 devices lost at broker main: a, b, c and 17 more".
std::string text_of_beginning(const IncidentRecord& incident);
/// "18 of 20 devices at broker main are back after 5m".
std::string text_of_end(const IncidentRecord& incident, Time ended);
Incident incident_of(const IncidentRecord& record, std::optional<Time> ended);

}  // namespace rollcall
