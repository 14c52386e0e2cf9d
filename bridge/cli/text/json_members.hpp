// SPDX-License-Identifier: Apache-2.0
// Members of what the bridge answers. One that isn't there, or is of another kind, is as good as null: the
// bridge may be a version older or newer than this program. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "base/time.hpp"

namespace rollcall::cli {

using Json = nlohmann::ordered_json;

/// Returns the JSON of an answer; empty if it is none.
std::optional<Json> parse_json(const std::string& text);

/// Returns the object as one line, as the bridge wrote it.
std::string json_line(const Json& json);

const Json& member(const Json& object, const char* name);   ///< null if there is none
std::string text_of(const Json& object, const char* name);  ///< empty if there is none
bool is_true(const Json& object, const char* name);
std::uint64_t number_of(const Json& object, const char* name);  ///< 0 if there is none
std::optional<double> fraction_of(const Json& object, const char* name);
std::optional<Time> time_of(const Json& object, const char* name);

/// Reads RFC 3339.
std::optional<Time> parse_time(const std::string& text);

}  // namespace rollcall::cli
