// SPDX-License-Identifier: Apache-2.0
// Asks an HTTP server, and waits: for the command line, which does one thing at a time.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "bridge/adapters/http/event_reader.hpp"

namespace rollcall {

/// Who is asked: a Unix socket, or else a URL.
struct HttpTarget {
  std::string socket_path;  ///< empty: the URL
  std::string url;          ///< such as "https://bridge.example:8443/rollcall"; its path goes first
  std::optional<std::string> ca_file;  ///< whose certificates are trusted; nothing: the system's
};

struct HttpQuestion {
  std::string method = "GET";
  std::string path = "/";  ///< and query, encoded
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;  ///< Content-Type is the caller's, in the headers
};

struct HttpReply {
  int status = 0;
  std::map<std::string, std::string> headers;  ///< by name in lower case
  std::string body;                            ///< at most 64 MiB
};

/// Sends one request and returns its answer, whatever its status; follows no redirection. `timeout` is for
/// all of it. The error names who was asked, and says why there is no answer.
Result<HttpReply> ask(const HttpTarget& target, const HttpQuestion& question,
                      std::chrono::milliseconds timeout);

/// What a stream is read with. Each returns whether to go on; what isn't set does.
struct StreamReader {
  std::function<bool()> on_open;  ///< the server has begun to answer, with status 200
  std::function<bool(const ServerEvent&)> on_event;
  std::function<bool()> on_pause;  ///< nothing has come for `pause`, or a signal has
  std::chrono::milliseconds pause{200};
};

/// Reads server-sent events until the server ends them or the reader is done. Returns the answer, without a
/// body if it was of status 200. An error if the server can't be asked, breaks off, or is silent for
/// `silence`: one that works sends something every 15 s.
Result<HttpReply> read_events(const HttpTarget& target, const HttpQuestion& question,
                              std::chrono::milliseconds silence, const StreamReader& reader);

/// The same for one who wants events alone.
Result<HttpReply> read_events(const HttpTarget& target, const HttpQuestion& question,
                              std::chrono::milliseconds silence,
                              const std::function<bool(const ServerEvent&)>& on_event);

}  // namespace rollcall
