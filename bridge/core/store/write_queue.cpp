// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/store/write_queue.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace rollcall {
namespace {

constexpr Millis kWriteAtMostEvery{20};
constexpr Millis kFirstPause{500};
constexpr Millis kLongestPause{10'000};

}  // namespace

void StoreQueue::add_row(TimelineEntry row) {
  if (rows_.size() >= kMaxRows) {
    // A tenth at once: one by one would move all the others each time.
    constexpr std::size_t kAtOnce = kMaxRows / 10;
    rows_.erase(rows_.begin(), rows_.begin() + kAtOnce);
    lost_rows_ += kAtOnce;
  }
  rows_.push_back(std::move(row));
}

void StoreQueue::add_forgotten(DeviceRecord tombstone) { forgotten_.push_back(std::move(tombstone)); }

void StoreQueue::remove(std::string device) { removed_.push_back(std::move(device)); }

bool StoreQueue::is_free(Time now) const {
  const auto deadline = next_deadline();
  return deadline && *deadline <= now;
}

std::optional<Time> StoreQueue::next_deadline() const {
  if (is_under_way_) return std::nullopt;
  return must_retry_ ? retry_at_ : begun_ + kWriteAtMostEvery;
}

void StoreQueue::clock_stepped(Millis by) {
  begun_ += by;
  retry_at_ += by;
  for (TimelineEntry& row : rows_) row.at += by;
}

void StoreQueue::begin(StoreBatch batch, Time now) {
  batch.rows = std::exchange(rows_, {});
  rows_.reserve(batch.rows.size());  // in a storm as many come again
  // Before the devices: one of them may have come back since it was forgotten.
  batch.devices.insert(batch.devices.begin(), std::make_move_iterator(forgotten_.begin()),
                       std::make_move_iterator(forgotten_.end()));
  forgotten_.clear();
  batch.removed = std::exchange(removed_, {});
  batch_ = std::make_shared<const StoreBatch>(std::move(batch));
  ++begun_count_;
  retry(now);
}

void StoreQueue::retry(Time now) {
  is_under_way_ = true;
  must_retry_ = false;
  begun_ = now;
  store_.begin_write(batch_);
}

void StoreQueue::retry_soon(Time now) {
  if (must_retry_) retry_at_ = now;
  pause_ = Millis{0};
}

std::set<std::string_view> StoreQueue::unstored_devices() const {
  std::set<std::string_view> devices;
  for (const auto& each : forgotten_) devices.insert(each.device);
  if (!batch_) return devices;
  for (const auto& each : batch_->devices) devices.insert(each.device);
  return devices;
}

void StoreQueue::ended(const Result<void>& result, Time now) {
  is_under_way_ = false;
  if (result) {
    ++commit_count_;
    batch_ = nullptr;
    error_.reset();
    pause_ = Millis{0};
    return;
  }
  ++failure_count_;
  error_ = result.error().message;
  must_retry_ = true;
  pause_ = std::clamp(pause_ * 2, kFirstPause, kLongestPause);
  retry_at_ = now + pause_;
}

std::size_t StoreQueue::unstored() const {
  return rows_.size() + (batch_ ? batch_->devices.size() + batch_->rows.size() : 0);
}

}  // namespace rollcall
