// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/api/access.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/keyed_hash.hpp"
#include "base/lower_case.hpp"
#include "base/quoting.hpp"
#include "bridge/core/http/problem.hpp"

namespace rollcall {
namespace {

constexpr const char* kCookie = "rollcall_session";
constexpr std::size_t kMostSessions = 1000;
constexpr Millis kSessionLasts = std::chrono::hours{24 * 30};
constexpr std::size_t kMostAddresses = 10'000;
constexpr unsigned kFreeFailures = 5;  // typing errors
constexpr Millis kLongestLock = std::chrono::minutes{5};
constexpr Millis kForgiveAfter = std::chrono::minutes{15};

/// Takes as long for a token that is nearly right as for any other of its length.
bool is_same(std::string_view one, std::string_view other) {
  unsigned difference = one.size() == other.size() ? 0 : 1;
  for (std::size_t i = 0; i < one.size(); ++i) {
    const char against = other.empty() ? '\0' : other[i % other.size()];
    difference |= static_cast<unsigned char>(one[i]) ^ static_cast<unsigned char>(against);
  }
  return difference == 0;
}

bool has(const std::optional<std::vector<std::string>>& tokens, std::string_view token) {
  bool found = false;
  if (tokens) {
    for (const std::string& each : *tokens) found = is_same(token, each) || found;
  }
  return found;
}

/// "example.com:8080" → "example.com", "[::1]:80" → "[::1]".
std::string host_without_port(std::string_view host) {
  if (host.starts_with('[')) return std::string(host.substr(0, host.find(']') + 1));
  return lower_case(host.substr(0, host.find(':')));
}

bool is_address(std::string_view host) {
  if (host.starts_with('[')) {
    return host.ends_with(']') && host.find_first_not_of("0123456789abcdefABCDEF:.", 1) == host.size() - 1;
  }
  return !host.empty() && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

std::string_view bearer_of(const HttpRequest& request) {
  const auto header = request.header("authorization");
  constexpr std::string_view kScheme = "bearer ";
  if (lower_case(header.substr(0, kScheme.size())) != kScheme) return {};
  auto token = header.substr(kScheme.size());
  while (token.starts_with(' ')) token.remove_prefix(1);
  return token;
}

std::string cookie_of(const HttpRequest& request) {
  std::string_view cookies = request.header("cookie");
  while (!cookies.empty()) {
    const auto end = std::min(cookies.find(';'), cookies.size());
    auto each = cookies.substr(0, end);
    while (each.starts_with(' ')) each.remove_prefix(1);
    const auto equals = each.find('=');
    if (equals != std::string_view::npos && each.substr(0, equals) == kCookie)
      return std::string(each.substr(equals + 1));
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
  }
  return {};
}

std::string set_cookie(const HttpRequest& request, const std::string& value, const std::string& path,
                       std::int64_t max_age_seconds) {
  return fmt::format("{}={}; Path={}; Max-Age={}; HttpOnly; SameSite=Strict{}", kCookie, value,
                     path.empty() ? "/" : path, max_age_seconds, request.is_tls ? "; Secure" : "");
}

HttpResponse no_content() {
  HttpResponse response;
  response.status = 204;
  return response;
}

}  // namespace

Access::Access(AccessSettings settings, std::function<std::string()> random)
    : settings_(std::move(settings)), random_(std::move(random)) {}

void Access::configure(AccessSettings settings) {
  settings_ = std::move(settings);
  std::erase_if(sessions_, [this](const auto& each) { return level_of(each.second.token) == Level::none; });
}

/// A page whose name was pointed at this machine (DNS rebinding) has its own name in Host.
std::optional<HttpResponse> Access::check_host(const HttpRequest& request) const {
  const auto host = host_without_port(request.header("host"));
  if (host.empty() || host == "localhost" || is_address(host)) return std::nullopt;
  const auto is_it = [&](const std::string& each) { return lower_case(each) == host; };
  if (std::any_of(settings_.hosts.begin(), settings_.hosts.end(), is_it)) return std::nullopt;
  return problem(421, "this bridge isn't known as " + in_quotes(host) +
                          ": call it by its address, or name the host in http.hosts");
}

bool Access::is_own_origin(const HttpRequest& request) const {
  const auto origin = request.header("origin");
  const auto is_it = [&](const std::string& each) { return each == origin; };
  if (std::any_of(settings_.cors_origins.begin(), settings_.cors_origins.end(), is_it)) return true;
  // Behind a proxy that speaks TLS the scheme is another one than ours.
  const auto host = request.header("host");
  return !host.empty() &&
         (origin == "http://" + std::string(host) || origin == "https://" + std::string(host));
}

Access::Level Access::level_of(std::string_view token) const {
  const bool may_write = has(settings_.write_tokens, token);
  const bool may_read = has(settings_.read_tokens, token);
  return may_write ? Level::writing : may_read ? Level::reading : Level::none;
}

const Access::Session* Access::session_of(const HttpRequest& request, Time now) {
  const auto cookie = cookie_of(request);
  if (cookie.empty()) return nullptr;
  const auto found = sessions_.find(cookie);
  if (found == sessions_.end()) return nullptr;
  if (found->second.ends > now) return &found->second;
  sessions_.erase(found);
  return nullptr;
}

std::optional<HttpResponse> Access::locked(const std::string& peer, Time now) {
  const auto found = failures_.find(peer);
  if (found == failures_.end()) return std::nullopt;
  if (found->second.locked_until <= now) {
    if (now - found->second.last >= kForgiveAfter) failures_.erase(found);
    return std::nullopt;
  }
  const auto wait = std::chrono::ceil<Seconds>(found->second.locked_until - now);
  auto response = problem(429, fmt::format("too many wrong tokens; try again in {} s", wait.count()));
  response.headers.emplace_back("Retry-After", std::to_string(wait.count()));
  return response;
}

HttpResponse Access::refuse_token(const std::string& peer, Time now) {
  if (failures_.size() >= kMostAddresses && !failures_.contains(peer)) {
    const auto oldest = std::min_element(
        failures_.begin(), failures_.end(),
        [](const auto& one, const auto& other) { return one.second.last < other.second.last; });
    failures_.erase(oldest);
  }
  Failures& failures = failures_[peer];
  failures.last = now;
  if (++failures.count > kFreeFailures) {
    constexpr unsigned kMostDoublings = 9;
    const auto doublings = std::min(failures.count - kFreeFailures - 1, kMostDoublings);
    failures.locked_until = now + std::min<Millis>(Seconds{1U << doublings}, kLongestLock);
  }
  auto response = problem(401, "this token isn't known");
  response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"rollcall\", error=\"invalid_token\"");
  return response;
}

std::variant<Client, HttpResponse> Access::admit(const HttpRequest& request, Need need, Time now) {
  if (request.is_own_user) return Client{true, "socket"};
  if (auto refused = check_host(request)) return *std::move(refused);
  const auto origin = request.header("origin");
  if (need == Need::writing && !origin.empty() && !is_own_origin(request)) {
    return problem(403, "a page of " + in_quotes(origin) + " may not change anything here");
  }
  if (need == Need::nothing) return Client{};

  Level level = Level::none;
  std::string name = "anybody";
  const auto header = request.header("authorization");
  if (!header.empty()) {
    if (auto refused = locked(request.peer, now)) return *std::move(refused);
    const auto token = bearer_of(request);
    level = token.empty() ? Level::none : level_of(token);
    if (level == Level::none && (wants_token_to_read() || need == Need::writing))
      return refuse_token(request.peer, now);
    failures_.erase(request.peer);
    name = "token " + std::to_string(keyed_hash(token));
  } else if (const Session* session = session_of(request, now)) {
    level = level_of(session->token);
    // Browsers send the cookie whoever made the form; a page's own requests have an Origin.
    if (need == Need::writing && origin.empty())
      return problem(403, "a change by cookie needs the header Origin of the console's own pages");
    name = "token " + std::to_string(keyed_hash(session->token));
  }

  const bool may_read = level != Level::none || !wants_token_to_read();
  if (need == Need::writing && !settings_.write_tokens) {
    return problem(403,
                   "nobody may write over TCP: name a file with tokens in http.write_tokens_file, or use the "
                   "command line on the bridge's machine");
  }
  if (need == Need::writing && level == Level::reading)
    return problem(403, "this token may read, but not write");
  if (!may_read || (need == Need::writing && level == Level::none)) {
    auto response = problem(401, "a token is needed, in the header Authorization: Bearer TOKEN");
    response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"rollcall\"");
    return response;
  }
  return Client{level == Level::writing, name};
}

HttpResponse Access::begin_session(const HttpRequest& request, const std::string& token,
                                   const std::string& path, Time now) {
  if (auto refused = locked(request.peer, now)) return *std::move(refused);
  const Level level = level_of(token);
  if (level == Level::none) return refuse_token(request.peer, now);
  failures_.erase(request.peer);
  if (sessions_.size() >= kMostSessions) {
    sessions_.erase(std::min_element(
        sessions_.begin(), sessions_.end(),
        [](const auto& one, const auto& other) { return one.second.ends < other.second.ends; }));
  }
  const auto session = random_();
  sessions_[session] = {token, now + kSessionLasts};
  HttpResponse response;
  response.content_type = "application/json";
  response.body = level == Level::writing ? R"({"write":true})" : R"({"write":false})";
  response.headers.emplace_back(
      "Set-Cookie",
      set_cookie(request, session, path, std::chrono::duration_cast<Seconds>(kSessionLasts).count()));
  return response;
}

HttpResponse Access::end_session(const HttpRequest& request, const std::string& path) {
  sessions_.erase(cookie_of(request));
  auto response = no_content();
  response.headers.emplace_back("Set-Cookie", set_cookie(request, "", path, 0));
  return response;
}

void Access::allow_origin(const HttpRequest& request, HttpResponse& response) const {
  const auto origin = request.header("origin");
  if (origin.empty()) return;
  const auto is_it = [&](const std::string& each) { return each == origin; };
  if (std::none_of(settings_.cors_origins.begin(), settings_.cors_origins.end(), is_it)) return;
  response.headers.emplace_back("Vary", "Origin");
  response.headers.emplace_back("Access-Control-Allow-Origin", std::string(origin));
  response.headers.emplace_back("Access-Control-Expose-Headers", "ETag, Retry-After");
}

}  // namespace rollcall
