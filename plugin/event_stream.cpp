// SPDX-License-Identifier: Apache-2.0
#include "plugin/event_stream.hpp"

#include <utility>

namespace rollcall::plugin {
namespace {

constexpr std::size_t kMaxMessageBytes = 64UL * 1024;
constexpr Millis kHeartbeatEvery{1000};
constexpr Millis kHeartbeatFor{5000};

}  // namespace

EventStream::EventStream(Broker& broker, std::uint64_t boot, std::string topic)
    : broker_(broker), boot_(boot), topic_(std::move(topic)) {}

void EventStream::add(const StreamRecord& record) {
  if (!is_listening_) {
    ++next_number_;
    return;
  }
  batch_.add(record);
  ++next_number_;
  if (batch_.size_bytes() > kMaxMessageBytes || batch_.is_full()) send_batch();
}

void EventStream::flush() {
  if (is_listening_ && has_unsent()) send_batch();
}

std::optional<std::string> EventStream::take_message() {
  if (!is_listening_ || !has_unsent()) return std::nullopt;
  return take_batch();
}

void EventStream::beat() {
  if (!is_listening_) return;
  const auto now = broker_.monotonic();
  if (now - last_records_ > kHeartbeatFor || now - last_sent_ < kHeartbeatEvery) return;
  const auto last_records = last_records_;
  send_batch();
  last_records_ = last_records;
}

void EventStream::set_progress(std::uint32_t session, std::uint64_t last_request) {
  session_ = session;
  last_request_ = last_request;
  progress_is_unsent_ = is_listening_;
}

void EventStream::send_unnumbered(std::uint32_t session, std::uint64_t last_request,
                                  const StreamRecord& record) {
  StreamBatch alone;
  alone.add(record);
  const StreamHeader header{boot_, static_cast<std::uint64_t>(broker_.monotonic().count()), session,
                            last_request, next_number_};
  broker_.publish(topic_, alone.message(header), 0, false);
}

void EventStream::set_listening(bool listening) {
  is_listening_ = listening;
  if (listening) return;
  batch_.clear();
  progress_is_unsent_ = false;
}

void EventStream::send_batch() {
  // If the broker refuses it, the bridge sees a gap and asks for a snapshot.
  broker_.publish(topic_, take_batch(), 0, false);
  ++sent_count_;
}

std::string EventStream::take_batch() {
  const auto now = broker_.monotonic();
  StreamHeader header;
  header.boot = boot_;
  header.clock_ms = static_cast<std::uint64_t>(now.count());
  header.session = session_;
  header.last_request = last_request_;
  header.first_number = next_number_ - batch_.count();
  auto message = batch_.message(header);
  batch_.clear();
  progress_is_unsent_ = false;
  last_records_ = last_sent_ = now;
  return message;
}

}  // namespace rollcall::plugin
