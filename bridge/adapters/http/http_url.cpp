// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/http/http_url.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/quoting.hpp"
#include "bridge/adapters/http/header_text.hpp"
#include "bridge/adapters/http/listen_address.hpp"

namespace rollcall {

Result<HttpUrl> parse_http_url(const std::string& text) {
  const auto wrong = [&](std::string_view why) {
    return fail(fmt::format("{} {}; write it like https://bridge.example:8443", in_quotes(text), why));
  };
  HttpUrl url;
  const auto begin = text.find("://");
  const auto scheme = lower_case(text.substr(0, begin));
  if (begin == std::string::npos || (scheme != "http" && scheme != "https")) {
    return wrong("is no URL of http or https");
  }
  url.is_tls = scheme == "https";
  const auto path = std::min(text.find('/', begin + 3), text.size());
  url.authority = text.substr(begin + 3, path - begin - 3);
  url.path = text.substr(path);
  while (!url.path.empty() && url.path.back() == '/') url.path.pop_back();
  if (text.find_first_of("?#@ \t\r\n") != std::string::npos) {
    return wrong("has more than a host, a port and a path");
  }
  const bool has_port = url.authority.find(':', url.authority.find(']') + 1) != std::string::npos;
  const auto address =
      parse_listen_address(has_port ? url.authority : url.authority + (url.is_tls ? ":443" : ":80"));
  if (!address) return wrong("has no host, or no port that is one");
  url.host = address->host;
  url.port = address->port;
  return url;
}

}  // namespace rollcall
