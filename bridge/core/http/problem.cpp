// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/http/problem.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <nlohmann/json.hpp>

namespace rollcall {
namespace {

// RFC 9110 and RFC 6585.
constexpr std::array<std::pair<int, std::string_view>, 25> kNames{{
    {200, "OK"},
    {201, "Created"},
    {204, "No Content"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
}};

}  // namespace

std::string_view http_status_name(int status) {
  const auto* const found =
      std::find_if(kNames.begin(), kNames.end(), [status](const auto& each) { return each.first == status; });
  return found == kNames.end() ? std::string_view("Error") : found->second;
}

HttpResponse problem(int status, std::string_view detail, const std::vector<BodyError>& errors) {
  nlohmann::ordered_json body{
      {"type", "about:blank"}, {"title", http_status_name(status)}, {"status", status}, {"detail", detail}};
  for (const auto& each : errors) {
    body["errors"].push_back({{"pointer", each.pointer}, {"detail", each.detail}});
  }
  HttpResponse response;
  response.status = status;
  response.content_type = "application/problem+json";
  // What a client sent needn't be UTF-8.
  response.body = body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  return response;
}

}  // namespace rollcall
