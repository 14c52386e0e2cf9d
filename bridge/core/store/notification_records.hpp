// SPDX-License-Identifier: Apache-2.0
// What the store keeps of notifications and of their deliveries by channels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace rollcall {

/// One notification as it was made: a delivery that is tried again later sends the same.
struct NotificationRecord {
  std::string id;
  std::string kind;                     ///< status, recovery, flapping, incident_began, incident_ended
  std::string subject;                  ///< the device, or "incident/ID"
  std::string device;                   ///< empty: it is about an incident
  std::string status, label, previous;  ///< likewise; previous may be empty
  std::string cause, template_name;
  std::string title, text;  ///< for people
  Time at;
  std::uint64_t count = 1;
  std::string payload;  ///< JSON, as it was published

  bool operator==(const NotificationRecord&) const = default;
};

/// What became of a notification in one channel.
struct DeliveryRecord {
  enum class State : std::uint8_t {
    waiting,    ///< for its turn, or to be tried again
    delivered,  ///< the channel has taken it
    dead        ///< given up: only a person has it tried again
  };

  std::string notification;  ///< its id
  std::string channel;
  State state = State::waiting;
  std::uint64_t attempts = 0;
  Time began;  ///< when it was handed over, or last retried by a person: it is tried for a day from then on
  Time due;    ///< of one that waits: when it is tried next at the earliest
  Time ended;  ///< of the last attempt; Time::min(): there was none
  std::uint64_t code = 0;  ///< of its answer, by HTTP or SMTP; 0: there was none
  std::string answer;      ///< what it was, or what went wrong: one line, without secrets

  bool operator==(const DeliveryRecord&) const = default;
};
/// "waiting", "delivered", "dead".
std::string_view to_string(DeliveryRecord::State state);
std::optional<DeliveryRecord::State> delivery_state_from_string(std::string_view text);

/// A notification and the deliveries of it that are asked for, by channel.
struct NotificationEntry {
  std::uint64_t number = 0;  ///< in the order in which they came; for the next page
  NotificationRecord notification;
  std::vector<DeliveryRecord> deliveries;

  bool operator==(const NotificationEntry&) const = default;
};

/// An incident, as it was published last.
struct IncidentEntry {
  std::uint64_t number = 0;  ///< in the order of the latest news of each; for the next page
  std::string payload;       ///< JSON

  bool operator==(const IncidentEntry&) const = default;
};

/// Which notifications are asked for; empty: all.
struct NotificationFilter {
  std::optional<std::string> device;
  std::optional<DeliveryRecord::State> result;  ///< of any of its deliveries
};

}  // namespace rollcall
