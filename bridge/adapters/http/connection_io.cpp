// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <string_view>
#include <utility>

#include "bridge/adapters/http/connection.hpp"

namespace rollcall {
namespace {

using Waiter = boost::asio::posix::stream_descriptor;
using Sent = TransferResult::State;

constexpr std::size_t kStreamPortion = 64UL * 1024;
constexpr std::size_t kMaxDiscarded = 1024UL * 1024;
constexpr std::size_t kKeptCapacity = 4096;
constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace

void Connection::wait_for(TransferResult::State state) {
  const bool is_read = state == Sent::wants_read;
  if (std::exchange(is_read ? waits_for_read_ : waits_for_write_, true)) return;
  waiter_.async_wait(is_read ? Waiter::wait_read : Waiter::wait_write,
                     [self = shared_from_this(), is_read](const boost::system::error_code& error) {
                       (is_read ? self->waits_for_read_ : self->waits_for_write_) = false;
                       if (!error) self->go_on();
                     });
}

bool Connection::write_out() {
  const auto result = socket_.write(out_.data() + out_sent_, out_.size() - out_sent_);
  if (result.state == Sent::closed) {
    close();
    return false;
  }
  if (result.state != Sent::done) {
    wait_for(result.state);
    return false;
  }
  sent_at_ = Clock::now();
  out_sent_ += result.bytes;
  if (out_sent_ < out_.size()) return true;
  out_sent_ = 0;
  out_.clear();
  if (out_.capacity() > kKeptCapacity) std::string().swap(out_);
  if (phase_ == Phase::closing) {
    socket_.finish_writing();
    deadline_ = sent_at_ + kClosingTimeout;
  }
  return true;
}

bool Connection::receive() {
  if (std::exchange(has_leftover_, false)) {
    take(reader_.feed(""));
    return true;
  }
  const bool had_begun = reader_.has_begun();
  const auto result = socket_.read(context_.scratch.data(), context_.scratch.size());
  if (result.state == Sent::closed) {
    close();
    return false;
  }
  if (result.state != Sent::done) {
    wait_for(result.state);
    return false;
  }
  const auto state = reader_.feed({context_.scratch.data(), result.bytes});
  if (!had_begun && reader_.has_begun()) {
    since_ = Clock::now();
    if (!is_first_) deadline_ = since_ + context_.settings.request_timeout;
  }
  take(state);
  return true;
}

bool Connection::discard_input() {
  const auto result = socket_.read(context_.scratch.data(), context_.scratch.size());
  discarded_ += result.bytes;
  if (result.state == Sent::closed || discarded_ > kMaxDiscarded) {
    close();
    return false;
  }
  if (result.state == Sent::done) return true;
  wait_for(result.state);
  return false;
}

bool Connection::send_stream() {
  std::string text;
  switch (stream_->take(text, kStreamPortion)) {
    case StreamBody::Taken::some:
      send(text);
      return true;
    case StreamBody::Taken::end:
      if (!asked_.is_http_1_0) out_ += kLastChunk;
      after_answer(asked_.keeps_alive && discarded_ == 0);
      return true;
    case StreamBody::Taken::nothing:
      if (stream_->ask_for_more()) return true;
      break;
  }
  // So that a reader who leaves is noticed; it has nothing to say.
  return !waits_for_read_ && discard_input();
}

}  // namespace rollcall
