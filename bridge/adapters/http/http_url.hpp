// SPDX-License-Identifier: Apache-2.0
// The URL of an HTTP server, in parts.
#pragma once

#include <string>

#include "base/result.hpp"

namespace rollcall {

struct HttpUrl {
  bool is_tls = false;
  std::string host;  ///< without brackets
  std::string port;
  std::string authority;  ///< host and port as they stand there, for the header host
  std::string path;       ///< without a slash at its end; empty: the root
};

/// Reads "http://…" or "https://…". The error says what is wrong with the text.
Result<HttpUrl> parse_http_url(const std::string& text);

}  // namespace rollcall
