// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/mqtt/pacer.hpp"

#include <utility>

namespace rollcall {

void Pacer::publish(mqtt::const_message_ptr message) {
  const std::lock_guard lock(mutex_);
  if (is_closed_) return;
  if (is_sending_) {
    waiting_.push_back(std::move(message));
  } else {
    is_sending_ = send_(message);
  }
}

void Pacer::written() {
  const std::lock_guard lock(mutex_);
  is_sending_ = false;
  while (!waiting_.empty() && !is_sending_) {
    is_sending_ = send_(waiting_.front());
    waiting_.pop_front();
  }
}

void Pacer::close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  waiting_.clear();
}

bool Pacer::is_idle() const {
  const std::lock_guard lock(mutex_);
  return !is_sending_;
}

}  // namespace rollcall
