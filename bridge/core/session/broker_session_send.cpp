// SPDX-License-Identifier: Apache-2.0
// The way out: numbered requests until the plugin has carried them out, as large as the broker takes them.
#include <algorithm>
#include <iterator>
#include <utility>

#include "bridge/core/session/broker_session.hpp"

namespace rollcall {
namespace {

constexpr std::size_t kSmallRequestsUnderWay = 2;
constexpr std::size_t kManyPublications = 100;
constexpr Millis kGoneUntilNow{10'000};
constexpr Millis kLookEvery{1000};
constexpr std::size_t kMoreThanPings = 64;  // bytes in kLookEvery

}  // namespace

void BrokerSession::ask(RequestBody body, std::vector<Publication> publications, Time now) {
  if (sent_.empty()) last_progress_ = now;
  const auto number = ++last_request_;
  sent_.push_back(
      {number, encode_request({session_, number, std::move(body)}), std::move(publications), now});
  send(sent_.back().bytes);
}

void BrokerSession::acknowledged(const StreamHeader& header, Time now) {
  while (!sent_.empty() && sent_.front().number <= header.last_request) {
    // The answer was made after the request: its clock can't be earlier than that.
    const auto earliest =
        sent_.front().sent_at.time_since_epoch() - Millis{static_cast<Millis::rep>(header.clock_ms)};
    clock_offset_ = std::max(clock_offset_, earliest);
    const auto& request = sent_.front();
    if (!request.publications.empty()) limits_.answered(request.bytes.size(), now - request.sent_at);
    sent_.pop_front();
    last_progress_ = now;
    repeats_ = 0;
  }
}

void BrokerSession::send_publications(Time now) {
  if (phase_ != Phase::watching && phase_ != Phase::listing) return;
  // A lone status goes at once. While some are under way more gather to a large request: brokers read one
  // packet of a client in each turn, and in a storm many small ones would wait for many turns.
  const auto may_send = [&] {
    const auto most = limits_.most_under_way();
    return sent_.size() <
           (outbox_.size() < kManyPublications ? std::min(most, kSmallRequestsUnderWay) : most);
  };
  while (!outbox_.is_empty() && may_send()) {
    auto batch = outbox_.take_batch(limits_.usual_bytes());
    if (batch.empty()) break;  // all of it was left out
    request::Publish body;
    body.publications.reserve(batch.size());
    for (const auto& each : batch) {
      body.publications.push_back(
          {each.topic, each.payload, static_cast<std::uint8_t>(each.qos), each.retain});
    }
    ask(std::move(body), std::move(batch), now);
  }
  if (has_told_left_out_) return;
  const auto what = left_out();
  if (!what) return;
  has_told_left_out_ = true;
  emit(session_event::MessagesLeftOut{*what});
}

void BrokerSession::learn(RequestLimits::Learnt learnt) {
  outbox_.set_limit(limits_.most_bytes());
  if (learnt != RequestLimits::Learnt::to_send_smaller || std::exchange(has_told_smaller_, true)) return;
  emit(session_event::RequestsTooLarge{});
}

std::optional<LeftOut> BrokerSession::left_out() const {
  const auto what = outbox_.left_out();
  if (what.statuses == 0 && what.rows == 0) return std::nullopt;
  return LeftOut{limits_.is_packet_limit(), limits_.setting_for(what.needed_bytes), what.statuses, what.rows};
}

bool BrokerSession::wants_traffic(Time now) const {
  const bool waits = phase_ == Phase::greeting || (phase_ != Phase::down && !sent_.empty());
  return waits && now - std::max(looked_at_, last_progress_) >= kLookEvery;
}

/// True while bytes go either way: then an answer that is late is no sign of anything.
bool BrokerSession::is_answer_on_its_way(const LinkTraffic& traffic, Time now) {
  const auto before = std::exchange(traffic_, traffic);
  const bool is_first_look = std::exchange(looked_at_, now) <= last_progress_;
  if (is_first_look) return traffic.has_undelivered;
  return (traffic.has_undelivered && traffic.delivered > before.delivered) ||
         traffic.received >= before.received + kMoreThanPings;
}

std::uint64_t BrokerSession::boot_at_the_link(Time now) const {
  const bool is_there = phase_ != Phase::down || now - down_at_ < kGoneUntilNow;
  return is_there ? greeted_boot_ : 0;
}

void BrokerSession::take_back_sent(std::uint64_t done) {
  std::vector<Publication> again;
  for (auto& request : sent_) {
    if (request.number <= done) continue;
    std::move(request.publications.begin(), request.publications.end(), std::back_inserter(again));
  }
  sent_.clear();
  outbox_.put_back(std::move(again));
}

}  // namespace rollcall
