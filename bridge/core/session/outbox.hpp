// SPDX-License-Identifier: Apache-2.0
// What waits to be published at one broker. A retained topic stands in it once, with its latest payload:
// readers of retained topics want the state, not its history. What isn't retained goes out in order, each
// once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/keyed_hash.hpp"
#include "base/time.hpp"

namespace rollcall {

struct Publication {
  std::string topic, payload;
  int qos = 0;
  bool retain = false;
  std::uint64_t order = 0;            ///< the outbox's: which came first
  std::optional<Time> happened_at{};  ///< what it tells, where that has just happened
};

class Outbox {
 public:
  /// Of messages that aren't retained: beyond that the oldest are dropped, and counted.
  static constexpr std::size_t kMaxUnretained = 100'000;

  Outbox();
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  void add(Publication publication);

  /// Takes the oldest, as many as fit into one request of `max_bytes` (topics/protocol/requests.hpp), one at
  /// least: first rows that aren't retained, so that a status comes behind its row, but no more than an
  /// eighth of a request of them while statuses wait. What fits into no request at all is dropped, and
  /// counted. Empty: nothing waits. What a request of its own can't carry either, by set_limit(), is left
  /// out.
  std::vector<Publication> take_batch(std::size_t max_bytes);

  /// No request above so many bytes arrives: a retained message that needs one is set aside until there is a
  /// smaller one for its topic, or a higher limit; one that isn't retained is dropped. Both are counted.
  void set_limit(std::size_t max_request_bytes);

  /// What the limit has left out.
  struct LeftOut {
    std::size_t statuses = 0;      ///< retained messages that are set aside
    std::uint64_t rows = 0;        ///< others, since the limit was last raised
    std::size_t needed_bytes = 0;  ///< a request for the largest of them
  };
  LeftOut left_out() const { return {set_aside_.size(), dropped_rows_, needed_bytes_}; }

  /// Puts back what was taken and didn't arrive, in front; a retained topic that has a newer payload by now
  /// is left out.
  void put_back(std::vector<Publication> publications);

  /// All that were added with an order below it have been taken, or have given way to a newer payload. What
  /// is set aside counts as not taken.
  std::uint64_t first_order() const;
  /// Of the next one to be added.
  std::uint64_t next_order() const { return last_order_ + 1; }

  // Without what is set aside.
  bool is_empty() const { return size() == 0; }
  std::size_t size() const { return retained_.size() + unretained_.size(); }
  std::uint64_t dropped_count() const { return dropped_; }

 private:
  bool leave_out(Publication& publication);

  std::deque<Publication> unretained_;
  std::deque<Publication> retained_;  // entries keep their number while those in front of them go
  std::int64_t first_retained_ = 0;
  std::unordered_map<std::string_view, std::int64_t, KeyedHash>
      number_by_topic_;  // views of the topics in retained_
  std::uint64_t last_order_ = 0;
  std::uint64_t dropped_ = 0;
  std::size_t limit_;
  std::unordered_map<std::string, Publication, KeyedHash> set_aside_;  // by topic
  std::uint64_t first_set_aside_ = 0;                                  // no order in set_aside_ is below it
  std::uint64_t dropped_rows_ = 0;
  std::size_t needed_bytes_ = 0;
  bool is_turn_of_rows_ = true;
};

}  // namespace rollcall
