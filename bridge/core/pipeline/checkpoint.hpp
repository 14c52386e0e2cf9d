// SPDX-License-Identifier: Apache-2.0
// When the bridge hands the store what has changed, and what each batch says beside devices, rows and
// brokers: which numbers are reserved, whether a power failure may cost it, and how the wall clock was set.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bridge/core/store/write_queue.hpp"

namespace rollcall {

/// Pure. Not thread safe.
class Checkpoint {
 public:
  /// `queue` must outlive it.
  explicit Checkpoint(StoreQueue& queue) : queue_(queue) {}

  /// Goes on from what was stored, before anything else.
  void restore(const StoredState& stored);
  /// A broker that is stored and isn't in the configuration: its times move along with the clock.
  void keep_broker(BrokerRecord record) { other_brokers_.push_back(std::move(record)); }

  /// How far the bridge is.
  struct Progress {
    bool has_changes = false;    ///< devices have changed that aren't stored
    std::uint64_t last_seq = 0;  ///< the highest number given out
    bool is_all_acked = false;   ///< all brokers have confirmed all that was published
  };
  /// True if begin() or retry() is to be called now.
  bool is_due(const Progress& progress, Time now) const;
  /// When is_due() will be true, if nothing happens; empty: not as long as nothing happens.
  std::optional<Time> next_deadline(const Progress& progress) const;
  /// Writes again what the store has refused. False: there is nothing of that kind.
  bool retry(Time now);
  /// Writes `batch`, which has the devices, the brokers and, where wants_templates(), the templates.
  void begin(StoreBatch batch, const Progress& progress, Time now);

  /// The fingerprints of the templates are to be stored with the next batch.
  void templates_changed() { are_templates_stored_ = false; }
  bool wants_templates() const { return !are_templates_stored_; }

  enum class Outcome { no_news, failed, recovered };
  /// How a write has ended. `failed` is returned once for each error.
  Outcome ended(const Result<void>& result, Time now);
  const std::string& last_error() const { return last_error_; }

  /// True once the store has taken which numbers are reserved, or the clock stands in for that: numbers given
  /// out by the clock are above all of the bridge before this one.
  bool is_ready() const { return is_ready_; }
  /// True once a batch says which numbers are reserved.
  bool has_reserved() const { return reserved_seq_ > 0; }

  /// The wall clock was set by `by` while the bridge runs.
  void clock_stepped(Millis by);
  /// What is stored moves by `by`: the next batch says so.
  void move_stored_times(Millis by);
  /// Rows that are dated after `time` are to be dated so.
  void date_no_rows_after(Time time) { no_rows_after_ = time; }

  /// The links have ended. `is_complete`: nothing has been published that the engine doesn't know; a last
  /// batch says so.
  void end(bool is_complete, Time now);
  /// True if nothing is left to be written, but for changed devices.
  bool is_written() const;

 private:
  bool has_to_write(const Progress& progress, Time now) const;
  bool must_reserve(const Progress& progress) const;
  Time progress_due(const Progress& progress) const;

  StoreQueue& queue_;
  std::uint64_t last_number_ = 0;  // of the last batch
  std::uint64_t restored_reserved_seq_ = 0;
  std::uint64_t reserved_seq_ = 0;  // 0: none has been handed to the store yet
  bool is_ready_ = false;
  bool is_ending_ = false;
  bool is_last_begun_ = false;  // the batch that says that nothing else follows
  bool are_templates_stored_ = false;
  Time written_at_{};
  std::uint64_t last_checkpointed_acked_seq_ = 0;  // and all below it
  std::string last_error_;                         // that ended() has returned; empty: the store is well
  std::vector<BrokerRecord> other_brokers_;
  bool have_others_moved_ = false;  // and the store doesn't know yet
  Millis row_clock_{0};             // StoreBatch has what it is
  std::optional<Time> no_rows_after_;
};

}  // namespace rollcall
