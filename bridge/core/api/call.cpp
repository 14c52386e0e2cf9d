// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/api/call.hpp"

#include <algorithm>
#include <optional>

namespace rollcall {
namespace {

bool is_parameter(std::string_view segment) { return segment.starts_with('{'); }

std::vector<std::string> split(std::string_view pattern) {
  std::vector<std::string> segments;
  pattern.remove_prefix(1);
  for (;;) {
    const auto end = pattern.find('/');
    segments.emplace_back(pattern.substr(0, end));
    if (end == std::string_view::npos) return segments;
    pattern.remove_prefix(end + 1);
  }
}

std::optional<std::vector<std::string>> match(const std::vector<std::string>& pattern,
                                              const std::vector<std::string>& segments) {
  if (pattern.size() != segments.size()) return std::nullopt;
  std::vector<std::string> parameters;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (!is_parameter(pattern[i])) {
      if (pattern[i] != segments[i]) return std::nullopt;
      continue;
    }
    if (segments[i].empty()) return std::nullopt;
    parameters.push_back(segments[i]);
  }
  return parameters;
}

void add_once(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

}  // namespace

void Router::add(std::string method, std::string pattern, Need need, Handler handler) {
  auto segments = split(pattern);
  routes_.push_back({std::move(method), std::move(pattern), std::move(segments), need, std::move(handler)});
}

Router::Found Router::find(std::string_view method, const std::vector<std::string>& segments) const {
  Found found;
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  for (const Route& route : routes_) {
    auto parameters = match(route.segments, segments);
    if (!parameters) continue;
    add_once(found.methods, route.method);
    if (route.method == "GET") add_once(found.methods, "HEAD");
    if (found.route != nullptr || route.method != wanted) continue;
    found.route = &route;
    found.parameters = *std::move(parameters);
  }
  if (!found.methods.empty()) add_once(found.methods, "OPTIONS");
  return found;
}

HttpResponse json_answer(std::string body, int status) {
  HttpResponse response;
  response.status = status;
  response.content_type = "application/json";
  response.body = std::move(body);
  return response;
}

}  // namespace rollcall
