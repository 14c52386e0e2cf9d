// SPDX-License-Identifier: Apache-2.0
// What the engine keeps of one device. Internal to the engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/cause.hpp"
#include "base/time.hpp"
#include "bridge/core/lifecycle/connections.hpp"
#include "bridge/core/lifecycle/events.hpp"
#include "bridge/core/lifecycle/packed_strings.hpp"
#include "bridge/core/lifecycle/records.hpp"
#include "bridge/core/lifecycle/rules.hpp"
#include "bridge/core/lifecycle/template.hpp"

namespace rollcall {

/// How the device was last heard of, once it isn't connected any more.
struct LastEnd {
  std::optional<Cause> cause;  ///< nothing: it was a report without a connection (rule 6)
  bool graceful = true;
  bool may_count = false;               ///< as a disconnect of the device's own (Contact), once more is known
  Time at{};                            ///< when it happened; Time::min(): never yet
  Millis silence{0};                    ///< what the broker had waited by then (rule 3)
  std::optional<std::uint32_t> broker;  ///< this and the next: empty for a report
  ConnectionStrings strings;
};

/// What a device has said that it is about to do (rule 9), until the next connect.
struct Declaration : DeclaredStatus {
  ConnectionId by;
  Time at;
};

/// The status that an operator has set (rule 9). It is what the world sees, while the device's own way goes
/// on unseen.
struct OperatorStatus {
  std::size_t status;  ///< index into the template's statuses
  Time since;
  std::string_view previous;  ///< what the world saw before; empty: nothing
  std::optional<Time> until;  ///< the chain goes on from it then
  bool hold = false;          ///< against contacts
};

/// There are millions of them: what few have is a pointer.
struct Device {
  PackedStrings<1> name;
  const TemplateDefinition* definition = nullptr;
  std::uint32_t status =
      0;  ///< index into definition->statuses; while a connection lives 0, or that of on_late
  bool is_flapping = false;
  bool is_in_conflict = false;  ///< clients fight over a client id of it
  bool touched = false;         ///< by the call that is running: its payload has to go out
  bool is_changed = false;      ///< since it was last taken to be stored
  std::string_view previous;    ///< key of the status before; empty: none. May be one of another template.
  Time since;                   ///< when `status` was entered, or was due
  std::unique_ptr<OperatorStatus> set;       ///< shown instead of these three
  std::unique_ptr<Declaration> declaration;  ///< not used up yet
  Time heard;                                ///< the last connect or report (rule 7)
  Time last_seen;                            ///< the last packet known; Time::min(): never
  Time published_last_seen;  ///< as in the last payload: the only field that moves without one
  Time latest;               ///< the device's own history never goes back behind this (rule 11)
  std::optional<Wait> wait;  ///< connected: until it is late; else to the next status, or to be forgotten
  /// The order among the waits that wait for a broker's watermark, while it is one; else 0.
  std::uint64_t waiting_for_watermark = 0;
  /// The latest connects and disconnects, as many as rule 15 counts; where it doesn't, nothing.
  std::unique_ptr<std::vector<Time>> changes;
  LiveConnections live;
  std::optional<ConnectionId> ended;  ///< the connection that ended last: never opened again
  LastEnd last_end;                   ///< meaningless while connected
  std::uint64_t seq = 0;              ///< of the last payload
  std::uint32_t queued = 0;           ///< messages that wait for it

  std::string_view id() const { return name[0]; }
  bool is_connected() const { return !live.is_empty(); }
  /// An operator has registered it, and it hasn't been heard of yet.
  bool is_only_registered() const { return !is_connected() && last_end.at == Time::min(); }
  std::optional<DeclaredStatus> declared() const {
    return declaration ? std::optional<DeclaredStatus>(*declaration) : std::nullopt;
  }
  bool is_gone() const { return definition == nullptr; }  ///< forgotten; or found only now
  std::size_t shown() const { return set ? set->status : status; }
  Time shown_since() const { return set ? set->since : since; }
  std::string_view shown_previous() const { return set ? set->previous : previous; }
  const StatusDefinition& status_definition() const { return definition->statuses[status]; }
  const StatusDefinition& shown_definition() const { return definition->statuses[shown()]; }
};

}  // namespace rollcall
