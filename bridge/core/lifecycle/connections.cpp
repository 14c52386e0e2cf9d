// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/lifecycle/connections.hpp"

#include <utility>

namespace rollcall {
namespace {

std::uint64_t hash_of(const ConnectionId& id) {
  constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15U;
  return ((id.boot ^ id.broker) * kOdd ^ id.number) * kOdd;
}

}  // namespace

std::optional<std::uint32_t> Connections::number_of(const ConnectionId& id) const {
  return by_id_.find(hash_of(id), [&](std::uint32_t number) { return places_[number].connection.id == id; });
}

Connection* Connections::find(const ConnectionId& id) {
  const auto number = number_of(id);
  return number ? &places_[*number].connection : nullptr;
}

const Connection* Connections::find(const ConnectionId& id) const {
  const auto number = number_of(id);
  return number ? &places_[*number].connection : nullptr;
}

Connection& Connections::add(LiveConnections& live, const ConnectionId& id) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(places_.size()));
    places_.emplace_back();
  }
  const std::uint32_t number = free_.back();
  free_.pop_back();
  by_id_.insert(hash_of(id), number);
  places_[number].is_taken = true;
  places_[number].connection.id = id;
  (live.is_empty() ? live.first : places_[live.last].next) = number;
  live.last = number;
  return places_[number].connection;
}

Connection Connections::take(LiveConnections& live, const ConnectionId& id) {
  std::uint32_t before = kNone, number = live.first;
  while (places_[number].connection.id != id) number = places_[before = number].next;
  by_id_.erase(hash_of(id), number);
  (before == kNone ? live.first : places_[before].next) = places_[number].next;
  if (live.last == number) live.last = before;
  free_.push_back(number);
  return std::exchange(places_[number], Place{}).connection;
}

}  // namespace rollcall
