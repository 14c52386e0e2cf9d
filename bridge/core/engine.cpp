// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/engine.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>

#include "bridge/core/device.hpp"
#include "bridge/core/projection.hpp"
#include "bridge/core/timers.hpp"
#include "topics/topics.hpp"

namespace rollcall {
namespace {

constexpr std::size_t kOnline = 0;

struct Connection {
  std::size_t device;
  Seconds keepalive;
  std::string client_id, address;
};

struct IdHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view id) const { return std::hash<std::string_view>{}(id); }
};

struct ConnectionIdHash {
  std::size_t operator()(const ConnectionId& id) const {
    constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15U;
    return static_cast<std::size_t>(((id.boot ^ id.broker) * kOdd) ^ (id.number * kOdd));
  }
};

/// What a row says about how it came about.
struct Origin {
  std::string_view cause;
  std::optional<bool> graceful;
  std::optional<std::uint32_t> broker;
  std::string_view client_id, address;
};

Origin origin_of(const LastEnd& end) {
  return Origin{cause_name(end), end.graceful, end.broker, end.client_id, end.address};
}

}  // namespace

struct Engine::State {
  std::vector<TemplateDefinition> templates;  ///< never changed: devices and effects point into it
  std::uint64_t first_seq = 0;
  Time now = Time::min();
  std::vector<Device> devices;  ///< in the order of their first contacts
  std::unordered_map<std::string, std::size_t, IdHash, std::equal_to<>> index_by_id;
  std::unordered_map<ConnectionId, Connection, ConnectionIdHash> connections;  ///< those that live
  Timers timers;
  /// Of a broker whose news come late: how far they are known, and whose waits are due but can't be judged
  /// yet.
  struct Limit {
    Time known_until = Time::min();
    std::set<std::tuple<Time, std::uint64_t, std::size_t>> held_back;  ///< due, in which order, device
  };
  std::map<std::uint32_t, Limit> limits;
  std::uint64_t last_held_back = 0;
  Effects effects;                   ///< of the call that is running
  std::vector<std::size_t> touched;  ///< likewise; order of first touch

  const TemplateDefinition& template_of(std::string_view name) const;
  std::optional<std::size_t> find(std::string_view id) const;
  std::optional<std::size_t> find_or_add(std::string_view id);
  Time happened(Device& device, Time at) const;

  void apply(const ConnectionOpened& event);
  void apply(const ConnectionEnded& event);
  void apply(const Reported& event);

  void fire_due(Time until);
  bool hold_back(std::size_t index, Time due);
  void release(std::size_t index);
  void go_on(std::size_t index);
  void catch_up(std::size_t index, std::uint32_t broker, Time at);
  Effects finish();

  void contact(std::size_t index, const TemplateDefinition& definition);
  void enter(std::size_t index, std::size_t status, Time at, std::string_view from, const Origin& origin);
  void begin_wait(std::size_t index, const Branch& branch, Time from, Millis silence);
  void record(Device& device, std::string_view kind, Time at, std::string_view from, const Origin& origin);
  void touch(std::size_t index);
};

const TemplateDefinition& Engine::State::template_of(std::string_view name) const {
  for (const TemplateDefinition& definition : templates) {
    if (definition.name == name) return definition;
  }
  throw std::logic_error("an event names a template that isn't defined: " + std::string(name));
}

std::optional<std::size_t> Engine::State::find(std::string_view id) const {
  const auto found = index_by_id.find(id);
  if (found == index_by_id.end()) return std::nullopt;
  return found->second;
}

/// A device that was added has no `definition` yet. Nothing: the id is no device.
std::optional<std::size_t> Engine::State::find_or_add(std::string_view id) {
  if (const auto found = find(id)) return found;
  if (!encode_device(id)) return std::nullopt;
  const std::size_t index = devices.size();
  const auto added = index_by_id.emplace(id, index).first;
  Device& device = devices.emplace_back();
  device.id = added->first;
  device.seq = first_seq;
  device.last_seen = device.latest = Time::min();
  return index;
}

/// When it happened, as far as this device's history is concerned.
Time Engine::State::happened(Device& device, Time at) const {
  device.latest = std::max(device.latest, std::min(at, now));
  return device.latest;
}

void Engine::State::apply(const ConnectionOpened& event) {
  if (connections.contains(event.id)) return;
  const TemplateDefinition& definition = template_of(event.template_name);
  const auto index = find_or_add(event.device);
  if (!index) return;
  Device& device = devices[*index];
  if (device.ended == event.id) return;

  catch_up(*index, event.id.broker, event.at);
  const Time at = happened(device, event.at);
  connections.emplace(event.id, Connection{*index, event.keepalive, std::string(event.client_id),
                                           std::string(event.address)});
  device.last_seen = std::max(device.last_seen, at);
  if (device.is_connected()) {
    ++device.live_count;
    if (device.definition != &definition) contact(*index, definition);
    return;
  }

  const bool is_new = device.definition == nullptr;
  const bool is_online = !is_new && device.status == kOnline;
  const std::string_view from = is_new ? std::string_view() : device.status_definition().key;
  contact(*index, definition);
  ++device.live_count;
  if (is_online) {
    record(device, "blip", at, from, origin_of(device.last_end));
  } else {
    enter(*index, kOnline, at, from,
          Origin{"connect", std::nullopt, event.id.broker, event.client_id, event.address});
  }
}

void Engine::State::apply(const ConnectionEnded& event) {
  const auto found = connections.find(event.id);
  if (found == connections.end()) return;
  Connection connection = std::move(found->second);
  connections.erase(found);
  Device& device = devices[connection.device];
  device.ended = event.id;
  --device.live_count;
  const bool is_takeover = event.cause == Cause::taken_over;
  if (is_takeover && device.is_connected()) return;

  const Time at = happened(device, event.at);
  const Seconds silence = silence_of(event.cause, connection.keepalive);
  if (event.cause != Cause::broker_lost) device.last_seen = std::max(device.last_seen, at - silence);
  if (device.is_connected()) return;

  const TemplateDefinition& definition = *device.definition;
  const bool graceful = !is_takeover && definition.is_graceful(event.cause, event.will_sent);
  device.last_end = LastEnd{event.cause, graceful, event.id.broker, std::move(connection.client_id),
                            std::move(connection.address)};
  begin_wait(connection.device, graceful ? definition.on_graceful : definition.on_non_graceful, at, silence);
}

void Engine::State::apply(const Reported& event) {
  const TemplateDefinition& definition = template_of(event.template_name);
  const auto index = definition.online_on_report ? find_or_add(event.device) : find(event.device);
  if (!index) return;
  Device& device = devices[*index];
  const Time at = happened(device, event.at);
  device.last_seen = std::max(device.last_seen, at);
  if (device.is_connected() || !definition.online_on_report) return;

  const bool is_new = device.definition == nullptr;
  const bool is_online = !is_new && device.status == kOnline;
  const std::string_view from = is_new ? std::string_view() : device.status_definition().key;
  contact(*index, definition);
  device.last_end = LastEnd{};
  if (!is_online) enter(*index, kOnline, at, from, Origin{"report", std::nullopt, std::nullopt, {}, {}});
  begin_wait(*index, definition.on_graceful, at, Millis{0});
}

/// A device that is heard of waits for nothing and goes by the template that it has from now on.
void Engine::State::contact(std::size_t index, const TemplateDefinition& definition) {
  Device& device = devices[index];
  release(index);
  device.definition = &definition;
  device.wait.reset();
  touch(index);
}

void Engine::State::enter(std::size_t index, std::size_t status, Time at, std::string_view from,
                          const Origin& origin) {
  Device& device = devices[index];
  device.previous = from;
  device.status = status;
  device.since = at;
  device.latest = std::max(device.latest, at);
  record(device, "transition", at, from, origin);
  touch(index);
}

void Engine::State::begin_wait(std::size_t index, const Branch& branch, Time from, Millis silence) {
  const Time due = from + std::max(Millis{0}, branch.after - silence);
  devices[index].wait = Wait{branch.status, due};
  timers.set(index, due);
  touch(index);
}

/// Of a change to `device`'s status as it is now.
void Engine::State::record(Device& device, std::string_view kind, Time at, std::string_view from,
                           const Origin& origin) {
  Record row;
  row.device = device.id;
  row.encoded_device = encode_device(device.id).value_or(std::string());
  row.at = at;
  row.from = from;
  row.to = device.status_definition().key;
  row.kind = kind;
  row.cause = origin.cause;
  row.graceful = origin.graceful;
  row.broker = origin.broker;
  row.client_id = origin.client_id;
  row.address = origin.address;
  row.seq = ++device.seq;
  row.on_timeline = device.status_definition().timeline;
  effects.emplace_back(std::move(row));
}

void Engine::State::touch(std::size_t index) {
  if (std::exchange(devices[index].touched, true)) return;
  touched.push_back(index);
}

void Engine::State::fire_due(Time until) {
  now = std::max(now, until);
  while (const auto timer = timers.pop_due(now)) {
    if (!hold_back(timer->index, timer->due)) go_on(timer->index);
  }
}

bool Engine::State::hold_back(std::size_t index, Time due) {
  const auto broker = devices[index].last_end.broker;
  const auto limit = broker ? limits.find(*broker) : limits.end();
  if (limit == limits.end() || due <= limit->second.known_until) return false;
  devices[index].held_back = ++last_held_back;
  limit->second.held_back.emplace(due, last_held_back, index);
  return true;
}

/// The wait of this device is over: into the status that it led to, and on to the next wait.
void Engine::State::go_on(std::size_t index) {
  Device& device = devices[index];
  const Wait wait = *std::exchange(device.wait, std::nullopt);
  enter(index, wait.status, wait.due, device.status_definition().key, origin_of(device.last_end));
  const auto& statuses = device.definition->statuses;
  const std::size_t next = wait.status + 1;
  if (next < statuses.size()) begin_wait(index, Branch{next, statuses[next].after}, wait.due, Millis{0});
}

/// What was held back, and was due before the connect that this broker tells now, is certain. News from
/// elsewhere say nothing about it.
void Engine::State::catch_up(std::size_t index, std::uint32_t broker, Time at) {
  while (devices[index].wait && devices[index].last_end.broker == broker &&
         devices[index].wait->due <= std::min(at, now)) {
    release(index);
    go_on(index);
  }
}

void Engine::State::release(std::size_t index) {
  const Device& device = devices[index];
  timers.cancel(index);
  if (!device.wait || !device.last_end.broker) return;
  const auto limit = limits.find(*device.last_end.broker);
  if (limit != limits.end()) limit->second.held_back.erase({device.wait->due, device.held_back, index});
}

Effects Engine::State::finish() {
  for (const std::size_t index : touched) {
    Device& device = devices[index];
    device.touched = false;
    device.published_last_seen = device.last_seen;
    ++device.seq;
    effects.emplace_back(project(device));
  }
  touched.clear();
  return std::exchange(effects, {});
}

Engine::Engine(std::vector<TemplateDefinition> templates, std::uint64_t first_seq)
    : state_(std::make_unique<State>()) {
  state_->templates = std::move(templates);
  state_->first_seq = first_seq;
}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

Effects Engine::handle(const Event& event, Time now) {
  state_->fire_due(now);
  std::visit([this](const auto& what) { state_->apply(what); }, event);
  // What happened some time ago may have led to something that is due by now as well.
  state_->fire_due(now);
  return state_->finish();
}

Effects Engine::advance(Time now) {
  state_->fire_due(now);
  return state_->finish();
}

void Engine::set_known_until(std::uint32_t broker, Time known_until) {
  auto& limit = state_->limits[broker];
  limit.known_until = std::max(limit.known_until, known_until);
  while (!limit.held_back.empty() && std::get<Time>(*limit.held_back.begin()) <= limit.known_until) {
    const auto [due, order, index] = *limit.held_back.begin();
    limit.held_back.erase(limit.held_back.begin());
    state_->timers.set(index, due);
  }
}

std::optional<Time> Engine::held_back_by(std::uint32_t broker) const {
  const auto limit = state_->limits.find(broker);
  if (limit == state_->limits.end() || limit->second.held_back.empty()) return std::nullopt;
  return std::get<Time>(*limit->second.held_back.begin());
}

std::optional<Time> Engine::next_deadline() const { return state_->timers.next(); }

void Engine::for_each_status(const std::function<void(const PublishStatus&)>& visit) const {
  for (const Device& device : state_->devices) visit(project(device));
}

FleetCounts Engine::fleet() const {
  FleetCounts counts;
  counts.devices = state_->devices.size();
  for (const TemplateDefinition& definition : state_->templates) {
    auto& of_template = counts.templates[definition.name];
    for (const StatusDefinition& status : definition.statuses) of_template[status.key] = 0;
  }
  for (const Device& device : state_->devices) {
    if (device.is_connected()) ++counts.connected;
    ++counts.templates[device.definition->name][device.status_definition().key];
  }
  return counts;
}

std::size_t Engine::device_count() const { return state_->devices.size(); }

}  // namespace rollcall
