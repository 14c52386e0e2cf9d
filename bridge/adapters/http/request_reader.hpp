// SPDX-License-Identifier: Apache-2.0
// Bytes of one connection to requests: HTTP/1.1 and 1.0, within limits. No I/O and no clock.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "bridge/core/http/http_message.hpp"

namespace rollcall {

/// Keeps at most one request, and the bytes behind it that have come with it; nothing between requests.
class RequestReader {
 public:
  struct Limits {
    std::size_t header_bytes, body_bytes;
  };
  enum class State {
    incomplete,      ///< more bytes are needed
    wants_continue,  ///< the client waits for "100 Continue" before it sends the body; said once
    complete,        ///< take() has the request
    refused,         ///< refusal() says why; nothing more can be read from this connection
  };

  explicit RequestReader(Limits limits);
  ~RequestReader();
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  /// For the next request on.
  void set_limits(Limits limits) { limits_ = limits; }
  /// Takes the next bytes. Not once it is complete or refused.
  State feed(std::string_view bytes);
  /// True if some of a request is there, but not yet all of it.
  bool has_begun() const { return parsing_ != nullptr || !bytes_.empty(); }

  /// Returns the request, without its peer, and makes ready for the next one, of which bytes may be there
  /// already: feed("") looks at them.
  HttpRequest take();
  /// Of the request that was taken last: whether the client means to send another.
  bool keeps_alive() const { return keeps_alive_; }
  bool is_http_1_0() const { return is_http_1_0_; }

  const HttpResponse& refusal() const { return refusal_; }

 private:
  struct Parsing;
  State parse();
  State go_on_after_header();
  State refuse(HttpResponse why);

  Limits limits_;
  std::string bytes_;
  std::unique_ptr<Parsing> parsing_;
  HttpResponse refusal_;
  bool keeps_alive_ = false, is_http_1_0_ = false;
};

}  // namespace rollcall
