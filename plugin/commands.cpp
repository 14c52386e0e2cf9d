// SPDX-License-Identifier: Apache-2.0
#include "plugin/commands.hpp"

namespace rollcall::plugin {
namespace {

constexpr Millis kCountsEvery{1000};

}  // namespace

bool Commands::refuse(std::string_view topic) {
  const auto found = table_.find(topic);
  if (!found || found->entry.rule != request::CommandRule::deny) return false;
  ++counts_.denied;
  return true;
}

void Commands::published(const PublishedMessage& message, RateLimit& of_publisher) {
  const auto found = table_.find(message.topic);
  if (!found || found->entry.rule != request::CommandRule::queue) return;
  const auto properties = broker_.properties(message.properties);
  log_.note(found->device, found->entry.client_id,
            {message.topic, message.payload, message.qos, properties.expires_after, properties.others},
            broker_.monotonic(), of_publisher);
}

bool Commands::may_read(ClientHandle client, std::string_view topic, std::string_view payload) {
  const auto read = delivery_.read(client, topic, payload);
  if (read == CommandDelivery::Read::not_ours && log_.is_unsettled())
    log_.read(broker_.facts(client).client_id, topic);
  return read != CommandDelivery::Read::not_for_it;
}

void Commands::end_turn(bool is_tick) {
  const auto now = broker_.monotonic();
  log_.settle(now);
  delivery_.end_turn(is_tick);
  if (!stream_.is_listening()) return;
  log_.emit([this](const stream::Command& command) { stream_.add(command); });
  emit_counts(now);
}

void Commands::emit_counts(Millis now) {
  counts_.dropped = log_.dropped_count();
  if (counts_ == emitted_counts_ || now - counts_emitted_at_ < kCountsEvery) return;
  emitted_counts_ = counts_;
  counts_emitted_at_ = now;
  stream_.add(counts_);
}

}  // namespace rollcall::plugin
