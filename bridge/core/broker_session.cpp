// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/broker_session.hpp"

#include <algorithm>
#include <utility>

namespace rollcall {
namespace {

constexpr std::size_t kMaxRequestsUnderWay = 8;
constexpr std::size_t kSmallRequestsUnderWay = 2;
constexpr std::size_t kManyPublications = 100;
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
constexpr std::size_t kUsualRequestBytes = 64UL * 1024;
constexpr std::size_t kSmallRequestBytes = 8UL * 1024;
constexpr std::size_t kLeastRequestBytes = 2UL * 1024;

}  // namespace

BrokerSession::BrokerSession(std::uint32_t broker, Identity identity, Listener& listener)
    : broker_(broker),
      identity_(std::move(identity)),
      listener_(listener),
      may_take_over_(identity_.may_take_over),
      session_(identity_.first_session),
      request_bytes_(kUsualRequestBytes),
      usual_request_bytes_(kUsualRequestBytes),
      most_rules_bytes_(kMaxRequestBytes) {}

void BrokerSession::restore(const BrokerRecord& record, std::map<std::uint64_t, std::string> live) {
  boot_ = record.boot;
  known_through_ = record.known_through;
  last_contact_ = record.last_contact;
  lost_at_ = record.lost_at.value_or(record.last_contact);
  settled_seq_ = record.settled_seq;
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
  if (bytes <= most_rules_bytes_ && !is_too_many) {
    ask(rules_, {}, now);
    return;
  }
  listener_.rules_are_too_large(broker_, bytes, most_rules_bytes_);
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
  record.last_contact = last_contact_;
  record.lost_at = lost_at_;
  record.settled_seq = settled_seq_;
  return record;
}

void BrokerSession::link_up(Time now, std::size_t max_packet_bytes) {
  constexpr std::size_t kPacketOverhead = 128;
  if (max_packet_bytes > kPacketOverhead) {
    request_bytes_ = usual_request_bytes_ =
        std::min(usual_request_bytes_, max_packet_bytes - kPacketOverhead);
    most_rules_bytes_ = std::min(most_rules_bytes_, max_packet_bytes - kPacketOverhead);
  }
  greetings_ = 0;
  heard_ = now;
  greet(now);
}

void BrokerSession::link_down(Time now) {
  // Others close the connection over it.
  if (std::any_of(sent_.begin(), sent_.end(),
                  [](const auto& each) { return each.bytes.size() > kSmallRequestBytes; })) {
    expect_smaller_requests();
  }
  // Who answered until now went away now; who was silent before may have been away since then.
  if (phase_ == Phase::watching) lost_at_ = is_answer_overdue(now) ? last_contact_ : now;
  phase_ = Phase::down;
  list_ = {};
}

bool BrokerSession::is_answer_overdue(Time now) const {
  constexpr Millis kOverdue{1000};
  return !sent_.empty() && now - std::max(last_progress_, last_received_) > kOverdue;
}

void BrokerSession::expect_smaller_requests() {
  const bool is_first = request_bytes_ == usual_request_bytes_;
  if (is_first) listener_.requests_are_too_large(broker_, request_bytes_);
  request_bytes_ = std::max(kLeastRequestBytes, request_bytes_ / 4);
  most_rules_bytes_ = request_bytes_;
}

void BrokerSession::greet(Time now) {
  phase_ = Phase::greeting;
  list_ = {};
  if (++session_ == 0) ++session_;
  last_request_ = 0;
  repeats_ = 0;
  last_progress_ = now;
  // Not in sent_: there, those of the session before wait until the answer says how far it came.
  listener_.send_request(
      broker_, encode_request({session_, ++last_request_,
                               request::Hello{identity_.topic_prefix, identity_.instance, may_take_over_}}));
}

void BrokerSession::receive(std::string_view bytes, Time now) {
  if (phase_ == Phase::down) return;
  const auto message = decode_stream_message(bytes);
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

  auto record = message->records.begin();
  if (phase_ == Phase::greeting) {
    const auto is_hello = [](const StreamRecord& each) {
      return std::holds_alternative<stream::Hello>(each);
    };
    record = std::find_if(message->records.begin(), message->records.end(), is_hello);
    if (record == message->records.end()) return;
    greeted(header, std::get<stream::Hello>(*record), now);
    record = message->records.end();  // what else is in there comes with the list
  } else if (header.boot != boot_) {
    greet(now);
    return;
  } else if (header.first_number != next_number_) {
    note_gap(now);
    start_list(now);
  }
  next_number_ = header.first_number + message->records.size();
  acknowledged(header, now);
  for (; record != message->records.end(); ++record) {
    if (note_cause_log(*record)) continue;
    phase_ == Phase::listing ? list(*record, now) : watch(*record, now);
  }
  if (phase_ == Phase::watching) {
    // As far as it tells, not when it came: it may have been on its way for long.
    last_contact_ = wall(Millis{static_cast<Millis::rep>(header.clock_ms)}, now);
    lost_at_.reset();
    listener_.known_until(broker_, last_contact_);
  }
  send_publications(now);
}

void BrokerSession::greeted(const StreamHeader& header, const stream::Hello& hello, Time now) {
  has_ticks_ = hello.has_ticks;
  greetings_ = 0;
  may_take_over_ = false;  // never again: two that take over from each other would never end
  header.boot == boot_ ? listener_.broker_found(broker_, now) : new_boot(header.boot, hello.started_at, now);
  take_back_sent(hello.previous_session == sent_in_session_ ? hello.previous_done : 0);
  sent_in_session_ = session_;
  set_state(PluginState::answers, std::string(hello.plugin_version));
  listener_.broker_greeted(broker_, hello.knows_causes, hello.activity_interval);
  if (std::exchange(was_displaced_, false)) listener_.served_again(broker_, now);
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
  // The boot before was gone by then, though this bridge may have been paused, and noticed later.
  const Time lost_at = std::min(lost_at_.value_or(last_contact_), back_at);
  live_.clear();
  known_through_ = known_reports_ = 0;
  boot_ = boot;
  is_new_boot_ = true;
  // Should this one be lost before it has told anything, nothing of it is known but that it began.
  lost_at_ = back_at;
  if (is_first) {
    listener_.broker_found(broker_, now);
    return;
  }
  settled_seq_ = 0;
  marks_.clear();
  listener_.known_until(broker_, lost_at);
  listener_.broker_returned(broker_, boot, lost_at, back_at, now);
}

void BrokerSession::note_gap(Time now) {
  if (has_told_gaps_ || (!gaps_.empty() && now - gaps_.back() < kGapEvery)) return;
  gaps_.push_back(now);
  while (now - gaps_.front() > kGapsWithin) gaps_.pop_front();
  if (gaps_.size() < kGapsToTell) return;
  has_told_gaps_ = true;
  gaps_.clear();
  listener_.events_get_lost(broker_);
}

/// True if the record is about that and nothing else.
bool BrokerSession::note_cause_log(const StreamRecord& record) {
  const auto* state = std::get_if<stream::CauseLogState>(&record);
  if (state == nullptr) return false;
  if (std::exchange(cause_log_, state->log) != state->log) listener_.cause_log_changed(broker_, state->log);
  return true;
}

void BrokerSession::watch(const StreamRecord& record, Time now) {
  // Records come in the order in which things happened: what is due by then can be judged before the record
  // itself.
  if (const auto* opened = std::get_if<stream::Opened>(&record)) {
    if (!live_.emplace(opened->connection, opened->facts.client_id).second) return;
    listener_.known_until(broker_, wall(opened->at, now));
    known_through_ = std::max(known_through_, opened->connection);
    listener_.connection_opened(id_of(opened->connection), wall(opened->at, now), opened->facts, now);
  } else if (const auto* ended = std::get_if<stream::Ended>(&record)) {
    if (live_.erase(ended->connection) == 0) return;
    listener_.known_until(broker_, wall(ended->at, now));
    listener_.connection_ended(id_of(ended->connection), wall(ended->at, now), ended->cause, ended->will_sent,
                               now);
  } else if (const auto* active = std::get_if<stream::Active>(&record)) {
    // It is told late: nothing is known up to then by it that wasn't before.
    listener_.active(id_of(active->connection), wall(active->at, now), now);
  } else if (const auto* until = std::get_if<stream::ActiveUntil>(&record)) {
    listener_.activity_known_until(broker_, wall(until->at, now));
  } else if (const auto* declared = std::get_if<stream::Declared>(&record)) {
    listener_.known_until(broker_, wall(declared->at, now));
    listener_.declared(id_of(declared->connection), wall(declared->at, now), declared->payload, now);
  } else if (const auto* reported = std::get_if<stream::Reported>(&record)) {
    known_reports_ = std::max(known_reports_, reported->number);
    listener_.reported(reported->topic, {reported->client_id, reported->username, reported->address},
                       wall(reported->at, now), now);
  }
}

void BrokerSession::ask(RequestBody body, std::vector<Publication> publications, Time now) {
  if (sent_.empty()) last_progress_ = now;
  const auto number = ++last_request_;
  sent_.push_back(
      {number, encode_request({session_, number, std::move(body)}), std::move(publications), now});
  listener_.send_request(broker_, sent_.back().bytes);
}

void BrokerSession::acknowledged(const StreamHeader& header, Time now) {
  while (!sent_.empty() && sent_.front().number <= header.last_request) {
    // The answer was made after the request: its clock can't be earlier than that.
    const auto earliest =
        sent_.front().sent_at.time_since_epoch() - Millis{static_cast<Millis::rep>(header.clock_ms)};
    clock_offset_ = std::max(clock_offset_, earliest);
    sent_.pop_front();
    last_progress_ = now;
    repeats_ = 0;
  }
}

void BrokerSession::send_publications(Time now) {
  if (phase_ != Phase::watching && phase_ != Phase::listing) return;
  // A lone status goes at once. While some are under way more gather to a large request: brokers read one
  // packet of a client in each turn, and in a storm many small ones would wait for many turns.
  const auto may_send = [&] {
    return sent_.size() <
           (outbox_.size() < kManyPublications ? kSmallRequestsUnderWay : kMaxRequestsUnderWay);
  };
  while (!outbox_.is_empty() && may_send()) {
    auto batch = outbox_.take_batch(request_bytes_);
    request::Publish body;
    body.publications.reserve(batch.size());
    for (const auto& each : batch) {
      body.publications.push_back(
          {each.topic, each.payload, static_cast<std::uint8_t>(each.qos), each.retain});
    }
    ask(std::move(body), std::move(batch), now);
  }
}

void BrokerSession::take_back_sent(std::uint64_t done) {
  std::vector<Publication> again;
  for (auto& request : sent_) {
    if (request.number <= done) continue;
    std::move(request.publications.begin(), request.publications.end(), std::back_inserter(again));
  }
  sent_.clear();
  outbox_.put_back(std::move(again));
}

Millis BrokerSession::patience() const { return has_ticks_ ? kPingAfter : kPingAfterWithoutTicks; }

void BrokerSession::want_news(bool wanted, Time now) {
  wants_news_ = wanted && phase_ == Phase::watching && sent_.empty();
  if (!wants_news_ || now - news_asked_ < kNewsAtMostEvery) return;
  wants_news_ = false;
  news_asked_ = now;
  ask(request::Ping{}, {}, now);
}

void BrokerSession::advance(Time now) {
  if (phase_ == Phase::down) return;
  if (phase_ == Phase::displaced) {
    if (now - last_progress_ >= kGreetDisplacedEvery) greet(now);
    return;
  }
  if (phase_ == Phase::greeting) {
    if (now - last_progress_ < kAnswerWithin) return;
    set_state(PluginState::silent, {});
    if (++greetings_ % kGreetingsBeforeReconnect == 0) listener_.link_is_deaf(broker_);
    greet(now);
    return;
  }
  send_publications(now);
  if (!has_ticks_ && !sent_.empty() && now - nudged_ >= kRepeatWithoutTicks) {
    // Nothing goes on there by itself: what waits goes on with whatever request comes.
    nudged_ = now;
    listener_.send_request(broker_, sent_.front().bytes);
  }
  if (sent_.empty()) {
    if (now - last_received_ >= patience()) ask(request::Ping{}, {}, now);
  } else if (now - heard_ >= kDeafAfter) {
    heard_ = now;
    listener_.link_is_deaf(broker_);
  } else if (now - last_progress_ >= kAnswerWithin) {
    last_progress_ = now;
    // Some brokers leave a message that is too large without a word.
    const bool is_large = sent_.front().bytes.size() > kSmallRequestBytes;
    if (is_large) expect_smaller_requests();
    if (is_large || ++repeats_ >= kRepeatsBeforeGreetingAnew) {
      greet(now);
      return;
    }
    for (const auto& request : sent_) listener_.send_request(broker_, request.bytes);
  }
}

std::optional<Time> BrokerSession::next_deadline() const {
  if (phase_ == Phase::down) return std::nullopt;
  if (phase_ == Phase::displaced) return last_progress_ + kGreetDisplacedEvery;
  if (phase_ == Phase::greeting) return last_progress_ + kAnswerWithin;
  if (!sent_.empty()) return has_ticks_ ? last_progress_ + kAnswerWithin : nudged_ + kRepeatWithoutTicks;
  const auto ping = last_received_ + patience();
  return wants_news_ ? std::min(ping, news_asked_ + kNewsAtMostEvery) : ping;
}

void BrokerSession::set_state(PluginState state, const std::string& detail) {
  if (state_ == state && state_detail_ == detail) return;
  state_ = state;
  state_detail_ = detail;
  listener_.plugin_state_changed(broker_, state, detail);
}

void BrokerSession::note_clock(Millis plugin_clock, Time now) {
  // The least offset is that of the message with the least delay; it may grow as fast as two clocks drift
  // apart.
  constexpr int kDriftPerMillion = 200;
  const auto offset = now.time_since_epoch() - plugin_clock;
  if (phase_ == Phase::greeting || !has_clock_) {
    clock_offset_ = offset;
    has_clock_ = true;
  } else {
    const auto drift = (now - clock_noted_) * kDriftPerMillion / 1'000'000;
    clock_offset_ = std::min(clock_offset_ + drift, offset);
    if (drift.count() == 0) return;
  }
  clock_noted_ = now;
}

Time BrokerSession::wall(Millis plugin_clock, Time now) const {
  return std::min(Time{clock_offset_ + plugin_clock}, now);
}

}  // namespace rollcall
