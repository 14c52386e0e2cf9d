// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/session/broker_session.hpp"

#include <algorithm>
#include <utility>

#include "bridge/core/lifecycle/clock_step.hpp"

namespace rollcall {
namespace {

constexpr Millis kAnswerWithin{5000};
constexpr Millis kPingAfter{1000};
constexpr Millis kGreetDisplacedEvery{5000};
constexpr Millis kPingAfterWithoutTicks{200};
constexpr Millis kRepeatWithoutTicks{20};
constexpr Millis kNewsAtMostEvery{10};
constexpr Millis kGoneUntilNow{10'000};

}  // namespace

BrokerSession::BrokerSession(std::uint32_t broker, const BridgeIdentity& identity)
    : broker_(broker), handshake_(identity), channel_(identity.first_session) {}

void BrokerSession::restore(const BrokerRecord& record, std::map<std::uint64_t, std::string> live) {
  known_.restore(record, std::move(live));
  channel_.restore_acked_seq(record.acked_seq);
  clock_.restore(record.clock_offset);
}

BrokerRecord BrokerSession::record(const std::string& name, std::uint64_t last_seq) {
  BrokerRecord record;
  record.name = name;
  known_.store(record);
  record.acked_seq = channel_.acked_seq(last_seq);
  record.clock_offset = clock_.offset();
  return record;
}

void BrokerSession::clock_stepped(Millis by) {
  for (Time* time : {&last_received_, &down_at_, &news_asked_, &nudged_}) move_along(*time, by);
  channel_.clock_stepped(by);
  clock_.clock_stepped(by);
  clock_.move_stored(by);
  watch_.clock_stepped(by);
  known_.move_times(by);
  if (incoming_) move_along(incoming_->now, by);
}

void BrokerSession::correct_stored_times(Millis by, Time now) {
  known_.correct_stored_times(by, now);
  clock_.move_stored(by);
}

void BrokerSession::set_rules(request::Rules rules, Time now) {
  rules_ = std::move(rules);
  if (phase_ == Phase::snapshot || phase_ == Phase::watching) send_rules(now);
}

void BrokerSession::send_rules(Time now) {
  const auto bytes = encode_request({channel_.session(), UINT64_MAX, rules_}).size();
  const bool is_too_many = rules_.rules.size() > kMaxRules || rules_.templates.size() > kMaxNames ||
                           rules_.reporters.size() > kMaxNames;
  const auto most = channel_.most_bytes();
  if (bytes <= most && !is_too_many) {
    send(channel_.send(rules_, now));
    return;
  }
  emit(session_event::RulesTooLarge{bytes, most});
  // The plugin mustn't go on by those that it was told before.
  request::Rules none;
  none.wants_activity = rules_.wants_activity;
  send(channel_.send(std::move(none), now));
}

void BrokerSession::link_up(Time now, std::size_t max_packet_bytes) {
  channel_.link_up(max_packet_bytes);
  handshake_.link_up();
  watch_.heard(now);
  greet(now);
}

void BrokerSession::link_down(Time now) {
  if (phase_ != Phase::down) {
    channel_.link_broke();
    down_at_ = now;
  }
  // Who answered until now went away now; who was silent before may have been away since then.
  if (phase_ == Phase::watching) known_.lost_at = is_answer_overdue(now) ? known_.last_contact : now;
  phase_ = Phase::down;
  drop_incoming();
  emit(BrokerAway{broker_});
}

bool BrokerSession::is_answer_overdue(Time now) const {
  constexpr Millis kOverdue{1000};
  return !channel_.is_idle() && now - std::max(channel_.progress_at(), last_received_) > kOverdue;
}

void BrokerSession::drop_incoming() {
  snapshot_ = {};
  incoming_.reset();
  replay_.reset();
}

void BrokerSession::greet_anew(Time now) {
  if (phase_ != Phase::down && phase_ != Phase::displaced) greet(now);
}

void BrokerSession::greet(Time now) {
  phase_ = Phase::greeting;
  drop_incoming();
  send(channel_.greet(handshake_.hello(), now));
}

void BrokerSession::answered(const StreamMessage& message, Time now) {
  handshake_.answered(message.header.boot);
  if (std::exchange(is_clock_compared_, true)) return;
  std::optional<Millis> step;
  if (message.header.boot == known_.boot) {
    const auto plugin_time = Millis{static_cast<Millis::rep>(message.header.clock_ms)};
    step = clock_.step_since(known_.last_contact, plugin_time, channel_.progress_at(), now);
  }
  emit(session_event::ClockCompared{step});
}

void BrokerSession::greeted(const stream::Hello& hello, Time now) {
  if (channel_.greeting_answered(hello.previous_session, hello.previous_done)) {
    emit(session_event::RequestsTooLarge{});
  }
  set_state(PluginState::answers, std::string(hello.plugin_version));
  emit(session_event::PluginGreeted{hello.knows_causes, hello.activity_interval});
  if (handshake_.take_served_again()) emit(session_event::ServedAgain{});
  send_rules(now);
  start_snapshot(now);
}

void BrokerSession::begin_boot(std::uint64_t boot, Millis started_at, Time now) {
  const bool is_first = known_.boot == 0;
  const Time back_at = wall(started_at, now);
  const Time lost_at = known_.lost_at.value_or(known_.last_contact);
  known_.begin_boot(boot, back_at);
  if (is_first) {
    emit(BrokerFound{broker_});
    return;
  }
  channel_.begin_boot();
  emit(session_event::Watermark{std::min(lost_at, back_at)});
  emit(session_event::BrokerReturned{boot, lost_at, back_at, known_.are_times_stored, was_synced_});
}

void BrokerSession::displaced(const stream::Displaced& by, Time now) {
  phase_ = Phase::displaced;
  drop_incoming();
  handshake_.displaced();
  channel_.restart_wait(now);
  set_state(PluginState::serves_another,
            "client \"" + std::string(by.client_id) + "\" at " + std::string(by.address));
}

void BrokerSession::set_state(PluginState state, std::string detail) {
  if (!handshake_.set_state(state, std::move(detail))) return;
  emit(session_event::PluginStateChanged{state, handshake_.state_detail()});
}

void BrokerSession::send_publications(Time now) {
  if (phase_ != Phase::watching && phase_ != Phase::snapshot) return;
  while (const auto bytes = channel_.send_batch(now)) send(*bytes);
  if (const auto what = channel_.left_out_news()) emit(session_event::MessagesLeftOut{*what});
}

void BrokerSession::acknowledge(const StreamHeader& header, Time now) {
  const auto sent_at = channel_.acknowledge(header.last_request, now);
  if (sent_at) clock_.note_answer(Millis{static_cast<Millis::rep>(header.clock_ms)}, *sent_at);
}

std::size_t BrokerSession::unacknowledged_count() const {
  return phase_ == Phase::down || phase_ == Phase::displaced ? 0 : channel_.unacknowledged_count();
}

std::uint64_t BrokerSession::boot_at_the_link(Time now) const {
  const bool is_there = phase_ != Phase::down || now - down_at_ < kGoneUntilNow;
  return is_there ? handshake_.answered_boot() : 0;
}

Millis BrokerSession::ping_after() const { return has_ticks_ ? kPingAfter : kPingAfterWithoutTicks; }

void BrokerSession::want_news(bool wanted, Time now) {
  wants_news_ = wanted && phase_ == Phase::watching && channel_.is_idle();
  if (!wants_news_ || now - news_asked_ < kNewsAtMostEvery) return;
  wants_news_ = false;
  news_asked_ = now;
  send(channel_.send(request::Ping{}, now));
}

bool BrokerSession::wants_traffic(Time now) const {
  const bool waits = phase_ == Phase::greeting || (phase_ != Phase::down && !channel_.is_idle());
  return waits && watch_.wants_look(channel_.progress_at(), now);
}

void BrokerSession::advance(Time now, const LinkTraffic& traffic) {
  if (wants_traffic(now)) watch_.look(traffic, channel_.progress_at(), now);
  switch (phase_) {
    case Phase::down:
      break;
    case Phase::displaced:
      if (now - channel_.progress_at() >= kGreetDisplacedEvery) greet(now);
      break;
    case Phase::greeting:
      if (now - waiting_since() < kAnswerWithin) break;
      set_state(PluginState::silent, {});
      if (handshake_.unanswered()) emit(session_event::LinkDeaf{});
      greet(now);
      break;
    case Phase::snapshot:
    case Phase::watching:
      advance_requests(now);
      break;
  }
}

void BrokerSession::advance_requests(Time now) {
  send_publications(now);
  if (channel_.is_idle()) {
    if (now - last_received_ >= ping_after()) send(channel_.send(request::Ping{}, now));
    return;
  }
  if (!has_ticks_ && now - nudged_ >= kRepeatWithoutTicks) {
    // Nothing goes on there by itself: what waits goes on with whatever request comes.
    nudged_ = now;
    send(channel_.oldest());
  }
  if (watch_.is_deaf(now)) {
    watch_.heard(now);
    emit(session_event::LinkDeaf{});
    return;
  }
  switch (channel_.check_overdue(waiting_since(), now)) {
    case RequestChannel::Overdue::no:
      break;
    case RequestChannel::Overdue::repeat:
      channel_.for_each_unanswered([this](std::string_view bytes) { send(bytes); });
      break;
    case RequestChannel::Overdue::greet:
      greet(now);
      break;
  }
}

std::optional<Time> BrokerSession::next_deadline() const {
  if (phase_ == Phase::down) return std::nullopt;
  if (phase_ == Phase::displaced) return channel_.progress_at() + kGreetDisplacedEvery;
  const auto look = watch_.next_look(channel_.progress_at());
  if (phase_ == Phase::greeting) return std::min(waiting_since() + kAnswerWithin, look);
  if (!channel_.is_idle()) {
    return has_ticks_ ? std::min(channel_.overdue_at(waiting_since()), look) : nudged_ + kRepeatWithoutTicks;
  }
  const auto ping = last_received_ + ping_after();
  return wants_news_ ? std::min(ping, news_asked_ + kNewsAtMostEvery) : ping;
}

}  // namespace rollcall
