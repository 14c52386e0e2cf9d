// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/session/snapshot.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/keyed_hash.hpp"

namespace rollcall {
namespace {

/// When it happened, its place within that millisecond, and which of the changes it is.
using Rank = std::tuple<Millis, int, std::uint64_t, Snapshot::Change::Kind, std::uint32_t>;

/// Within one millisecond: ends of those who were there before; who came; ends by takeover, or of which
/// nothing is known, so that they leave no device without a connection; ends of those who came in it. What a
/// connection said comes after its beginning and before its end.
std::vector<Rank> by_time(const std::deque<Snapshot::Change>& changes) {
  using Change = Snapshot::Change;
  using Opened = std::pair<std::uint64_t, Millis>;
  std::vector<Opened> opened;
  for (const auto& change : changes) {
    if (change.kind == Change::Kind::opened) opened.emplace_back(change.connection, change.at);
  }
  std::sort(opened.begin(), opened.end());
  std::vector<Rank> ranks;
  ranks.reserve(changes.size());
  for (const auto& change : changes) {
    const bool is_new =
        std::binary_search(opened.begin(), opened.end(), Opened{change.connection, change.at});
    const bool is_end = change.kind == Change::Kind::ended;
    const bool gives_way = is_end && (change.cause == Cause::taken_over || change.cause == Cause::unknown);
    int place = gives_way ? 2 : !is_new ? 0 : is_end ? 3 : 1;
    // The millisecond in which it began was before it; what a mere moment led to comes after that.
    if (change.kind == Change::Kind::stood_still) place = change.at == change.until ? -1 : 4;
    const auto index = static_cast<std::uint32_t>(ranks.size());
    ranks.emplace_back(change.at, place, change.connection, change.kind, index);
  }
  std::sort(ranks.begin(), ranks.end());
  return ranks;
}

}  // namespace

Snapshot::Changes::Changes(std::deque<Change> changes) : changes_(std::move(changes)) {
  const auto ranks = by_time(changes_);
  order_.resize(ranks.size());
  std::uint64_t lowest = UINT64_MAX;
  for (std::size_t place = ranks.size(); place-- > 0;) {
    const auto& [at, among, connection, kind, index] = ranks[place];
    if (kind == Change::Kind::opened) lowest = std::min(lowest, connection);
    order_[place] = {index, lowest};
  }
}

ConnectionFacts Snapshot::Change::facts_with_texts() const {
  auto whole = facts;
  whole.client_id = client_id;
  whole.username = username;
  whole.address = address;
  return whole;
}

Snapshot::Next Snapshot::add(const StreamRecord& record, const KnownBroker& known) {
  if (const auto* begin = std::get_if<stream::SnapshotBegin>(&record)) {
    if (begin->snapshot != id()) return Next::record;
    has_begun_ = true;
    highest_connection_ = begin->highest_connection;
  }
  if (!has_begun_) return Next::record;
  if (const auto* row = std::get_if<stream::Live>(&record)) {
    if (has_told(row->connection)) return Next::record;
    live_.insert(row->connection);
    add_opened(row->connection, row->opened_at, row->facts, known);
  } else if (const auto* opened = std::get_if<stream::Opened>(&record)) {
    live_.insert(opened->connection);
    add_opened(opened->connection, opened->at, opened->facts, known);
  } else if (const auto* ended = std::get_if<stream::Ended>(&record)) {
    add_ended(*ended, known);
  } else if (const auto* past = std::get_if<stream::Past>(&record)) {
    add_past(*past, known);
  } else if (const auto* more = std::get_if<stream::SnapshotMore>(&record)) {
    if (more->snapshot != id()) return Next::record;
    page_ = {more->snapshot, more->past_cursor, more->live_cursor, more->in_live, more->report_cursor};
    return Next::page;
  } else if (const auto* end = std::get_if<stream::SnapshotEnd>(&record)) {
    return end->snapshot == id() ? Next::complete : Next::record;
  } else if (const auto* stall = std::get_if<stream::StoodStill>(&record)) {
    changes_.push_back({Change::Kind::stood_still, 0, stall->from});
    changes_.back().until = stall->until;
    changes_.back().losses_until = stall->losses_until;
  } else {
    add_message(record, known);
  }
  return Next::record;
}

void Snapshot::add_opened(std::uint64_t connection, Millis at, const ConnectionFacts& facts,
                          const KnownBroker& known) {
  if (known.live.contains(connection)) return;
  Change change{Change::Kind::opened, connection, at};
  change.client_id = facts.client_id;
  change.username = facts.username;
  change.address = facts.address;
  change.facts = facts;
  changes_.push_back(std::move(change));
}

/// One that this snapshot hasn't told yet comes once more as Past, with all that is known of it.
void Snapshot::add_ended(const stream::Ended& ended, const KnownBroker& known) {
  if (!live_.contains(ended.connection) && !known.live.contains(ended.connection)) return;
  if (!ended_.insert(ended.connection).second) return;
  changes_.push_back({Change::Kind::ended, ended.connection, ended.at, ended.cause, ended.will_sent});
}

void Snapshot::add_past(const stream::Past& past, const KnownBroker& known) {
  if (ended_.contains(past.connection)) return;
  const bool is_told = known.live.contains(past.connection);
  if (!is_told && past.connection <= known.through) return;  // told as ended long ago
  ended_.insert(past.connection);
  if (!live_.contains(past.connection)) add_opened(past.connection, past.opened_at, past.facts, known);
  changes_.push_back({Change::Kind::ended, past.connection, past.ended_at, past.cause, past.will_sent});
}

/// Of a connection that this snapshot hasn't told yet it comes once more, behind its row.
void Snapshot::add_message(const StreamRecord& record, const KnownBroker& known) {
  const auto is_known = [&](std::uint64_t connection) {
    return known.live.contains(connection) || has_told(connection);
  };
  if (const auto* active = std::get_if<stream::Active>(&record)) {
    if (!is_known(active->connection)) return;
    changes_.push_back({Change::Kind::active, active->connection, active->at});
  } else if (const auto* declared = std::get_if<stream::Declared>(&record)) {
    if (!is_known(declared->connection)) return;
    changes_.push_back({Change::Kind::declared, declared->connection, declared->at});
    changes_.back().text = declared->payload;
  } else if (const auto* reported = std::get_if<stream::Reported>(&record)) {
    if (reported->number <= known.reports || !reports_.insert(reported->number).second) return;
    Change change{Change::Kind::reported, 0, reported->at};
    change.client_id = reported->client_id;
    change.username = reported->username;
    change.address = reported->address;
    change.text = reported->topic;
    changes_.push_back(std::move(change));
  }
}

/// Gone without a trace: so many of its client id have ended since that its end was forgotten. Where another
/// came after it, it ended then at the latest; else when it was last known to live.
void Snapshot::add_gone(const KnownBroker& known, Millis last_contact) {
  std::vector<const std::pair<const std::uint64_t, std::string>*> all;
  std::unordered_set<std::string_view, KeyedHash> gone_ids;
  for (const auto& each : known.live) {
    if (each.first > highest_connection_ || has_told(each.first)) continue;
    all.push_back(&each);
    gone_ids.insert(each.second);
  }
  if (all.empty()) return;
  using Successor = std::tuple<std::string_view, std::uint64_t, Millis>;  // client id, connection, when
  std::vector<Successor> successors;
  for (const auto& change : changes_) {
    if (change.kind == Change::Kind::opened && gone_ids.contains(change.client_id)) {
      successors.emplace_back(change.client_id, change.connection, change.at);
    }
  }
  std::sort(successors.begin(), successors.end());
  for (const auto* const each : all) {
    const auto& [connection, client_id] = *each;
    const auto next = std::lower_bound(successors.begin(), successors.end(),
                                       Successor{client_id, connection, Millis::min()});
    const bool has_successor = next != successors.end() && std::get<std::string_view>(*next) == client_id;
    changes_.push_back(
        {Change::Kind::ended, connection, has_successor ? std::get<Millis>(*next) : last_contact});
  }
}

Snapshot::Changes Snapshot::take_changes(const KnownBroker& known, Millis last_contact) {
  add_gone(known, last_contact);
  return Changes(std::exchange(changes_, {}));
}

}  // namespace rollcall
