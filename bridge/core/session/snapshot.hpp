// SPDX-License-Identifier: Apache-2.0
// A snapshot: who is connected at a broker and what happened lately, page by page, among the events that go
// on meanwhile. What it is for is the difference to what is known, in the order of time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bridge/core/session/known_broker.hpp"
#include "topics/protocol/requests.hpp"
#include "topics/protocol/stream.hpp"

namespace rollcall {

/// Pure. Not thread safe.
class Snapshot {
 public:
  /// Something that happened and isn't known yet. Times are the plugin's.
  struct Change {
    enum class Kind { opened, reported, active, declared, ended, stood_still } kind = Kind::opened;
    std::uint64_t connection = 0;  ///< 0: of a report
    Millis at{0};
    Cause cause = Cause::unknown;
    bool will_sent = false;
    std::string client_id{}, username{}, address{};
    ConnectionFacts facts{};           ///< without its texts: facts_with_texts()
    std::string text{};                ///< a report's topic, a declaration's payload
    Millis until{0}, losses_until{0};  ///< of a stall

    ConnectionFacts facts_with_texts() const;
  };

  /// Many, and large ones: they stay where they are until they are taken.
  class Changes {
   public:
    Changes() = default;
    explicit Changes(std::deque<Change> changes);

    std::size_t size() const { return changes_.size(); }
    /// The one at this place in the order of time, which can be taken once.
    Change take(std::size_t place) { return std::move(changes_[order_[place].index]); }
    /// The lowest number of a connection that is opened at this place or behind it; UINT64_MAX: none is.
    std::uint64_t lowest_opened_from(std::size_t place) const {
      return place < order_.size() ? order_[place].lowest_opened : UINT64_MAX;
    }

   private:
    struct Place {
      std::uint32_t index = 0;  // into changes_
      std::uint64_t lowest_opened = UINT64_MAX;
    };
    std::deque<Change> changes_;
    std::vector<Place> order_;
  };

  Snapshot() = default;
  /// `id` comes back in the records that frame it. Reports up to `known_reports` aren't asked for.
  Snapshot(std::uint64_t id, std::uint64_t known_reports) : page_{id, 0, 0, false, known_reports} {}

  std::uint64_t id() const { return page_.snapshot; }
  /// The request for the first page; after Next::page that for the next one.
  const request::Snapshot& page() const { return page_; }

  enum class Next { record, page, complete };
  /// Takes a record that came while it is under way. Returns what it needs next.
  Next add(const StreamRecord& record, const KnownBroker& known);

  /// Once it is complete: all changes. Known connections that aren't there any more, and of whose end no
  /// trace is left, have ended at `last_contact` (the plugin's time), or when their client id came back.
  Changes take_changes(const KnownBroker& known, Millis last_contact);
  std::uint64_t highest_connection() const { return highest_connection_; }
  /// The highest number of a report that it has told; 0: none.
  std::uint64_t highest_report() const { return reports_.empty() ? 0 : *reports_.rbegin(); }

 private:
  bool has_told(std::uint64_t connection) const {
    return live_.contains(connection) || ended_.contains(connection);
  }
  void add_opened(std::uint64_t connection, Millis at, const ConnectionFacts& facts,
                  const KnownBroker& known);
  void add_ended(const stream::Ended& ended, const KnownBroker& known);
  void add_past(const stream::Past& past, const KnownBroker& known);
  void add_message(const StreamRecord& record, const KnownBroker& known);
  void add_gone(const KnownBroker& known, Millis last_contact);

  request::Snapshot page_;
  bool has_begun_ = false;
  std::uint64_t highest_connection_ = 0;
  std::set<std::uint64_t> live_, ended_, reports_;  // as far as told in this snapshot
  std::deque<Change> changes_;
};

}  // namespace rollcall
