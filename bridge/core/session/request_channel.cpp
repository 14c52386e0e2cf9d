// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/session/request_channel.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "bridge/core/lifecycle/clock_step.hpp"

namespace rollcall {
namespace {

constexpr std::size_t kMaxMarks = 64;
constexpr std::size_t kSmallRequestsUnderWay = 2;
constexpr std::size_t kManyPublications = 100;
constexpr int kRepeatsBeforeGreetingAnew = 2;

}  // namespace

void RequestChannel::link_up(std::size_t max_packet_bytes) {
  limits_.set_packet_limit(max_packet_bytes);
  limits_.link_up();
  outbox_.set_limit(limits_.most_bytes());
}

void RequestChannel::link_broke() {
  if (sent_.empty()) return;
  std::size_t largest = 0;
  for (const auto& request : sent_) largest = std::max(largest, request.bytes.size());
  limits_.link_broke(largest);
}

void RequestChannel::begin_boot() {
  acked_seq_ = 0;
  marks_.clear();
  limits_.forget();
  outbox_.set_limit(limits_.most_bytes());
  is_smaller_known_ = is_left_out_known_ = false;
}

std::string_view RequestChannel::greet(const request::Hello& hello, Time now) {
  if (++session_ == 0) ++session_;
  last_request_ = 0;
  repeats_ = 0;
  progress_at_ = now;
  greeting_ = encode_request({session_, ++last_request_, hello});
  return greeting_;
}

bool RequestChannel::greeting_answered(std::uint32_t previous_session, std::uint64_t previous_done) {
  const auto done = previous_session == sent_in_session_ ? previous_done : 0;
  const auto learnt = limits_.greeting_answered(done);
  outbox_.set_limit(limits_.most_bytes());
  std::vector<Publication> again;
  for (auto& request : sent_) {
    if (request.number <= done) continue;
    std::move(request.publications.begin(), request.publications.end(), std::back_inserter(again));
  }
  sent_.clear();
  outbox_.put_back(std::move(again));
  sent_in_session_ = session_;
  return learnt == RequestLimits::Learnt::to_send_smaller && !std::exchange(is_smaller_known_, true);
}

std::string_view RequestChannel::send(RequestBody body, Time now) { return send(std::move(body), {}, now); }

std::string_view RequestChannel::send(RequestBody body, std::vector<Publication> publications, Time now) {
  if (sent_.empty()) progress_at_ = now;
  const auto number = ++last_request_;
  sent_.push_back(
      {number, encode_request({session_, number, std::move(body)}), std::move(publications), now});
  return sent_.back().bytes;
}

std::optional<std::string_view> RequestChannel::send_batch(Time now) {
  if (outbox_.is_empty()) return std::nullopt;
  // A lone status goes at once. While some are under way more gather to a large request: brokers read one
  // packet of a client in each turn, and in a storm many small ones would wait for many turns.
  const auto most = limits_.most_under_way();
  if (sent_.size() >= (outbox_.size() < kManyPublications ? std::min(most, kSmallRequestsUnderWay) : most)) {
    return std::nullopt;
  }
  auto batch = outbox_.take_batch(limits_.usual_bytes());
  if (batch.empty()) return std::nullopt;  // all of it was left out
  request::Publish body;
  body.publications.reserve(batch.size());
  for (const auto& each : batch) {
    body.publications.push_back({each.topic, each.payload, static_cast<std::uint8_t>(each.qos), each.retain});
  }
  return send(std::move(body), std::move(batch), now);
}

std::optional<Time> RequestChannel::acknowledge(std::uint64_t last_request, Time now) {
  std::optional<Time> sent_at;
  for (; !sent_.empty() && sent_.front().number <= last_request; sent_.pop_front()) {
    const auto& request = sent_.front();
    sent_at = std::max(sent_at.value_or(request.sent_at), request.sent_at);
    if (!request.publications.empty()) limits_.answered(request.bytes.size(), now - request.sent_at);
    for (const auto& each : request.publications) {
      if (each.happened_at)
        publish_latency_.add(
            std::chrono::duration<double>(std::max(now - *each.happened_at, Millis{0})).count());
    }
    progress_at_ = now;
    repeats_ = 0;
  }
  return sent_at;
}

RequestChannel::Overdue RequestChannel::check_overdue(Time since, Time now) {
  const auto& oldest = sent_.front();
  if (now < overdue_at(since)) return Overdue::no;
  progress_at_ = now;
  // Some brokers leave a message that is too large without a word.
  if (!limits_.may_be_too_large(oldest.bytes.size()) && ++repeats_ < kRepeatsBeforeGreetingAnew) {
    return Overdue::repeat;
  }
  limits_.unanswered(oldest.number, oldest.bytes.size(), oldest.publications.size());
  return Overdue::greet;
}

void RequestChannel::for_each_unanswered(const std::function<void(std::string_view bytes)>& visit) const {
  for (const auto& request : sent_) visit(request.bytes);
}

std::optional<LeftOut> RequestChannel::left_out() const {
  const auto what = outbox_.left_out();
  if (what.statuses == 0 && what.rows == 0) return std::nullopt;
  return LeftOut{limits_.is_packet_limit(), limits_.setting_for(what.needed_bytes), what.statuses, what.rows};
}

std::optional<LeftOut> RequestChannel::left_out_news() {
  if (is_left_out_known_) return std::nullopt;
  const auto what = left_out();
  is_left_out_known_ = what.has_value();
  return what;
}

std::size_t RequestChannel::unacknowledged_count() const {
  auto count = outbox_.size();
  for (const auto& request : sent_) count += request.publications.size();
  return count;
}

std::uint64_t RequestChannel::acked_seq(std::uint64_t last_seq) {
  auto first = outbox_.first_order();
  for (const auto& request : sent_) {
    for (const auto& publication : request.publications) first = std::min(first, publication.order);
  }
  while (!marks_.empty() && marks_.front().order <= first) {
    acked_seq_ = marks_.front().seq;
    marks_.pop_front();
  }
  if (first == outbox_.next_order()) {
    acked_seq_ = last_seq;
  } else if (marks_.size() < kMaxMarks && (marks_.empty() || marks_.back().order < outbox_.next_order())) {
    marks_.push_back({outbox_.next_order(), last_seq});
  }
  return acked_seq_;
}

void RequestChannel::clock_stepped(Millis by) {
  move_along(progress_at_, by);
  for (SentRequest& request : sent_) move_along(request.sent_at, by);
}

}  // namespace rollcall
