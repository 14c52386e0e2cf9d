// SPDX-License-Identifier: Apache-2.0
// What people are told: about one device, or about many at once. Values; docs/notifications.md is the
// reference for people.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace rollcall {

/// Many devices of one group that were lost within a short time.
struct Incident {
  enum class Kind : std::uint8_t { broker, gateway, address };
  /// Incident::list has no more than so many.
  static constexpr std::size_t kMostListed = 100;

  std::string id;  ///< the same from its beginning to its end, and when it is found out again
  Kind kind = Kind::broker;
  std::string what;               ///< the broker's name, the gateway's client id, or the block of addresses
  Time began;                     ///< when the first of them was lost
  std::optional<Time> ended;      ///< empty: it goes on
  std::uint64_t devices = 0;      ///< that it covers
  std::uint64_t back = 0;         ///< of these
  std::vector<std::string> list;  ///< the first of its devices

  bool operator==(const Incident&) const = default;
};
std::string_view to_string(Incident::Kind kind);

/// One notification that has passed its limits.
struct Notification {
  enum class Kind : std::uint8_t {
    status,    ///< a device has entered a status
    recovery,  ///< a device of which was told is online again
    flapping,  ///< what was held back while it came and went
    incident_began,
    incident_ended
  };

  /// The same for the same event, whichever run of the bridge decides it: whoever gets it twice can tell.
  std::string id;
  Kind kind = Kind::status;
  std::string device;         ///< as it is, not percent-encoded; empty: it is about an incident
  std::string status, label;  ///< that it has entered
  std::string previous;       ///< the status before; empty: there was none
  std::string cause;          ///< of the timeline's row
  std::string text;           ///< for people
  std::string template_name;
  Time at;                            ///< when it happened, or was due; it may have waited since
  std::uint64_t count = 1;            ///< how many events it stands for
  std::vector<std::string> channels;  ///< keys of `channels`; may be none
  std::optional<Incident> incident;   ///< of the last two kinds

  bool operator==(const Notification&) const = default;
};
std::string_view to_string(Notification::Kind kind);

/// Where notifications go.
class NotificationSink {
 public:
  virtual ~NotificationSink() = default;
  /// Called on the bridge's thread, once for each. One that isn't stored yet when the bridge dies comes again
  /// with the same id.
  virtual void notify(const Notification& notification, Time now) = 0;
};

/// Returns the id of what happened to `subject` (a device, or what an incident is about) at that time.
/// `instance`: StoredState::instance.
std::string notification_id(std::uint64_t instance, std::string_view subject, std::string_view kind,
                            std::string_view status, Time at);

/// The payload of ds/notify/{device}.
std::string to_json(const Notification& notification);
/// The payload of ds/incident.
std::string to_json(const Incident& incident);

}  // namespace rollcall
