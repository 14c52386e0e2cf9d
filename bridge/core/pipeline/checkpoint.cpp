// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/pipeline/checkpoint.hpp"

#include <algorithm>
#include <utility>

#include "bridge/core/lifecycle/clock_step.hpp"
#include "bridge/core/pipeline/bridge_values.hpp"

namespace rollcall {
namespace {

constexpr Millis kProgressEvery{1000};
constexpr Millis kAckedWithin{50};
// How many numbers are reserved ahead; the store hears of it when half of them are used.
constexpr std::uint64_t kSeqAhead = 1'000'000;

}  // namespace

void Checkpoint::restore(const StoredState& stored) {
  last_number_ = stored.last_batch;
  restored_reserved_seq_ = stored.reserved_seq;
  row_clock_ = stored.row_clock;
}

bool Checkpoint::must_reserve(const Progress& progress) const {
  return progress.last_seq + kSeqAhead / 2 > reserved_seq_;
}

bool Checkpoint::has_to_write(const Progress& progress, Time now) const {
  return progress.has_changes || queue_.has_waiting() || queue_.must_retry() || must_reserve(progress) ||
         !are_templates_stored_ || now >= progress_due(progress) || is_last_begun_ != is_ending_;
}

/// That all has arrived, everywhere, is stored soon: a bridge that is killed before that publishes it once
/// more.
Time Checkpoint::progress_due(const Progress& progress) const {
  const bool has_news = progress.is_all_acked && progress.last_seq > last_checkpointed_acked_seq_;
  return written_at_ + (has_news ? kAckedWithin : kProgressEvery);
}

bool Checkpoint::is_due(const Progress& progress, Time now) const {
  return queue_.is_free(now) && has_to_write(progress, now);
}

std::optional<Time> Checkpoint::next_deadline(const Progress& progress) const {
  const auto free = queue_.next_deadline();
  if (!free || has_to_write(progress, *free)) return free;
  return std::max(*free, progress_due(progress));
}

bool Checkpoint::retry(Time now) {
  if (!queue_.must_retry()) return false;
  queue_.retry(now);
  return true;
}

void Checkpoint::begin(StoreBatch batch, const Progress& progress, Time now) {
  batch.number = ++last_number_;
  batch.is_last = is_last_begun_ = is_ending_;
  batch.is_durability_relaxed =
      !progress.has_changes && !queue_.has_waiting() && are_templates_stored_ && !must_reserve(progress);
  if (must_reserve(progress)) reserved_seq_ = progress.last_seq + kSeqAhead;
  batch.reserved_seq = reserved_seq_;
  are_templates_stored_ = true;
  if (std::exchange(have_others_moved_, false)) {
    batch.brokers.insert(batch.brokers.end(), other_brokers_.begin(), other_brokers_.end());
  }
  batch.row_clock = row_clock_;
  batch.no_rows_after = std::exchange(no_rows_after_, std::nullopt);
  written_at_ = now;
  if (progress.is_all_acked) last_checkpointed_acked_seq_ = progress.last_seq;
  queue_.begin(std::move(batch), now);
}

Checkpoint::Outcome Checkpoint::ended(const Result<void>& result, Time now) {
  const bool failed_before = queue_.error().has_value();
  queue_.ended(result, now);
  // Where numbers can't be reserved only the clock keeps them from being given out twice.
  if (!is_ready_) is_ready_ = result || first_seq_at(now) > restored_reserved_seq_;
  if (!result) {
    if (result.error().message == last_error_) return Outcome::no_news;
    last_error_ = result.error().message;
    return Outcome::failed;
  }
  if (!failed_before) return Outcome::no_news;
  last_error_.clear();
  return Outcome::recovered;
}

void Checkpoint::clock_stepped(Millis by) {
  queue_.clock_stepped(by);
  move_along(written_at_, by);
  move_stored_times(by);
}

void Checkpoint::move_stored_times(Millis by) {
  row_clock_ += by;
  for (auto& record : other_brokers_) move_along(record, by);
  have_others_moved_ = true;
}

void Checkpoint::end(bool is_complete, Time now) {
  is_ending_ = is_complete;
  queue_.retry_soon(now);
}

bool Checkpoint::is_written() const {
  return !queue_.is_writing() && !queue_.has_waiting() && is_last_begun_ == is_ending_;
}

}  // namespace rollcall
