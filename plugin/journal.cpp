// SPDX-License-Identifier: Apache-2.0
#include "plugin/journal.hpp"

#include <utility>

namespace rollcall::plugin {
namespace {

constexpr std::size_t kMaxMessageBytes = 64UL * 1024;
constexpr Millis kHeartbeatEvery{1000};
constexpr Millis kHeartbeatFor{5000};

ConnectionFacts views_of(const ClientFacts& facts) {
  return {facts.client_id, facts.username,  facts.address,      facts.has_username,
          facts.protocol,  facts.keepalive, facts.clean_session};
}

std::size_t bytes_of(const ClientFacts& facts) {
  constexpr std::size_t kNodes = 480;  // map and hash nodes, string headers: rounded up
  return kNodes + 2 * facts.client_id.size() + facts.username.size() + facts.address.size();
}

}  // namespace

Journal::Journal(Broker& broker, std::uint64_t boot, std::string stream_topic)
    : broker_(broker), boot_(boot), stream_topic_(std::move(stream_topic)) {}

std::uint64_t Journal::opened(const ClientFacts& facts, Millis at) {
  const auto number = ++last_connection_;
  live_.emplace(number, Connection{facts, at});
  add(stream::Opened{number, at, views_of(facts)});
  return number;
}

void Journal::ended(std::uint64_t connection, Millis at, Cause cause, bool will_sent) {
  const auto found = live_.find(connection);
  if (found == live_.end()) return;
  add(stream::Ended{connection, at, cause, will_sent});
  remember(++last_past_, PastConnection{connection, std::move(found->second), at, cause, will_sent});
  live_.erase(found);
}

void Journal::remember(std::uint64_t number, PastConnection past) {
  auto& of_client = past_by_client_[past.connection.facts.client_id];
  of_client.push_back(number);
  past_bytes_ += bytes_of(past.connection.facts);
  past_.emplace_hint(past_.end(), number, std::move(past));
  if (of_client.size() > kMaxPastOfOneClient) forget_past(past_.find(of_client.front()));
  while (past_.size() > kMaxPastConnections || past_bytes_ > kMaxPastBytes) forget_past(past_.begin());
}

/// Always the oldest of its client.
void Journal::forget_past(std::map<std::uint64_t, PastConnection>::iterator past) {
  const auto& facts = past->second.connection.facts;
  past_bytes_ -= bytes_of(facts);
  const auto of_client = past_by_client_.find(facts.client_id);
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
  if (is_first) add(stream::SnapshotBegin{cursor.snapshot, last_connection_});
  std::size_t rows = 0;
  std::size_t bytes = 0;
  const auto is_full = [&] { return rows >= kMaxPageRows || bytes >= kMaxPageBytes; };

  auto next = cursor;
  const auto add_past = [&] {
    for (auto past = past_.upper_bound(next.past_cursor); past != past_.end() && !is_full(); ++past, ++rows) {
      const auto& [number, row] = *past;
      add(stream::Past{row.number, row.connection.opened_at, row.ended_at, row.cause, row.will_sent,
                       views_of(row.connection.facts)});
      bytes += bytes_of(row.connection.facts);
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
      const auto& [number, row] = *live;
      add(stream::Live{number, row.opened_at, views_of(row.facts)});
      bytes += bytes_of(row.facts);
      next.live_cursor = number;
    }
    // What has ended between the pages, before its row was told.
    if (live == live_.end()) add_past();
    if (live == live_.end() && !is_full()) {
      add(stream::SnapshotEnd{cursor.snapshot});
      return;
    }
  }
  add(stream::SnapshotMore{cursor.snapshot, next.past_cursor, next.live_cursor, next.in_live});
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

void Journal::send_batch() {
  const auto now = broker_.monotonic();
  StreamHeader header;
  header.boot = boot_;
  header.clock_ms = static_cast<std::uint64_t>(now.count());
  header.session = session_;
  header.last_request = last_request_;
  header.first_number = next_number_ - batch_.count();
  // A refusal is a gap to the bridge: it asks for a snapshot then.
  broker_.publish(stream_topic_, batch_.message(header), 0, false);
  batch_.clear();
  progress_is_unsent_ = false;
  last_news_ = last_sent_ = now;
}

}  // namespace rollcall::plugin
