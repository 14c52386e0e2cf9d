// SPDX-License-Identifier: Apache-2.0
// What an HTTP client is told that has asked for something that can't be (RFC 9457). Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/http/http_message.hpp"

namespace rollcall {

/// What is wrong in the body of a request, by JSON pointer (RFC 6901) such as "/status"; empty: the whole.
struct BodyError {
  std::string pointer, detail;
};

/// Returns the answer with this status, as `application/problem+json`: `detail` is a sentence for a person
/// that says what is wrong and what would be right.
HttpResponse problem(int status, std::string_view detail, const std::vector<BodyError>& errors = {});

/// Returns the name of an HTTP status, such as "Not Found".
std::string_view http_status_name(int status);

}  // namespace rollcall
