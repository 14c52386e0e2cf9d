// SPDX-License-Identifier: Apache-2.0
// The bridge's requests (docs/protocol.md): decoded once as they come, and carried out in their order, each
// once, a limited part of them in each turn of the broker's loop. Runs on the broker's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "plugin/activity_log.hpp"
#include "plugin/broker.hpp"
#include "plugin/commands.hpp"
#include "plugin/device_permissions.hpp"
#include "plugin/event_stream.hpp"
#include "plugin/guard.hpp"
#include "plugin/snapshot_pager.hpp"
#include "topics/names.hpp"
#include "topics/protocol/requests.hpp"

namespace rollcall::plugin {

/// Statuses published in one turn of the broker's loop: more would stall it.
inline constexpr std::size_t kMaxPublishedPerLoop = 256;
/// Requests that wait. A further one isn't taken, nor a second one with rules, whose decoded form is large;
/// the bridge sends it again.
inline constexpr std::size_t kMaxWaitingRequests = 16;

class RequestQueue {
 public:
  /// What carries requests out. All must outlive the queue.
  struct Parts {
    Broker& broker;
    EventStream& stream;
    SnapshotPager& snapshots;
    ActivityLog& activity;
    Guard& guard;
    DevicePermissions& permissions;
    const TopicNames& names;
    Commands& commands;
  };
  /// What the answer to `hello` says of this broker.
  struct Traits {
    std::string plugin_version, broker_name;
    bool knows_causes = false;
    Millis activity_interval{0};
  };

  RequestQueue(const Parts& parts, Traits traits);

  /// Takes one request of a bridge's connection. A malformed one is counted and otherwise ignored. One bridge
  /// is served at a time: the first to greet, until its connection ends or another one takes over.
  void receive(ClientHandle bridge, std::string_view bytes);

  /// A bridge's connection has ended. If it was the one served, its waiting requests are dropped; its next
  /// session learns how far this one came.
  void forget(ClientHandle bridge);

  /// Goes on with what waits. Once in a turn of the broker's loop.
  void tick();

  bool is_idle() const { return waiting_.empty(); }

  /// Counts malformed requests, and publications that aren't allowed or that the broker has refused.
  std::uint64_t refused_count() const { return refused_; }

 private:
  struct Waiting {
    explicit Waiting(std::string_view received) : bytes(received), request(decode_request(bytes)) {}

    const std::string bytes;
    Result<Request> request;    // has views into `bytes`
    std::size_t published = 0;  // publications that are done
    int refusals = 0;           // of the next publication, by the broker
  };
  /// The bridge that is served.
  struct Served {
    ClientHandle bridge = nullptr;  // nullptr: none
    std::uint64_t instance = 0;
    std::uint32_t session = 0;
    std::uint64_t last_done = 0;  // request
  };

  bool take_over(ClientHandle bridge, const Request& request, const request::Hello& hello);
  void greet(ClientHandle bridge, const Request& request, const request::Hello& hello);
  bool has_room_for(const Request& request) const;
  void run();
  bool execute(Waiting& waiting);
  bool publish(Waiting& waiting, const request::Publish& body);
  bool deliver(const request::DeliverCommand& body);
  void begin_turn_without_tick();

  const Parts parts_;
  const Traits traits_;
  const Millis started_at_;
  Served served_;
  Served previous_;  // the last session that did more than greet
  std::deque<std::unique_ptr<Waiting>> waiting_;
  std::size_t published_this_loop_ = 0;
  Millis loop_began_{0};
  bool has_ticks_ = false;
  std::uint64_t refused_ = 0;
};

}  // namespace rollcall::plugin
