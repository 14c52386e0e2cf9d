// SPDX-License-Identifier: Apache-2.0
// The limits on the notifications of one device: what of its events goes out, and when. Works on what is
// stored of them. Pure, not thread safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "bridge/core/lifecycle/template.hpp"
#include "bridge/core/store/notify_records.hpp"

namespace rollcall {

/// A device has entered a status.
struct StatusEntered {
  std::string status, previous, cause;  ///< previous: empty: none
  Time at;
};

/// Counts an event of a status. True if it is due: `every` and `period` let it pass.
bool count_event(NotifyCount& count, const NotifyLimits& limits, Time at);

class DeviceLimits {
 public:
  /// What holds for the device now, beside its limits.
  struct Circumstances {
    Time now;
    bool is_muted = false;
    bool is_covered = false;  ///< by an incident, or it comes back from one
    Millis wait{0};           ///< until it is certain that the event isn't part of an incident
  };

  /// Both must outlive this.
  DeviceLimits(NotifyRecord& record, const TemplateDefinition& definition)
      : record_(record), definition_(definition) {}

  /// What passes waits in the record from then on.
  void entered(const StatusEntered& event, const Circumstances& circumstances);
  /// An incident tells of what waits.
  void cover();
  void begin_flapping() { record_.is_flapping = true; }
  /// It is steady, in this status.
  void end_flapping(const StatusEntered& current, const Circumstances& circumstances);

  /// Takes what waits, which may go out now. Empty if it isn't to go out: it is muted, or there were
  /// `daily_cap` on this `day`.
  std::optional<WaitingNotice> take(Time now, bool is_muted, std::int64_t day, std::uint64_t daily_cap);

  /// Drops what says no more than a record that there is none of. True if nothing is left.
  bool trim(Time now, std::int64_t day);

 private:
  const NotifyLimits* limits(std::string_view status) const;
  NotifyCount& count_of(const std::string& status);
  void await(WaitingNotice notice, const Circumstances& circumstances);
  void told(const WaitingNotice& notice);

  NotifyRecord& record_;
  const TemplateDefinition& definition_;
};

}  // namespace rollcall
