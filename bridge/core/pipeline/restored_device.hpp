// SPDX-License-Identifier: Apache-2.0
// What becomes of a stored device under the configuration of now. Pure functions, for a start and for a
// reload alike.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "base/time.hpp"
#include "bridge/core/config/config.hpp"
#include "bridge/core/lifecycle/records.hpp"
#include "bridge/core/store/store.hpp"

namespace rollcall {

/// The names of templates that are the same as when the state was stored.
std::set<std::string, std::less<>> unchanged_templates(const Config& config, const StoredState& stored);

/// Of a connected device whose template has changed: nobody may have asked before whether it reports, so it
/// isn't late before a whole wait has passed from `now` on.
void restart_patience(DeviceRecord& record, Time now);

enum class RestoredAs {
  tombstone,      ///< it had been forgotten, and its retained status may not be cleared everywhere yet
  unknown,        ///< no rule knows it any more, or it is another device by the rules
  as_stored,      ///< goes on as it is
  with_a_change,  ///< goes on; its record has been changed and is to be stored again
};
/// Puts a stored device under the configuration: its template by the rules, and connections at brokers that
/// aren't configured any more are over. They ended by broker_lost, at `last_contacts` with that broker, by
/// its name.
RestoredAs restore_by_config(DeviceRecord& record, const Config& config,
                             const std::map<std::string, Time>& last_contacts);

}  // namespace rollcall
