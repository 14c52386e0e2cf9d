// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/outbox.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "topics/requests.hpp"

namespace rollcall {

void Outbox::add(Publication publication) {
  if (publication.retain) {
    const auto number = first_number_ + static_cast<std::int64_t>(queue_.size());
    const auto [found, is_new] = retained_.try_emplace(publication.topic, number);
    if (!is_new) {
      queue_[static_cast<std::size_t>(found->second - first_number_)] = std::move(publication);
      return;
    }
  } else if (++unretained_ > kMaxUnretained) {
    const auto oldest = std::find_if(queue_.begin(), queue_.end(),
                                     [](const Publication& p) { return !p.retain && !p.topic.empty(); });
    *oldest = {};
    --unretained_;
    ++dropped_;
  }
  queue_.push_back(std::move(publication));
}

std::vector<Publication> Outbox::take_batch() {
  constexpr std::size_t kOverhead = 16;  // of one publication, and of the request, rounded up
  std::vector<Publication> batch;
  std::size_t bytes = kOverhead;
  while (!queue_.empty() && batch.size() < kMaxPublicationsPerRequest) {
    auto& front = queue_.front();
    bytes += kOverhead + front.topic.size() + front.payload.size();
    if (bytes > kMaxRequestBytes && !batch.empty()) break;
    if (front.retain) {
      retained_.erase(front.topic);
    } else if (!front.topic.empty()) {
      --unretained_;
    }
    if (!front.topic.empty()) batch.push_back(std::move(front));
    queue_.pop_front();
    ++first_number_;
  }
  return batch;
}

void Outbox::put_back(std::vector<Publication> publications) {
  for (auto publication = publications.rbegin(); publication != publications.rend(); ++publication) {
    if (publication->retain) {
      if (!retained_.try_emplace(publication->topic, first_number_ - 1).second) continue;
    } else {
      ++unretained_;
    }
    queue_.push_front(std::move(*publication));
    --first_number_;
  }
}

}  // namespace rollcall
