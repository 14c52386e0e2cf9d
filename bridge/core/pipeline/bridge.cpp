// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/pipeline/bridge.hpp"

#include <algorithm>
#include <utility>

#include "bridge/core/lifecycle/clock_step.hpp"
#include "bridge/core/lifecycle/status_payload.hpp"
#include "bridge/core/pipeline/bridge_values.hpp"
#include "bridge/core/pipeline/consumers.hpp"
#include "topics/payloads.hpp"

namespace rollcall {
namespace {

constexpr Millis kProgressEvery{1000};
constexpr Millis kArrivalWithin{50};
constexpr Millis kGatherFor{5000};
// How many numbers are reserved ahead; the store hears of it when half of them are used.
constexpr std::uint64_t kSeqAhead = 1'000'000;

}  // namespace

Bridge::Bridge(Config config, BridgePorts& ports, Store& store, StoredState stored, Time now,
               std::uint32_t random)
    : config_(std::move(config)),
      topics_(config_.topic_prefix),
      ports_(ports),
      since_(now),
      engine_(make_engine(0)),
      store_queue_(store),
      publisher_(config_, sessions_),
      fleet_(topics_, publisher_),
      is_gathering_(config_.brokers.size() > 1),
      gather_until_(now + kGatherFor),
      is_listed_(config_.brokers.size(), false),
      is_given_up_(config_.brokers.size(), false),
      is_activity_off_(config_.brokers.size(), false),
      is_activity_off_said_(config_.brokers.size(), false),
      cause_logs_(config_.brokers.size(), CauseLog::complete) {
  for (std::uint32_t broker = 0; broker < config_.brokers.size(); ++broker) {
    const bool may_take_over = config_.brokers[broker].on_conflict == OnConflict::take_over;
    sessions_.push_back(std::make_unique<BrokerSession>(
        broker, BrokerSession::Identity{config_.topic_prefix, stored.instance, may_take_over, random},
        *this));
    sessions_.back()->set_rules(rules_for_plugins(), now);
  }
  add_consumers();
  restore(std::move(stored), now);
}

void Bridge::link_up(std::uint32_t broker, Time now, std::size_t max_packet_bytes) {
  // The will of the link before this one may have said otherwise.
  publish(broker, topics_.bridge(), bridge_payload(true), true);
  ports_.read_statuses(broker, false);  // should a bridge have died over it
  sessions_[broker]->link_up(now, max_packet_bytes);
}

void Bridge::link_down(std::uint32_t broker, Time now) {
  sessions_[broker]->link_down(now);
  readings_.erase(broker);
  unread_.erase(broker);
  if (is_gathering_) {
    gathered_away_.try_emplace(broker, now);
  } else {
    carry_out(engine_.handle(BrokerAway{broker}, now));
  }
}

void Bridge::receive(std::uint32_t broker, std::string_view bytes, Time now) {
  sessions_[broker]->receive(bytes, now);
}

void Bridge::stored(const Result<void>& result, Time now) {
  const bool failed_before = store_queue_.error().has_value();
  store_queue_.ended(result, now);
  if (!is_ready_) {
    // Where numbers can't be reserved only the clock keeps them from being given out twice.
    is_ready_ = result || first_seq_at(now) > restored_seq_ceiling_;
    if (!result) engine_.raise_seq(first_seq_at(now));
  }
  if (!result && result.error().message != said_store_error_) {
    said_store_error_ = result.error().message;
    ports_.log(BridgePorts::Level::error,
               said_store_error_ + (is_ready_ ? "; statuses go on, and what is to be stored waits"
                                              : "; the system clock was set back, so that the bridge can't "
                                                "begin before the store has taken which seq it begins with"));
  }
  if (result && failed_before) {
    said_store_error_.clear();
    ports_.log(BridgePorts::Level::info, "the store takes what waits again");
  }
}

Result<std::uint64_t> Bridge::command(const OperatorAction& action, Time now) {
  if (is_gathering_) return fail("the bridge is starting, and doesn't know yet who is there: ask again");
  if (!is_clock_known_) {
    return fail(
        "no broker has answered since the bridge was started, and until one does it can't tell how "
        "much time has passed: ask again when one is connected");
  }
  do {
    carry_out(engine_.advance(now));
  } while (engine_.next_deadline() && *engine_.next_deadline() <= now);
  auto effects = engine_.apply(action, now);
  if (!effects) return tl::make_unexpected(effects.error());
  carry_out(*effects);
  return store_queue_.next_write();
}

void Bridge::advance(Time now) {
  if (is_gathering_ && (now >= gather_until_ || is_everyone_listed())) end_gathering(now);
  end_reading(now);  // what that corrects is published at once, so that the store gets its new number
  carry_out(engine_.advance(now));
  log_conflicts(now);
  fleet_.publish(engine_, now);
  publish_bridge(now);
  for (std::uint32_t broker = 0; broker < sessions_.size(); ++broker) {
    sessions_[broker]->want_news(!is_gathering_ && engine_.waiting_for_watermark(broker), now);
    sessions_[broker]->advance(now);
  }
  begin_reading(now);
}

Time Bridge::next_deadline() const {
  auto next = Time::max();
  const auto consider = [&](std::optional<Time> deadline) {
    if (deadline) next = std::min(next, *deadline);
  };
  consider(engine_.next_deadline());
  if (is_gathering_) consider(gather_until_);
  consider(fleet_.next_deadline());
  consider(telling_deadline());
  consider(conflicts_log_due());
  consider(reading_deadline());
  for (const auto& session : sessions_) consider(session->next_deadline());
  if (const auto write = store_queue_.next_deadline(); write && !is_gathering_) {
    consider(has_to_write(*write) ? *write : std::max(*write, progress_due()));
  }
  return next;
}

bool Bridge::is_settled() const {
  return std::none_of(sessions_.begin(), sessions_.end(),
                      [](const auto& each) { return each->has_unacknowledged(); });
}

bool Bridge::awaits_answers() const {
  return std::any_of(sessions_.begin(), sessions_.end(),
                     [](const auto& each) { return each->unacknowledged_count() > 0; });
}

bool Bridge::is_stored() const {
  return !store_queue_.is_writing() && !store_queue_.has_waiting() && !engine_.has_changes() &&
         is_last_begun_ == is_ending_;
}

/// What is gathered isn't known yet, and the next bridge will be told once more.
void Bridge::end(Time now) {
  is_ending_ = !is_gathering_;
  store_queue_.retry_soon(now);
}

Bridge::Unstored Bridge::unstored() const {
  Unstored unstored{engine_.change_count(), store_queue_.unstored_rows()};
  for (const auto& device : store_queue_.unstored_devices()) {
    if (!engine_.is_changed(device)) ++unstored.devices;
  }
  return unstored;
}

void Bridge::send_request(std::uint32_t broker, const std::string& bytes) {
  ports_.send_request(broker, bytes);
}

void Bridge::connection_opened(const ConnectionId& id, Time at, const ConnectionFacts& facts, Time now) {
  const auto device = identify(config_, {facts.client_id, facts.username, facts.address});
  if (!device) return;
  if (!encode_device(device->device)) {
    if (no_device_ids_++ == 0) {
      ports_.log(BridgePorts::Level::warning,
                 "a client at " + std::string(facts.address) + " has a device id of " +
                     std::to_string(device->device.size()) +
                     " bytes: such ids (above 512 bytes, or 1024 encoded) are no devices (said once)");
    }
    return;
  }
  const Seconds keepalive{facts.keepalive};
  if (!is_gathering_) {
    carry_out(engine_.handle(ConnectionOpened{id, device->device, device->template_name, at, keepalive,
                                              facts.client_id, facts.username, facts.address},
                             now));
    return;
  }
  gathered_.push_back(
      {at, [this, id, at, keepalive, device = *device, client_id = std::string(facts.client_id),
            username = std::string(facts.username), address = std::string(facts.address)](Time later) {
         carry_out(engine_.handle(ConnectionOpened{id, device.device, device.template_name, at, keepalive,
                                                   client_id, username, address},
                                  later));
       }});
}

void Bridge::connection_ended(const ConnectionId& id, Time at, Cause cause, bool will_sent, Time now) {
  const ConnectionEnded event{id, at, cause, will_sent};
  happen(at, now, [this, event](Time later) { carry_out(engine_.handle(event, later)); });
}

void Bridge::known_until(std::uint32_t broker, Time known_until) {
  if (!is_gathering_) {
    engine_.set_watermark(broker, known_until);
    return;
  }
  auto& until = gathered_until_.try_emplace(broker, known_until).first->second;
  until = std::max(until, known_until);
}

void Bridge::broker_found(std::uint32_t broker, Time now) {
  gathered_away_.erase(broker);
  // Before anything that it tells: while it counts as away its connections don't count beside others.
  carry_out(engine_.handle(BrokerFound{broker}, now));
}

void Bridge::broker_returned(std::uint32_t broker, std::uint64_t boot, Time lost_at, Time back_at, Time now) {
  const BrokerReturned told{broker, boot, lost_at, back_at};
  const bool is_by_stored_time = !is_clock_known_;
  const bool may_differ = !is_listed_[broker] || may_differ_[broker];
  const auto happen = [this, told, is_by_stored_time, may_differ](Time later) {
    auto event = told;
    if (is_by_stored_time) move_along(event.lost_at, step_at_start_);
    event.lost_at = std::min(event.lost_at, event.back_at);
    carry_out(engine_.handle(event, later));
    if (may_differ) {
      // What the bridge before this one published last isn't certain, but this is newer.
      engine_.for_each_record([this](const DeviceRecord& record) { engine_.republish(record.device); });
      carry_out(engine_.advance(later));
    }
    publish_all(event.broker);
  };
  gathered_away_.erase(broker);
  if (is_gathering_) {
    gathered_.push_back({std::min(lost_at, back_at), happen});
    if (is_by_stored_time) gathered_.back().stored = {lost_at, back_at};
  } else {
    happen(now);
  }
}

void Bridge::broker_stood_still(std::uint32_t broker, Time from, Time until, Time losses_until, Time now) {
  const BrokerStoodStill event{broker, from, until, losses_until};
  happen(from, now, [this, event](Time later) { carry_out(engine_.handle(event, later)); });
}

bool Bridge::is_everyone_listed() const {
  for (std::size_t broker = 0; broker < is_listed_.size(); ++broker) {
    if (!is_listed_[broker] && !is_given_up_[broker]) return false;
  }
  return true;
}

/// All brokers that can be reached have told what happened while this bridge was away: now in the order of
/// time.
void Bridge::end_gathering(Time now) {
  is_gathering_ = false;
  if (!is_clock_known_ && is_any_clock_compared_) correct_stored_times(std::nullopt, {}, now);
  auto news = std::exchange(gathered_, {});
  for (const auto& [broker, at] : std::exchange(gathered_away_, {})) {
    news.push_back(
        {at, [this, away = BrokerAway{broker}](Time later) { carry_out(engine_.handle(away, later)); }});
  }
  std::vector<const Told*> in_order;
  in_order.reserve(news.size());
  for (const Told& each : news) in_order.push_back(&each);
  std::stable_sort(in_order.begin(), in_order.end(),
                   [](const Told* one, const Told* other) { return one->at < other->at; });
  for (const Told* each : in_order) {
    for (const auto& [broker, until] : gathered_until_) {
      engine_.set_watermark(broker, std::min(until, each->at));
    }
    each->event(now);
  }
  for (const auto& [broker, until] : std::exchange(gathered_until_, {}))
    engine_.set_watermark(broker, std::min(until, now));
  for (std::uint32_t broker = 0; broker < is_listed_.size(); ++broker) {
    if (is_listed_[broker]) restate(broker, now);
    if (is_listed_[broker]) read_left_overs(broker, now);
  }
  engine_.set_republishing(!is_everyone_listed());
}

void Bridge::publish_all(std::uint32_t broker) {
  auto& session = *sessions_[broker];
  engine_.for_each_status([&](std::string_view encoded_device, const Status& status) {
    session.publish({topics_.status(encoded_device), to_json(status), config_.status_qos, true});
  });
  for (const auto& [device, seq] : cleared_) {
    publish(broker, topics_.status(encode_device(device).value_or(std::string())), {}, true);
  }
  publish(broker, topics_.bridge(), bridge_payload(true), true);
  if (!fleet_.payload().empty()) publish(broker, topics_.fleet(), fleet_.payload(), true);
}

void Bridge::served_again(std::uint32_t broker, Time now) {
  // The other bridge's numbers may be above ours: readers would drop what has a smaller one.
  engine_.raise_seq(first_seq_at(now));
  engine_.for_each_record([this](const DeviceRecord& record) { engine_.republish(record.device); });
  carry_out(engine_.advance(now));
  publish_all(broker);
}

void Bridge::listed(std::uint32_t broker, bool is_new_boot, Time now) {
  const bool is_first = !is_listed_[broker];
  is_listed_[broker] = true;
  happen(now, now,
         [this, event = BrokerListed{broker}](Time later) { carry_out(engine_.handle(event, later)); });
  if (is_gathering_) return;
  restate(broker, now);
  engine_.set_republishing(!is_everyone_listed());
  if (is_new_boot || is_first || may_differ_[broker]) read_left_overs(broker, now);
}

void Bridge::link_is_deaf(std::uint32_t broker) { ports_.reconnect(broker); }

LinkTraffic Bridge::link_traffic(std::uint32_t broker) { return ports_.link_traffic(broker); }

void Bridge::broker_greeted(std::uint32_t broker, bool knows_causes, Millis activity_interval) {
  if (!knows_causes) ports_.subscribe_to_log(broker);
  is_activity_off_[broker] = activity_interval.count() == 0;
  say_where_activity_is_off(broker);
}

/// What the bridge keeps of devices that are forgotten, and of connections that nobody knows any more.
class Bridge::Gone final : public EffectConsumer {
 public:
  explicit Gone(Bridge& bridge) : bridge_(bridge) {}

  void device_forgotten(const DeviceForgotten& effect) override {
    bridge_.clear(std::string(effect.device), std::string(effect.encoded_device), effect.seq);
  }
  void connection_dropped(const ConnectionDropped& effect) override {
    bridge_.sessions_[effect.connection.broker]->forget(effect.connection.number);
  }

 private:
  Bridge& bridge_;
};

void Bridge::add_consumers() {
  delivery_.add(std::make_unique<TopicConsumer>(topics_, publisher_));
  delivery_.add(std::make_unique<TimelineConsumer>(topics_, publisher_, store_queue_));
  delivery_.add(fleet_);
  delivery_.add(std::make_unique<IncidentLog>(
      [this](const std::string& line) { ports_.log(BridgePorts::Level::warning, line); }));
  delivery_.add(std::make_unique<Gone>(*this));
}

void Bridge::carry_out(const Effects& effects) { delivery_.apply(effects); }

void Bridge::publish(std::uint32_t broker, std::string topic, std::string payload, bool retain) {
  publisher_.publish(broker, std::move(topic), std::move(payload), retain);
}

void Bridge::publish_everywhere(std::string topic, std::string payload, bool retain) {
  publisher_.publish_everywhere(std::move(topic), std::move(payload), retain);
}

bool Bridge::has_to_write(Time now) const {
  return engine_.has_changes() || store_queue_.has_waiting() || store_queue_.must_retry() ||
         engine_.last_seq() + kSeqAhead / 2 > seq_ceiling_ || !templates_are_stored_ ||
         now >= progress_due() || is_last_begun_ != is_ending_;
}

/// That all has arrived, everywhere, is stored soon: a bridge that is killed before that publishes it once
/// more.
Time Bridge::progress_due() const {
  const bool has_arrived = is_settled() && engine_.last_seq() > arrived_seq_stored_;
  return progress_stored_ + (has_arrived ? kArrivalWithin : kProgressEvery);
}

void Bridge::begin_write(Time now) {
  // What is gathered isn't in the engine yet, but the sessions count on it. The first write comes before all
  // that: no number may be given out that the store doesn't know to be reserved.
  if ((is_gathering_ && seq_ceiling_ > 0) || !store_queue_.is_free(now) || !has_to_write(now)) return;
  if (store_queue_.must_retry()) {
    store_queue_.retry(now);
  } else {
    store_queue_.begin(batch(now), now);
  }
}

StoreBatch Bridge::batch(Time now) {
  StoreBatch made;
  for (std::uint32_t broker = 0; broker < sessions_.size(); ++broker) {
    made.brokers.push_back(sessions_[broker]->record(config_.brokers[broker].name, engine_.last_seq()));
    made.brokers.back().outage = engine_.outage_of(broker);
    // What is still to be published anew isn't among what the session knows of.
    for (const auto& [device, seq] : unsettled_) {
      made.brokers.back().settled_seq = std::min(made.brokers.back().settled_seq, seq - 1);
    }
  }
  remove_cleared(made.brokers);
  made.is_last = is_last_begun_ = is_ending_;
  made.may_be_late = !engine_.has_changes() && !store_queue_.has_waiting() && templates_are_stored_;
  made.devices = engine_.take_changes();
  if (engine_.last_seq() + kSeqAhead / 2 > seq_ceiling_) {
    seq_ceiling_ = engine_.last_seq() + kSeqAhead;
    made.may_be_late = false;
  }
  made.seq_ceiling = seq_ceiling_;
  if (!templates_are_stored_) {
    for (const auto& each : config_.templates) made.templates[each.name] = fingerprint(each);
    templates_are_stored_ = true;
  }
  if (std::exchange(have_others_moved_, false)) {
    made.brokers.insert(made.brokers.end(), other_brokers_.begin(), other_brokers_.end());
  }
  made.row_clock = row_clock_;
  made.no_rows_after = std::exchange(no_rows_after_, std::nullopt);
  // By a clock that may be wrong nothing is too old.
  made.drop_rows_before = is_clock_known_ ? now - config_.timeline_retention : Time::min();
  progress_stored_ = now;
  if (is_settled()) arrived_seq_stored_ = engine_.last_seq();
  return made;
}

/// Forgotten devices whose cleared status has arrived everywhere.
void Bridge::remove_cleared(const std::vector<BrokerRecord>& brokers) {
  if (cleared_.empty()) return;
  std::uint64_t settled = UINT64_MAX;
  for (const auto& broker : brokers) settled = std::min(settled, broker.settled_seq);
  std::erase_if(cleared_, [&](const auto& each) {
    if (engine_.knows(each.first)) return true;  // it came back, and is stored as any other
    if (each.second > settled) return false;
    store_queue_.remove(each.first);
    return true;
  });
}

}  // namespace rollcall
