// SPDX-License-Identifier: Apache-2.0
// The public payloads as JSON: one status of one device, one row of its timeline, the fleet's counts, the
// bridge. The field names and their order are a promise to users (docs/topics.md).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cause.hpp"
#include "base/time.hpp"
#include "topics/interaction.hpp"

namespace rollcall {

/// What comes next for a device that nobody hears from.
struct NextStatus {
  std::string_view status;
  Time at;
  bool operator==(const NextStatus&) const = default;
};

/// The retained payload of ds/status/{device}. The views must outlive the call that they are passed to.
struct Status {
  std::string_view device;  ///< as it is, not percent-encoded
  std::string_view status;  ///< the template's key, such as "online"
  std::string_view label, color, icon;
  bool connected = false;
  Time since;                      ///< when the status was entered, or was due
  std::string_view previous;       ///< empty: null, there was none
  std::string_view cause;          ///< of the last disconnect; empty: null (connected, or never was)
  std::optional<bool> graceful;    ///< of the last disconnect; nothing: null (likewise)
  std::optional<Time> last_seen;   ///< the last packet known to Rollcall; nothing: null, never seen
  std::optional<NextStatus> next;  ///< nothing: null, nothing is pending
  std::string_view template_name;
  Interaction interaction;
  std::string_view commands;
  std::uint64_t queued = 0;  ///< messages that wait for the device (`commands` "queue")
  std::string_view message;
  bool flapping = false;
  bool conflict = false;  ///< clients fight over its client id
  std::uint64_t seq = 0;  ///< grows with every payload of this device
  bool operator==(const Status&) const = default;
};

/// A row of ds/timeline/{device}.
struct TimelineRow {
  std::string_view device;
  Time at;
  std::string_view from;  ///< empty: null, the first contact, or it was registered
  std::string_view to;
  std::string_view kind;         ///< "transition" or "blip"
  std::string_view cause;        ///< "connect", "report", … or the cause of the disconnect that led there
  std::optional<bool> graceful;  ///< of that disconnect; nothing: null
  std::string_view broker;       ///< its name in the configuration; empty: null
  std::string_view client_id, address;  ///< of the connection that it came from; empty: null
  std::uint64_t seq = 0;                ///< of the same sequence as the statuses of this device
};

/// The retained payload of ds/fleet.
struct FleetCounts {
  std::uint64_t devices = 0, connected = 0, flapping = 0;
  std::map<std::string, std::map<std::string, std::uint64_t>>
      templates;  ///< template → status → devices in it
};

/// The retained payload of ds/bridge.
struct BridgeStatus {
  bool online = false;
  std::string_view version;
  Time since;  ///< when this bridge came online
  /// Set while its store can't be written: statuses go on, and what is to be stored waits.
  struct StoreTrouble {
    std::string_view error;
    std::uint64_t unstored = 0;   ///< devices and rows of the timeline that wait
    std::uint64_t lost_rows = 0;  ///< rows that there was no room to keep, since the bridge started
  };
  std::optional<StoreTrouble> store;
  /// Set while much waits, longer than usual: it is being worked off.
  struct Backlog {
    std::uint64_t publications = 0;  ///< that no broker has acknowledged yet, at brokers that can be reached
    std::uint64_t unstored = 0;      ///< as in StoreTrouble
  };
  std::optional<Backlog> backlog;
  /// What a broker's settings keep Rollcall from doing, and how to set that right.
  struct Warning {
    std::string_view broker;  ///< its name in the configuration
    std::string_view message;
  };
  std::vector<Warning> warnings{};
  /// What a broker lets no message through for that is large enough.
  struct TooLarge {
    std::string_view broker;     ///< its name in the configuration
    std::string_view setting;    ///< the broker's, that is too small
    std::uint64_t needs = 0;     ///< bytes that it must allow for the largest
    std::uint64_t statuses = 0;  ///< retained messages that stand there as they were before, or not at all
    std::uint64_t rows = 0;      ///< of timelines, and notices: they are lost there
  };
  std::vector<TooLarge> too_large{};
  /// How many contacts of clients that are no devices yet were refused since `since`; 0: none.
  std::uint64_t refused_newcomers = 0;
};

/// The payload of ds/incident: an outage of a broker and its end, in one notice.
struct IncidentNotice {
  Time at;
  std::string_view broker;               ///< its name in the configuration
  Time began, ended;                     ///< the broker was away in between
  std::uint64_t affected = 0, back = 0;  ///< devices that were connected when it began; those that came back
};

/// The payload of ds/declare/{device}/error: what was wrong with the device's last declaration.
struct DeclarationError {
  Time at;  ///< when it was declared
  std::string_view message;
};

std::string to_json(const Status& status);
/// The same into `out`, whose memory is used again.
void write_json(const Status& status, std::string& out);
/// Returns the `seq` of a payload that write_json() made; empty if it can't be one.
std::optional<std::uint64_t> seq_of(std::string_view status_payload);
std::string to_json(const TimelineRow& row);
void write_json(const TimelineRow& row, std::string& out);
std::string to_json(const FleetCounts& counts);
std::string to_json(const BridgeStatus& bridge);
std::string to_json(const IncidentNotice& notice);
/// The same whenever this outage is told of.
std::string id_of(const IncidentNotice& notice);
std::string to_json(const DeclarationError& error);

/// "4,812 of 4,820 back after 92 s"
std::string summary_of(const IncidentNotice& notice);

}  // namespace rollcall
