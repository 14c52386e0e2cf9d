// SPDX-License-Identifier: Apache-2.0
// The target of a request: its path in segments, and its query, both decoded (RFC 3986). Pure functions.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace rollcall {

struct RequestTarget {
  std::string path;                          ///< as it was sent, without the query
  std::vector<std::string> segments;         ///< "/api/v1/devices/a%2Fb" → "api", "v1", "devices", "a/b"
  std::map<std::string, std::string> query;  ///< "+" is a blank
};

/// The error says what is wrong: a bad percent-encoding, a text that isn't UTF-8, a NUL, "." or ".." as a
/// segment, a parameter that is there twice.
Result<RequestTarget> parse_target(std::string_view target);

/// Returns `text` with everything but letters, digits and `-._~` percent-encoded: one segment, or a part of a
/// query.
std::string percent_encoded(std::string_view text);

/// Returns it decoded; empty for a bad encoding.
std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace rollcall
