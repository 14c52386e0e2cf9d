// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/session/broker_session.hpp"

#include <algorithm>
#include <utility>

namespace rollcall {
namespace {

constexpr Millis kAnswerWithin{5000};
constexpr Millis kPingAfter{1000};
constexpr Millis kDeafAfter{10'000};  // the link's keepalive
constexpr Millis kGreetDisplacedEvery{5000};
constexpr std::size_t kMaxMarks = 64;
constexpr Millis kPingAfterWithoutTicks{200};
constexpr Millis kRepeatWithoutTicks{20};
constexpr Millis kNewsAtMostEvery{10};
// One loss is one, however many messages it took.
constexpr std::size_t kGapsToTell = 3;
constexpr Millis kGapsWithin{60'000};
constexpr Millis kGapEvery{1000};
constexpr int kRepeatsBeforeGreetingAnew = 2;
constexpr int kGreetingsBeforeReconnect = 2;
constexpr int kMostDeafLinks = 5;  // from then on its pauses don't grow
constexpr Millis kLookEvery{1000};

const stream::Hello* hello_in(const StreamMessage& message) {
  for (const auto& record : message.records) {
    if (const auto* hello = std::get_if<stream::Hello>(&record)) return hello;
  }
  return nullptr;
}

}  // namespace

BrokerSession::BrokerSession(std::uint32_t broker, Identity identity)
    : broker_(broker),
      identity_(std::move(identity)),
      may_take_over_(identity_.may_take_over),
      session_(identity_.first_session) {}

void BrokerSession::restore(const BrokerRecord& record, std::map<std::uint64_t, std::string> live) {
  boot_ = record.boot;
  known_through_ = record.known_through;
  known_stall_ = record.known_stall;
  last_contact_ = record.last_contact;
  lost_at_ = record.lost_at.value_or(record.last_contact);
  settled_seq_ = record.settled_seq;
  stored_clock_offset_ = record.clock_offset;
  live_ = std::move(live);
  // Which reports were told isn't stored, only until when; the clocks of then and now may differ by some
  // milliseconds. Better one twice than one never.
  constexpr Millis kMargin{1000};
  reports_told_until_ = record.last_contact - kMargin;
}

void BrokerSession::set_rules(request::Rules rules, Time now) {
  rules_ = std::move(rules);
  if (phase_ == Phase::listing || phase_ == Phase::watching) send_rules(now);
}

void BrokerSession::send_rules(Time now) {
  const auto bytes = encode_request({session_, last_request_ + 1, rules_}).size();
  const bool is_too_many = rules_.rules.size() > kMaxRules || rules_.templates.size() > kMaxNames ||
                           rules_.reporters.size() > kMaxNames;
  const auto most = limits_.most_bytes();
  if (bytes <= most && !is_too_many) {
    ask(rules_, {}, now);
    return;
  }
  emit(session_event::RulesTooLarge{bytes, most});
  // The plugin mustn't go on by those that it was told before.
  request::Rules none;
  none.wants_activity = rules_.wants_activity;
  ask(std::move(none), {}, now);
}

BrokerRecord BrokerSession::record(const std::string& name, std::uint64_t last_seq) {
  auto first = outbox_.first_order();
  for (const auto& request : sent_) {
    for (const auto& publication : request.publications) first = std::min(first, publication.order);
  }
  while (!marks_.empty() && marks_.front().order <= first) {
    settled_seq_ = marks_.front().seq;
    marks_.pop_front();
  }
  if (first == outbox_.next_order()) {
    settled_seq_ = last_seq;
  } else if (marks_.size() < kMaxMarks && (marks_.empty() || marks_.back().order < outbox_.next_order())) {
    marks_.push_back({outbox_.next_order(), last_seq});
  }
  BrokerRecord record;
  record.name = name;
  record.boot = boot_;
  record.known_through = known_through_;
  record.known_stall = known_stall_;
  record.last_contact = last_contact_;
  record.lost_at = lost_at_;
  record.settled_seq = settled_seq_;
  record.clock_offset = has_clock_ ? std::optional(clock_offset_) : stored_clock_offset_;
  return record;
}

void BrokerSession::link_up(Time now, std::size_t max_packet_bytes) {
  limits_.set_packet_limit(max_packet_bytes);
  limits_.link_up();
  outbox_.set_limit(limits_.most_bytes());
  greetings_ = 0;
  heard_ = now;
  greet(now);
}

void BrokerSession::link_down(Time now) {
  if (phase_ != Phase::down && !sent_.empty()) {
    std::size_t largest = 0;
    for (const auto& request : sent_) largest = std::max(largest, request.bytes.size());
    limits_.link_broke(largest);
  }
  if (phase_ != Phase::down) down_at_ = now;
  // Who answered until now went away now; who was silent before may have been away since then.
  if (phase_ == Phase::watching) lost_at_ = is_answer_overdue(now) ? last_contact_ : now;
  phase_ = Phase::down;
  list_ = {};
  incoming_.reset();
  complete_.reset();
  emit(BrokerAway{broker_});
}

bool BrokerSession::is_answer_overdue(Time now) const {
  constexpr Millis kOverdue{1000};
  return !sent_.empty() && now - std::max(last_progress_, last_received_) > kOverdue;
}

void BrokerSession::greet(Time now) {
  phase_ = Phase::greeting;
  list_ = {};
  incoming_.reset();
  complete_.reset();
  if (++session_ == 0) ++session_;
  last_request_ = 0;
  repeats_ = 0;
  last_progress_ = now;
  // Not in sent_: there, those of the session before wait until the answer says how far it came.
  greeting_ = encode_request({session_, ++last_request_,
                              request::Hello{identity_.topic_prefix, identity_.instance, may_take_over_}});
  send(greeting_);
}

void BrokerSession::receive(std::string_view bytes, Time now) {
  if (phase_ == Phase::down) return;
  auto message = decode_stream_message(bytes);
  if (!message) {
    set_state(PluginState::other_version, message.error().message);
    return;
  }
  const auto& header = message->header;
  if (header.session != session_) return;  // from before our greeting: the list will cover it
  heard_ = now;
  if (!message->records.empty()) {
    if (const auto* by = std::get_if<stream::Displaced>(&message->records.front())) {
      displaced(*by, now);
      return;
    }
  }
  note_clock(Millis{static_cast<Millis::rep>(header.clock_ms)}, now);
  last_received_ = now;

  auto step = Incoming::Step::records;
  if (phase_ == Phase::greeting) {
    if (hello_in(*message) == nullptr) return;
    step = Incoming::Step::answered;
    emit(session_event::BrokerAnswered{header.boot});
  } else if (header.boot != boot_) {
    greet(now);
    return;
  } else {
    if (header.first_number != next_number_) {
      note_gap(now);
      start_list(now);
    }
    next_number_ = header.first_number + message->records.size();
    acknowledged(header, now);
  }
  incoming_ = Incoming{step, *std::move(message), 0, now};
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
  complete_ ? tell_next_change(incoming_->now) : work_off(*incoming_);
  return true;
}

void BrokerSession::work_off(Incoming& incoming) {
  using Step = Incoming::Step;
  const auto& [header, records] = incoming.message;
  const Time now = incoming.now;
  switch (incoming.step) {
    case Step::answered:  // and not refused
      incoming.step = Step::compared;
      answered(incoming.message, now);
      break;
    case Step::compared:
      incoming.step = Step::found;
      header.boot == boot_ ? emit(BrokerFound{broker_})
                           : new_boot(header.boot, hello_in(incoming.message)->started_at, now);
      break;
    case Step::found:
      incoming.step = Step::records;
      incoming.next_record = records.size();  // what else is in there comes with the list
      greeted(*hello_in(incoming.message), now);
      next_number_ = header.first_number + records.size();
      acknowledged(header, now);
      break;
    case Step::records:
      if (incoming.next_record < records.size()) {
        const auto& record = records[incoming.next_record++];
        if (note_cause_log(record)) break;
        phase_ == Phase::listing ? list(record, now) : watch(record, now);
        break;
      }
      incoming.step = Step::publications;
      if (phase_ != Phase::watching) break;
      // As far as it tells, not when it came: it may have been on its way for long.
      last_contact_ = wall(Millis{static_cast<Millis::rep>(header.clock_ms)}, now);
      lost_at_.reset();
      emit(session_event::Watermark{last_contact_});
      break;
    case Step::publications:
      incoming_.reset();
      send_publications(now);
      break;
  }
}

void BrokerSession::answered(const StreamMessage& message, Time now) {
  has_ticks_ = hello_in(message)->has_ticks;
  greetings_ = deaf_links_ = 0;
  greeted_boot_ = message.header.boot;
  may_take_over_ = false;  // never again: two that take over from each other would never end
  if (std::exchange(is_clock_compared_, true)) return;
  emit(session_event::ClockCompared{step_since_stored(message.header, now)});
}

void BrokerSession::greeted(const stream::Hello& hello, Time now) {
  const auto done = hello.previous_session == sent_in_session_ ? hello.previous_done : 0;
  learn(limits_.greeting_answered(done));
  take_back_sent(done);
  sent_in_session_ = session_;
  set_state(PluginState::answers, std::string(hello.plugin_version));
  emit(session_event::PluginGreeted{hello.knows_causes, hello.activity_interval});
  if (std::exchange(was_displaced_, false)) emit(session_event::ServedAgain{});
  send_rules(now);
  start_list(now);
}

std::size_t BrokerSession::unacknowledged_count() const {
  if (phase_ == Phase::down || phase_ == Phase::displaced) return 0;
  auto count = outbox_.size();
  for (const auto& request : sent_) count += request.publications.size();
  return count;
}

void BrokerSession::displaced(const stream::Displaced& by, Time now) {
  phase_ = Phase::displaced;
  list_ = {};
  was_displaced_ = true;
  may_take_over_ = false;
  last_progress_ = now;
  set_state(PluginState::serves_another,
            "client \"" + std::string(by.client_id) + "\" at " + std::string(by.address));
}

void BrokerSession::new_boot(std::uint64_t boot, Millis started_at, Time now) {
  const bool is_first = boot_ == 0;
  const Time back_at = wall(started_at, now);
  const Time lost_at = lost_at_.value_or(last_contact_);
  live_.clear();
  known_through_ = known_reports_ = 0;
  known_stall_ = Millis{0};
  boot_ = boot;
  is_new_boot_ = true;
  // Should this one be lost before it has told anything, nothing of it is known but that it began.
  lost_at_ = back_at;
  if (is_first) {
    emit(BrokerFound{broker_});
    return;
  }
  settled_seq_ = 0;
  marks_.clear();
  limits_.forget();
  outbox_.set_limit(limits_.most_bytes());
  has_told_smaller_ = has_told_left_out_ = false;
  emit(session_event::Watermark{std::min(lost_at, back_at)});
  emit(session_event::BrokerReturned{boot, lost_at, back_at, !are_times_corrected_, was_synced_});
}

void BrokerSession::note_gap(Time now) {
  if (has_told_gaps_ || (!gaps_.empty() && now - gaps_.back() < kGapEvery)) return;
  gaps_.push_back(now);
  while (now - gaps_.front() > kGapsWithin) gaps_.pop_front();
  if (gaps_.size() < kGapsToTell) return;
  has_told_gaps_ = true;
  gaps_.clear();
  emit(session_event::EventsLost{});
}

/// True if the record is about that and nothing else.
bool BrokerSession::note_cause_log(const StreamRecord& record) {
  const auto* state = std::get_if<stream::CauseLogState>(&record);
  if (state == nullptr) return false;
  if (std::exchange(cause_log_, state->log) != state->log) emit(session_event::CauseLogChanged{state->log});
  return true;
}

void BrokerSession::watch(const StreamRecord& record, Time now) {
  // Records come in the order in which things happened: what is due by then can be judged before the record
  // itself.
  if (const auto* opened = std::get_if<stream::Opened>(&record)) {
    if (!live_.emplace(opened->connection, opened->facts.client_id).second) return;
    emit(session_event::Watermark{wall(opened->at, now)});
    known_through_ = std::max(known_through_, opened->connection);
    emit(session_event::Opened{id_of(opened->connection), wall(opened->at, now), opened->facts});
  } else if (const auto* ended = std::get_if<stream::Ended>(&record)) {
    if (live_.erase(ended->connection) == 0) return;
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
    known_reports_ = std::max(known_reports_, reported->number);
    emit(session_event::Reported{reported->topic,
                                 {reported->client_id, reported->username, reported->address},
                                 wall(reported->at, now)});
  } else if (const auto* stall = std::get_if<stream::StoodStill>(&record)) {
    emit(session_event::Watermark{wall(stall->from, now)});
    tell_stall(stall->from, stall->until, stall->losses_until, now);
  }
}

void BrokerSession::tell_stall(Millis from, Millis until, Millis losses_until, Time now) {
  if (until <= known_stall_) return;
  known_stall_ = until;
  const Time back_at = wall(until, now);
  emit(BrokerStoodStill{broker_, wall(from, now), back_at, back_at + (losses_until - until)});
}

Millis BrokerSession::patience() const { return has_ticks_ ? kPingAfter : kPingAfterWithoutTicks; }

void BrokerSession::want_news(bool wanted, Time now) {
  wants_news_ = wanted && phase_ == Phase::watching && sent_.empty();
  if (!wants_news_ || now - news_asked_ < kNewsAtMostEvery) return;
  wants_news_ = false;
  news_asked_ = now;
  ask(request::Ping{}, {}, now);
}

void BrokerSession::advance(Time now, const LinkTraffic& traffic) {
  if (phase_ == Phase::down) return;
  if (wants_traffic(now) && is_answer_on_its_way(traffic, now)) busy_at_ = now;
  if (phase_ == Phase::displaced) {
    if (now - last_progress_ >= kGreetDisplacedEvery) greet(now);
    return;
  }
  if (phase_ == Phase::greeting) {
    if (now - waits_since() < kAnswerWithin) return;
    set_state(PluginState::silent, {});
    if (++greetings_ % (kGreetingsBeforeReconnect << std::min(deaf_links_, kMostDeafLinks)) == 0) {
      ++deaf_links_;
      emit(session_event::LinkDeaf{});
    }
    greet(now);
    return;
  }
  send_publications(now);
  if (!has_ticks_ && !sent_.empty() && now - nudged_ >= kRepeatWithoutTicks) {
    // Nothing goes on there by itself: what waits goes on with whatever request comes.
    nudged_ = now;
    send(sent_.front().bytes);
  }
  if (sent_.empty()) {
    if (now - last_received_ >= patience()) ask(request::Ping{}, {}, now);
  } else if (now - std::max(heard_, busy_at_) >= kDeafAfter) {
    heard_ = now;
    emit(session_event::LinkDeaf{});
  } else if (now - waits_since() >= limits_.answer_within(sent_.front().bytes.size())) {
    last_progress_ = now;
    // Some brokers leave a message that is too large without a word.
    const auto& oldest = sent_.front();
    if (limits_.may_be_too_large(oldest.bytes.size()) || ++repeats_ >= kRepeatsBeforeGreetingAnew) {
      limits_.unanswered(oldest.number, oldest.bytes.size(), oldest.publications.size());
      greet(now);
      return;
    }
    for (const auto& request : sent_) send(request.bytes);
  }
}

std::optional<Time> BrokerSession::next_deadline() const {
  if (phase_ == Phase::down) return std::nullopt;
  if (phase_ == Phase::displaced) return last_progress_ + kGreetDisplacedEvery;
  const auto look = std::max(looked_at_, last_progress_) + kLookEvery;
  if (phase_ == Phase::greeting) return std::min(waits_since() + kAnswerWithin, look);
  if (!sent_.empty())
    return has_ticks_ ? std::min(waits_since() + limits_.answer_within(sent_.front().bytes.size()), look)
                      : nudged_ + kRepeatWithoutTicks;
  const auto ping = last_received_ + patience();
  return wants_news_ ? std::min(ping, news_asked_ + kNewsAtMostEvery) : ping;
}

void BrokerSession::set_state(PluginState state, const std::string& detail) {
  if (state_ == state && state_detail_ == detail) return;
  state_ = state;
  state_detail_ = detail;
  emit(session_event::PluginStateChanged{state, state_detail_});
}

/// How far two clocks may have come apart in this time.
Millis BrokerSession::clock_drift(Millis time) {
  constexpr int kDriftPerMillion = 200;
  return time * kDriftPerMillion / 1'000'000;
}

void BrokerSession::note_clock(Millis plugin_clock, Time now) {
  // The least offset is that of the message with the least delay; it may grow as fast as two clocks drift
  // apart.
  const auto offset = now.time_since_epoch() - plugin_clock;
  if (phase_ == Phase::greeting || !has_clock_) {
    clock_offset_ = offset;
    has_clock_ = true;
  } else {
    const auto drift = clock_drift(now - clock_noted_);
    clock_offset_ = std::min(clock_offset_ + drift, offset);
    if (drift.count() == 0) return;
  }
  clock_noted_ = now;
}

Time BrokerSession::wall(Millis plugin_clock, Time now) const {
  return std::min(Time{clock_offset_ + plugin_clock}, now);
}

}  // namespace rollcall
