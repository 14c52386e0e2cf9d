// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/pipeline/publisher.hpp"

#include <utility>

namespace rollcall {

void Publisher::publish(std::uint32_t broker, std::string topic, std::string payload, bool retain) {
  Publication publication{std::move(topic), std::move(payload), retain ? config_.status_qos : 0, retain};
  if (retain) publication.happened_at = happened_at_;
  sessions_[broker]->publish(std::move(publication));
}

void Publisher::publish_everywhere(std::string topic, std::string payload, bool retain) {
  const auto last = static_cast<std::uint32_t>(sessions_.size() - 1);
  for (std::uint32_t broker = 0; broker < last; ++broker) publish(broker, topic, payload, retain);
  publish(last, std::move(topic), std::move(payload), retain);
}

}  // namespace rollcall
