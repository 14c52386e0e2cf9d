// SPDX-License-Identifier: Apache-2.0
// The port by which messages leave: each is sent once, and what came of it is told. Whether it is tried again
// is decided elsewhere (delivery_queue.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/time.hpp"

namespace rollcall {

/// An HTTP request.
struct OutgoingRequest {
  std::string method, url;
  std::vector<std::string> headers;  ///< "Name: value", without line ends
  std::string body;
};

/// A mail. The login is left out where the user name is empty.
struct OutgoingMail {
  std::string url;  ///< smtp://host:port or smtps://host:port
  std::string from;
  std::vector<std::string> to;
  std::string username, password;
  std::string text;  ///< the whole message, with its headers, lines ended by CR LF
};

struct OutgoingMessage {
  std::uint64_t number = 0;  ///< the sender's owner knows it by that
  std::variant<OutgoingRequest, OutgoingMail> what;
  std::string ca_file;  ///< empty: the system's authorities
  std::string secret;   ///< what the channel's file holds: never shown, whoever repeats it
};

/// How sending has ended.
struct SendResult {
  std::uint64_t number = 0;  ///< of the message
  std::uint64_t code = 0;    ///< of the answer, or of the last reply by SMTP; 0: there was none
  std::string answer;        ///< the first line of it, at most kMostAnswerBytes; for people
  std::string retry_after;   ///< the header's value; empty: there was none
  std::string problem;       ///< why there is no answer that counts, for people; empty: there is one
  Millis took{0};
};

/// Of an answer nobody needs more.
inline constexpr std::size_t kMostAnswerBytes = 200;
/// From the look-up of the name to the last byte of the answer.
inline constexpr Millis kSendWithin{10'000};

class Sender {
 public:
  virtual ~Sender() = default;
  /// Begins to send, elsewhere. Whoever owns the sender hands on the result, on the thread of this call.
  virtual void send(OutgoingMessage message) = 0;
};

}  // namespace rollcall
