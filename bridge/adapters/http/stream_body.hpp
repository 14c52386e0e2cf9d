// SPDX-License-Identifier: Apache-2.0
// A stream between those who write to it, from any thread, and the connection that sends it.
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "bridge/core/http/http_message.hpp"

namespace rollcall {

class StreamBody : public HttpStream {
 public:
  /// `wake` is called, from any thread, when there is something to send after there was nothing, and when
  /// the stream is over. A reader with more than `max_bytes` ahead is cut off.
  StreamBody(std::function<void()> wake, std::size_t max_bytes);

  void write(std::shared_ptr<const std::string> text) override;
  void end() override;
  bool is_closed() const override { return is_closed_; }
  bool has_waiting() const override;
  void cut_off() override;
  void set_on_sent(std::function<void()> more) override { on_sent_ = std::move(more); }

  enum class Taken { some, nothing, end };
  /// Appends what waits, as one piece of at most `max_bytes` or one text. The connection's thread.
  Taken take(std::string& out, std::size_t max_bytes);
  /// All has been sent: whoever writes may have more. Returns true if so. The connection's thread.
  bool ask_for_more();
  /// Nobody reads any more. The connection's thread.
  void close();

 private:
  void drop();  // with the mutex held

  std::function<void()> wake_, on_sent_;
  const std::size_t max_bytes_;
  std::atomic<bool> is_closed_ = false;
  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<const std::string>> waiting_;
  std::size_t waiting_bytes_ = 0;
  bool has_ended_ = false;
  bool is_awake_ = false;  ///< the connection was woken, and hasn't found nothing since
};

/// Appends the text as one chunk of a chunked body (RFC 9112); none of an empty text, which would end it.
void append_chunk(std::string& out, std::string_view text);

}  // namespace rollcall
