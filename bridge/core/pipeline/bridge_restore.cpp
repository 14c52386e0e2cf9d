// SPDX-License-Identifier: Apache-2.0
// How the bridge goes on from what was stored, and with another configuration. Both are one thing: devices as
// they were, templates and rules as they are now.
#include <algorithm>
#include <set>
#include <utility>

#include "bridge/core/lifecycle/status_payload.hpp"
#include "bridge/core/pipeline/bridge.hpp"
#include "bridge/core/pipeline/bridge_values.hpp"
#include "bridge/core/pipeline/reporting.hpp"
#include "bridge/core/pipeline/restored_device.hpp"
#include "topics/payloads.hpp"

namespace rollcall {

Engine Bridge::make_engine(std::uint64_t first_seq) const {
  EngineSettings settings;
  settings.templates = config_.templates;
  for (const auto& broker : config_.brokers) settings.brokers.push_back(broker.name);
  settings.outage_grace = config_.outage_grace;
  settings.first_seq = first_seq;
  return Engine(std::move(settings));
}

void Bridge::restore(StoredState stored, Time now) {
  checkpoint_.restore(stored);
  engine_ = make_engine(std::max(stored.reserved_seq, first_seq_at(now)));
  const auto stored_as = [&](const std::string& name) {
    const auto found = std::find_if(stored.brokers.begin(), stored.brokers.end(),
                                    [&](const BrokerRecord& each) { return each.name == name; });
    return found == stored.brokers.end() ? nullptr : &*found;
  };
  std::map<std::string, Time> last_contacts;
  for (const auto& record : stored.brokers) last_contacts[record.name] = record.last_contact;
  for (std::uint32_t broker = 0; broker < config_.brokers.size(); ++broker) {
    const auto* const record = stored_as(config_.brokers[broker].name);
    // Of a broker that nobody has met yet nothing is known: its first snapshot tells what was before.
    const Time known_until = record == nullptr ? Time{} : record->last_contact;
    engine_.set_watermark(broker, known_until);
    engine_.set_activity_watermark(broker, known_until);
    engine_.handle(BrokerAway{broker}, now);
  }

  const auto same = unchanged_templates(config_, stored);
  engine_.reserve(stored.most_devices);
  std::size_t forgotten = 0;
  do {
    for (auto& record : stored.devices) {
      if (!same.contains(record.template_name)) restart_patience(record, now);
      if (!restore_device(record, last_contacts)) ++forgotten;
    }
  } while (stored.more_devices && stored.more_devices(stored.devices));
  log_.forgotten(forgotten);

  for (std::uint32_t broker = 0; broker < config_.brokers.size(); ++broker) {
    const auto* const record = stored_as(config_.brokers[broker].name);
    if (record == nullptr) continue;
    if (record->outage) engine_.restore_outage(broker, record->boot, *record->outage);
    std::map<std::uint64_t, std::string> live;
    engine_.for_each_connection([&](const ConnectionId& id, std::string_view client_id) {
      if (id.broker == broker && id.boot == record->boot) live.emplace(id.number, client_id);
    });
    sessions_[broker]->restore(*record, std::move(live));
  }
  await_clock(stored, now);
  publish_unacknowledged(stored);
  engine_.set_republishing(!stored.is_new);
  if (!stored.is_new && !stored.is_complete) stale_.distrust_all();
  // A template that looks otherwise than when its devices' statuses were published.
  if (same.size() == config_.templates.size()) return;
  engine_.for_each_device([&](std::string_view device, std::uint64_t) {
    if (!same.contains(*engine_.template_of(device))) engine_.republish(device);
  });
}

/// Returns false if the device is forgotten by that: no rule knows it any more.
bool Bridge::restore_device(DeviceRecord& record, const std::map<std::string, Time>& last_contacts) {
  switch (restore_by_config(record, config_, last_contacts)) {
    case RestoredAs::tombstone:
      unacknowledged_.clear(record.device, record.seq);
      break;
    case RestoredAs::unknown:
      clear(record.device, encode_device(record.device).value_or(std::string()), engine_.take_seq());
      return false;
    case RestoredAs::as_stored:
      engine_.restore(record);
      break;
    case RestoredAs::with_a_change:
      engine_.restore(record);
      engine_.store_again(record.device);
      // Its template may be gone, and no contact publishes the one that it has instead.
      if (record.is_only_registered()) engine_.republish(record.device);
      break;
  }
  return true;
}

/// Remembered until the clearing has arrived everywhere.
void Bridge::clear(const std::string& device, const std::string& encoded_device, std::uint64_t seq) {
  DeviceRecord tombstone;
  tombstone.device = device;
  tombstone.is_forgotten = true;
  tombstone.seq = seq;
  unacknowledged_.clear(device, seq);
  store_queue_.add_forgotten(std::move(tombstone));
  publish_everywhere(topics_.status(encoded_device), {}, true);
}

/// What hasn't arrived at a broker, as far as it had said when that was stored. Statuses wait until it is
/// known what has become of their devices: the bridge before this one may have published later ones than it
/// stored.
void Bridge::publish_unacknowledged(const StoredState& stored) {
  for (std::uint32_t broker = 0; broker < config_.brokers.size(); ++broker) {
    const auto& name = config_.brokers[broker].name;
    const auto record = std::find_if(stored.brokers.begin(), stored.brokers.end(),
                                     [&](const BrokerRecord& each) { return each.name == name; });
    const auto acked_seq = record == stored.brokers.end() ? 0 : record->acked_seq;
    for (const auto& row : stored.unacknowledged) {
      if (row.seq <= acked_seq || record == stored.brokers.end()) continue;
      const auto device = encode_device(row.device);
      if (device) publish(broker, topics_.timeline(*device), to_json(row_of(row)), false);
    }
    engine_.for_each_device([&](std::string_view device, std::uint64_t seq) {
      if (seq > acked_seq) republish_once_known(device, seq);
    });
    for (const auto& [device, seq] : unacknowledged_.cleared()) {
      if (seq > acked_seq) publish(broker, topics_.status(encode_device(device).value_or("")), {}, true);
    }
  }
}

/// Not before all that has happened at its broker is known.
void Bridge::republish_once_known(std::string_view device, std::uint64_t seq) {
  for (std::uint32_t broker = 0; broker < config_.brokers.size(); ++broker) {
    if (sessions_[broker]->was_synced() || !engine_.is_at(device, broker)) continue;
    unacknowledged_.await_sync(device, seq);
    return;
  }
  engine_.republish(device);
}

/// All that has happened at this broker is known: what wasn't certain to have arrived is published as it is
/// now.
void Bridge::republish_unacknowledged(std::uint32_t broker, Time now) {
  const auto is_there = [&](std::string_view device) { return engine_.is_at(device, broker); };
  for (const auto& device : unacknowledged_.take_synced(is_there)) engine_.republish(device);
  carry_out(engine_.advance(now));
}

Result<void> Bridge::reload(Config config, Time now) {
  if (config.brokers != config_.brokers) {
    return fail("\"brokers\" has changed: a running bridge can't change its brokers; restart it for that");
  }
  if (config.store_path != config_.store_path) {
    return fail("store.path has changed: a running bridge can't change its store; restart it for that");
  }
  if (config.topic_prefix != config_.topic_prefix) {
    return fail("topic_prefix has changed: a running bridge can't change its topics; restart it for that");
  }
  // It goes through all devices anyway.
  while (is_behind()) work_off(now, SIZE_MAX);
  if (startup_.is_active()) begin_end_of_startup(now);
  while (is_behind()) work_off(now, SIZE_MAX);
  carry_out(engine_.advance(now));

  std::swap(config_, config);
  newcomers_.set_limits(config_.newcomers);
  Engine before = std::exchange(engine_, make_engine(engine_.last_seq()));
  engine_.hold(!is_clock_known_);
  for (std::uint32_t broker = 0; broker < config_.brokers.size(); ++broker) {
    if (const auto until = before.watermark(broker)) engine_.set_watermark(broker, *until);
    if (const auto until = before.activity_watermark(broker)) {
      engine_.set_activity_watermark(broker, *until);
    }
    if (sessions_[broker]->is_down()) engine_.handle(BrokerAway{broker}, now);
  }
  engine_.set_republishing(!is_everyone_synced());
  std::size_t forgotten = 0;
  before.for_each_record([&](DeviceRecord record) {
    const auto* const was = config.find_template(record.template_name);
    const auto* const is = config_.find_template(record.template_name);
    if (is == nullptr || fingerprint(*was) != fingerprint(*is)) restart_patience(record, now);
    if (!restore_device(record, {})) ++forgotten;
  });
  for (std::uint32_t broker = 0; broker < config_.brokers.size(); ++broker) {
    if (const auto outage = before.outage_of(broker)) {
      engine_.restore_outage(broker, sessions_[broker]->boot(), *outage);
    }
  }
  // Whatever looks otherwise now is published once, with what is due by the new waits.
  engine_.for_each_record([&](const DeviceRecord& record) {
    if (before.status_of(record.device) != engine_.status_of(record.device)) engine_.republish(record.device);
  });
  for (const auto& record : before.take_changes()) engine_.store_again(record.device);
  log_.forgotten(forgotten);
  checkpoint_.templates_changed();
  for (Feature* feature : features_) feature->reload(config_, now);
  carry_out(engine_.advance(now));

  // Clients that the rules know otherwise now are told as if they had come anew.
  for (std::uint32_t broker = 0; broker < config_.brokers.size(); ++broker) {
    sessions_[broker]->set_rules(rules_for_plugins(config_), now);
    take_events(broker, now, SIZE_MAX);
    if (sessions_[broker]->is_watching()) log_where_activity_is_off(broker);
    std::set<std::uint64_t> live;
    engine_.for_each_connection([&](const ConnectionId& id, std::string_view /*client_id*/) {
      if (id.broker == broker) live.insert(id.number);
    });
    sessions_[broker]->resync(live, now);
    take_events(broker, now, SIZE_MAX);
  }
  fleet_.mark_stale();
  return {};
}

}  // namespace rollcall
