// SPDX-License-Identifier: Apache-2.0
// The lifecycle once more, as plainly as possible and with none of the engine's code: at each disconnect the
// whole way to the last status is written down with its times, and time only strikes off what has come to
// pass, whether anybody sees it or not. Everything is looked for by going through all there is. Rules as in
// docs/lifecycle.md; numbers (seq) are not its business.
#pragma once

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bridge/core/config/config.hpp"
#include "bridge/core/lifecycle/events.hpp"
#include "topics/payloads.hpp"

namespace rollcall::test {

class ReferenceModel {
 public:
  /// What the world gets to see of one device, in order: the JSON of a row (with its `on_timeline`), of a
  /// status, or "forgotten".
  using Said = std::map<std::string, std::vector<std::string>>;

  explicit ReferenceModel(std::vector<TemplateDefinition> templates) : templates_(std::move(templates)) {}

  Said handle(const Event& event, Time now) {
    pass(now);
    if (const auto* opened = std::get_if<ConnectionOpened>(&event)) open(*opened);
    if (const auto* ended = std::get_if<ConnectionEnded>(&event)) end(*ended);
    if (const auto* reported = std::get_if<Reported>(&event)) report(*reported);
    if (const auto* active = std::get_if<Active>(&event)) be_active(*active);
    if (const auto* stall = std::get_if<BrokerStoodStill>(&event)) stand_still(*stall);
    pass(now);
    return said();
  }

  Said advance(Time now) {
    pass(now);
    return said();
  }

  /// `status` is one of the template's.
  void declare(const ConnectionId& by, const std::string& status, std::optional<Millis> wait) {
    Live* const live = find_live(by);
    if (live != nullptr) devices_.at(live->device).declared = Declared{status, wait};
  }
  void withdraw(const ConnectionId& by) {
    Live* const live = find_live(by);
    if (live != nullptr) devices_.at(live->device).declared.reset();
  }
  /// Whatever it was that it tried to say.
  void hear(const ConnectionId& by, Time at) {
    Live* const live = find_live(by);
    if (live != nullptr) live->last_packet = std::max(live->last_packet, std::min(at, now_));
  }

  /// What ds/incident says of an outage, in short.
  static std::string incident(Time at, Time began, Time back_at, std::uint64_t affected, std::uint64_t back) {
    return format_rfc3339(at) + ": away from " + format_rfc3339(began) + " to " + format_rfc3339(back_at) +
           ", " + std::to_string(back) + " of " + std::to_string(affected) + " back";
  }

  bool knows(const std::string& id) const { return devices_.count(id) > 0; }
  bool is_set(const std::string& id) const { return devices_.at(id).set.has_value(); }
  bool is_connected(const std::string& id) const { return connections_of(id) > 0; }
  const TemplateDefinition& kind_of(const std::string& id) const { return *devices_.at(id).kind; }

  Said set(const std::string& id, const std::string& status, std::optional<Millis> wait, bool hold,
           Time now) {
    pass(now);
    Device& device = devices_.at(id);
    const Seen before = shown(device);
    Operator set{before, std::nullopt, hold};
    if (before.status != status) set.seen = Seen{status, now_, before.status};
    if (wait) set.until = now_ + *wait;
    device.set = set;
    if (before.status != status) device.latest = std::max(device.latest, now_);
    if (before.status != status) row(id, now_, before.status, "transition", {"set"});
    mention(id);
    pass(now);
    return said();
  }

  Said release(const std::string& id, Time now) {
    pass(now);
    Device& device = devices_.at(id);
    const Seen before = std::exchange(device.set, std::nullopt)->seen;
    if (device.own.status == before.status) {
      device.own = before;
    } else {
      device.own = Seen{device.own.status, now_, before.status};
      device.latest = std::max(device.latest, now_);
      row(id, now_, before.status, "transition", {"released"});
    }
    mention(id);
    pass(now);
    return said();
  }

  /// The wall clock is set: all that is written down is written down anew, later or earlier by as much.
  Said set_clock(Millis by, Time now) {
    pass(now - by);
    const auto move = [by](Time& time) { time = time == Time::min() ? time : time + by; };
    for (auto& [id, device] : devices_) {
      for (Time* time : {&device.own.since, &device.last_seen, &device.heard, &device.latest, &device.left_at,
                         &device.plan_began}) {
        move(*time);
      }
      if (device.missing) move(device.missing->since);
      if (device.missing) move(device.missing->until);
      if (device.set) move(device.set->seen.since);
      if (device.set && device.set->until) move(*device.set->until);
      for (Step& step : device.plan) move(step.due);
      for (Time& change : device.changes) move(change);
      if (device.steady_at) move(*device.steady_at);
      mention(id);
    }
    for (auto& [client_id, fight] : fights_) {
      move(fight.last);
      if (fight.told) move(*fight.told);
    }
    for (Live& live : live_) move(live.last_packet);
    for (auto& [broker, stalls] : stalls_) {
      for (Time* time :
           {&stalls.began, &stalls.last_began, &stalls.back_at, &stalls.grace_ends, &stalls.losses_until}) {
        move(*time);
      }
    }
    move(now_);
    return said();
  }

  Said register_device(const std::string& id, const std::string& kind_name, Time now) {
    pass(now);
    Device& device = devices_[id];
    device.kind = &kind(kind_name);
    device.own = Seen{"offline", now_, ""};
    device.latest = now_;
    device.left_at = Time::min();
    row(id, now_, "", "transition", {"registered"});
    return said();
  }

  Said forget(const std::string& id, Time now) {
    pass(now);
    vanish(id);
    return said();
  }

  /// What isn't stored is lost.
  void restart() {
    latest_opened_.reset();
    for (auto fight = fights_.begin(); fight != fights_.end();) {
      fight->second.told.reset();
      fight = fight->second.devices.empty() ? fights_.erase(fight) : std::next(fight);
    }
  }

 private:
  struct Seen {
    std::string status;
    Time since;
    std::string previous;
  };
  struct Operator {
    Seen seen;
    std::optional<Time> until;
    bool hold = false;
  };
  struct Declared {
    std::string status;
    std::optional<Millis> wait;
  };
  /// Who or what led to a row.
  struct TransitionCause {
    std::string cause;
    std::optional<bool> graceful{};
    std::string broker{}, client_id{}, address{};
  };
  struct Step {
    std::string status;  ///< empty: forgotten
    Time due;
    TransitionCause origin;
  };
  struct Live {
    ConnectionId id;
    std::string device, client_id, address;
    Seconds keepalive;
    Time last_packet;
    bool is_lost = false;  ///< by a broker that stood still, and its device isn't back yet
  };
  struct Missing {
    std::uint32_t broker = 0;
    Time since, until;
  };
  /// Of a broker that stood still, until it is known what came of it.
  struct Stalls {
    Time began, last_began, back_at, grace_ends, losses_until;
    std::uint64_t affected = 0, back = 0;
  };
  struct Device {
    const TemplateDefinition* kind = nullptr;
    Seen own;
    std::optional<Operator> set;
    std::optional<Declared> declared;
    TransitionCause left;  ///< by the last disconnect
    Time last_seen = Time::min(), heard = Time::min(), latest = Time::min(), left_at{};
    std::vector<Step> plan;
    Time plan_began{};  ///< the wait for its first step
    bool is_plan_of_operator = false;
    std::optional<Missing> missing;
    std::optional<ConnectionId> ended_last;
    std::vector<Time> changes;
    std::optional<Time> steady_at;  ///< flapping until then
  };

  /// Over one client id of one broker.
  struct Fight {
    Time last{};               ///< takeover
    std::optional<Time> told;  ///< when that was; nothing: it was before a restart
    bool is_on = false;
    std::vector<std::string> devices;
  };

  int connections_of(const std::string& device) const {
    int count = 0;
    for (const Live& live : live_) count += live.device == device ? 1 : 0;
    return count;
  }
  Live* find_live(const ConnectionId& id) {
    for (Live& live : live_) {
      if (live.id == id) return &live;
    }
    return nullptr;
  }
  const TemplateDefinition& kind(std::string_view name) const {
    for (const auto& each : templates_) {
      if (each.name == name) return each;
    }
    throw std::logic_error("no such template");
  }
  static std::size_t position(const TemplateDefinition& kind, const std::string& status) {
    for (std::size_t i = 0; i < kind.statuses.size(); ++i) {
      if (kind.statuses[i].key == status) return i;
    }
    throw std::logic_error("no such status");
  }
  static Seen shown(const Device& device) { return device.set ? device.set->seen : device.own; }
  Time clamped(const Device& device, Time at) const { return std::max(device.latest, std::min(at, now_)); }
  void mention(const std::string& id) { mentioned_.push_back(id); }

  void row(const std::string& id, Time at, const std::string& from, const std::string& row_kind,
           const TransitionCause& origin) {
    const Device& device = devices_.at(id);
    const Seen seen = shown(device);
    const auto& look = device.kind->statuses[position(*device.kind, seen.status)];
    const TimelineRow row{id,
                          at,
                          from,
                          seen.status,
                          row_kind,
                          origin.cause,
                          origin.graceful,
                          origin.broker,
                          origin.client_id,
                          origin.address,
                          0};
    said_[id].push_back(to_json(row) + (look.timeline ? " shown" : " hidden"));
    mention(id);
  }

  /// The device's own status from now on, seen or not.
  void enter(const std::string& id, const std::string& status, Time at, const TransitionCause& origin) {
    Device& device = devices_.at(id);
    const std::string from = shown(device).status;
    device.own = Seen{status, at, from};
    if (device.set) return;
    device.latest = std::max(device.latest, at);
    row(id, at, from, "transition", origin);
  }

  void vanish(const std::string& id) {
    devices_.erase(id);
    for (auto& [client_id, fight] : fights_) std::erase(fight.devices, id);
    mentioned_.erase(std::remove(mentioned_.begin(), mentioned_.end(), id), mentioned_.end());
    said_[id].push_back("forgotten");
  }

  struct Due {
    Time at;
    enum class What { grace, step, late, operator_end, steady } what;
    std::string id;
  };

  /// Of one device what comes first.
  std::optional<Due> next_of(const std::string& id, const Device& device) const {
    std::optional<Due> next;
    const auto consider = [&](Time at, Due::What what) {
      if (!next || at < next->at) next = Due{at, what, id};
    };
    const bool connected = connections_of(id) > 0;
    if (device.missing) consider(device.missing->until, Due::What::grace);
    if (!device.plan.empty() && !(device.set && device.plan.front().status.empty())) {
      consider(device.plan.front().due, Due::What::step);
    }
    const auto& kind = *device.kind;
    if (connected && !device.missing && kind.report_every && device.own.status == "online") {
      consider(device.heard + *kind.report_every + kind.report_grace.value_or(Millis{0}), Due::What::late);
    }
    if (device.set && device.set->until && !connected) {
      consider(std::max(*device.set->until, device.left_at), Due::What::operator_end);
    }
    if (device.steady_at) consider(*device.steady_at, Due::What::steady);
    return next;
  }

  void pass(Time now) {
    now_ = std::max(now_, now);
    for (;;) {
      std::optional<Due> first;
      for (const auto& [id, device] : devices_) {
        const auto next = next_of(id, device);
        if (next && next->at <= now_ && (!first || next->at < first->at)) first = next;
      }
      const auto stalls = next_to_close();
      if (stalls && (!first || stalls->first <= first->at)) {
        tell_stalls(stalls->second, stalls->first);
        continue;
      }
      if (!first) break;
      come_to_pass(*first);
    }
    for (auto& [client_id, fight] : fights_) {
      if (!fight.is_on || fight.last + Seconds{60} > now_) continue;
      fight.is_on = false;
      const auto were_in_it = std::exchange(fight.devices, {});
      for (const auto& id : were_in_it) {
        if (!is_in_fight(id)) mention(id);
      }
    }
  }

  bool is_in_fight(const std::string& id) const {
    return std::any_of(fights_.begin(), fights_.end(), [&](const auto& each) {
      const auto& fighters = each.second.devices;
      return std::find(fighters.begin(), fighters.end(), id) != fighters.end();
    });
  }

  void take_over(const Live& loser, Time at) {
    auto& fight = fights_[{loser.id.broker, loser.client_id}];
    const bool is_first = !fight.is_on && (!fight.told || *fight.told + Seconds{15} < now_);
    const Time before = std::exchange(fight.last, is_first ? at : std::max(at, fight.last));
    fight.told = now_;
    if (!fight.is_on) {
      fight.is_on = !is_first && fight.last - before <= Seconds{10} && fight.last + Seconds{60} > now_;
    }
    if (!fight.is_on) return;
    std::vector<std::string> rivals{loser.device};
    const Live* winner = nullptr;
    for (const Live& live : live_) {
      if (live.id.broker != loser.id.broker || live.client_id != loser.client_id) continue;
      const bool is_latest = live.id == latest_opened_;
      if (is_latest || live.device == loser.device) winner = &live;
      if (is_latest) break;
    }
    if (winner != nullptr) rivals.push_back(winner->device);
    for (const auto& id : rivals) {
      if (!is_in_fight(id)) mention(id);
      auto& fighters = fight.devices;
      if (std::find(fighters.begin(), fighters.end(), id) == fighters.end()) fighters.push_back(id);
    }
  }

  bool is_anyone_missing(std::uint32_t broker) const {
    return std::any_of(devices_.begin(), devices_.end(), [&](const auto& each) {
      return each.second.missing && each.second.missing->broker == broker;
    });
  }
  std::optional<std::pair<Time, std::uint32_t>> next_to_close() const {
    std::optional<std::pair<Time, std::uint32_t>> next;
    for (const auto& [broker, stalls] : stalls_) {
      if (is_anyone_missing(broker) || stalls.losses_until > now_) continue;
      if (!next || stalls.losses_until < next->first) next.emplace(stalls.losses_until, broker);
    }
    return next;
  }
  void tell_stalls(std::uint32_t broker, Time at) {
    const Stalls stalls = stalls_.at(broker);
    stalls_.erase(broker);
    if (stalls.affected == 0) return;
    said_["broker " + std::to_string(broker)].push_back(
        incident(at, stalls.began, stalls.back_at, stalls.affected, stalls.back));
  }

  void come_to_pass(const Due& due) {
    Device& device = devices_.at(due.id);
    switch (due.what) {
      case Due::What::grace:
        give_up(due.id);
        return;
      case Due::What::steady:
        device.steady_at.reset();
        mention(due.id);
        return;
      case Due::What::late: {
        const Live* by = nullptr;
        for (const Live& live : live_) {
          if (live.device == due.id) by = &live;
        }
        enter(due.id, device.kind->statuses[*device.kind->on_late].key, std::max(due.at, device.own.since),
              {"late_report", std::nullopt, std::to_string(by->id.broker), by->client_id, by->address});
        return;
      }
      case Due::What::operator_end: {
        device.own = std::exchange(device.set, std::nullopt)->seen;
        mention(due.id);
        device.plan.clear();
        const std::size_t at = position(*device.kind, device.own.status);
        const bool is_last = at + 1 == device.kind->statuses.size();
        write_down(due.id, at + 1, is_last ? device.own.since : due.at, Millis{0}, {"set"});
        device.is_plan_of_operator = true;
        return;
      }
      case Due::What::step:
        break;
    }
    const Step step = device.plan.front();
    device.plan.erase(device.plan.begin());
    device.plan_began = step.due;
    if (step.status.empty()) {
      vanish(due.id);
    } else if (step.status == device.own.status) {
      mention(due.id);
    } else {
      enter(due.id, step.status, std::max(step.due, device.own.since), step.origin);
    }
  }

  /// The way from the status at `first` on, which is entered `after` `from`, to the last one and beyond.
  void write_down(const std::string& id, std::size_t first, Time from, Millis after,
                  const TransitionCause& origin, Time not_before = Time::min()) {
    Device& device = devices_.at(id);
    const auto& statuses = device.kind->statuses;
    Time due = from + after;
    if (device.plan.empty()) device.plan_began = from;
    for (std::size_t i = first; i < statuses.size(); ++i) {
      if (i > first) due += statuses[i].after;
      due = std::max(due, not_before);
      device.plan.push_back({statuses[i].key, due, origin});
    }
    if (const auto forget_after = statuses.back().forget_after) {
      device.plan.push_back({"", std::max(due + *forget_after, not_before), {}});
    }
  }

  void plan(const std::string& id, bool graceful, Time from, Millis silence, Time not_before = Time::min()) {
    Device& device = devices_.at(id);
    const auto& kind = *device.kind;
    device.plan.clear();
    device.is_plan_of_operator = false;
    mention(id);
    const std::size_t here = position(kind, device.own.status);
    if (device.declared) {
      const std::size_t at = position(kind, device.declared->status);
      TransitionCause declared = device.left;
      declared.cause = "declared";
      device.plan_began = from;
      from = std::max(from, not_before);
      device.plan.push_back({device.declared->status, from, declared});
      if (at + 1 < kind.statuses.size()) {
        write_down(id, at + 1, from, device.declared->wait.value_or(kind.statuses[at + 1].after),
                   device.left);
      } else {
        write_down(id, at + 1, from, Millis{0}, device.left);
      }
      return;
    }
    Branch branch = graceful ? kind.on_graceful : kind.on_non_graceful;
    if (branch.status <= here && here + 1 < kind.statuses.size()) {
      branch = Branch{here + 1, kind.statuses[here + 1].after};
    } else if (branch.status <= here) {
      write_down(id, here + 1, from, Millis{0}, device.left, not_before);
      return;
    }
    write_down(id, branch.status, from, branch.after > silence ? branch.after - silence : Millis{0},
               device.left, not_before);
  }

  void count_change(const std::string& id, Time at) {
    Device& device = devices_.at(id);
    const auto& limits = device.kind->flapping;
    if (!limits) return;
    device.changes.push_back(at);
    std::uint64_t count = 0;
    for (const Time change : device.changes) count += at - change <= limits->within ? 1 : 0;
    if (count >= limits->changes || device.steady_at) {
      device.steady_at = at + limits->hold;
      mention(id);
    }
  }

  void contact(const std::string& id, const TemplateDefinition& kind) {
    Device& device = devices_.at(id);
    device.plan.clear();
    mention(id);
    if (device.kind != nullptr && device.kind != &kind) {
      const bool has = std::any_of(kind.statuses.begin(), kind.statuses.end(), [&](const auto& each) {
        return device.set && each.key == device.set->seen.status;
      });
      if (device.set && !has) device.own = std::exchange(device.set, std::nullopt)->seen;
      device.changes.clear();
      device.steady_at.reset();
    }
    device.kind = &kind;
  }

  void use_up(const std::string& id) {
    Device& device = devices_.at(id);
    device.declared.reset();
    if (!device.set || device.set->hold) return;
    device.own = std::exchange(device.set, std::nullopt)->seen;
    device.plan.clear();
    mention(id);
  }

  void open(const ConnectionOpened& event) {
    if (find_live(event.id) != nullptr) return;
    const std::string id(event.device);
    Device& device = devices_[id];
    if (device.ended_last == event.id) return;
    const Time at = clamped(device, event.at);
    const bool was_connected = connections_of(id) > 0;
    const std::string from = shown(device).status;
    const bool was_set = device.set.has_value();
    latest_opened_ = event.id;
    live_.push_back(
        {event.id, id, std::string(event.client_id), std::string(event.address), event.keepalive, at});
    device.latest = at;
    if (device.missing) come_back(id);
    device.last_seen = std::max(device.last_seen, at);
    device.heard = std::max(device.heard, at);
    use_up(id);
    if (!was_connected || device.kind != &kind(event.template_name)) contact(id, kind(event.template_name));
    if (!was_connected) count_change(id, at);
    const auto& ignored = device.kind->ignore_blips;
    if (from == "online" && !was_connected && !was_set && !(ignored && at - device.left_at <= *ignored)) {
      row(id, at, "online", "blip", device.left);
    }
    come_online(id, at, from,
                {"connect", std::nullopt, std::to_string(event.id.broker), std::string(event.client_id),
                 std::string(event.address)});
  }

  void come_online(const std::string& id, Time at, const std::string& from, const TransitionCause& origin) {
    Device& device = devices_.at(id);
    if (device.set || from == "online") {
      device.own.status = "online";
      return;
    }
    device.own = Seen{"online", at, from};
    device.latest = std::max(device.latest, at);
    row(id, at, from, "transition", origin);
  }

  void end(const ConnectionEnded& event) {
    const auto found =
        std::find_if(live_.begin(), live_.end(), [&](const Live& live) { return live.id == event.id; });
    if (found == live_.end()) return;
    if (found->is_lost) return;
    if (event.cause == Cause::broker_lost && stalls_.count(event.id.broker) > 0 &&
        connections_of(found->device) == 1) {
      Stalls& stalls = stalls_.at(event.id.broker);
      found->is_lost = true;
      ++stalls.affected;
      devices_.at(found->device).ended_last = event.id;
      devices_.at(found->device).missing =
          Missing{event.id.broker, stalls.last_began, std::max(stalls.grace_ends, std::min(event.at, now_))};
      return;
    }
    const Live gone = *found;
    live_.erase(found);
    Device& device = devices_.at(gone.device);
    device.ended_last = event.id;
    if (event.cause == Cause::taken_over) take_over(gone, std::min(event.at, now_));
    const bool others = connections_of(gone.device) > 0;
    if (others && event.cause == Cause::taken_over) return;
    const Time at = clamped(device, event.at);
    device.latest = at;
    Millis silence{0};
    if (event.cause == Cause::keepalive_timeout) {
      silence = Seconds{gone.keepalive.count() + gone.keepalive.count() / 2};
      if (at - silence < gone.last_packet) silence = std::max(at - gone.last_packet, Millis{0});
    }
    if (event.cause != Cause::broker_lost && at - silence > device.last_seen) device.last_seen = at - silence;
    if (others) return;
    const bool by_table =
        event.cause == Cause::client_disconnect || event.cause == Cause::disconnect_with_will ||
        ((event.cause == Cause::connection_closed || event.cause == Cause::unknown) && !event.will_sent);
    const auto& listed = device.kind->graceful_causes;
    bool graceful = listed ? std::count(listed->begin(), listed->end(), event.cause) > 0 : by_table;
    if (event.cause == Cause::taken_over) graceful = false;
    device.left = {std::string(to_string(event.cause)), graceful, std::to_string(event.id.broker),
                   gone.client_id, gone.address};
    device.left_at = at;
    count_change(gone.device, at);
    plan(gone.device, graceful, at, silence);
  }

  /// All waits that its disconnects began, and those for the reports of who is connected, take so much
  /// longer.
  void stand_still(const BrokerStoodStill& event) {
    const Time from = std::min(event.from, now_);
    const Time until = std::max(from, std::min(event.until, now_));
    for (auto& [id, device] : devices_) {
      const Millis frozen = until - std::max(from, device.plan_began);
      if (device.plan.empty() || device.is_plan_of_operator || frozen <= Millis{0} ||
          device.left.broker != std::to_string(event.broker))
        continue;
      for (Step& step : device.plan) step.due += frozen;
      device.plan_began += frozen;
      mention(id);
    }
    for (auto& [id, device] : devices_) {
      const bool is_there = std::any_of(live_.begin(), live_.end(), [&, name = id](const Live& live) {
        return live.device == name && live.id.broker == event.broker && !live.is_lost;
      });
      const Millis frozen = until - std::max(from, device.heard);
      if (is_there && device.kind->report_every && frozen > Millis{0}) device.heard += frozen;
      if (device.missing && device.missing->broker == event.broker) device.missing->until += until - from;
    }
    Stalls& stalls = stalls_.try_emplace(event.broker, Stalls{from, {}, {}, {}, {}}).first->second;
    stalls.began = std::min(stalls.began, until);
    stalls.last_began = from;
    stalls.back_at = until;
    stalls.grace_ends = until + std::chrono::minutes{2};
    stalls.losses_until = std::max(event.losses_until, until);
  }

  void forget_lost(const std::string& id) {
    live_.erase(std::remove_if(live_.begin(), live_.end(),
                               [&](const Live& live) { return live.device == id && live.is_lost; }),
                live_.end());
    devices_.at(id).missing.reset();
  }

  void come_back(const std::string& id) {
    Device& device = devices_.at(id);
    const std::uint32_t broker = device.missing->broker;
    forget_lost(id);
    ++stalls_.at(broker).back;
    if (!is_anyone_missing(broker) && stalls_.at(broker).losses_until <= device.latest)
      tell_stalls(broker, device.latest);
  }

  /// It has had its grace.
  void give_up(const std::string& id) {
    Device& device = devices_.at(id);
    const Missing missing = *device.missing;
    Live gone;
    for (const Live& live : live_) {
      if (live.device == id) gone = live;
    }
    forget_lost(id);
    if (!is_anyone_missing(missing.broker) && stalls_.at(missing.broker).losses_until <= missing.until)
      tell_stalls(missing.broker, missing.until);
    const auto& listed = device.kind->graceful_causes;
    const bool graceful = listed && std::count(listed->begin(), listed->end(), Cause::broker_lost) > 0;
    device.left = {"broker_lost", graceful, std::to_string(missing.broker), gone.client_id, gone.address};
    device.latest = device.left_at = clamped(device, missing.since);
    count_change(id, device.left_at);
    plan(id, graceful, device.left_at, Millis{0}, missing.until);
  }

  void be_active(const Active& event) {
    Live* const live = find_live(event.id);
    if (live == nullptr) return;
    live->last_packet = std::max(live->last_packet, std::min(event.at, now_));
    int broker = 0;
    for (const Live& each : live_)
      broker = each.device == live->device ? static_cast<int>(each.id.broker) : broker;
    heard_while_connected(live->device, event.at,
                          {"report", std::nullopt, std::to_string(broker), live->client_id, live->address});
  }

  void heard_while_connected(const std::string& id, Time at, const TransitionCause& origin) {
    Device& device = devices_.at(id);
    at = std::min(at, now_);
    device.last_seen = std::max(device.last_seen, at);
    if (at <= device.heard) return;
    device.heard = at;
    if (device.set) device.own.status = "online";
    if (device.own.status == "online") return;
    const Time entered = std::max({device.latest, at, device.own.since});
    device.latest = entered;
    come_online(id, entered, shown(device).status, origin);
  }

  void report(const Reported& event) {
    const std::string id(event.device);
    const bool counts = kind(event.template_name).online_on_report;
    if (!knows(id) && !counts) return;
    if (connections_of(id) > 0) {
      heard_while_connected(id, event.at, {"report"});
      return;
    }
    Device& device = devices_[id];
    const Time at = clamped(device, event.at);
    device.latest = at;
    device.last_seen = std::max(device.last_seen, at);
    device.heard = std::max(device.heard, at);
    if (!counts) return;
    const std::string from = shown(device).status;
    use_up(id);
    contact(id, kind(event.template_name));
    device.left = {"report", true};
    device.left_at = at;
    come_online(id, at, from, {"report"});
    plan(id, true, at, Millis{0});
  }

  Said said() {
    std::sort(mentioned_.begin(), mentioned_.end());
    mentioned_.erase(std::unique(mentioned_.begin(), mentioned_.end()), mentioned_.end());
    for (const std::string& id : mentioned_) said_[id].push_back(payload(id));
    mentioned_.clear();
    return std::exchange(said_, {});
  }

  std::string payload(const std::string& id) const {
    const Device& device = devices_.at(id);
    const Seen seen = shown(device);
    const auto& statuses = device.kind->statuses;
    const std::size_t at = position(*device.kind, seen.status);
    Status status;
    status.device = id;
    status.status = seen.status;
    status.label = statuses[at].label;
    status.color = statuses[at].color;
    status.icon = statuses[at].icon;
    status.connected = connections_of(id) > 0;
    status.since = seen.since;
    status.previous = seen.previous;
    if (!status.connected) {
      status.cause = device.left.cause;
      status.graceful = device.left.graceful;
      if (device.set && device.set->until && at + 1 < statuses.size()) {
        status.next = NextStatus{statuses[at + 1].key, std::max(*device.set->until, device.left_at)};
      }
      if (!device.set && !device.plan.empty() && !device.plan.front().status.empty()) {
        status.next = NextStatus{device.plan.front().status, device.plan.front().due};
      }
    }
    if (device.last_seen != Time::min()) status.last_seen = device.last_seen;
    status.template_name = device.kind->name;
    status.interaction.notify_on_interaction = seen.status != "online";
    status.commands = "allow";
    status.message = statuses[at].message;
    status.flapping = device.steady_at.has_value();
    status.conflict = is_in_fight(id);
    return to_json(status);
  }

  std::vector<TemplateDefinition> templates_;
  Time now_ = Time::min();
  std::map<std::string, Device> devices_;
  std::vector<Live> live_;
  std::map<std::pair<std::uint32_t, std::string>, Fight> fights_;
  std::optional<ConnectionId> latest_opened_;
  std::map<std::uint32_t, Stalls> stalls_;
  Said said_;
  std::vector<std::string> mentioned_;
};

}  // namespace rollcall::test
