// SPDX-License-Identifier: Apache-2.0
// What the plugin tells: messages of the stream, record by record, and the changes of a snapshot.
#include <algorithm>
#include <utility>

#include "bridge/core/session/broker_session.hpp"

namespace rollcall {
namespace {

const stream::Hello* hello_in(const StreamMessage& message) {
  for (const auto& record : message.records) {
    if (const auto* hello = std::get_if<stream::Hello>(&record)) return hello;
  }
  return nullptr;
}

Millis clock_of(const StreamHeader& header) { return Millis{static_cast<Millis::rep>(header.clock_ms)}; }

}  // namespace

void BrokerSession::receive(std::string_view bytes, Time now) {
  if (phase_ == Phase::down) return;
  auto message = decode_stream_message(bytes);
  if (!message) {
    set_state(PluginState::other_version, message.error().message);
    return;
  }
  const auto& header = message->header;
  if (header.session != channel_.session()) return;  // from before our greeting: the snapshot will cover it
  watch_.heard(now);
  if (!message->records.empty()) {
    if (const auto* by = std::get_if<stream::Displaced>(&message->records.front())) {
      displaced(*by, now);
      return;
    }
  }
  clock_.note(clock_of(header), now, phase_ == Phase::greeting);
  last_received_ = now;

  auto step = Incoming::Step::records;
  if (phase_ == Phase::greeting) {
    if (hello_in(*message) == nullptr) return;
    step = Incoming::Step::answered;
    emit(session_event::BrokerAnswered{header.boot});
  } else if (header.boot != known_.boot) {
    greet(now);
    return;
  } else {
    if (header.first_number != next_number_) {
      ++gap_count_;
      if (watch_.note_gap(now)) emit(session_event::EventsLost{});
      start_snapshot(now);
    }
    next_number_ = header.first_number + message->records.size();
    acknowledge(header, now);
  }
  incoming_ = Incoming{step, *std::move(message), 0, now, bytes, nullptr};
}

std::optional<SessionEvent> BrokerSession::next_event() {
  while (next_event_ == events_.size()) {
    events_.clear();
    next_event_ = 0;
    if (!resume()) return std::nullopt;
  }
  return events_[next_event_++];
}

/// Goes on with what came, as far as needs nothing of the owner. False: there is nothing left of it.
bool BrokerSession::resume() {
  if (!incoming_) return false;
  replay_ ? emit_next_change(incoming_->now) : work_off(*incoming_);
  return true;
}

void BrokerSession::work_off(Incoming& incoming) {
  using Step = Incoming::Step;
  const auto& [header, records] = incoming.message;
  const Time now = incoming.now;
  switch (incoming.step) {
    case Step::answered:  // and not refused
      incoming.step = Step::compared;
      has_ticks_ = hello_in(incoming.message)->has_ticks;
      answered(incoming.message, now);
      break;
    case Step::compared:
      incoming.step = Step::found;
      header.boot == known_.boot ? emit(BrokerFound{broker_})
                                 : begin_boot(header.boot, hello_in(incoming.message)->started_at, now);
      break;
    case Step::found:
      incoming.step = Step::records;
      incoming.next_record = records.size();  // what else is in there comes with the snapshot
      greeted(*hello_in(incoming.message), now);
      next_number_ = header.first_number + records.size();
      acknowledge(header, now);
      break;
    case Step::records:
      if (incoming.next_record < records.size()) {
        const auto& record = records[incoming.next_record++];
        if (note_cause_log(record) || note_command(record, now)) break;
        phase_ == Phase::snapshot ? add_to_snapshot(record, now) : watch(record, now);
        if (replay_) keep_bytes(incoming);
        break;
      }
      incoming.step = Step::publications;
      if (phase_ != Phase::watching) break;
      // As far as it tells, not when it came: it may have been on its way for long.
      known_.last_contact = wall(clock_of(header), now);
      known_.lost_at.reset();
      emit(session_event::Watermark{known_.last_contact});
      break;
    case Step::publications:
      incoming_.reset();
      send_publications(now);
      break;
  }
}

/// The records behind the end of a snapshot come after its changes.
void BrokerSession::keep_bytes(Incoming& incoming) {
  if (incoming.own) return;
  incoming.own = std::make_unique<std::string>(incoming.bytes);
  incoming.message = decode_stream_message(*incoming.own).value();
}

void BrokerSession::resync(const std::set<std::uint64_t>& live, Time now) {
  std::erase_if(known_.live, [&](const auto& each) { return !live.contains(each.first); });
  if (phase_ == Phase::snapshot || phase_ == Phase::watching) start_snapshot(now);
}

void BrokerSession::start_snapshot(Time now) {
  phase_ = Phase::snapshot;
  snapshot_ = Snapshot(++last_snapshot_, known_.reports);
  send(channel_.send(snapshot_.page(), now));
}

void BrokerSession::add_to_snapshot(const StreamRecord& record, Time now) {
  switch (snapshot_.add(record, known_)) {
    case Snapshot::Next::record:
      break;
    case Snapshot::Next::page:
      send(channel_.send(snapshot_.page(), now));
      break;
    case Snapshot::Next::complete:
      phase_ = Phase::watching;
      replay_ = Replay{snapshot_.take_changes(known_, clock_.plugin_time(known_.last_contact)),
                       0,
                       {},
                       snapshot_.highest_connection(),
                       snapshot_.highest_report()};
      break;
  }
}

/// One at a time: of a large broker there are many.
void BrokerSession::emit_next_change(Time now) {
  if (replay_->next < replay_->changes.size()) {
    const auto& change = replay_->current = replay_->changes.take(replay_->next++);
    emit(session_event::Watermark{wall(change.at, now)});
    emit_change(change, now);
    // What is stored meanwhile must hold: a connection up to there is live, or has been told as ended.
    const auto lowest_left = replay_->changes.lowest_opened_from(replay_->next);
    if (lowest_left != UINT64_MAX) known_.through = std::max(known_.through, lowest_left - 1);
    return;
  }
  known_.through = std::max(known_.through, replay_->highest_connection);
  known_.reports = std::max(known_.reports, replay_->highest_report);
  replay_.reset();
  snapshot_ = {};  // not with its last record, which took long enough
  emit(session_event::Synced{std::exchange(known_.is_new_boot, false), !std::exchange(was_synced_, true)});
}

void BrokerSession::emit_change(const Snapshot::Change& change, Time now) {
  using Kind = Snapshot::Change::Kind;
  const auto at = wall(change.at, now);
  const auto id = id_of(change.connection);
  switch (change.kind) {
    case Kind::opened:
      known_.live.emplace(change.connection, change.client_id);
      emit(session_event::Opened{id, at, change.facts_with_texts()});
      break;
    case Kind::reported:
      if (at <= known_.reports_told_until) break;
      emit(session_event::Reported{change.text, {change.client_id, change.username, change.address}, at});
      break;
    case Kind::active:
      emit(Active{id, at});
      break;
    case Kind::declared:
      emit(Declared{id, at, change.text});
      break;
    case Kind::stood_still:
      emit_stall(change.at, change.until, change.losses_until, now);
      break;
    case Kind::ended:
      known_.live.erase(change.connection);
      emit(ConnectionEnded{id, at, change.cause, change.will_sent});
      break;
  }
}

/// True if the record is about that and nothing else.
bool BrokerSession::note_cause_log(const StreamRecord& record) {
  const auto* state = std::get_if<stream::CauseLogState>(&record);
  if (state == nullptr) return false;
  if (std::exchange(cause_log_, state->log) != state->log) emit(session_event::CauseLogChanged{state->log});
  return true;
}

/// Likewise of messages to devices: they belong to no snapshot.
bool BrokerSession::note_command(const StreamRecord& record, Time now) {
  if (const auto* command = std::get_if<stream::Command>(&record)) {
    emit(session_event::CommandTaken{{known_.boot, command->number},
                                     wall(command->at, now),
                                     command->device,
                                     command->is_passed,
                                     command->message});
  } else if (const auto* answer = std::get_if<stream::Delivered>(&record)) {
    emit(session_event::CommandDelivered{answer->id, answer->is_done});
  } else if (const auto* subscribed = std::get_if<stream::Subscribed>(&record)) {
    const auto client = known_.live.find(subscribed->connection);
    if (client != known_.live.end()) emit(session_event::ClientSubscribed{client->second});
  } else if (const auto* counts = std::get_if<stream::CommandCounts>(&record)) {
    emit(session_event::CommandsCounted{known_.boot, counts->denied, counts->dropped});
  } else {
    return false;
  }
  return true;
}

void BrokerSession::watch(const StreamRecord& record, Time now) {
  // Records come in the order in which things happened: what is due by then can be judged before the record
  // itself.
  if (const auto* opened = std::get_if<stream::Opened>(&record)) {
    if (!known_.live.emplace(opened->connection, opened->facts.client_id).second) return;
    emit(session_event::Watermark{wall(opened->at, now)});
    known_.through = std::max(known_.through, opened->connection);
    emit(session_event::Opened{id_of(opened->connection), wall(opened->at, now), opened->facts});
  } else if (const auto* ended = std::get_if<stream::Ended>(&record)) {
    if (known_.live.erase(ended->connection) == 0) return;
    emit(session_event::Watermark{wall(ended->at, now)});
    emit(ConnectionEnded{id_of(ended->connection), wall(ended->at, now), ended->cause, ended->will_sent});
  } else if (const auto* active = std::get_if<stream::Active>(&record)) {
    // It is told late: nothing is known up to then by it that wasn't before.
    emit(Active{id_of(active->connection), wall(active->at, now)});
  } else if (const auto* until = std::get_if<stream::ActiveUntil>(&record)) {
    emit(session_event::ActivityWatermark{wall(until->at, now)});
  } else if (const auto* declared = std::get_if<stream::Declared>(&record)) {
    emit(session_event::Watermark{wall(declared->at, now)});
    emit(Declared{id_of(declared->connection), wall(declared->at, now), declared->payload});
  } else if (const auto* reported = std::get_if<stream::Reported>(&record)) {
    known_.reports = std::max(known_.reports, reported->number);
    emit(session_event::Reported{reported->topic,
                                 {reported->client_id, reported->username, reported->address},
                                 wall(reported->at, now)});
  } else if (const auto* stall = std::get_if<stream::StoodStill>(&record)) {
    emit(session_event::Watermark{wall(stall->from, now)});
    emit_stall(stall->from, stall->until, stall->losses_until, now);
  }
}

void BrokerSession::emit_stall(Millis from, Millis until, Millis losses_until, Time now) {
  if (until <= known_.stall) return;
  known_.stall = until;
  const Time back_at = wall(until, now);
  emit(BrokerStoodStill{broker_, wall(from, now), back_at, back_at + (losses_until - until)});
}

}  // namespace rollcall
