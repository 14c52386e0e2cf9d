// SPDX-License-Identifier: Apache-2.0
#include "plugin/journal.hpp"

#include <utility>

#include "topics/names.hpp"

namespace rollcall::plugin {
namespace {

constexpr std::size_t kMaxMessageBytes = 64UL * 1024;
constexpr Millis kHeartbeatEvery{1000};
constexpr Millis kHeartbeatFor{5000};

ConnectionFacts views_of(const ClientFacts& facts) {
  return {facts.client_id, facts.username,  facts.address,      facts.has_username,
          facts.protocol,  facts.keepalive, facts.clean_session};
}

}  // namespace

Journal::Journal(Broker& broker, std::uint64_t boot, std::string stream_topic, Millis activity_interval)
    : broker_(broker),
      boot_(boot),
      stream_topic_(std::move(stream_topic)),
      reports_([this](const stream::Reported& report) { add(report); }),
      activity_interval_(activity_interval) {}

std::size_t Journal::bytes_of(const Connection& connection) {
  constexpr std::size_t kNodes = 544;  // map and hash nodes, string headers: rounded up
  constexpr std::size_t kDeclaration = 80;
  const auto& facts = connection.facts;
  const auto& declaration = connection.declaration;
  return kNodes + 2 * facts.client_id.size() + facts.username.size() + facts.address.size() +
         (declaration ? kDeclaration + declaration->payload.size() : 0);
}

std::uint64_t Journal::opened(const ClientFacts& facts, Millis at, ClientHandle client) {
  const auto number = ++last_connection_;
  Connection connection;
  connection.number = number;
  connection.client = client;
  connection.facts = facts;
  connection.opened_at = at;
  live_.emplace_hint(live_.end(), number, std::move(connection));
  add(stream::Opened{number, at, views_of(facts)});
  return number;
}

void Journal::ended(std::uint64_t connection, Millis at, Cause cause, bool will_sent) {
  const auto found = live_.find(connection);
  if (found == live_.end()) return;
  if (found->second.has_untold_activity) tell_activity(found->second);
  add(stream::Ended{connection, at, cause, will_sent});
  remember(++last_past_, PastConnection{std::move(found->second), at, cause, will_sent});
  live_.erase(found);
}

void Journal::stood_still(const stream::StoodStill& stall) {
  stalls_.push_back(stall);
  if (stalls_.size() > kMaxPastStalls) stalls_.pop_front();
  add(stall);
}

Journal::Connection* Journal::find(std::uint64_t connection) {
  const auto found = live_.find(connection);
  return found == live_.end() ? nullptr : &found->second;
}

void Journal::want_activity(bool wanted) {
  wanted = wanted && activity_interval_.count() > 0;
  if (std::exchange(notes_activity_, wanted) == wanted) return;
  if (wanted) swept_ = broker_.monotonic();
  if (wanted) return;
  for (auto& [number, connection] : live_) {
    learn_activity(connection);
    connection.has_untold_activity = false;
  }
  untold_ = {};
  sweep_.reset();
}

void Journal::note_activity(Connection& connection, Millis at) {
  connection.active_at = at;
  if (std::exchange(connection.has_untold_activity, true)) return;
  untold_.push_back(connection.number);
  // Those that have ended meanwhile stand in it too.
  if (untold_.size() <= 2 * live_.size() + kMaxToldPerLoop) return;
  std::erase_if(untold_, [this](std::uint64_t number) {
    const auto found = live_.find(number);
    return found == live_.end() || !found->second.has_untold_activity;
  });
}

void Journal::leave(Connection& connection, Millis latest) {
  connection.client = nullptr;
  if (connection.has_untold_activity) connection.active_at = latest;
}

void Journal::learn_activity(Connection& connection) {
  if (connection.has_untold_activity && connection.client != nullptr) {
    connection.active_at = latest_activity_(connection.client);
  }
}

void Journal::declared(Connection& connection, Millis at, std::string_view payload) {
  payload = payload.substr(0, kMaxDeclarationBytes + 1);
  // Several instances of the plugin may be told of one and the same message.
  const auto& last = connection.declaration;
  if (last && last->at == at && last->payload == payload) return;
  connection.declaration = std::make_unique<Declaration>(Declaration{at, std::string(payload)});
  add(stream::Declared{connection.number, at, payload});
}

void Journal::set_cause_log(CauseLog log) {
  if (std::exchange(cause_log_, log) != log) add(stream::CauseLogState{log});
}

void Journal::go_on() {
  const auto now = broker_.monotonic();
  reports_.go_on(now, kMaxToldPerLoop);
  if (!notes_activity_) return;
  if (!sweep_ && now - swept_ >= activity_interval_) begin_sweep();
  if (sweep_) sweep();
}

void Journal::begin_sweep() {
  swept_ = broker_.monotonic();
  sweep_ = Sweep{swept_, std::exchange(untold_, {}), 0};
}

void Journal::sweep() {
  for (std::size_t told = 0; told < kMaxToldPerLoop && sweep_->next < sweep_->connections.size(); ++told) {
    const auto found = live_.find(sweep_->connections[sweep_->next++]);
    if (found != live_.end() && found->second.has_untold_activity) tell_activity(found->second);
  }
  if (sweep_->next < sweep_->connections.size()) return;
  add(stream::ActiveUntil{sweep_->began});
  sweep_.reset();
}

void Journal::tell_activity(Connection& connection) {
  learn_activity(connection);
  connection.has_untold_activity = false;
  add(stream::Active{connection.number, connection.active_at});
}

/// Behind a row of a snapshot.
void Journal::tell_said(Connection& connection) {
  learn_activity(connection);
  if (connection.active_at.count() > 0) add(stream::Active{connection.number, connection.active_at});
  if (const auto& declaration = connection.declaration) {
    add(stream::Declared{connection.number, declaration->at, declaration->payload});
  }
}

void Journal::remember(std::uint64_t number, PastConnection past) {
  auto& of_client = past_by_client_[past.connection.facts.client_id];
  of_client.push_back(number);
  past_bytes_ += bytes_of(past.connection);
  past_.emplace_hint(past_.end(), number, std::move(past));
  if (of_client.size() > kMaxPastOfOneClient) forget_past(past_.find(of_client.front()));
  while (past_.size() > kMaxPastConnections || past_bytes_ > kMaxPastBytes) forget_past(past_.begin());
}

/// Always the oldest of its client.
void Journal::forget_past(std::map<std::uint64_t, PastConnection>::iterator past) {
  const auto& connection = past->second.connection;
  past_bytes_ -= bytes_of(connection);
  const auto of_client = past_by_client_.find(connection.facts.client_id);
  of_client->second.erase(of_client->second.begin());
  if (of_client->second.empty()) past_by_client_.erase(of_client);
  past_.erase(past);
}

void Journal::add(const StreamRecord& record) {
  if (!is_listened_to_) {
    ++next_number_;
    return;
  }
  batch_.add(record);
  ++next_number_;
  if (batch_.size_bytes() > kMaxMessageBytes || batch_.is_full()) send_batch();
}

void Journal::add_snapshot_page(const request::Snapshot& cursor) {
  const bool is_first = cursor.past_cursor == 0 && cursor.live_cursor == 0 && !cursor.in_live;
  if (is_first) {
    add(stream::SnapshotBegin{cursor.snapshot, last_connection_});
    add(stream::CauseLogState{cause_log_});
    for (const auto& stall : stalls_) add(stall);
  }
  std::size_t rows = 0;
  std::size_t bytes = 0;
  const auto is_full = [&] { return rows >= kMaxPageRows || bytes >= kMaxPageBytes; };

  auto next = cursor;
  const auto add_past = [&] {
    for (auto past = past_.upper_bound(next.past_cursor); past != past_.end() && !is_full(); ++past, ++rows) {
      auto& [number, row] = *past;
      add(stream::Past{row.connection.number, row.connection.opened_at, row.ended_at, row.cause,
                       row.will_sent, views_of(row.connection.facts)});
      tell_said(row.connection);
      bytes += bytes_of(row.connection);
      next.past_cursor = number;
    }
  };
  if (!next.in_live) {
    add_past();
    next.in_live = !is_full();
  }
  if (next.in_live) {
    auto live = live_.upper_bound(next.live_cursor);
    for (; live != live_.end() && !is_full(); ++live, ++rows) {
      auto& [number, row] = *live;
      add(stream::Live{number, row.opened_at, views_of(row.facts)});
      tell_said(row);
      bytes += bytes_of(row);
      next.live_cursor = number;
    }
    // What has ended between the pages, before its row was told.
    if (live == live_.end()) add_past();
    if (live == live_.end() && !is_full()) {
      next.report_cursor = reports_.tell_from(next.report_cursor, [&](std::size_t of_report) {
        if (is_full()) return false;
        ++rows;
        bytes += of_report;
        return true;
      });
      if (next.report_cursor >= reports_.last_number()) {
        add(stream::SnapshotEnd{cursor.snapshot});
        if (notes_activity_ && !sweep_) begin_sweep();  // so that the bridge soon knows all of it
        return;
      }
    }
  }
  add(stream::SnapshotMore{cursor.snapshot, next.past_cursor, next.live_cursor, next.in_live,
                           next.report_cursor});
}

void Journal::set_progress(std::uint32_t session, std::uint64_t last_request) {
  session_ = session;
  last_request_ = last_request;
  progress_is_unsent_ = is_listened_to_;
}

void Journal::send_apart(std::uint32_t session, std::uint64_t last_request, const StreamRecord& record) {
  StreamBatch alone;
  alone.add(record);
  const StreamHeader header{boot_, static_cast<std::uint64_t>(broker_.monotonic().count()), session,
                            last_request, next_number_};
  broker_.publish(stream_topic_, alone.message(header), 0, false);
}

void Journal::set_listened_to(bool listened_to) {
  is_listened_to_ = listened_to;
  if (listened_to) return;
  batch_.clear();
  progress_is_unsent_ = false;
}

void Journal::flush() {
  if (is_listened_to_ && has_unsent()) send_batch();
}

void Journal::beat() {
  if (!is_listened_to_) return;
  const auto now = broker_.monotonic();
  if (now - last_news_ > kHeartbeatFor || now - last_sent_ < kHeartbeatEvery) return;
  const auto news = last_news_;
  send_batch();
  last_news_ = news;
}

std::optional<std::string> Journal::take_message() {
  if (!is_listened_to_ || !has_unsent()) return std::nullopt;
  return take_batch();
}

void Journal::send_batch() {
  // A refusal is a gap to the bridge: it asks for a snapshot then.
  broker_.publish(stream_topic_, take_batch(), 0, false);
  ++sent_count_;
}

std::string Journal::take_batch() {
  const auto now = broker_.monotonic();
  StreamHeader header;
  header.boot = boot_;
  header.clock_ms = static_cast<std::uint64_t>(now.count());
  header.session = session_;
  header.last_request = last_request_;
  header.first_number = next_number_ - batch_.count();
  auto message = batch_.message(header);
  batch_.clear();
  progress_is_unsent_ = false;
  last_news_ = last_sent_ = now;
  return message;
}

}  // namespace rollcall::plugin
