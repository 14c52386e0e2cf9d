// SPDX-License-Identifier: Apache-2.0
// What the HTTP server is told: where it listens, and how much one client may take of it.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace rollcall {

/// PEM files; the certificate's may have its chain behind it, and the key must be one without a passphrase.
struct HttpTls {
  std::string certificate_file, key_file;
  bool operator==(const HttpTls&) const = default;
};

struct HttpServerSettings {
  std::string listen;          ///< such as "127.0.0.1:8080", "[::1]:0", "localhost:8080"; empty: no TCP
  std::string socket_path;     ///< of the Unix socket, which gets mode 0600; empty: none
  std::optional<HttpTls> tls;  ///< for TCP only; TLS 1.2 and later
  std::size_t max_header_bytes = 8192;
  std::size_t max_body_bytes = 65536;
  std::size_t max_connections = 1000;                      ///< by TCP; the Unix socket has 64 of its own
  std::size_t max_stream_backlog_bytes = 1024UL * 1024;    ///< a stream's reader with more ahead is cut off
  std::chrono::milliseconds request_timeout{30'000};       ///< for a whole request, a TLS handshake included
  std::chrono::milliseconds idle_timeout{60'000};          ///< between two requests
  std::chrono::milliseconds stream_comment_after{15'000};  ///< of silence on a stream
  std::chrono::milliseconds listen_again_after{5'000};     ///< where it couldn't listen
};

}  // namespace rollcall
