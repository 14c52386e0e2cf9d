// SPDX-License-Identifier: Apache-2.0
// The bridge's HTTP server: HTTP/1.1 by TCP, with TLS or without, and by a Unix socket. It knows connections,
// limits and bytes; what the answers are is its handler's.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "bridge/adapters/http/http_settings.hpp"
#include "bridge/core/http/http_message.hpp"

namespace rollcall {

/// Has a thread of its own. Each member from any other thread.
class HttpServer {
 public:
  /// Called on the server's thread with one request of a connection at a time; the answer may be given at
  /// any time. HEAD comes as GET, and its answer's body isn't sent. What it throws becomes a 500.
  using Handler = std::function<void(HttpRequest, HttpAnswer)>;
  /// Called on any thread.
  using Log = std::function<void(bool is_error, const std::string& line)>;

  HttpServer(Handler handler, Log log);
  /// As stop().
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Starts, or goes on with other settings: certificate and key are read again, and it listens anew where
  /// an address has changed; connections stay. Returns once it has tried to listen; what can't be had is
  /// logged. An address is tried again until it can be had. A bad certificate or key leaves those that are in
  /// use; if there are none, nothing is served by TCP. Nothing after stop().
  void apply(HttpServerSettings settings);
  /// Runs it on the server's thread; dropped after stop().
  void post(std::function<void()> work);
  /// Returns where it listens by TCP, such as "127.0.0.1:41233"; empty while it doesn't.
  std::optional<std::string> address() const;
  /// Ends all streams and connections, and the thread; removes the Unix socket. Not on the server's thread.
  void stop();

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace rollcall
