// SPDX-License-Identifier: Apache-2.0
// The way to one broker's plugin: numbered requests until the plugin acknowledges them, as large as the
// broker takes them, and the publications that wait for one. Each greeting begins a new session, which counts
// its requests from 1; what the session before hasn't done goes out again.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/histogram.hpp"
#include "base/time.hpp"
#include "bridge/core/session/outbox.hpp"
#include "bridge/core/session/request_limits.hpp"
#include "bridge/core/session/session_events.hpp"
#include "topics/protocol/requests.hpp"

namespace rollcall {

/// Pure. Not thread safe. Bytes that it returns are to be sent now, and valid until the next call.
class RequestChannel {
 public:
  /// `first_session`: random; sessions count on from it.
  explicit RequestChannel(std::uint32_t first_session) : session_(first_session) {}

  std::uint32_t session() const { return session_; }
  const Outbox& outbox() const { return outbox_; }

  /// What is to be published, sooner or later, by send_batch().
  void publish(Publication publication) { outbox_.add(std::move(publication)); }

  void link_up(std::size_t max_packet_bytes);
  /// The link broke while something was under way.
  void link_broke();
  /// Another boot of the broker: nothing has arrived there, and nothing is known of its limits.
  void begin_boot();

  /// Begins a new session, and returns its greeting.
  std::string_view greet(const request::Hello& hello, Time now);
  /// The plugin has answered the greeting; it did `previous_done` requests of `previous_session`. Returns
  /// true once a boot: smaller requests than before are sent from now on.
  bool greeting_answered(std::uint32_t previous_session, std::uint64_t previous_done);

  std::string_view send(RequestBody body, Time now);
  /// Sends a batch of what is to be published. Empty: nothing may be sent now.
  std::optional<std::string_view> send_batch(Time now);
  std::size_t most_bytes() const { return limits_.most_bytes(); }

  /// The plugin has done all requests up to this number. Returns when the last one was sent that this is news
  /// of; empty: none.
  std::optional<Time> acknowledge(std::uint64_t last_request, Time now);
  const DurationHistogram& publish_latency() const { return publish_latency_; }
  bool is_idle() const { return sent_.empty(); }
  /// False while much is under way.
  bool may_ask() const { return sent_.size() < kMostAsked; }

  enum class Overdue { no, repeat, greet };
  /// What to do if the oldest request has waited since `since`, at least as long as it may.
  Overdue check_overdue(Time since, Time now);
  /// When check_overdue() has something to do.
  Time overdue_at(Time since) const { return since + limits_.answer_within(sent_.front().bytes.size()); }
  std::string_view oldest() const { return sent_.front().bytes; }
  void for_each_unanswered(const std::function<void(std::string_view bytes)>& visit) const;
  /// When an answer came last, a greeting went out, or the first request of those that wait.
  Time progress_at() const { return progress_at_; }
  void restart_wait(Time now) { progress_at_ = now; }

  /// What no request that is large enough can carry; empty: nothing.
  std::optional<LeftOut> left_out() const;
  /// The same, once a boot.
  std::optional<LeftOut> left_out_news();

  bool has_unacknowledged() const { return !sent_.empty() || !outbox_.is_empty(); }
  /// How many publications that are.
  std::size_t unacknowledged_count() const;

  void restore_acked_seq(std::uint64_t seq) { acked_seq_ = seq; }
  /// What has a number up to the one that is returned has arrived. `last_seq`: the highest that has been
  /// handed to publish() by now.
  std::uint64_t acked_seq(std::uint64_t last_seq);

  /// The wall clock was set by `by`.
  void clock_stepped(Millis by);

 private:
  static constexpr std::size_t kMostAsked = 8;
  struct SentRequest {
    std::uint64_t number = 0;
    std::string bytes;
    std::vector<Publication> publications;
    Time sent_at{};  // first
  };
  std::string_view send(RequestBody body, std::vector<Publication> publications, Time now);

  std::uint32_t session_;
  std::uint64_t last_request_ = 0;
  DurationHistogram publish_latency_;
  std::string greeting_;  // the latest. Not in sent_: there, those of the session before wait for its answer
  std::deque<SentRequest> sent_;  // not yet done, in order
  std::uint32_t sent_in_session_ = 0;
  int repeats_ = 0;  // of what is unanswered
  Time progress_at_{};
  Outbox outbox_;
  RequestLimits limits_;
  bool is_smaller_known_ = false, is_left_out_known_ = false;  // in this boot
  /// What has been given to publish() by when: numbers up to `seq` before `order`.
  struct Mark {
    std::uint64_t order = 0, seq = 0;
  };
  std::deque<Mark> marks_;
  std::uint64_t acked_seq_ = 0;
};

}  // namespace rollcall
