// SPDX-License-Identifier: Apache-2.0
// A request and its answer as values: what the API sees of HTTP, and what the server sees of the API.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rollcall {

struct HttpRequest {
  std::string method;  ///< such as "GET"
  std::string target;  ///< path and query, as they were sent
  std::map<std::string, std::string>
      headers;  ///< by name in lower case; of several of one name, joined by ", "
  std::string body;
  std::string
      peer;  ///< the client's IP address; empty by the Unix socket, and where a client has gone already
  bool is_own_user = false;  ///< it came by the Unix socket, whose mode lets nobody else in
  bool is_tls = false;

  /// Returns the value of the header with this name, which is in lower case; empty if there is none.
  std::string_view header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
  }
};

/// The body of an answer that goes on (server-sent events). Any thread, unless stated otherwise.
class HttpStream {
 public:
  virtual ~HttpStream() = default;
  /// Sends this as well. A reader that doesn't keep up is cut off; then, and after the end, it is dropped.
  virtual void write(std::shared_ptr<const std::string> text) = 0;
  /// The answer ends with what has been written.
  virtual void end() = 0;
  /// True once nobody reads any more.
  virtual bool is_closed() const = 0;
  /// True while something that was written waits to be sent.
  virtual bool has_waiting() const = 0;
  /// The reader is dropped at once, with what waits.
  virtual void cut_off() = 0;
  /// `more` is called on the server's thread whenever all that was written has been sent. It may write.
  /// Before the first write, on the server's thread.
  virtual void set_on_sent(std::function<void()> more) = 0;
};

struct HttpResponse {
  int status = 200;
  std::string content_type;  ///< empty: there is no body
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  ///< beside content-type, content-length and etag
  bool has_etag = false;  ///< the body gets an ETag, and a client that has it already 304
  /// If set the body goes on: called once the head is on its way, on the server's thread.
  std::function<void(std::shared_ptr<HttpStream>)> stream;
};

/// Takes the one answer to a request. Any thread, at any time; an answer for a client that has gone is
/// dropped.
using HttpAnswer = std::function<void(HttpResponse)>;

}  // namespace rollcall
