// SPDX-License-Identifier: Apache-2.0
// One request on its way through the API, and the table of what can be asked. Pure, not thread safe.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "bridge/core/api/access.hpp"
#include "bridge/core/http/http_message.hpp"
#include "bridge/core/http/target.hpp"

namespace rollcall {

/// Kept alive by whoever has still to answer it.
struct Call {
  HttpRequest request;
  RequestTarget target;
  std::vector<std::string> parameters;  ///< what `{…}` of the route took, in order
  Client client;
  bool is_admitted = false;  ///< what it needs, `client` has
  Time now;
  HttpAnswer answer;

  const std::string& device() const { return parameters.front(); }
};
using CallPointer = std::shared_ptr<Call>;

class Router {
 public:
  using Handler = std::function<void(const CallPointer&)>;
  struct Route {
    std::string method;
    std::string pattern;  ///< "/api/v1/devices/{device}"
    std::vector<std::string> segments;
    Need need;
    Handler handler;
  };

  /// Of two that match a path the one that was added first counts.
  void add(std::string method, std::string pattern, Need need, Handler handler);

  struct Found {
    const Route* route = nullptr;         ///< nullptr: none for this method
    std::vector<std::string> parameters;  ///< of the route
    std::vector<std::string>
        methods;  ///< of the routes with this path, HEAD and OPTIONS among them; empty: no such path
  };
  /// HEAD finds what GET does.
  Found find(std::string_view method, const std::vector<std::string>& segments) const;

 private:
  std::vector<Route> routes_;
};

/// Returns an answer with this JSON.
HttpResponse json_answer(std::string body, int status = 200);

}  // namespace rollcall
