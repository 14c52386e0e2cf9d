// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/pipeline/bridge.hpp"

#include <algorithm>
#include <utility>

#include "base/quoting.hpp"
#include "bridge/core/lifecycle/clock_step.hpp"
#include "bridge/core/lifecycle/status_payload.hpp"
#include "bridge/core/pipeline/bridge_values.hpp"
#include "bridge/core/pipeline/consumers.hpp"
#include "bridge/core/pipeline/reporting.hpp"
#include "topics/payloads.hpp"

namespace rollcall {
namespace {

constexpr Millis kSyncWithin{5000};  // at the start, of all brokers that answer
constexpr Millis kDisconnectsKept = std::chrono::days{30};
constexpr Millis kSamplesKept = std::chrono::days{90};
constexpr Millis kNotificationsKept = std::chrono::days{30};
// What takes some 15 ms: nobody should have to wait for 50.
constexpr std::size_t kEventsInOneCall = 2000;

}  // namespace

Bridge::Bridge(Config config, BridgePorts& ports, Store& store, StoredState stored, Time now,
               std::uint32_t random)
    : config_(std::move(config)),
      topics_(config_.topic_prefix),
      ports_(ports),
      log_(config_, ports),
      since_(now),
      engine_(make_engine(0)),
      store_queue_(store),
      publisher_(config_, sessions_),
      fleet_(topics_, publisher_),
      fleet_history_(now),
      checkpoint_(store_queue_),
      most_events_(kEventsInOneCall),
      inboxes_(config_.brokers.size()),
      newcomers_(config_.newcomers),
      startup_(config_.brokers.size(), now + kSyncWithin),
      stale_(config_.brokers.size()),
      is_given_up_(config_.brokers.size(), false),
      is_activity_off_(config_.brokers.size(), false),
      counts_(config_.brokers.size()),
      cause_logs_(config_.brokers.size(), CauseLog::complete) {
  for (std::uint32_t broker = 0; broker < config_.brokers.size(); ++broker) {
    const bool may_take_over = config_.brokers[broker].on_conflict == OnConflict::take_over;
    sessions_.push_back(std::make_unique<BrokerSession>(
        broker, BridgeIdentity{config_.topic_prefix, stored.instance, may_take_over, random}));
    sessions_.back()->set_rules(rules_for_plugins(config_), now);
  }
  add_consumers();
  restore(std::move(stored), now);
}

void Bridge::stored(const Result<void>& result, Time now) {
  if (!result && !is_ready()) engine_.raise_seq(first_seq_at(now));
  switch (checkpoint_.ended(result, now)) {
    case Checkpoint::Outcome::no_news:
      break;
    case Checkpoint::Outcome::failed:
      log_.store_failed(checkpoint_.last_error(), is_ready());
      break;
    case Checkpoint::Outcome::recovered:
      log_.store_recovered();
      break;
  }
  if (!result) return;
  for (Feature* feature : features_) feature->stored(now);
}

void Bridge::add_feature(Feature& feature) {
  add_consumer(feature);
  features_.push_back(&feature);
}

void Bridge::advance_features(Time now) {
  if (!follows_clock()) return;
  for (Feature* feature : features_) {
    feature->advance(engine_, now);
    for (const auto& [device, count] : feature->take_queued())
      carry_out(engine_.set_queued(device, count, now));
  }
}

void Bridge::ask_for_features(std::uint32_t broker, Time now) {
  auto& session = *sessions_[broker];
  if (!follows_clock()) return;
  for (Feature* feature : features_) {
    while (session.may_ask()) {
      auto request = feature->next_request(broker, session.most_request_bytes(), now);
      if (!request) break;
      session.ask(*std::move(request), now);
    }
  }
}

bool Bridge::have_features_changes() const {
  return std::any_of(features_.begin(), features_.end(),
                     [](const Feature* each) { return each->has_changes(); });
}

std::optional<std::string> Bridge::why_no_commands() const {
  if (startup_.is_active()) return "the bridge is starting, and doesn't know yet who is there: ask again";
  if (!is_clock_known_) {
    return "no broker has answered since the bridge was started, and until one does it can't tell how "
           "much time has passed: ask again when one is connected";
  }
  return std::nullopt;
}

Result<std::uint64_t> Bridge::command(const OperatorAction& action, Time now) {
  if (auto why = why_no_commands()) return fail(*std::move(why));
  apply_all_due(now);
  auto effects = engine_.apply(action, now);
  if (!effects) return tl::make_unexpected(effects.error());
  carry_out(*effects);
  return store_queue_.next_write();
}

Result<std::uint64_t> Bridge::report(std::string_view device, Time now) {
  if (auto why = why_no_commands()) return fail(*std::move(why));
  const auto template_name = engine_.template_of(device);
  if (!template_name) return fail("no device is known as " + in_quotes(device));
  apply_all_due(now);
  carry_out(engine_.handle(Reported{device, *template_name, now}, now));
  return store_queue_.next_write();
}

void Bridge::apply_all_due(Time now) {
  do {
    carry_out(engine_.advance(now));
  } while (engine_.next_deadline() && *engine_.next_deadline() <= now);
}

void Bridge::advance(Time now) {
  work_off(now, most_events_);
  end_scans(now);  // what that corrects is published at once, so that the store gets its new number
  carry_out(engine_.advance(now));
  advance_features(now);
  log_.conflicts(engine_.conflicts(), now);
  if (const auto news = newcomers_.take_news(now)) log_.newcomers(*news);
  fleet_.publish(engine_, now);
  if (follows_clock()) fleet_history_.sample(engine_, now);
  publish_bridge(now);
  for (std::uint32_t broker = 0; broker < sessions_.size(); ++broker) {
    auto& session = *sessions_[broker];
    if (is_behind(broker)) {
      // What waits may be the answer to what was sent: it isn't late.
      session.send_publications(now);
    } else {
      session.want_news(!startup_.is_active() && engine_.waiting_for_watermark(broker), now);
      const auto traffic = session.wants_traffic(now) ? ports_.link_traffic(broker) : LinkTraffic{};
      ask_for_features(broker, now);
      session.advance(now, traffic);
    }
    take_events(broker, now, 0);
  }
  begin_scans(now);
}

Time Bridge::next_deadline() const {
  if (is_behind()) return Time{};
  auto next = Time::max();
  const auto consider = [&](std::optional<Time> deadline) {
    if (deadline) next = std::min(next, *deadline);
  };
  consider(engine_.next_deadline());
  if (startup_.is_active()) consider(startup_.deadline());
  consider(fleet_.next_deadline());
  if (follows_clock()) {
    consider(fleet_history_.next_deadline());
    for (const Feature* feature : features_) consider(feature->next_deadline());
  }
  consider(telling_deadline());
  consider(log_.conflicts_due(engine_.conflicts()));
  consider(newcomers_.news_due());
  consider(stale_.next_deadline());
  for (const auto& session : sessions_) consider(session->next_deadline());
  if (!startup_.is_active()) consider(checkpoint_.next_deadline(progress()));
  return next;
}

bool Bridge::is_all_acknowledged() const {
  return std::none_of(sessions_.begin(), sessions_.end(),
                      [](const auto& each) { return each->has_unacknowledged(); });
}

bool Bridge::awaits_answers() const {
  return is_behind() || std::any_of(sessions_.begin(), sessions_.end(),
                                    [](const auto& each) { return each->unacknowledged_count() > 0; });
}

bool Bridge::is_stored() const {
  return !is_behind() && checkpoint_.is_written() && !engine_.has_changes() && !have_features_changes();
}

/// What is kept until all brokers are synced isn't stored: the next bridge is told it once more.
void Bridge::end(Time now) { checkpoint_.end(!startup_.is_active() && !is_behind(), now); }

Bridge::Unstored Bridge::unstored() const {
  Unstored unstored{engine_.change_count(), store_queue_.unstored_rows()};
  for (const auto& device : store_queue_.unstored_devices()) {
    if (!engine_.is_changed(device)) ++unstored.devices;
  }
  return unstored;
}

bool Bridge::is_everyone_synced() const {
  for (std::size_t broker = 0; broker < sessions_.size(); ++broker) {
    if (!sessions_[broker]->was_synced() && !is_given_up_[broker]) return false;
  }
  return true;
}

void Bridge::publish_all(std::uint32_t broker) {
  auto& session = *sessions_[broker];
  engine_.for_each_status([&](std::string_view encoded_device, const Status& status) {
    session.publish({topics_.status(encoded_device), to_json(status), config_.status_qos, true});
  });
  for (const auto& [device, seq] : unacknowledged_.cleared()) {
    publish(broker, topics_.status(encode_device(device).value_or(std::string())), {}, true);
  }
  publish(broker, topics_.bridge(), bridge_payload(true), true);
  if (!fleet_.payload().empty()) publish(broker, topics_.fleet(), fleet_.payload(), true);
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
  delivery_.add(contacts_);
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

Checkpoint::Progress Bridge::progress() const {
  return {engine_.has_changes() || have_features_changes(), engine_.last_seq(), is_all_acknowledged()};
}

void Bridge::begin_write(Time now) {
  // What is kept at the start isn't in the engine yet, but the sessions count on it. The first write comes
  // before all that: no number may be given out that the store doesn't know to be reserved.
  if (startup_.is_active() && checkpoint_.has_reserved()) return;
  const auto so_far = progress();
  if (!checkpoint_.is_due(so_far, now) || checkpoint_.retry(now)) return;
  checkpoint_.begin(batch(now), so_far, now);
}

StoreBatch Bridge::batch(Time now) {
  StoreBatch made;
  for (std::uint32_t broker = 0; broker < sessions_.size(); ++broker) {
    made.brokers.push_back(sessions_[broker]->record(config_.brokers[broker].name, engine_.last_seq()));
    made.brokers.back().outage = engine_.outage_of(broker);
    auto& acked_seq = made.brokers.back().acked_seq;
    acked_seq = unacknowledged_.limit(acked_seq);
  }
  remove_cleared(made.brokers);
  made.devices = engine_.take_changes();
  made.facts = contacts_.take();
  made.fleet = fleet_history_.take();
  for (Feature* feature : features_) feature->add_changes(made);
  if (checkpoint_.wants_templates()) {
    for (const auto& each : config_.templates) made.templates[each.name] = fingerprint(each);
  }
  // By a clock that may be wrong nothing is too old.
  const auto older_than = [&](Millis age) { return is_clock_known_ ? now - age : Time::min(); };
  made.drop_rows_before = older_than(config_.timeline_retention);
  made.drop_disconnects_before = older_than(kDisconnectsKept);
  made.drop_samples_before = older_than(kSamplesKept);
  made.drop_notifications_before = older_than(kNotificationsKept);
  return made;
}

/// Forgotten devices whose cleared status has arrived everywhere.
void Bridge::remove_cleared(const std::vector<BrokerRecord>& brokers) {
  if (unacknowledged_.cleared().empty()) return;
  std::uint64_t acked_seq = UINT64_MAX;
  for (const auto& broker : brokers) acked_seq = std::min(acked_seq, broker.acked_seq);
  const auto is_known = [this](std::string_view device) { return engine_.knows(device); };
  for (auto& device : unacknowledged_.take_arrived(acked_seq, is_known))
    store_queue_.remove(std::move(device));
}

}  // namespace rollcall
