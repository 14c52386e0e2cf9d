// SPDX-License-Identifier: Apache-2.0
#include "plugin/connection_table.hpp"

#include <utility>

#include "topics/names.hpp"

namespace rollcall::plugin {

ConnectionFacts views_of(const ClientFacts& facts) {
  return {facts.client_id, facts.username,  facts.address,      facts.has_username,
          facts.protocol,  facts.keepalive, facts.clean_session};
}

std::size_t bytes_of(const Connection& connection) {
  constexpr std::size_t kNodes = 544;  // map and hash nodes, string headers
  constexpr std::size_t kDeclaration = 112;
  const auto& facts = connection.facts;
  const auto& declaration = connection.declaration;
  return kNodes + 2 * facts.client_id.size() + facts.username.size() + facts.address.size() +
         (declaration ? kDeclaration + declaration->payload.size() : 0);
}

std::uint64_t ConnectionTable::opened(const ClientFacts& facts, Millis at, ClientHandle client) {
  const auto number = ++last_number_;
  Connection connection;
  connection.number = number;
  connection.client = client;
  connection.facts = facts;
  connection.opened_at = at;
  live_.emplace_hint(live_.end(), number, std::move(connection));
  stream_.add(stream::Opened{number, at, views_of(facts)});
  return number;
}

void ConnectionTable::ended(std::uint64_t number, Millis at, Cause cause, bool will_sent) {
  const auto found = live_.find(number);
  if (found == live_.end()) return;
  auto& connection = found->second;
  if (std::exchange(connection.has_pending_activity, false)) {
    stream_.add(stream::Active{number, connection.active_at});
  }
  if (connection.declaration) {
    due_.erase({connection.declaration->due, number});
    emit_pending_declaration(connection);
  }
  stream_.add(stream::Ended{number, at, cause, will_sent});
  remember(PastConnection{std::move(connection), at, cause, will_sent});
  live_.erase(found);
}

void ConnectionTable::declared(Connection& connection, Millis at, std::string_view payload) {
  payload = payload.substr(0, kMaxDeclarationBytes + 1);
  // Several instances of the plugin may report one and the same message.
  auto& last = connection.declaration;
  if (last && last->at == at && last->payload == payload) return;
  if (!last) last = std::make_unique<Declaration>();
  last->at = at;
  last->payload = std::string(payload);
  if (std::exchange(last->is_pending, true)) return;
  due_.erase({last->due, connection.number});  // a snapshot had it
  last->due = last->limit.take(kDeclarationRate, at);
  if (last->due > at) {
    due_.emplace(last->due, connection.number);
  } else {
    emit_pending_declaration(connection);
  }
}

void ConnectionTable::emit_due(Millis now, std::size_t most) {
  for (; most > 0 && !due_.empty() && due_.begin()->first <= now; --most) {
    emit_pending_declaration(live_.at(due_.begin()->second));
    due_.erase(due_.begin());
  }
}

void ConnectionTable::emit_pending_declaration(const Connection& connection) {
  auto& declaration = *connection.declaration;
  if (!std::exchange(declaration.is_pending, false)) return;
  stream_.add(stream::Declared{connection.number, declaration.at, declaration.payload});
}

Connection* ConnectionTable::find(std::uint64_t number) {
  const auto found = live_.find(number);
  return found == live_.end() ? nullptr : &found->second;
}

void ConnectionTable::remember(PastConnection past) {
  const auto key = ++last_end_;
  auto& of_client = past_by_client_[past.connection.facts.client_id];
  of_client.push_back(key);
  past_bytes_ += bytes_of(past.connection);
  past_.emplace_hint(past_.end(), key, std::move(past));
  if (of_client.size() > kMaxPastOfOneClient) forget(past_.find(of_client.front()));
  while (past_.size() > kMaxPastConnections || past_bytes_ > kMaxPastBytes) forget(past_.begin());
}

/// `past` is always the oldest of its client.
void ConnectionTable::forget(std::map<std::uint64_t, PastConnection>::iterator past) {
  const auto& connection = past->second.connection;
  past_bytes_ -= bytes_of(connection);
  const auto of_client = past_by_client_.find(connection.facts.client_id);
  of_client->second.erase(of_client->second.begin());
  if (of_client->second.empty()) past_by_client_.erase(of_client);
  past_.erase(past);
}

}  // namespace rollcall::plugin
