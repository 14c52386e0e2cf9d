// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/session/outbox.hpp"

#include <algorithm>
#include <utility>

#include "topics/protocol/requests.hpp"

namespace rollcall {
namespace {

// By topics/protocol/requests.cpp.
constexpr std::size_t kRequestOverhead = 16;
constexpr std::size_t kPublicationOverhead = 8;

std::size_t bytes_of(const Publication& publication) {
  return kPublicationOverhead + publication.topic.size() + publication.payload.size();
}

}  // namespace

Outbox::Outbox() : limit_(kMaxRequestBytes) {}

void Outbox::set_limit(std::size_t max_request_bytes) {
  const bool is_raised = max_request_bytes > std::exchange(limit_, max_request_bytes);
  if (!is_raised) return;
  dropped_rows_ = needed_bytes_ = 0;
  // What waits of the same topic is older.
  for (auto& [topic, publication] : std::exchange(set_aside_, {})) add(std::move(publication));
}

/// True if it needs a larger request than any that arrives.
bool Outbox::leave_out(Publication& publication) {
  const auto bytes = kRequestOverhead + bytes_of(publication);
  if (bytes <= limit_) return false;
  needed_bytes_ = std::max(needed_bytes_, bytes);
  if (!publication.retain) {
    ++dropped_rows_;
    return true;
  }
  if (set_aside_.empty()) first_set_aside_ = publication.order;
  first_set_aside_ = std::min(first_set_aside_, publication.order);
  auto& stands = set_aside_[publication.topic];
  if (stands.order < publication.order) stands = std::move(publication);
  return true;
}

void Outbox::add(Publication publication) {
  publication.order = ++last_order_;
  if (kRequestOverhead + bytes_of(publication) > kMaxRequestBytes) {
    ++dropped_;
  } else if (leave_out(publication)) {
    return;
  } else if (!publication.retain) {
    unretained_.push_back(std::move(publication));
    if (unretained_.size() <= kMaxUnretained) return;
    unretained_.pop_front();
    ++dropped_;
  } else {
    set_aside_.erase(publication.topic);
    const auto older = number_by_topic_.find(publication.topic);
    if (older == number_by_topic_.end()) {
      const auto number = first_retained_ + static_cast<std::int64_t>(retained_.size());
      number_by_topic_.emplace(retained_.emplace_back(std::move(publication)).topic, number);
    } else {  // it stands where that stands, under the same topic
      auto& stands = retained_[static_cast<std::size_t>(older->second - first_retained_)];
      stands.payload = std::move(publication.payload);
      stands.qos = publication.qos;
      stands.happened_at = publication.happened_at;
    }
  }
}

std::uint64_t Outbox::first_order() const {
  auto first = next_order();
  if (!unretained_.empty()) first = std::min(first, unretained_.front().order);
  if (!retained_.empty()) first = std::min(first, retained_.front().order);
  if (!set_aside_.empty()) first = std::min(first, first_set_aside_);
  return first;
}

std::vector<Publication> Outbox::take_batch(std::size_t max_bytes) {
  std::vector<Publication> batch;
  std::size_t bytes = kRequestOverhead;
  // One at least, whatever its size, where there is nothing yet.
  const auto take_rows = [&](std::size_t share) {
    while (!unretained_.empty() && batch.size() < kMaxPublicationsPerRequest / share) {
      if (leave_out(unretained_.front())) {
        unretained_.pop_front();
        continue;
      }
      const auto with_it = bytes + bytes_of(unretained_.front());
      const bool fits = with_it <= max_bytes / share;
      if (!fits && !batch.empty()) return;
      // Where a request holds one message they take turns.
      if (!fits && share > 1 && (is_turn_of_rows_ = !is_turn_of_rows_)) return;
      bytes = with_it;
      batch.push_back(std::move(unretained_.front()));
      unretained_.pop_front();
    }
  };
  // Before the oldest are dropped they have as much as the statuses.
  const std::size_t share = unretained_.size() > kMaxUnretained / 2 ? 2 : 8;
  take_rows(retained_.empty() ? 1 : share);
  while (!retained_.empty() && batch.size() < kMaxPublicationsPerRequest) {
    const auto with_it = bytes + bytes_of(retained_.front());
    const bool fits = kRequestOverhead + bytes_of(retained_.front()) <= limit_;
    if (fits && with_it > max_bytes && !batch.empty()) return batch;
    number_by_topic_.erase(retained_.front().topic);
    if (!leave_out(retained_.front())) {
      bytes = with_it;
      batch.push_back(std::move(retained_.front()));
    }
    retained_.pop_front();
    ++first_retained_;
  }
  take_rows(1);
  return batch;
}

void Outbox::put_back(std::vector<Publication> publications) {
  for (auto publication = publications.rbegin(); publication != publications.rend(); ++publication) {
    if (!publication->retain) {
      unretained_.push_front(std::move(*publication));
    } else if (!number_by_topic_.contains(publication->topic)) {
      retained_.push_front(std::move(*publication));
      number_by_topic_.emplace(retained_.front().topic, --first_retained_);
    }
  }
}

}  // namespace rollcall
