// SPDX-License-Identifier: Apache-2.0
// What the rules of the lifecycle say about waits, as pure functions: engine, restore and `rollcall explain`
// all work them out here. docs/lifecycle.md has the rules by their numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/cause.hpp"
#include "base/time.hpp"
#include "bridge/core/lifecycle/records.hpp"
#include "bridge/core/lifecycle/template.hpp"

namespace rollcall {

inline constexpr std::size_t kOnline = 0;  ///< index into a template's statuses

/// What comes next unless the device is heard of.
struct Wait {
  WaitKind kind;
  std::uint32_t status;  ///< where it leads to; meaningless for WaitKind::forget
  Time due;
  Time began;  ///< the disconnect, or when the status before was entered; frozen time added
  Time not_before = Time::min();  ///< the end of an outage's grace (rule 14)
  bool by_operator = false;       ///< of a chain that goes on from an operator's status (rule 9)
  bool operator==(const Wait&) const = default;
};

/// What a device has declared (rule 9).
struct DeclaredStatus {
  std::size_t status;          ///< index into the template's statuses
  std::optional<Millis> wait;  ///< for the status after it; nothing: that one's own `after`
};

/// True if the end of a connection counts as graceful (rule 8). A takeover by another device never does.
bool is_graceful(const TemplateDefinition& definition, Cause cause, bool will_sent);
/// The same of an end that was judged by another configuration.
bool is_graceful(const TemplateDefinition& definition, const EndRecord& end);

/// How a device was last heard of, as far as its waits go by it.
struct LastHeard {
  bool graceful;
  Time at;         ///< later by what an outage froze
  Millis silence;  ///< what the broker had waited by then (rule 3)
};

/// The wait of a device that is in `status` and isn't connected any more (rules 2, 3, 8 and 9). One that was
/// late when it left goes on from there. Nothing: no wait follows.
std::optional<Wait> first_wait(const TemplateDefinition& definition, std::size_t status,
                               const LastHeard& heard, const std::optional<DeclaredStatus>& declared,
                               Time not_before);

/// From `status` to the next one, or to the device's being forgotten (rules 4 and 10). Nothing: it stays.
std::optional<Wait> next_wait(const TemplateDefinition& definition, std::size_t status, Time began,
                              const std::optional<DeclaredStatus>& declared, Time not_before,
                              bool by_operator);

/// A connected device that was heard of at `heard` has until then to report (rule 7). Nothing: no limit.
std::optional<Wait> late_wait(const TemplateDefinition& definition, Time heard);

/// The wait of a stored device that isn't connected, by the template as it is now: from the moment when it
/// began. In a status that the template doesn't have, the device begins its chain again.
std::optional<Wait> restored_wait(const TemplateDefinition& definition, const DeviceRecord& record,
                                  const std::optional<DeclaredStatus>& declared);

/// What a stored declaration comes to by this template. Nothing: its status isn't there any more.
std::optional<DeclaredStatus> declared_status(const TemplateDefinition& definition,
                                              const DeclarationRecord& record);

/// When an operator's status that ends at `until` gives way to the one after it (rule 9). Nothing: it stays.
std::optional<Wait> operator_wait(const TemplateDefinition& definition, std::size_t status,
                                  std::optional<Time> until, Time last_end);

}  // namespace rollcall
