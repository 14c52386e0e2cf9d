// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/session/request_limits.hpp"

#include <algorithm>
#include <utility>

namespace rollcall {
namespace {

constexpr Millis kAnswerWithin{5000};
// While it is being found out what gets through. A greeting that comes too early does no harm.
constexpr Millis kAnswerWithinWhileTrying{1000};
constexpr Millis kFastAnswer{1000};
// Below, a lost request has another reason: no status is as small.
constexpr std::size_t kLeastSuspectBytes = 200;
// A link that breaks is slow rather than narrow.
constexpr std::size_t kLeastAfterBreak = 2UL * 1024;
constexpr std::size_t kSmallAtBreak = 8UL * 1024;
constexpr int kLossesToBeSure = 2;
// Of MQTT's PUBLISH packet: at most 5 in front, the topic with 2 + 20, no properties.
constexpr std::size_t kPacketOverhead = 28;

}  // namespace

void RequestLimits::set_packet_limit(std::size_t max_packet_bytes) {
  packet_limit_ = max_packet_bytes > kPacketOverhead
                      ? std::min(kMaxRequestBytes, max_packet_bytes - kPacketOverhead)
                      : kMaxRequestBytes;
}

void RequestLimits::forget() {
  const auto packet_limit = packet_limit_;
  *this = {};
  packet_limit_ = packet_limit;
}

std::size_t RequestLimits::usual_bytes() const { return std::min(usual_bytes_, packet_limit_); }

std::size_t RequestLimits::most_bytes() const { return std::min(packet_limit_, lost_above_); }

std::size_t RequestLimits::setting_for(std::size_t request_bytes) const {
  return is_packet_limit() ? request_bytes + kPacketOverhead : request_bytes;
}

Millis RequestLimits::answer_within(std::size_t oldest_bytes) const {
  return is_small_here_ && may_be_too_large(oldest_bytes) ? kAnswerWithinWhileTrying : kAnswerWithin;
}

void RequestLimits::answered(std::size_t bytes, Millis after) {
  passed_bytes_ = std::max(passed_bytes_, bytes);
  lone_losses_ = 0;
  if (after > kFastAnswer) return;
  // What was made smaller grows again as far as is known to do no harm.
  most_under_way_ = std::min(most_under_way_ + 1, kMostUnderWay);
  usual_bytes_ = std::max(usual_bytes_, std::min({usual_bytes_ * 2, passed_bytes_, kUsualBytes}));
}

void RequestLimits::link_broke(std::size_t largest_bytes) {
  most_under_way_ = 1;
  if (largest_bytes > kSmallAtBreak) usual_bytes_ = std::max(kLeastAfterBreak, usual_bytes_ / 4);
}

bool RequestLimits::may_be_too_large(std::size_t bytes) const {
  return bytes > std::max(passed_bytes_, kLeastSuspectBytes);
}

void RequestLimits::unanswered(std::uint64_t number, std::size_t bytes, std::size_t publications) {
  unanswered_ = Unanswered{number, bytes, publications};
}

RequestLimits::Learnt RequestLimits::greeting_answered(std::uint64_t done) {
  const auto lost = std::exchange(unanswered_, std::nullopt);
  if (!lost || lost->number <= done || lost->bytes <= kLeastSuspectBytes) return Learnt::nothing;
  passed_bytes_ = std::min(passed_bytes_, lost->bytes - 1);  // of before the broker was configured otherwise
  is_small_here_ = true;
  most_under_way_ = 1;
  if (lost->publications > 1) {
    usual_bytes_ = std::min(usual_bytes_, lost->bytes) / 4;
    return Learnt::to_send_smaller;
  }
  const bool is_sure = ++lone_losses_ >= kLossesToBeSure || lost_above_ < kMaxRequestBytes;
  if (!is_sure) return Learnt::nothing;
  lone_losses_ = 0;
  lost_above_ = lost->bytes - 1;
  return Learnt::a_limit;
}

}  // namespace rollcall
