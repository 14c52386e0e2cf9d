// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/outbox.hpp"

#include <algorithm>
#include <utility>

#include "topics/requests.hpp"

namespace rollcall {
namespace {

constexpr std::size_t kOverhead = 16;  // of one publication, and of the request, rounded up

std::size_t bytes_of(const Publication& publication) {
  return kOverhead + publication.topic.size() + publication.payload.size();
}

}  // namespace

void Outbox::add(Publication publication) {
  publication.order = ++last_order_;
  if (kOverhead + bytes_of(publication) > kMaxRequestBytes) {
    ++dropped_;
  } else if (!publication.retain) {
    unretained_.push_back(std::move(publication));
    if (unretained_.size() <= kMaxUnretained) return;
    unretained_.pop_front();
    ++dropped_;
  } else {
    const auto older = number_by_topic_.find(publication.topic);
    if (older == number_by_topic_.end()) {
      const auto number = first_retained_ + static_cast<std::int64_t>(retained_.size());
      number_by_topic_.emplace(retained_.emplace_back(std::move(publication)).topic, number);
    } else {  // it stands where that stands, under the same topic
      auto& stands = retained_[static_cast<std::size_t>(older->second - first_retained_)];
      stands.payload = std::move(publication.payload);
      stands.qos = publication.qos;
    }
  }
}

std::uint64_t Outbox::first_order() const {
  auto first = next_order();
  if (!unretained_.empty()) first = std::min(first, unretained_.front().order);
  if (!retained_.empty()) first = std::min(first, retained_.front().order);
  return first;
}

std::vector<Publication> Outbox::take_batch(std::size_t max_bytes) {
  std::vector<Publication> batch;
  std::size_t bytes = kOverhead;
  // One at least, whatever its size, where there is nothing yet.
  const auto take_rows = [&](std::size_t share) {
    while (!unretained_.empty() && batch.size() < kMaxPublicationsPerRequest / share) {
      const auto with_it = bytes + bytes_of(unretained_.front());
      if (with_it > max_bytes / share && !batch.empty()) return;
      bytes = with_it;
      batch.push_back(std::move(unretained_.front()));
      unretained_.pop_front();
    }
  };
  // Before the oldest are dropped they have as much as the statuses.
  const std::size_t share = unretained_.size() > kMaxUnretained / 2 ? 2 : 8;
  take_rows(retained_.empty() ? 1 : share);
  while (!retained_.empty() && batch.size() < kMaxPublicationsPerRequest) {
    bytes += bytes_of(retained_.front());
    if (bytes > max_bytes && !batch.empty()) return batch;
    number_by_topic_.erase(retained_.front().topic);
    batch.push_back(std::move(retained_.front()));
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
