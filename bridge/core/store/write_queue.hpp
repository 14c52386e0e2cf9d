// SPDX-License-Identifier: Apache-2.0
// What waits to be stored, and the one batch that is on its way there. Where the store fails, what it can't
// take waits on: the state of each device once, however often it changes, and rows of the timeline up to a
// bound. Pure, not thread safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "bridge/core/store/store.hpp"

namespace rollcall {

class StoreQueue {
 public:
  /// Rows that wait: beyond it the oldest are lost, and counted.
  static constexpr std::size_t kMaxRows = 250'000;

  /// `store` must outlive the queue.
  explicit StoreQueue(Store& store) : store_(store) {}

  void add_row(TimelineEntry row);
  /// A device that is not known any more: only that its status is to be cleared, until remove().
  void add_forgotten(DeviceRecord tombstone);
  void remove(std::string device);

  /// Whether begin() may be called; if not yet but for the pause, next_deadline() says when.
  bool is_free(Time now) const;
  bool has_waiting() const { return !rows_.empty() || !forgotten_.empty() || !removed_.empty(); }
  bool is_writing() const { return batch_ != nullptr; }
  std::optional<Time> next_deadline() const;

  /// The wall clock was set by `by`: what waits for a time waits as long as before, and rows that wait move
  /// along. Those of a batch don't: it was made before, as what is stored.
  void clock_stepped(Millis by);

  /// Writes `batch` and what waits here. After a failure call retry() instead.
  void begin(StoreBatch batch, Time now);
  bool must_retry() const { return must_retry_; }
  void retry(Time now);
  /// What is to be written again doesn't wait for its pause.
  void retry_soon(Time now);

  /// What is added now goes with the write of this number, counted from 1; and whether that has been written.
  std::uint64_t next_write() const { return begun_count_ + 1; }
  bool is_written(std::uint64_t write) const { return write < next_write() - (batch_ ? 1 : 0); }

  /// How the write that begin() or retry() began has ended.
  void ended(const Result<void>& result, Time now);

  /// The last failure, while what it left is still unwritten.
  const std::optional<std::string>& error() const { return error_; }
  /// Of the devices and rows that a failing store hasn't taken: those of the batch, and the rows that wait.
  std::size_t unstored() const;
  std::size_t unstored_rows() const { return rows_.size() + (batch_ ? batch_->rows.size() : 0); }
  /// Devices of the batch, and those that are forgotten.
  std::set<std::string_view> unstored_devices() const;
  std::uint64_t commit_count() const { return commit_count_; }
  std::uint64_t failure_count() const { return failure_count_; }
  std::uint64_t lost_rows() const { return lost_rows_; }

 private:
  Store& store_;
  std::vector<TimelineEntry> rows_;
  std::vector<DeviceRecord> forgotten_;
  std::vector<std::string> removed_;
  std::shared_ptr<const StoreBatch> batch_;  // until it is written
  bool is_under_way_ = false, must_retry_ = false;
  std::optional<std::string> error_;
  Time begun_{}, retry_at_{};
  Millis pause_{0};
  std::uint64_t begun_count_ = 0;
  std::uint64_t commit_count_ = 0, failure_count_ = 0;
  std::uint64_t lost_rows_ = 0;
};

}  // namespace rollcall
