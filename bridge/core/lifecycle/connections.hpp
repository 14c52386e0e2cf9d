// SPDX-License-Identifier: Apache-2.0
// The connections that live, found by their ids and by their devices. Internal to the engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "bridge/core/lifecycle/events.hpp"
#include "bridge/core/lifecycle/hash_index.hpp"
#include "bridge/core/lifecycle/packed_strings.hpp"

namespace rollcall {

struct ConnectionStrings : PackedStrings<3> {
  using PackedStrings::PackedStrings;
  std::string_view client_id() const { return (*this)[0]; }
  std::string_view username() const { return (*this)[1]; }
  std::string_view address() const { return (*this)[2]; }
};

struct Connection {
  ConnectionId id;
  std::uint32_t device = 0;  ///< its index
  std::uint16_t keepalive_seconds = 0;
  std::uint8_t protocol = 0;       ///< as in ConnectionOpened
  bool is_cut = false;             ///< it has ended by an outage, and its device isn't back yet (rule 14)
  Time since = Time::min();        ///< when it began; Time::min(): not known
  Time last_packet = Time::min();  ///< that is known; Time::min(): none
  ConnectionStrings strings;
};

/// Of one device, in the order in which they began.
struct LiveConnections {
  std::uint32_t first = UINT32_MAX, last = UINT32_MAX;
  bool is_empty() const { return first == UINT32_MAX; }
};

class Connections {
 public:
  /// nullptr: it doesn't live.
  Connection* find(const ConnectionId& id);
  const Connection* find(const ConnectionId& id) const;

  /// One that didn't live until now: the last of its device's. The reference is valid until the next add().
  Connection& add(LiveConnections& live, const ConnectionId& id);
  /// One of these lives no longer.
  Connection take(LiveConnections& live, const ConnectionId& id);

  /// There must be one.
  const Connection& last_of(const LiveConnections& live) const { return places_[live.last].connection; }
  template <typename Visit>
  void for_each_of(const LiveConnections& live, const Visit& visit) const {
    for (auto number = live.first; number != kNone; number = places_[number].next) {
      visit(places_[number].connection);
    }
  }
  /// Of all devices, in no order.
  template <typename Visit>
  void for_each(const Visit& visit) const {
    for (const Place& place : places_) {
      if (place.is_taken) visit(place.connection);
    }
  }
  template <typename Visit>
  void change_each(const Visit& visit) {
    for (Place& place : places_) {
      if (place.is_taken) visit(place.connection);
    }
  }

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  struct Place {
    Connection connection;
    std::uint32_t next = kNone;  // of the same device
    bool is_taken = false;
  };
  std::optional<std::uint32_t> number_of(const ConnectionId& id) const;

  std::vector<Place> places_;
  std::vector<std::uint32_t> free_;
  HashIndex by_id_;
};

}  // namespace rollcall
