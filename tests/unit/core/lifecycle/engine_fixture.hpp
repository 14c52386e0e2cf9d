// SPDX-License-Identifier: Apache-2.0
// A small language for tests of the engine: what happens when, and what the world has seen of it.
// All times are counted from the start of the test.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bridge/core/lifecycle/engine.hpp"
#include "tests/unit/core/lifecycle/templates.hpp"

namespace rollcall::test {

using namespace std::chrono_literals;
using Json = nlohmann::json;
using Rows = std::vector<std::string>;

inline constexpr Time kStart{Millis{1'000'000'000'000}};

/// Online → 1 min → Offline → 1 h → Inactive.
inline TemplateDefinition one_minute(std::string name = "default") {
  return lifecycle({status("online"), status("offline", 1min), status("inactive", 1h)}, std::move(name));
}

/// Online → s1 → … → s98 → Offline, with the same wait between each two.
inline TemplateDefinition a_hundred_statuses(Millis wait) {
  std::vector<StatusDefinition> statuses{status("online")};
  for (int i = 1; i < 99; ++i) statuses.push_back(status(fmt::format("s{}", i), wait));
  statuses.push_back(status("offline", wait));
  return lifecycle(std::move(statuses));
}

/// The longest that a configuration can say, and a little more.
inline constexpr Millis kTenYears = 24h * 3660;

inline std::string time_text(Millis since_start) { return format_rfc3339(kStart + since_start); }

inline Effects without_contacts(Effects effects) {
  std::erase_if(effects, [](const Effect& effect) { return std::holds_alternative<Contact>(effect); });
  return effects;
}

class Bench {
 public:
  explicit Bench(TemplateDefinition definition) : Bench(std::vector{std::move(definition)}) {}
  explicit Bench(std::vector<TemplateDefinition> templates)
      : engine({std::move(templates), {"zero", "one", "two"}, 2min, 100}) {}

  /// The clock runs on to `since_start`, with nothing happening.
  void at(Millis since_start) {
    now_ = kStart + since_start;
    take(engine.advance(now_));
  }

  /// The wall clock is set by so much, now or after `later`.
  void step_clock(Millis by, Millis later = 0ms) {
    now_ += later + by;
    take(engine.clock_stepped(by, now_));
  }

  /// What follows is noticed `age` late.
  Bench& late(Millis age) {
    age_ = age;
    return *this;
  }

  ConnectionId connect(std::string_view device = "a", Seconds keepalive = 60s,
                       std::string_view template_name = "default") {
    const ConnectionId id{1, 7, ++last_number_};
    connect_as(id, device, keepalive, template_name);
    return id;
  }
  void connect_as(ConnectionId id, std::string_view device = "a", Seconds keepalive = 60s,
                  std::string_view template_name = "default") {
    const std::string client_id = fmt::format("client {}", id.number);
    handle(ConnectionOpened{id, device, template_name, happened(), keepalive, client_id, {}, "192.0.2.1"});
  }
  void end(ConnectionId id, Cause cause = Cause::client_disconnect, bool will_sent = false) {
    handle(ConnectionEnded{id, happened(), cause, will_sent});
  }
  void report(std::string_view device = "a", std::string_view template_name = "default") {
    handle(Reported{device, template_name, happened()});
  }

  void active(ConnectionId id) { handle(Active{id, happened()}); }
  void declare(ConnectionId id, std::string_view payload) { handle(Declared{id, happened(), payload}); }
  void operate(const OperatorAction& action) {
    auto effects = engine.apply(action, now_);
    BOOST_TEST_REQUIRE(effects.has_value());
    take(*effects);
  }
  /// Why it is refused.
  std::string refusal(const OperatorAction& action) {
    const auto effects = engine.apply(action, now_);
    return effects ? "it isn't" : effects.error().message;
  }

  /// The last payload of ds/status/{device}, which must be there.
  Json retained(const std::string& device = "a") const { return Json::parse(retained_.at(device)); }
  bool is_known(const std::string& device = "a") const { return retained_.count(device) > 0; }
  std::string status_of(const std::string& device = "a") const { return retained(device).at("status"); }

  /// "60 a online>offline client_disconnect", with "blip" before the cause of one; those since the last call.
  Rows rows() { return std::exchange(rows_, {}); }

  /// "60 a disconnect", with "first" behind a first one; those since the last call.
  Rows contacts() { return std::exchange(contacts_, {}); }

  /// How many payloads went out since the last call.
  int publishes() { return std::exchange(publishes_, 0); }

  void handle(const Event& event) { take(engine.handle(event, now_)); }

  Time now() const { return now_; }

  Engine engine;
  Effects last;  ///< of the last call, but contacts
  std::vector<IncidentNotice> incidents;

 private:
  Time happened() { return now_ - std::exchange(age_, 0s); }
  void take(const Effects& effects) {
    for (const Effect& effect : effects) {
      if (const auto* added = std::get_if<RowAdded>(&effect)) {
        const TimelineRow& row = added->row;
        const double seconds = std::chrono::duration<double>(row.at - kStart).count();
        rows_.push_back(fmt::format("{} {} {}>{} {}{}", seconds, row.device, row.from, row.to,
                                    row.kind == "transition" ? "" : std::string(row.kind) + " ", row.cause));
      } else if (const auto* changed = std::get_if<StatusChanged>(&effect)) {
        retained_[std::string(changed->encoded_device)] = to_json(changed->status);
        ++publishes_;
      } else if (const auto* gone = std::get_if<DeviceForgotten>(&effect)) {
        retained_.erase(std::string(gone->encoded_device));
      } else if (const auto* incident = std::get_if<IncidentEnded>(&effect)) {
        incidents.push_back(incident->notice);
      } else if (const auto* contact = std::get_if<Contact>(&effect)) {
        take(*contact);
      }
    }
    last = without_contacts(effects);
  }

  void take(const Contact& contact) {
    const double seconds = std::chrono::duration<double>(contact.at - kStart).count();
    const auto kind = [&] {
      switch (contact.kind) {
        case Contact::Kind::connect:
          return "connect";
        case Contact::Kind::disconnect:
          return "disconnect";
        case Contact::Kind::own_disconnect:
          return "own";
        case Contact::Kind::report:
          break;
      }
      return "report";
    };
    contacts_.push_back(
        fmt::format("{} {} {}{}", seconds, contact.device, kind(), contact.is_first ? " first" : ""));
  }

  Time now_ = kStart;
  Millis age_{0};
  std::uint64_t last_number_ = 0;
  std::map<std::string, std::string> retained_;
  Rows rows_, contacts_;
  int publishes_ = 0;
};

}  // namespace rollcall::test

// So that Boost.Test can print what it compares.
namespace std {
inline ostream& operator<<(ostream& out, const rollcall::test::Rows& rows) {
  for (const auto& row : rows) out << "\n  " << row;
  return out;
}
}  // namespace std
