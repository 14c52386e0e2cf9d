// SPDX-License-Identifier: Apache-2.0
// What an explanation is put together from. Internal to explanation*.cpp.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/explain/explanation.hpp"

namespace rollcall::explanation {

/// What one line of the text is about, and what it says. The keys are those of "in_words" in the JSON.
struct Line {
  std::string key, text;
};

std::string client(std::string_view client_id, std::string_view username, std::string_view address);
std::string why(const Explanation& explanation);
std::string graceful(const Explanation& explanation);  ///< of a device whose last connection has ended
std::string_view will(WillState state);
std::string next(const Explanation& explanation);

/// In the order in which they are read; a key may come more than once.
std::vector<Line> lines_of(const Explanation& explanation);

/// "2m5s": the two largest units.
std::string roughly(Millis duration);

/// "2026-11-22T10:49:00.000Z (2m5s ago)", "… (in 2m5s)".
std::string when(Time time, Time now);

/// A row of the timeline as one line.
std::string row(const TimelineEntry& row);

std::vector<Rivalry> rivalries_of(const Explanation& explanation);

/// `fingerprints`: of the templates, as the bridge has read them.
std::vector<std::string> changed_since(const Explanation& explanation, const Config& config,
                                       const std::map<std::string, std::uint64_t>& fingerprints);

}  // namespace rollcall::explanation
