// SPDX-License-Identifier: Apache-2.0
// How large the requests to one broker may be, and how many may be under way. The broker's CONNACK tells one
// limit (max_packet_size); the other (message_size_limit) shows only in requests that get no answer, while
// what was sent behind them does. What was learnt holds for one boot of the broker; links come and go.
//
// Pure. Not thread safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/time.hpp"
#include "topics/protocol/requests.hpp"

namespace rollcall {

class RequestLimits {
 public:
  static constexpr std::size_t kMostUnderWay = 8;

  /// The broker has let us in. `max_packet_bytes`: what it takes; 0: it didn't say.
  void set_packet_limit(std::size_t max_packet_bytes);
  /// Another boot of the broker: nothing is known of it.
  void forget();

  /// Requests are filled up to so many bytes; one message may be more.
  std::size_t usual_bytes() const;
  /// A larger request doesn't get through.
  std::size_t most_bytes() const;
  /// The broker's setting that lets a request of so many bytes through: max_packet_size or
  /// message_size_limit.
  std::size_t setting_for(std::size_t request_bytes) const;
  bool is_packet_limit() const { return packet_limit_ <= lost_above_; }
  std::size_t most_under_way() const { return most_under_way_; }
  /// How long to wait for an answer to the oldest request, which has so many bytes, before greeting again.
  Millis answer_within(std::size_t oldest_bytes) const;

  /// A request that publishes has been answered.
  void answered(std::size_t bytes, Millis after);
  /// The link broke with these requests under way, the largest of so many bytes.
  void link_broke(std::size_t largest_bytes);

  /// True if a request of so many bytes may be unanswered for its size.
  bool may_be_too_large(std::size_t bytes) const;
  /// The oldest request got no answer in time; a greeting is sent behind it.
  void unanswered(std::uint64_t number, std::size_t bytes, std::size_t publications);

  enum class Learnt { nothing, to_send_smaller, a_limit };
  /// The greeting has been answered, on the same link: the broker has left what was sent before it and isn't
  /// `done`.
  Learnt greeting_answered(std::uint64_t done);
  /// What was unanswered on a link that is over says nothing.
  void link_up() { unanswered_.reset(); }

 private:
  struct Unanswered {
    std::uint64_t number = 0;
    std::size_t bytes = 0, publications = 0;
  };
  std::size_t packet_limit_ = kMaxRequestBytes;
  std::size_t lost_above_ = kMaxRequestBytes;  // no larger request has got through
  std::size_t usual_bytes_ = kUsualBytes;
  std::size_t passed_bytes_ = 0;  // the largest that did
  std::size_t most_under_way_ = kMostUnderWay;
  std::optional<Unanswered> unanswered_;
  int lone_losses_ = 0;         // of what can't be made smaller, in a row
  bool is_small_here_ = false;  // something has been lost for its size

  static constexpr std::size_t kUsualBytes = 64UL * 1024;
};

}  // namespace rollcall
