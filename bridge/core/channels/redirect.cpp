// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/channels/redirect.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "base/lower_case.hpp"

namespace rollcall {
namespace {

struct Origin {
  bool is_tls = false;
  std::string host, port;
};

std::optional<Origin> origin_of(std::string_view url) {
  Origin origin;
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return std::nullopt;
  const auto scheme = lower_case(url.substr(0, scheme_end));
  if (scheme != "http" && scheme != "https") return std::nullopt;
  origin.is_tls = scheme == "https";
  url.remove_prefix(scheme_end + 3);
  const auto authority = url.substr(0, std::min(url.find_first_of("/?#\\"), url.size()));
  // A name for a login, which a webhook's address never has.
  if (authority.find('@') != std::string_view::npos) return std::nullopt;
  const auto bracket = authority.rfind(']');
  const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  origin.host = lower_case(authority.substr(0, colon));
  if (origin.host.empty()) return std::nullopt;
  if (colon != std::string_view::npos) origin.port = authority.substr(colon + 1);
  if (origin.port.empty()) origin.port = origin.is_tls ? "443" : "80";
  return origin;
}

}  // namespace

bool may_follow(std::string_view from, std::string_view to) {
  const auto old = origin_of(from);
  const auto next = origin_of(to);
  if (!old || !next || old->host != next->host) return false;
  if (old->is_tls == next->is_tls) return old->port == next->port;
  return next->is_tls && next->port == "443" && old->port == "80";
}

}  // namespace rollcall
