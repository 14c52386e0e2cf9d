// SPDX-License-Identifier: Apache-2.0
// The lifecycle once more, as plainly as possible and with none of the engine's code: at each disconnect the
// whole way to the last status is written down with its times, and time only strikes off what has come to
// pass. Everything is looked for by going through all there is. Rules as in docs/lifecycle.md.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bridge/core/config.hpp"
#include "bridge/core/events.hpp"
#include "topics/status.hpp"

namespace rollcall::test {

class ReferenceModel {
 public:
  ReferenceModel(std::vector<TemplateDefinition> templates, std::uint64_t first_seq)
      : templates_(std::move(templates)), seq_(first_seq) {}

  /// What the world gets to see, one line each: the JSON of a row (with its `on_timeline`), or of a status.
  std::vector<std::string> handle(const Event& event, Time now) {
    pass(now);
    if (const auto* opened = std::get_if<ConnectionOpened>(&event)) open(*opened);
    if (const auto* ended = std::get_if<ConnectionEnded>(&event)) end(*ended);
    if (const auto* reported = std::get_if<Reported>(&event)) report(*reported);
    pass(now);
    return said();
  }

  std::vector<std::string> advance(Time now) {
    pass(now);
    return said();
  }

  std::optional<Time> next_deadline() const {
    std::optional<Time> next;
    for (const auto& [id, device] : devices_) {
      if (!device.plan.empty() && (!next || device.plan.front().due < *next)) next = device.plan.front().due;
    }
    return next;
  }

 private:
  struct Step {
    std::string status;
    Time due;
  };
  struct Live {
    ConnectionId id;
    std::string device, client_id, address;
    Seconds keepalive;
  };
  struct Device {
    const TemplateDefinition* kind = nullptr;
    std::string status, previous, cause, client_id, address, broker;
    bool graceful = false;
    Time since, last_seen, latest = Time::min();
    std::vector<Step> plan;
    std::uint64_t scheduled = 0;  ///< when the first step of the plan became the first, among all
    std::optional<ConnectionId> ended_last;
  };

  int live_connections(const std::string& device) const {
    int count = 0;
    for (const Live& live : live_) count += live.device == device ? 1 : 0;
    return count;
  }

  const TemplateDefinition& kind(std::string_view name) const {
    for (const auto& each : templates_) {
      if (each.name == name) return each;
    }
    throw std::logic_error("no such template");
  }

  const StatusDefinition& look_of(const Device& device) const {
    for (const auto& each : device.kind->statuses) {
      if (each.key == device.status) return each;
    }
    throw std::logic_error("no such status");
  }

  Time clamped(const Device& device, Time at) const { return std::max(device.latest, std::min(at, now_)); }

  void mention(const std::string& id) {
    if (std::find(mentioned_.begin(), mentioned_.end(), id) == mentioned_.end()) mentioned_.push_back(id);
  }

  void row(const std::string& id, Time at, const std::string& from, const std::string& kind,
           const std::string& cause, std::optional<bool> graceful, const std::string& broker,
           const std::string& client_id, const std::string& address) {
    Device& device = devices_[id];
    TimelineRow row{id, at, from, device.status, kind, cause, graceful, broker, client_id, address, ++seq_};
    said_.push_back(to_json(row) + (look_of(device).timeline ? " shown" : " hidden"));
    mention(id);
  }

  void pass(Time now) {
    now_ = std::max(now_, now);
    for (;;) {
      std::string first;
      for (const auto& [id, device] : devices_) {
        if (device.plan.empty() || device.plan.front().due > now_) continue;
        if (first.empty()) first = id;
        const Device& best = devices_[first];
        if (device.plan.front().due < best.plan.front().due ||
            (device.plan.front().due == best.plan.front().due && device.scheduled < best.scheduled)) {
          first = id;
        }
      }
      if (first.empty()) return;
      Device& device = devices_[first];
      const Step step = device.plan.front();
      device.plan.erase(device.plan.begin());
      device.scheduled = ++schedules_;
      device.previous = device.status;
      device.status = step.status;
      device.since = device.latest = step.due;
      row(first, step.due, device.previous, "transition", device.cause, device.graceful, device.broker,
          device.client_id, device.address);
    }
  }

  void plan(const std::string& id, Branch branch, Time from, Millis silence) {
    Device& device = devices_[id];
    device.plan.clear();
    Time due = from + (branch.after > silence ? branch.after - silence : Millis{0});
    for (std::size_t i = branch.status; i < device.kind->statuses.size(); ++i) {
      if (i > branch.status) due += device.kind->statuses[i].after;
      device.plan.push_back({device.kind->statuses[i].key, due});
    }
    device.scheduled = ++schedules_;
    mention(id);
  }

  void open(const ConnectionOpened& event) {
    for (const Live& live : live_) {
      if (live.id == event.id) return;
    }
    const std::string id(event.device);
    Device& device = devices_[id];
    if (device.ended_last == event.id) return;
    const Time at = clamped(device, event.at);
    const bool was_connected = live_connections(id) > 0;
    const bool new_kind = device.kind != &kind(event.template_name);
    live_.push_back(
        {event.id, id, std::string(event.client_id), std::string(event.address), event.keepalive});
    device.kind = &kind(event.template_name);
    device.latest = device.last_seen = at;
    if (was_connected) {
      if (new_kind) mention(id);
      return;
    }
    device.plan.clear();
    mention(id);
    if (device.status == "online") {
      row(id, at, "online", "blip", device.cause, device.graceful, device.broker, device.client_id,
          device.address);
      return;
    }
    device.previous = device.status;
    device.status = "online";
    device.since = at;
    row(id, at, device.previous, "transition", "connect", std::nullopt, std::to_string(event.id.broker),
        std::string(event.client_id), std::string(event.address));
  }

  void end(const ConnectionEnded& event) {
    const auto found =
        std::find_if(live_.begin(), live_.end(), [&](const Live& live) { return live.id == event.id; });
    if (found == live_.end()) return;
    const Live gone = *found;
    live_.erase(found);
    Device& device = devices_[gone.device];
    device.ended_last = event.id;
    const bool others = live_connections(gone.device) > 0;
    if (others && event.cause == Cause::taken_over) return;
    const Time at = clamped(device, event.at);
    device.latest = at;
    const Millis silence = event.cause == Cause::keepalive_timeout
                               ? Seconds{gone.keepalive.count() + gone.keepalive.count() / 2}
                               : Seconds{0};
    if (event.cause != Cause::broker_lost && at - silence > device.last_seen) device.last_seen = at - silence;
    if (others) return;
    const bool by_table =
        event.cause == Cause::client_disconnect || event.cause == Cause::disconnect_with_will ||
        ((event.cause == Cause::connection_closed || event.cause == Cause::unknown) && !event.will_sent);
    const auto& listed = device.kind->graceful_causes;
    device.graceful = listed ? std::count(listed->begin(), listed->end(), event.cause) > 0 : by_table;
    if (event.cause == Cause::taken_over) device.graceful = false;
    device.cause = to_string(event.cause);
    device.client_id = gone.client_id;
    device.address = gone.address;
    device.broker = std::to_string(event.id.broker);
    plan(gone.device, device.graceful ? device.kind->on_graceful : device.kind->on_non_graceful, at, silence);
  }

  void report(const Reported& event) {
    const std::string id(event.device);
    const bool counts = kind(event.template_name).online_on_report;
    const bool is_new = devices_.count(id) == 0;
    if (is_new && !counts) return;
    Device& device = devices_[id];
    const Time at = clamped(device, event.at);
    device.latest = device.last_seen = at;
    if (live_connections(id) > 0 || !counts) return;
    device.kind = &kind(event.template_name);
    if (device.status != "online") {
      device.previous = device.status;
      device.status = "online";
      device.since = at;
      row(id, at, device.previous, "transition", "report", std::nullopt, "", "", "");
    }
    device.cause = "report";
    device.graceful = true;
    device.client_id = device.address = device.broker = "";
    plan(id, device.kind->on_graceful, at, Millis{0});
  }

  std::vector<std::string> said() {
    for (const std::string& id : mentioned_) {
      Device& device = devices_[id];
      const StatusDefinition& look = look_of(device);
      Status status;
      status.device = id;
      status.status = device.status;
      status.label = look.label;
      status.color = look.color;
      status.icon = look.icon;
      status.connected = live_connections(id) > 0;
      status.since = device.since;
      status.previous = device.previous;
      if (!status.connected) {
        status.cause = device.cause;
        status.graceful = device.graceful;
      }
      status.last_seen = device.last_seen;
      if (!device.plan.empty()) status.next = NextStatus{device.plan.front().status, device.plan.front().due};
      status.template_name = device.kind->name;
      status.interaction = device.status == "online" ? "allow" : "notify_on_interaction";
      status.commands = "allow";
      status.message = look.message;
      status.seq = ++seq_;
      said_.push_back(to_json(status));
    }
    mentioned_.clear();
    return std::exchange(said_, {});
  }

  std::vector<TemplateDefinition> templates_;
  std::uint64_t seq_;
  Time now_ = Time::min();
  std::map<std::string, Device> devices_;
  std::vector<Live> live_;
  std::vector<std::string> said_, mentioned_;
  std::uint64_t schedules_ = 0;
};

}  // namespace rollcall::test
