// SPDX-License-Identifier: Apache-2.0
#include "plugin/activity_log.hpp"

#include <utility>

namespace rollcall::plugin {

ActivityLog::ActivityLog(Broker& broker, EventStream& stream, ConnectionTable& connections, Millis interval)
    : broker_(broker), stream_(stream), connections_(connections), interval_(interval) {}

void ActivityLog::set_wanted(bool wanted) {
  const bool on = wanted && interval_.count() > 0;
  if (std::exchange(is_on_, on) == on) return;
  if (on) {
    last_sweep_ = broker_.monotonic();
    return;
  }
  for (auto& [number, connection] : connections_.live()) {
    refresh(connection);
    connection.has_pending_activity = false;
  }
  pending_ = {};
  sweep_.reset();
}

void ActivityLog::note(Connection& connection, Millis at) {
  connection.active_at = at;
  if (std::exchange(connection.has_pending_activity, true)) return;
  pending_.push_back(connection.number);
  // Connections that have ended meanwhile are still in it.
  if (pending_.size() <= 2 * connections_.live().size() + kMaxEmittedPerLoop) return;
  std::erase_if(pending_, [this](std::uint64_t number) {
    const auto* other = connections_.find(number);
    return other == nullptr || !other->has_pending_activity;
  });
}

void ActivityLog::client_left(Connection& connection, Millis latest) {
  connection.client = nullptr;
  if (connection.has_pending_activity) connection.active_at = latest;
}

void ActivityLog::refresh(Connection& connection) {
  if (connection.has_pending_activity && connection.client != nullptr) {
    connection.active_at = source_(connection.client);
  }
}

void ActivityLog::begin_sweep() {
  if (!is_on_ || sweep_) return;
  last_sweep_ = broker_.monotonic();
  sweep_ = Sweep{last_sweep_, std::exchange(pending_, {}), 0};
}

void ActivityLog::emit_due() {
  if (!is_on_) return;
  if (broker_.monotonic() - last_sweep_ >= interval_) begin_sweep();
  if (sweep_) continue_sweep();
}

void ActivityLog::continue_sweep() {
  auto& [began, connections, next] = *sweep_;
  for (std::size_t count = 0; count < kMaxEmittedPerLoop && next < connections.size(); ++count) {
    auto* connection = connections_.find(connections[next++]);
    if (connection != nullptr && connection->has_pending_activity) emit(*connection);
  }
  if (next < connections.size()) return;
  stream_.add(stream::ActiveUntil{began});
  sweep_.reset();
}

void ActivityLog::emit(Connection& connection) {
  refresh(connection);
  connection.has_pending_activity = false;
  stream_.add(stream::Active{connection.number, connection.active_at});
}

}  // namespace rollcall::plugin
