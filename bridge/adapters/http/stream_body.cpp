// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/http/stream_body.hpp"

#include <utility>

#include <fmt/format.h>

namespace rollcall {

StreamBody::StreamBody(std::function<void()> wake, std::size_t max_bytes)
    : wake_(std::move(wake)), max_bytes_(max_bytes) {}

void StreamBody::write(std::shared_ptr<const std::string> text) {
  if (is_closed_ || text->empty()) return;
  {
    const std::lock_guard lock(mutex_);
    if (is_closed_ || has_ended_) return;
    if (waiting_bytes_ + text->size() > max_bytes_) {
      drop();
    } else {
      waiting_bytes_ += text->size();
      waiting_.push_back(std::move(text));
      if (std::exchange(is_awake_, true)) return;
    }
  }
  wake_();
}

void StreamBody::cut_off() {
  {
    const std::lock_guard lock(mutex_);
    if (is_closed_) return;
    drop();
  }
  wake_();
}

void StreamBody::end() {
  {
    const std::lock_guard lock(mutex_);
    if (is_closed_ || std::exchange(has_ended_, true) || std::exchange(is_awake_, true)) return;
  }
  wake_();
}

StreamBody::Taken StreamBody::take(std::string& out, std::size_t max_bytes) {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) {
    is_awake_ = false;
    return has_ended_ ? Taken::end : Taken::nothing;
  }
  const auto before = out.size();
  do {
    waiting_bytes_ -= waiting_.front()->size();
    out += *waiting_.front();
    waiting_.pop_front();
  } while (!waiting_.empty() && out.size() - before + waiting_.front()->size() <= max_bytes);
  return Taken::some;
}

void StreamBody::close() {
  const std::lock_guard lock(mutex_);
  on_sent_ = nullptr;
  drop();
}

void StreamBody::drop() {
  is_closed_ = true;
  waiting_.clear();
  waiting_bytes_ = 0;
}

bool StreamBody::has_waiting() const {
  const std::lock_guard lock(mutex_);
  return !waiting_.empty();
}

bool StreamBody::ask_for_more() {
  if (!on_sent_ || is_closed_) return false;
  on_sent_();
  return has_waiting();
}

void append_chunk(std::string& out, std::string_view text) {
  if (text.empty()) return;
  fmt::format_to(std::back_inserter(out), "{:x}\r\n", text.size());
  out += text;
  out += "\r\n";
}

}  // namespace rollcall
