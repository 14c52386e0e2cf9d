// SPDX-License-Identifier: Apache-2.0
// What a request's head must be beyond its syntax: nothing that two servers could take for two things.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bridge/core/http/http_message.hpp"

namespace rollcall {

struct RequestHead {
  bool is_http_1_0 = false;
  std::vector<std::pair<std::string, std::string>> fields;  ///< as they came
};

/// Puts the fields into the request, which has its method and target; makes a path of a target that is a
/// whole address. Returns why the request is refused; nothing if it is good.
std::optional<HttpResponse> take_head(const RequestHead& head, HttpRequest& request);

}  // namespace rollcall
