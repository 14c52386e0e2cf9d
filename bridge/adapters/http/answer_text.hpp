// SPDX-License-Identifier: Apache-2.0
// An answer as the bytes that are sent: its head, with what each answer has, and its body.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "bridge/adapters/http/compression.hpp"
#include "bridge/core/http/http_message.hpp"

namespace rollcall {

/// What of a request its answer depends on.
struct AskedFor {
  bool is_head = false;  ///< HEAD: the head that GET would get
  bool is_get = false;   ///< GET or HEAD
  bool is_http_1_0 = false;
  bool keeps_alive = false;  ///< the connection stays open for another request
  std::string accept_encoding, if_none_match;
};

class AnswerWriter {
 public:
  /// Called with a line if an answer has a header that can't be sent.
  using Log = std::function<void(const std::string& line)>;

  explicit AnswerWriter(Log log) : log_(std::move(log)) {}

  /// Returns head and body; of a stream the head.
  std::string write(const HttpResponse& response, const AskedFor& asked);

 private:
  std::string write_stream_head(const HttpResponse& response, const AskedFor& asked);
  /// Status line and the headers that each answer has.
  std::string begin_head(const HttpResponse& response, const AskedFor& asked);
  void add_header(std::string& head, const std::string& name, const std::string& value);
  const std::string& date();

  Log log_;
  CompressionCache compressed_{4UL * 1024 * 1024};
  std::time_t date_at_ = -1;
  std::string date_;
};

}  // namespace rollcall
