// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/session/snapshot.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

namespace rollcall {
namespace {

/// Within one millisecond: ends of those who were there before; who came; ends by takeover, or of which
/// nothing is known, so that they leave no device without a connection; ends of those who came in it. What a
/// connection said comes after its beginning and before its end.
void sort_by_time(std::vector<Snapshot::Change>& changes) {
  using Change = Snapshot::Change;
  std::unordered_map<std::uint64_t, Millis> opened;
  for (const auto& change : changes) {
    if (change.kind == Change::Kind::opened) opened.emplace(change.connection, change.at);
  }
  for (auto& change : changes) {
    const auto found = opened.find(change.connection);
    const bool is_new = found != opened.end() && found->second == change.at;
    const bool is_end = change.kind == Change::Kind::ended;
    const bool gives_way = is_end && (change.cause == Cause::taken_over || change.cause == Cause::unknown);
    change.place = gives_way ? 2 : !is_new ? 0 : is_end ? 3 : 1;
    // The millisecond in which it began was before it; what a mere moment led to comes after that.
    if (change.kind == Change::Kind::stood_still) change.place = change.at == change.until ? -1 : 4;
  }
  const auto rank = [](const Change& change) {
    return std::tuple(change.at, change.place, change.connection, change.kind);
  };
  std::stable_sort(changes.begin(), changes.end(),
                   [&](const Change& one, const Change& other) { return rank(one) < rank(other); });
}

}  // namespace

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
  using Successor = std::tuple<std::string_view, std::uint64_t, Millis>;  // client id, connection, when
  std::vector<Successor> successors;
  for (const auto& change : changes_) {
    if (change.kind == Change::Kind::opened)
      successors.emplace_back(change.client_id, change.connection, change.at);
  }
  std::sort(successors.begin(), successors.end());
  std::vector<Change> gone;
  for (const auto& [connection, client_id] : known.live) {
    if (connection > highest_connection_ || has_told(connection)) continue;
    const auto next = std::lower_bound(successors.begin(), successors.end(),
                                       Successor{client_id, connection, Millis::min()});
    const bool has_successor = next != successors.end() && std::get<std::string_view>(*next) == client_id;
    gone.push_back({Change::Kind::ended, connection, has_successor ? std::get<Millis>(*next) : last_contact});
  }
  std::move(gone.begin(), gone.end(), std::back_inserter(changes_));
}

std::vector<Snapshot::Change> Snapshot::take_changes(const KnownBroker& known, Millis last_contact) {
  add_gone(known, last_contact);
  sort_by_time(changes_);
  return std::exchange(changes_, {});
}

}  // namespace rollcall
