// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/mqtt/pacer.hpp"

#include <utility>

namespace rollcall {

void Pacer::publish(mqtt::const_message_ptr message) {
  const std::lock_guard lock(mutex_);
  if (is_closed_) return;
  waiting_.push_back(std::move(message));
  send_next();
}

void Pacer::written() {
  const std::lock_guard lock(mutex_);
  is_sending_ = false;
  send_next();
}

void Pacer::look_again() {
  const std::lock_guard lock(mutex_);
  send_next();
}

void Pacer::send_next() {
  while (!is_sending_ && !waiting_.empty() && may_be_sent_(waiting_.front())) {
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
  return !is_sending_ && waiting_.empty();
}

}  // namespace rollcall
