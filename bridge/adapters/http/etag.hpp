// SPDX-License-Identifier: Apache-2.0
// ETags, by which a client asks whether what it has is still good (RFC 9110).
#pragma once

#include <string>
#include <string_view>

namespace rollcall {

/// Returns the strong ETag of these bytes, with its quotes. The same content compressed is another
/// representation, and gets another one.
std::string etag_of(std::string_view body, bool is_compressed);

/// True if the value of If-None-Match names this ETag, or is "*".
bool matches_etag(std::string_view if_none_match, std::string_view etag);

}  // namespace rollcall
