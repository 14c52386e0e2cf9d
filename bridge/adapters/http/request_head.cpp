// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/http/request_head.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "bridge/adapters/http/header_text.hpp"
#include "bridge/core/http/problem.hpp"

namespace rollcall {
namespace {

/// What a second one of would be a way past a proxy's checks.
constexpr std::string_view kSingle[] = {
    "host", "content-length", "transfer-encoding", "authorization", "origin", "content-type", "expect"};

bool is_single(std::string_view name) {
  return std::find(std::begin(kSingle), std::end(kSingle), name) != std::end(kSingle);
}

std::optional<HttpResponse> check_body_fields(const RequestHead& head, const HttpRequest& request) {
  const auto length = request.header("content-length");
  if (!std::all_of(length.begin(), length.end(), [](char each) { return each >= '0' && each <= '9'; })) {
    return problem(400, "Content-Length is not one number.");
  }
  const auto coding = request.header("transfer-encoding");
  if (coding.empty()) return std::nullopt;
  if (!length.empty() || head.is_http_1_0) {
    return problem(400, "A request has either Content-Length or, in HTTP/1.1, Transfer-Encoding.");
  }
  if (lower_case(coding) != "chunked") return problem(501, "Transfer-Encoding can be \"chunked\" only.");
  return std::nullopt;
}

std::optional<HttpResponse> check_target(HttpRequest& request) {
  auto& target = request.target;
  const bool is_printable = std::all_of(target.begin(), target.end(), [](char each) {
    return static_cast<unsigned char>(each) > ' ' && each != '\x7F';
  });
  if (!is_printable) return problem(400, "The request's target has control characters.");
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (lower_case(std::string_view(target).substr(0, scheme.size())) != scheme) continue;
    const auto path = std::min(target.find_first_of("/?", scheme.size()), target.size());
    if (path == scheme.size()) return problem(400, "The request's target has no host.");
    request.headers["host"] = target.substr(scheme.size(), path - scheme.size());
    target.erase(0, path);
    if (target.empty() || target.front() == '?') target = fmt::format("/{}", target);
    return std::nullopt;
  }
  if (target.empty() || target.front() != '/')
    return problem(400, "The request's target must begin with \"/\".");
  return std::nullopt;
}

}  // namespace

std::optional<HttpResponse> take_head(const RequestHead& head, HttpRequest& request) {
  for (const auto& [name, value] : head.fields) {
    auto lower = lower_case(name);
    if (std::any_of(value.begin(), value.end(), [](char each) { return is_control(each) && each != '\t'; })) {
      return problem(400, "A header has control characters.");
    }
    const auto [place, is_new] = request.headers.try_emplace(std::move(lower), value);
    if (is_new) continue;
    if (is_single(place->first))
      return problem(400, fmt::format("The header {} is there twice.", place->first));
    place->second.append(", ").append(value);
  }
  if (!head.is_http_1_0 && request.headers.count("host") == 0) {
    return problem(400, "A request of HTTP/1.1 needs the header host.");
  }
  if (auto wrong = check_body_fields(head, request)) return wrong;
  const auto expected = request.header("expect");
  if (!expected.empty() && lower_case(expected) != "100-continue") {
    return problem(417, "Only \"100-continue\" can be expected.");
  }
  return check_target(request);
}

}  // namespace rollcall
