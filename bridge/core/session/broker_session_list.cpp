// SPDX-License-Identifier: Apache-2.0
// The list of who is connected and what happened lately: asked for, gathered page by page, and told as the
// difference to what is known, in the order of time.
#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "bridge/core/session/broker_session.hpp"

namespace rollcall {

void BrokerSession::list_anew(const std::set<std::uint64_t>& live, Time now) {
  std::erase_if(live_, [&](const auto& each) { return !live.contains(each.first); });
  if (phase_ == Phase::listing || phase_ == Phase::watching) start_list(now);
}

void BrokerSession::start_list(Time now) {
  phase_ = Phase::listing;
  list_ = {};
  list_.id = ++last_list_;
  ask(request::Snapshot{list_.id, 0, 0, false, known_reports_}, {}, now);
}

void BrokerSession::list(const StreamRecord& record, Time now) {
  if (const auto* begin = std::get_if<stream::SnapshotBegin>(&record)) {
    if (begin->snapshot != list_.id) return;
    list_.has_begun = true;
    list_.highest_connection = begin->highest_connection;
  }
  if (!list_.has_begun) return;
  if (const auto* row = std::get_if<stream::Live>(&record)) {
    if (list_.has_told(row->connection)) return;
    list_.live.insert(row->connection);
    list_opened(row->connection, row->opened_at, row->facts);
  } else if (const auto* event = std::get_if<stream::Opened>(&record)) {
    list_.live.insert(event->connection);
    list_opened(event->connection, event->at, event->facts);
  } else if (const auto* ended = std::get_if<stream::Ended>(&record)) {
    // One that this list hasn't told yet comes once more as Past, with all that is known of it.
    if (!list_.live.contains(ended->connection) && !live_.contains(ended->connection)) return;
    if (!list_.ended.insert(ended->connection).second) return;
    list_.changes.push_back(
        {Change::Kind::ended, ended->connection, ended->at, ended->cause, ended->will_sent});
  } else if (const auto* past = std::get_if<stream::Past>(&record)) {
    list_past(*past);
  } else if (const auto* more = std::get_if<stream::SnapshotMore>(&record)) {
    if (more->snapshot != list_.id) return;
    ask(request::Snapshot{more->snapshot, more->past_cursor, more->live_cursor, more->in_live,
                          more->report_cursor},
        {}, now);
  } else if (const auto* end = std::get_if<stream::SnapshotEnd>(&record)) {
    if (end->snapshot == list_.id) finish_list();
  } else if (const auto* stall = std::get_if<stream::StoodStill>(&record)) {
    list_.changes.push_back({Change::Kind::stood_still, 0, stall->from});
    list_.changes.back().until = stall->until;
    list_.changes.back().losses_until = stall->losses_until;
  } else {
    list_said(record);
  }
}

void BrokerSession::list_opened(std::uint64_t connection, Millis at, const ConnectionFacts& facts) {
  if (live_.contains(connection)) return;
  Change change{Change::Kind::opened, connection, at};
  change.client_id = facts.client_id;
  change.username = facts.username;
  change.address = facts.address;
  change.facts = facts;
  list_.changes.push_back(std::move(change));
}

/// Of a connection that this list hasn't told yet it comes once more, behind its row.
void BrokerSession::list_said(const StreamRecord& record) {
  const auto is_known = [&](std::uint64_t connection) {
    return live_.contains(connection) || list_.has_told(connection);
  };
  if (const auto* active = std::get_if<stream::Active>(&record)) {
    if (!is_known(active->connection)) return;
    list_.changes.push_back({Change::Kind::active, active->connection, active->at});
  } else if (const auto* declared = std::get_if<stream::Declared>(&record)) {
    if (!is_known(declared->connection)) return;
    list_.changes.push_back({Change::Kind::declared, declared->connection, declared->at});
    list_.changes.back().text = declared->payload;
  } else if (const auto* reported = std::get_if<stream::Reported>(&record)) {
    if (reported->number <= known_reports_ || !list_.reports.insert(reported->number).second) return;
    Change change{Change::Kind::reported, 0, reported->at};
    change.client_id = reported->client_id;
    change.username = reported->username;
    change.address = reported->address;
    change.text = reported->topic;
    list_.changes.push_back(std::move(change));
  }
}

void BrokerSession::list_past(const stream::Past& past) {
  if (list_.ended.contains(past.connection)) return;
  const bool is_told = live_.contains(past.connection);
  if (!is_told && past.connection <= known_through_) return;  // told as ended long ago
  list_.ended.insert(past.connection);
  if (!list_.live.contains(past.connection)) list_opened(past.connection, past.opened_at, past.facts);
  list_.changes.push_back({Change::Kind::ended, past.connection, past.ended_at, past.cause, past.will_sent});
}

/// Within one millisecond: ends of those who were there before; who came; ends by takeover, or of which
/// nothing is known, so that they leave no device without a connection; ends of those who came in it. What a
/// connection said comes after its beginning and before its end.
void BrokerSession::sort_by_time(std::vector<Change>& changes) {
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

void BrokerSession::finish_list() {
  phase_ = Phase::watching;
  auto list = std::exchange(list_, {});
  // Gone without a trace: so many of its client id have ended since that its end was forgotten. Where another
  // came after it, it ended then at the latest; else when it was last known to live.
  for (const auto& [connection, client_id] : live_) {
    if (connection > list.highest_connection || list.has_told(connection)) continue;
    auto at = last_contact_.time_since_epoch() - clock_offset_;
    std::uint64_t next = 0;
    for (const auto& change : list.changes) {
      if (change.kind != Change::Kind::opened || change.connection < connection ||
          change.client_id != client_id)
        continue;
      if (next == 0 || change.connection < next) {
        next = change.connection;
        at = change.at;
      }
    }
    list.changes.push_back({Change::Kind::ended, connection, at});
  }
  sort_by_time(list.changes);
  known_through_ = std::max(known_through_, list.highest_connection);
  complete_ = std::move(list);
  next_change_ = 0;
}

/// One at a time: of a large broker there are many.
void BrokerSession::tell_next_change(Time now) {
  if (next_change_ < complete_->changes.size()) {
    auto& change = complete_->changes[next_change_++];
    emit(session_event::Watermark{wall(change.at, now)});
    tell(change, now);
    return;
  }
  if (!complete_->reports.empty()) known_reports_ = std::max(known_reports_, *complete_->reports.rbegin());
  complete_.reset();
  emit(session_event::Synced{std::exchange(is_new_boot_, false), !std::exchange(was_synced_, true)});
}

void BrokerSession::tell(Change& change, Time now) {
  const auto at = wall(change.at, now);
  const auto id = id_of(change.connection);
  switch (change.kind) {
    case Change::Kind::opened:
      change.facts.client_id = change.client_id;
      change.facts.username = change.username;
      change.facts.address = change.address;
      live_.emplace(change.connection, change.client_id);
      known_through_ = std::max(known_through_, change.connection);
      emit(session_event::Opened{id, at, change.facts});
      break;
    case Change::Kind::reported:
      if (at <= reports_told_until_) break;
      emit(session_event::Reported{change.text, {change.client_id, change.username, change.address}, at});
      break;
    case Change::Kind::active:
      emit(Active{id, at});
      break;
    case Change::Kind::declared:
      emit(Declared{id, at, change.text});
      break;
    case Change::Kind::stood_still:
      tell_stall(change.at, change.until, change.losses_until, now);
      break;
    case Change::Kind::ended:
      live_.erase(change.connection);
      emit(ConnectionEnded{id, at, change.cause, change.will_sent});
      break;
  }
}

}  // namespace rollcall
