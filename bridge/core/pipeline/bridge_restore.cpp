// SPDX-License-Identifier: Apache-2.0
// How the bridge goes on from what was stored, and with another configuration. Both are one thing: devices as
// they were, templates and rules as they are now.
#include <algorithm>
#include <set>
#include <utility>

#include "bridge/core/lifecycle/status_payload.hpp"
#include "bridge/core/pipeline/bridge.hpp"
#include "bridge/core/pipeline/bridge_values.hpp"
#include "topics/payloads.hpp"

namespace rollcall {
namespace {

/// Which device the rules of now make of the client that it was last; nothing: none.
std::optional<DeviceIdentity> identify_again(const Config& config, const DeviceRecord& record) {
  if (!record.connections.empty()) {
    const auto& last = record.connections.back();
    return identify(config, {last.client_id, last.username, last.address});
  }
  const auto& end = record.last_end;
  if (end.cause) return identify(config, {end.client_id, end.username, end.address});
  // It reported without a connection: as long as its template is there.
  if (config.find_template(record.template_name) == nullptr) return std::nullopt;
  return DeviceIdentity{record.device, record.template_name};
}

/// Templates that are the same as when the state was stored.
std::set<std::string, std::less<>> as_stored(const Config& config, const StoredState& stored) {
  std::set<std::string, std::less<>> same;
  for (const auto& [name, print] : stored.templates) {
    const auto* const definition = config.find_template(name);
    if (definition != nullptr && fingerprint(*definition) == print) same.insert(name);
  }
  return same;
}

/// Of a connected device whose template has changed: nobody may have asked before whether it reports.
void give_whole_patience(DeviceRecord& record, Time now) {
  if (!record.connections.empty()) record.heard = std::max(record.heard, now);
}

}  // namespace

Engine Bridge::make_engine(std::uint64_t first_seq) const {
  EngineSettings settings;
  settings.templates = config_.templates;
  for (const auto& broker : config_.brokers) settings.brokers.push_back(broker.name);
  settings.outage_grace = config_.outage_grace;
  settings.first_seq = first_seq;
  return Engine(std::move(settings));
}

void Bridge::restore(StoredState stored, Time now) {
  restored_seq_ceiling_ = stored.seq_ceiling;
  row_clock_ = stored.row_clock;
  engine_ = make_engine(std::max(stored.seq_ceiling, first_seq_at(now)));
  const auto stored_as = [&](const std::string& name) {
    const auto found = std::find_if(stored.brokers.begin(), stored.brokers.end(),
                                    [&](const BrokerRecord& each) { return each.name == name; });
    return found == stored.brokers.end() ? nullptr : &*found;
  };
  std::map<std::string, Time> last_contacts;
  for (const auto& record : stored.brokers) last_contacts[record.name] = record.last_contact;
  for (std::uint32_t broker = 0; broker < config_.brokers.size(); ++broker) {
    const auto* const record = stored_as(config_.brokers[broker].name);
    // Of a broker that nobody has met yet nothing is known: its first list tells what was before.
    const Time known_until = record == nullptr ? Time{} : record->last_contact;
    engine_.set_watermark(broker, known_until);
    engine_.set_activity_watermark(broker, known_until);
    engine_.handle(BrokerAway{broker}, now);
  }

  const auto same = as_stored(config_, stored);
  engine_.reserve(stored.most_devices);
  do {
    for (auto& record : stored.devices) {
      if (!same.contains(record.template_name)) give_whole_patience(record, now);
      restore_device(record, last_contacts);
    }
  } while (stored.more_devices && stored.more_devices(stored.devices));
  say_forgotten(std::exchange(forgotten_, 0));

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
  publish_unsettled(stored);
  engine_.set_republishing(!stored.is_new);
  may_differ_.assign(config_.brokers.size(), !stored.is_new && !stored.is_complete);
  // A template that looks otherwise than when its devices' statuses were published.
  if (same.size() == config_.templates.size()) return;
  engine_.for_each_device([&](std::string_view device, std::uint64_t) {
    if (!same.contains(*engine_.template_of(device))) engine_.republish(device);
  });
}

/// A device that the rules of now don't know is forgotten.
void Bridge::restore_device(DeviceRecord& record, const std::map<std::string, Time>& last_contacts) {
  if (record.is_forgotten) {
    cleared_[record.device] = record.seq;
    return;
  }
  const auto identity = identify_again(config_, record);
  if (!identity || identity->device != record.device) {
    forget(record);
    return;
  }
  bool is_changed = record.template_name != identity->template_name;
  record.template_name = identity->template_name;
  // Connections at a broker that isn't in the configuration any more are over.
  const auto gone = std::stable_partition(
      record.connections.begin(), record.connections.end(), [&](const ConnectionRecord& connection) {
        return std::any_of(config_.brokers.begin(), config_.brokers.end(),
                           [&](const BrokerConfig& broker) { return broker.name == connection.broker; });
      });
  if (gone == record.connections.begin() && gone != record.connections.end()) {
    const auto& last = record.connections.back();
    const auto contact = last_contacts.find(last.broker);
    const Time at = std::max(record.latest, contact == last_contacts.end() ? record.latest : contact->second);
    const auto* const definition = config_.find_template(record.template_name);
    record.last_end = EndRecord{Cause::broker_lost,
                                is_graceful(*definition, Cause::broker_lost, false),
                                at,
                                Millis{0},
                                last.broker,
                                last.client_id,
                                last.username,
                                last.address};
    record.wait = WaitRecord{{}, at, at, Time::min(), WaitKind::first, false};
  }
  is_changed = is_changed || gone != record.connections.end();
  record.connections.erase(gone, record.connections.end());
  engine_.restore(record);
  if (is_changed) engine_.store_again(record.device);
}

void Bridge::forget(const DeviceRecord& record) {
  ++forgotten_;
  clear(record.device, encode_device(record.device).value_or(std::string()), engine_.take_seq());
}

/// Remembered until the clearing has arrived everywhere.
void Bridge::clear(const std::string& device, const std::string& encoded_device, std::uint64_t seq) {
  DeviceRecord tombstone;
  tombstone.device = device;
  tombstone.is_forgotten = true;
  tombstone.seq = seq;
  cleared_[device] = seq;
  unsettled_.erase(device);
  store_queue_.add_forgotten(std::move(tombstone));
  publish_everywhere(topics_.status(encoded_device), {}, true);
}

void Bridge::say_forgotten(std::size_t count) {
  if (count == 0) return;
  ports_.log(BridgePorts::Level::warning,
             std::to_string(count) + (count == 1 ? " device is" : " devices are") +
                 " known to no rule of \"devices\" any more: forgotten, and the retained status cleared");
}

/// What hasn't arrived at a broker, as far as it had said when that was stored. Statuses wait until it is
/// known what has become of their devices: the bridge before this one may have published later ones than it
/// stored.
void Bridge::publish_unsettled(const StoredState& stored) {
  for (std::uint32_t broker = 0; broker < config_.brokers.size(); ++broker) {
    const auto& name = config_.brokers[broker].name;
    const auto record = std::find_if(stored.brokers.begin(), stored.brokers.end(),
                                     [&](const BrokerRecord& each) { return each.name == name; });
    const auto settled = record == stored.brokers.end() ? 0 : record->settled_seq;
    for (const auto& row : stored.unsettled) {
      if (row.seq <= settled || record == stored.brokers.end()) continue;
      const auto device = encode_device(row.device);
      if (device) publish(broker, topics_.timeline(*device), to_json(row_of(row)), false);
    }
    engine_.for_each_device([&](std::string_view device, std::uint64_t seq) {
      if (seq > settled) refresh_once_known(device, seq);
    });
    for (const auto& [device, seq] : cleared_) {
      if (seq > settled) publish(broker, topics_.status(encode_device(device).value_or("")), {}, true);
    }
  }
}

/// Not before all that has happened at its broker is known.
void Bridge::refresh_once_known(std::string_view device, std::uint64_t seq) {
  for (std::uint32_t broker = 0; broker < config_.brokers.size(); ++broker) {
    if (is_listed_[broker] || !engine_.is_at(device, broker)) continue;
    unsettled_.emplace(device, seq);
    return;
  }
  engine_.republish(device);
}

/// All that has happened at this broker is known: what wasn't certain to have arrived is published as it is
/// now.
void Bridge::restate(std::uint32_t broker, Time now) {
  std::erase_if(unsettled_, [&](const auto& each) {
    if (!engine_.is_at(each.first, broker)) return false;
    engine_.republish(each.first);
    return true;
  });
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
  if (is_gathering_) end_gathering(now);
  carry_out(engine_.advance(now));

  std::swap(config_, config);
  Engine before = std::exchange(engine_, make_engine(engine_.last_seq()));
  engine_.hold(!is_clock_known_);
  for (std::uint32_t broker = 0; broker < config_.brokers.size(); ++broker) {
    if (const auto until = before.watermark(broker)) engine_.set_watermark(broker, *until);
    if (const auto until = before.activity_watermark(broker)) {
      engine_.set_activity_watermark(broker, *until);
    }
    if (sessions_[broker]->is_down()) engine_.handle(BrokerAway{broker}, now);
  }
  engine_.set_republishing(!is_everyone_listed());
  before.for_each_record([&](DeviceRecord record) {
    const auto* const was = config.find_template(record.template_name);
    const auto* const is = config_.find_template(record.template_name);
    if (is == nullptr || fingerprint(*was) != fingerprint(*is)) give_whole_patience(record, now);
    restore_device(record, {});
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
  say_forgotten(std::exchange(forgotten_, 0));
  templates_are_stored_ = false;
  carry_out(engine_.advance(now));

  // Clients that the rules know otherwise now are told as if they had come anew.
  for (std::uint32_t broker = 0; broker < config_.brokers.size(); ++broker) {
    sessions_[broker]->set_rules(rules_for_plugins(), now);
    if (sessions_[broker]->is_watching()) say_where_activity_is_off(broker);
    std::set<std::uint64_t> live;
    engine_.for_each_connection([&](const ConnectionId& id, std::string_view /*client_id*/) {
      if (id.broker == broker) live.insert(id.number);
    });
    sessions_[broker]->list_anew(live, now);
  }
  fleet_.mark_stale();
  return {};
}

}  // namespace rollcall
