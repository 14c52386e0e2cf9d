// SPDX-License-Identifier: Apache-2.0
// Random lives of a few devices, drawn from any source of numbers: the engine must say of each device what
// the reference model says, to the byte and in order. The property tests draw by seed, the fuzz target from
// bytes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/duration.hpp"
#include "bridge/core/lifecycle/engine.hpp"
#include "tests/unit/core/lifecycle/reference_model.hpp"
#include "tests/unit/core/lifecycle/templates.hpp"

namespace rollcall::test {

/// The engine and the model differ; the text says in what, and what had happened by then.
struct Differs : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class RandomLife {
 public:
  /// A number from 0 to one below what it is asked for.
  using Draw = std::function<std::uint32_t(std::uint32_t)>;

  explicit RandomLife(Draw draw)
      : draw_(std::move(draw)),
        templates_{some_template("t0"), some_template("t1")},
        engine_({templates_, {"0", "1"}, std::chrono::minutes{2}, 100}),
        model_(templates_) {}

  void step() {
    if (!one_in(3)) now_ += one_in(10) ? Millis{below(300'000)} : Millis{Seconds{below(15)}};
    const Time told = one_in(20) ? now_ - Seconds{100} : now_;
    const int kind = below(17);
    if (kind < 4) {
      one_in(3) ? take_over(told) : connect(told);
    } else if (kind < 8) {
      disconnect(told);
    } else if (kind < 9) {
      report(told);
    } else if (kind < 11) {
      be_active(told);
    } else if (kind < 13) {
      declare(told);
    } else if (kind < 15) {
      operate(told);
    } else if (kind < 16) {
      stand_still(told);
    } else {
      log(told, "the clock runs on");
      compare(engine_.advance(told), model_.advance(told));
    }
    if (one_in(25)) set_clock();
    if (one_in(10)) again_is_the_same();
    if (one_in(40)) restart();
  }

  /// To the end of every chain.
  void end() {
    now_ += std::chrono::hours{24 * 365};
    log(now_, "a year later");
    compare(engine_.advance(now_), model_.advance(now_));
    for (const auto& [id, payload] : last_payloads_) {
      if (!model_.is_connected(id) && engine_.next_deadline()) differ("something is pending for ever");
    }
    again_is_the_same();
  }

  std::map<std::string, int> rows_by_cause;  ///< blips under "blip"
  int forgotten = 0, flapped = 0, fought = 0, clock_steps = 0, incidents = 0;
  /// What happened, one line each: a failing case is read from it.
  const std::string& story() const { return story_; }

 private:
  static constexpr std::uint64_t kBoot = 5;

  int below(int bound) { return static_cast<int>(draw_(static_cast<std::uint32_t>(bound))); }
  bool one_in(int n) { return below(n) == 0; }

  TemplateDefinition some_template(const std::string& name) {
    std::vector<StatusDefinition> statuses{status("online")};
    const int count = 1 + below(4);
    const auto wait = [&] { return Seconds{one_in(4) ? 0 : below(100)}; };
    for (int i = 0; i < count; ++i) {
      statuses.push_back(status(i == 0 ? "offline" : fmt::format("s{}", i), wait()));
      statuses.back().timeline = !one_in(4);
    }
    if (one_in(3)) statuses.back().forget_after = wait();
    auto definition = lifecycle(statuses, name);
    const auto branch = [&] { return Branch{1 + static_cast<std::size_t>(below(count)), wait()}; };
    if (one_in(2)) definition.on_graceful = branch();
    if (one_in(2)) definition.on_non_graceful = branch();
    definition.online_on_report = !one_in(4);
    if (one_in(3)) definition.graceful_causes = {Cause::connection_closed, Cause::taken_over};
    if (one_in(2)) {
      definition.report_every = wait();
      if (one_in(2)) definition.report_grace = wait();
      definition.on_late = 1 + static_cast<std::size_t>(below(count));
    }
    if (one_in(3)) definition.ignore_blips = wait();
    if (one_in(3)) definition.flapping = Flapping{static_cast<std::uint64_t>(1 + below(5)), wait(), wait()};
    return definition;
  }

  std::string some_device() { return std::string(1, static_cast<char>('a' + below(4))); }
  std::string some_template_name() { return one_in(8) ? "t1" : "t0"; }
  Time some_past() { return one_in(3) ? now_ - Seconds{below(200)} : now_; }

  /// One that was there before, one time in some; else a new one.
  ConnectionId some_connection() {
    if (!seen_.empty() && !one_in(3)) {
      return seen_[seen_.size() - 1 - std::min<std::size_t>(seen_.size() - 1, draw_(6))];
    }
    return {draw_(2), draw_(2), ++last_number_};
  }

  void connect(Time told) {
    const bool again = !seen_.empty() && one_in(10);
    const ConnectionId id = again ? seen_.back() : ConnectionId{draw_(2), kBoot, ++last_number_};
    seen_.push_back(id);
    const std::string device = some_device();
    const std::string template_name = some_template_name();
    const std::string client_id = fmt::format("c{}", below(2));
    const std::string address = fmt::format("192.0.2.{}", below(9));
    const Time at = some_past();
    const Seconds keepalive{below(50)};
    log(told, fmt::format("{} of {} connects as {}, at {}", id.number, device, template_name, text(at)));
    both(ConnectionOpened{id, device, template_name, at, keepalive, client_id, {}, address}, told);
  }

  /// Whoever had the id is thrown out at once, as brokers do.
  void take_over(Time told) {
    if (seen_.empty()) return;
    const ConnectionId older = seen_.back();
    connect(told);
    const ConnectionEnded event{older, some_past(), Cause::taken_over, one_in(2)};
    log(told, fmt::format("{} is thrown out by that, at {}", older.number, text(event.at)));
    both(event, told);
  }

  void disconnect(Time told) {
    const Cause cause = one_in(3)   ? Cause::keepalive_timeout
                        : one_in(4) ? Cause::broker_lost
                                    : static_cast<Cause>(1 + below(10));
    const ConnectionEnded event{some_connection(), some_past(), cause, one_in(2)};
    log(told, fmt::format("{} ends by {}, at {}", event.id.number, to_string(cause), text(event.at)));
    both(event, told);
  }

  void stand_still(Time told) {
    const Time from = now_ - Seconds{below(60)};
    const Time until = from + Seconds{below(30)};
    const bool is_of_last = !seen_.empty() && !one_in(3);
    const std::uint32_t broker = is_of_last ? seen_.back().broker : draw_(2);
    const BrokerStoodStill event{broker, from, until, until + Seconds{below(10)}};
    log(told, fmt::format("broker {} stands still from {} to {}", event.broker, text(from), text(until)));
    both(event, told);
    if (!is_of_last || one_in(3)) return;
    const ConnectionEnded ended{seen_.back(), until, Cause::broker_lost, one_in(2)};
    log(told, fmt::format("{} ends by that", ended.id.number));
    both(ended, told);
  }

  void report(Time told) {
    const std::string device = some_device();
    const std::string template_name = some_template_name();
    const Time at = some_past();
    log(told, fmt::format("{} reports as {}, at {}", device, template_name, text(at)));
    both(Reported{device, template_name, at}, told);
  }

  void be_active(Time told) {
    const Active event{some_connection(), some_past()};
    log(told, fmt::format("{} is active, at {}", event.id.number, text(event.at)));
    both(event, told);
  }

  void declare(Time told) {
    const ConnectionId id = some_connection();
    const std::string key = one_in(4) ? "online" : one_in(3) ? "offline" : fmt::format("s{}", 1 + below(3));
    const std::optional<Millis> wait = one_in(2) ? std::nullopt : std::optional<Millis>(Seconds{below(100)});
    std::string payload = fmt::format(R"({{"status":"{}")", key);
    if (wait) payload += fmt::format(R"(,"for":"{}")", format_duration(*wait));
    payload += "}";
    const bool is_withdrawal = one_in(5);
    if (is_withdrawal) payload.clear();
    log(told, fmt::format("{} declares {}", id.number, payload));
    const auto effects = engine_.handle(Declared{id, told, payload}, told);
    const bool is_refused = std::any_of(effects.begin(), effects.end(), [](const Effect& effect) {
      return std::holds_alternative<DeclarationRefused>(effect);
    });
    auto expected = model_.advance(told);
    model_.hear(id, told);
    if (is_withdrawal) {
      model_.withdraw(id);
    } else if (!is_refused) {
      model_.declare(id, key, wait);
    }
    compare(effects, expected);
  }

  void operate(Time told) {
    const std::string device = some_device();
    log(told, "an operator looks at " + device);
    compare(engine_.advance(told), model_.advance(told));
    if (engine_.knows(device) != model_.knows(device)) differ("only one of them knows " + device);
    if (!model_.knows(device)) {
      if (one_in(2)) return;
      const std::string template_name = some_template_name();
      log(told, device + " is registered as " + template_name);
      must(RegisterDevice{device, template_name}, told, model_.register_device(device, template_name, told));
      return;
    }
    const int kind = below(8);
    if (kind < 3) {
      const auto& statuses = model_.kind_of(device).statuses;
      const std::string key = statuses[draw_(static_cast<std::uint32_t>(statuses.size()))].key;
      const std::optional<Millis> wait =
          one_in(2) ? std::nullopt : std::optional<Millis>(Seconds{below(100)});
      const bool hold = one_in(2);
      log(told, fmt::format("{} is set to {}{}{}", device, key, wait ? " for " + format_duration(*wait) : "",
                            hold ? " and held" : ""));
      must(SetStatus{device, key, wait, hold}, told, model_.set(device, key, wait, hold, told));
    } else if (kind < 5 && model_.is_set(device)) {
      log(told, device + " is released");
      must(ReleaseStatus{device}, told, model_.release(device, told));
    } else if (kind == 5 && !model_.is_connected(device)) {
      log(told, device + " is forgotten by an operator");
      must(ForgetDevice{device}, told, model_.forget(device, told));
    } else if (kind == 6) {
      const std::optional<Time> until =
          one_in(2) ? std::nullopt : std::optional<Time>(told + Seconds{below(100)});
      log(told, device + " is muted");
      must(MuteDevice{device, until}, told, model_.advance(told));
      muted_[device] = until.value_or(Time::max());
    } else if (kind == 7) {
      log(told, device + " is unmuted");
      must(UnmuteDevice{device}, told, model_.advance(told));
      muted_.erase(device);
    }
  }

  void must(const OperatorAction& action, Time told, const ReferenceModel::Said& expected) {
    const auto effects = engine_.apply(action, told);
    if (!effects) differ("the engine refuses: " + effects.error().message);
    compare(*effects, expected);
  }

  /// The engine goes on from what is stored of it, and nobody sees it.
  void restart() {
    story_ += "restart\n";
    Engine next({templates_, {"0", "1"}, std::chrono::minutes{2}, engine_.last_seq()});
    next.advance(latest_told_);  // clocks don't go back
    engine_.for_each_record([&](const DeviceRecord& record) {
      const auto muted = muted_.find(record.device);
      if (record.muted_until != (muted == muted_.end() ? std::nullopt : std::optional(muted->second)))
        differ(record.device + " is muted until another time, or isn't");
      if (!next.restore(record)) differ("what was stored of " + record.device + " isn't taken");
    });
    for (const std::uint32_t broker : {0U, 1U}) {
      if (const auto outage = engine_.outage_of(broker)) next.restore_outage(broker, kBoot, *outage);
    }
    next.for_each_record([&](const DeviceRecord& record) { next.store_again(record.device); });
    engine_ = std::move(next);
    model_.restart();
    seen_.clear();  // ended connections aren't stored: the session knows them
  }

  void set_clock() {
    const Millis by =
        Seconds{below(7200)} - std::chrono::hours{1} + (one_in(5) ? Millis{below(1000)} : Millis{0});
    now_ += by;
    if (latest_told_ != Time::min()) latest_told_ += by;
    for (auto& [device, until] : muted_) {
      if (until != Time::max()) until += by;
    }
    log(now_, "the clock is set by " + format_duration(by));
    compare(engine_.clock_stepped(by, now_), model_.set_clock(by, now_));
    ++clock_steps;
  }

  void both(const Event& event, Time told) {
    compare(engine_.handle(event, told), model_.handle(event, told));
  }

  void compare(const Effects& effects, const ReferenceModel::Said& expected) {
    ReferenceModel::Said said;
    for (const Effect& effect : effects) {
      if (const auto* added = std::get_if<RowAdded>(&effect)) {
        TimelineRow row = added->row;
        number(std::exchange(row.seq, 0));
        said[std::string(row.device)].push_back(to_json(row) + (added->on_timeline ? " shown" : " hidden"));
        ++rows_by_cause[std::string(row.kind == "blip" ? row.kind : row.cause)];
      } else if (const auto* changed = std::get_if<StatusChanged>(&effect)) {
        number(changed->status.seq);
        const std::string device(changed->encoded_device);
        last_payloads_[device] = to_json(changed->status);
        said[device].push_back(without_seq(last_payloads_[device]));
        if (changed->status.flapping) ++flapped;
        if (changed->status.conflict) ++fought;
      } else if (const auto* gone = std::get_if<DeviceForgotten>(&effect)) {
        number(gone->seq);
        last_payloads_.erase(std::string(gone->device));
        muted_.erase(std::string(gone->device));
        said[std::string(gone->device)].push_back("forgotten");
        ++forgotten;
      } else if (const auto* incident = std::get_if<IncidentEnded>(&effect)) {
        const auto& [at, broker, began, ended, affected, back] = incident->notice;
        said["broker " + std::string(broker)].push_back(
            ReferenceModel::incident(at, began, ended, affected, back));
        ++incidents;
      }
    }
    if (said == expected) return;
    std::string text = "the engine says";
    const auto add = [&](const ReferenceModel::Said& all) {
      for (const auto& [id, lines] : all) {
        for (const auto& line : lines) text += "\n  " + line;
      }
    };
    add(said);
    text += "\nthe model says";
    add(expected);
    differ(text);
  }

  void number(std::uint64_t seq) {
    if (seq <= last_seq_) differ("a number came twice");
    last_seq_ = seq;
  }

  static std::string without_seq(std::string payload) {
    const auto at = payload.rfind("\"seq\":");
    payload.replace(at, payload.size() - at, "\"seq\":0}");
    return payload;
  }

  void again_is_the_same() {
    std::size_t count = 0;
    engine_.for_each_status([&](std::string_view encoded_device, const Status& status) {
      ++count;
      const std::string& before = last_payloads_.at(std::string(encoded_device));
      const std::string again = to_json(status);
      if (again != before) differ("asked again: " + again + "\nit was " + before);
    });
    if (count != last_payloads_.size()) differ("not as many statuses as there are devices");
    count_once_more();
  }

  void count_once_more() {
    FleetCounts counts;
    for (const auto& definition : templates_) {
      for (const auto& status : definition.statuses) counts.templates[definition.name][status.key] = 0;
    }
    const auto text_of = [](const std::string& payload, const std::string& member) {
      const auto begin = payload.find("\"" + member + "\":\"") + member.size() + 4;
      return payload.substr(begin, payload.find('"', begin) - begin);
    };
    for (const auto& [device, payload] : last_payloads_) {
      ++counts.devices;
      ++counts.templates[text_of(payload, "template")][text_of(payload, "status")];
      if (payload.find("\"connected\":true") != std::string::npos) ++counts.connected;
      if (payload.find("\"flapping\":true") != std::string::npos) ++counts.flapping;
    }
    if (to_json(engine_.fleet()) != to_json(counts)) differ("the fleet is " + to_json(counts));
  }

  static std::string text(Time at) { return format_rfc3339(at).substr(11); }
  void log(Time told, const std::string& what) {
    latest_told_ = std::max(latest_told_, told);
    story_ += text(told) + " " + what + "\n";
  }
  [[noreturn]] void differ(const std::string& what) const { throw Differs(story_ + what); }

  Draw draw_;
  std::vector<TemplateDefinition> templates_;
  Engine engine_;
  ReferenceModel model_;
  Time now_{Millis{1'000'000'000'000}}, latest_told_ = Time::min();
  std::uint64_t last_number_ = 0, last_seq_ = 0;
  std::vector<ConnectionId> seen_;
  std::map<std::string, std::string> last_payloads_;
  std::map<std::string, Time> muted_;
  std::string story_;
};

}  // namespace rollcall::test
